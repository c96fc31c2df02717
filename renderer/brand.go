package renderer

import (
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"mime"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Brand is what the built-in page shows of the site that it belongs to.
//
// It is plain data. The zero Brand is a page without a name, in a calm blue, with a link to "/". New checks it and
// keeps a copy; a template finds that copy in Page.Brand.
type Brand struct {
	// Name is the name of the site, for people. It follows the headline in the title of the document.
	Name string

	// Logo is a picture in place of the written name: a path on the same host, such as "/static/logo.svg", or a data
	// URL of an image. The page loads nothing from another host. Name is its text for those who do not see it. A page
	// is shown when things are broken: a data URL is there even then.
	Logo string

	// Color is a colour in the notation #rgb or #rrggbb. The page is accented with it as it is; where text has it, it
	// is made darker or lighter, as far as it takes to be legible on a light and on a dark page.
	Color string

	// Home is where the link to the home page leads: a path or an http URL. "" is "/", and "-" is no such link.
	Home string

	// Support is where help can be had: a path, or an http, mailto or tel URL. "" is no such link.
	Support string

	// Links are further links at the foot of the page, at most 12: the status page, the imprint.
	Links []Link

	style template.CSS // set by validate
}

// A Link is a link with its text. URL is a path, or an http or mailto URL.
type Link struct {
	Text string
	URL  string
}

const (
	maxBrandText  = 200
	maxBrandURL   = 2000
	maxBrandLogo  = 64 << 10 // a page of an error is not the place for a photograph
	maxBrandLinks = 12
)

// validate returns a copy of b that can be shown as it stands, with the defaults filled in, and what is wrong with b.
// What is wrong is left out of the copy.
func (b Brand) validate() (Brand, []error) {
	var faults []error
	check := func(field, value string, rule func(string) error) string {
		value = strings.TrimSpace(value)
		if value == "" {
			return ""
		}
		if err := rule(value); err != nil {
			faults = append(faults, faultf("Brand."+field, "%w", err))
			return ""
		}
		return value
	}
	b.Name = check("Name", b.Name, brandText)
	b.Logo = check("Logo", b.Logo, brandLogo)
	b.Color = check("Color", b.Color, func(s string) error {
		_, err := parseColor(s)
		return err
	})
	b.Support = check("Support", b.Support, func(s string) error { return brandURL(s, "http", "https", "mailto", "tel") })
	switch b.Home = strings.TrimSpace(b.Home); b.Home {
	case "":
		b.Home = "/"
	case "-":
		b.Home = ""
	default:
		b.Home = check("Home", b.Home, func(s string) error { return brandURL(s, "http", "https") })
	}
	links := slices.Clone(b.Links)
	b.Links = nil
	for i, l := range links {
		if i == maxBrandLinks {
			faults = append(faults, faultf("Brand.Links", "%d links; at most %d have a place", len(links), maxBrandLinks))
			break
		}
		field := fmt.Sprintf("Links[%d]", i)
		if strings.TrimSpace(l.Text) == "" || strings.TrimSpace(l.URL) == "" {
			faults = append(faults, faultf("Brand."+field, "needs a Text and a URL"))
			continue
		}
		l.Text = check(field+".Text", l.Text, brandText)
		l.URL = check(field+".URL", l.URL, func(s string) error { return brandURL(s, "http", "https", "mailto") })
		if l.Text != "" && l.URL != "" {
			b.Links = append(b.Links, l)
		}
	}
	b.style = styleSheet(b.Color)
	return b, faults
}

// Style is the style sheet of the built-in page in the colours of the brand, for a template that wants to look alike:
// <style>{{.Brand.Style}}</style>. For a Brand that no renderer has checked, it is empty.
func (b Brand) Style() template.CSS { return b.style }

// LogoURL is Logo, in the type that html/template takes a data URL in.
func (b Brand) LogoURL() template.URL { return template.URL(b.Logo) }

// SupportURL is Support, in the type that html/template takes a telephone number in.
func (b Brand) SupportURL() template.URL { return template.URL(b.Support) }

func brandText(s string) error {
	if len(s) > maxBrandText {
		return fmt.Errorf("%d bytes long; at most %d have a place", len(s), maxBrandText)
	}
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

// brandURL reports what is wrong with s as the target of a link: a reference that stays on this host, or an absolute
// URL of one of schemes.
func brandURL(s string, schemes ...string) error {
	if len(s) > maxBrandURL {
		return fmt.Errorf("%d bytes long; at most %d are allowed", len(s), maxBrandURL)
	}
	if err := brandText(s); err != nil && len(s) <= maxBrandText {
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
		// "//host" leads to another host, which is fine for a link, but then let it be said with its scheme.
		if strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//") || strings.HasPrefix(s, "#") || strings.HasPrefix(s, "?") {
			return nil
		}
		return fmt.Errorf("%q: write a path that begins with a slash, or a whole URL", s)
	case !slices.Contains(schemes, u.Scheme):
		return fmt.Errorf("%q: the scheme is none of %s", s, strings.Join(schemes, ", "))
	case strings.HasPrefix(u.Scheme, "http") && u.Host == "":
		return fmt.Errorf("%q: has no host", s)
	case !strings.HasPrefix(u.Scheme, "http") && u.Opaque == "":
		return fmt.Errorf("%q: has no address", s)
	}
	return nil
}

func brandLogo(s string) error {
	data, isData := strings.CutPrefix(s, "data:")
	if !isData {
		if err := brandURL(s); err != nil {
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
