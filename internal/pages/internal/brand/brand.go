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

// Check returns a copy of b that can be shown as it stands, trimmed and with the defaults filled in, and the faults of b, each with
// the name of its field. The copy must not be used if there are faults.
func Check(b renderer.Brand) (renderer.Brand, []error) {
	var faults []error
	fault := func(field string, err error) { faults = append(faults, fmt.Errorf("%s: %w", field, err)) }
	// check trims the value of a field and records a fault if it breaks the rule. An empty value breaks none.
	check := func(field string, value *string, rule func(string) error) {
		if *value = strings.TrimSpace(*value); *value == "" {
			return
		}
		if err := rule(*value); err != nil {
			fault(field, err)
		}
	}
	check("Name", &b.Name, checkText)
	check("Logo", &b.Logo, checkLogo)
	check("Color", &b.Color, checkColor)
	check("Support", &b.Support, urlOf("http", "https", "mailto", "tel"))
	switch b.Home = strings.TrimSpace(b.Home); b.Home {
	case "":
		b.Home = "/"
	case "-":
		b.Home = ""
	default:
		check("Home", &b.Home, urlOf("http", "https"))
	}
	b.Links = slices.Clone(b.Links)
	for i := range b.Links {
		if i == maxBrandLinks {
			fault("Links", fmt.Errorf("%d links; at most %d are shown", len(b.Links), maxBrandLinks))
			break
		}
		l, field := &b.Links[i], fmt.Sprintf("Links[%d]", i)
		check(field+".Text", &l.Text, checkText)
		check(field+".URL", &l.URL, urlOf("http", "https", "mailto"))
		if l.Text == "" || l.URL == "" {
			fault(field, errors.New("needs a Text and a URL"))
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

// checkColor checks a colour.
func checkColor(s string) error {
	_, err := parseColor(s)
	return err
}

// urlOf returns the rule for a link of one of schemes.
func urlOf(schemes ...string) func(string) error {
	return func(s string) error { return checkURL(s, schemes...) }
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
