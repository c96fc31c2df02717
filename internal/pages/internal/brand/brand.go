// Package brand checks the look of the built-in page and makes its style sheet.
//
// Read brand.go first, for the rules of a renderer.Brand. style.go makes the style sheet and the Content-Security-Policy that allows
// it, and color.go makes the brand's colour legible as text.
package brand

import (
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/exceptional-go/exceptional/renderer"
)

const (
	maxBrandText  = 200
	maxBrandURL   = 2000
	maxBrandLogo  = 64 << 10 // a page of an error is not the place for a photograph
	maxBrandLinks = 12
)

// Check returns a copy of b that can be shown as it stands, with the defaults filled in, and the faults of b. The copy has
// no invalid value.
func Check(b renderer.Brand) (renderer.Brand, []error) {
	var faults []error
	// check returns the value of a field, or "" if it breaks the rule. An empty value breaks none.
	check := func(field, value string, rule func(string) error) string {
		value = strings.TrimSpace(value)
		if value == "" {
			return ""
		}
		if err := rule(value); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", field, err))
			return ""
		}
		return value
	}
	b.Name = check("Name", b.Name, checkText)
	b.Logo = check("Logo", b.Logo, checkLogo)
	b.Color = check("Color", b.Color, func(s string) error {
		_, err := parseColor(s)
		return err
	})
	b.Support = check("Support", b.Support, func(s string) error { return checkURL(s, "http", "https", "mailto", "tel") })
	switch b.Home = strings.TrimSpace(b.Home); b.Home {
	case "":
		b.Home = "/"
	case "-":
		b.Home = ""
	default:
		b.Home = check("Home", b.Home, func(s string) error { return checkURL(s, "http", "https") })
	}
	links := slices.Clone(b.Links)
	b.Links = nil
	for i, l := range links {
		if i == maxBrandLinks {
			faults = append(faults, fmt.Errorf("%s: %d links; at most %d are shown", "Links", len(links), maxBrandLinks))
			break
		}
		field := fmt.Sprintf("Links[%d]", i)
		if strings.TrimSpace(l.Text) == "" || strings.TrimSpace(l.URL) == "" {
			faults = append(faults, fmt.Errorf("%s: needs a Text and a URL", field))
			continue
		}
		l.Text = check(field+".Text", l.Text, checkText)
		l.URL = check(field+".URL", l.URL, func(s string) error { return checkURL(s, "http", "https", "mailto") })
		if l.Text != "" && l.URL != "" {
			b.Links = append(b.Links, l)
		}
	}
	b.Style = styleSheet(b.Color)
	return b, faults
}

// checkText checks a text that stands in the page as it is.
func checkText(s string) error {
	if len(s) > maxBrandText {
		return fmt.Errorf("%d bytes long; at most %d are allowed", len(s), maxBrandText)
	}
	return checkRunes(s)
}

// checkRunes refuses control characters and characters that change the direction of the text around them. From an error's texts
// they are removed; here the developer can correct them.
func checkRunes(s string) error {
	if !utf8.ValidString(s) {
		return errors.New("is not valid UTF-8")
	}
	for _, r := range s {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return fmt.Errorf("contains the control character %U", r)
		}
	}
	return nil
}

// checkURL checks s as the target of a link: a reference that stays on this host, or an absolute
// URL of one of schemes.
func checkURL(s string, schemes ...string) error {
	if len(s) > maxBrandURL {
		return fmt.Errorf("%d bytes long; at most %d are allowed", len(s), maxBrandURL)
	}
	if err := checkRunes(s); err != nil {
		return err
	}
	if strings.ContainsAny(s, " \"'<>\\^`{|}") {
		return fmt.Errorf("%q is not a URL: it contains a character that has to be percent-encoded", s)
	}
	u, err := url.Parse(s)
	if err != nil {
		return err
	}
	switch {
	case u.Scheme == "":
		// "//host" leads to another host, which is allowed for a link, but only with its scheme.
		if strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//") || strings.HasPrefix(s, "#") || strings.HasPrefix(s, "?") {
			return nil
		}
		return fmt.Errorf("%q: write a path that begins with a slash, or a whole URL", s)
	case !slices.Contains(schemes, u.Scheme):
		return fmt.Errorf("%q: the scheme is not one of %s", s, strings.Join(schemes, ", "))
	case strings.HasPrefix(u.Scheme, "http") && u.Host == "":
		return fmt.Errorf("%q: has no host", s)
	case !strings.HasPrefix(u.Scheme, "http") && u.Opaque == "":
		return fmt.Errorf("%q: has no address", s)
	}
	return nil
}

// checkLogo checks the address of the logo: a path on this host, or a data URL of an image. The policy of the page allows nothing
// else.
func checkLogo(s string) error {
	data, isData := strings.CutPrefix(s, "data:")
	if !isData {
		if err := checkURL(s); err != nil {
			return err
		}
		if !strings.HasPrefix(s, "/") {
			return fmt.Errorf("%q: write a path that begins with a slash, or a data URL", s)
		}
		return nil
	}
	if len(s) > maxBrandLogo {
		return fmt.Errorf("%d bytes long; at most %d are allowed", len(s), maxBrandLogo)
	}
	kind, content, ok := strings.Cut(data, ",")
	if !ok {
		return errors.New("is not a data URL: there is no comma")
	}
	kind, isBase64 := strings.CutSuffix(kind, ";base64")
	if t, _, err := mime.ParseMediaType(kind); err != nil || !strings.HasPrefix(t, "image/") {
		return fmt.Errorf("the data URL is of type %q; an image is asked for", kind)
	}
	if strings.ContainsAny(content, " \"'<>\\^`{|}\r\n\t") {
		return errors.New("the data URL contains a character that has to be percent-encoded")
	}
	if isBase64 {
		if _, err := base64.StdEncoding.DecodeString(content); err != nil {
			return fmt.Errorf("the data URL: %w", err)
		}
	}
	return nil
}
