package renderer

import "html/template"

// A Brand is what the built-in page shows of the site that it belongs to.
//
// It is plain data. The zero Brand is a page without a name, in a calm blue, with a link to "/". It is checked when the
// program starts; a template finds the checked copy in Page.Brand.
type Brand struct {
	// Name is the name of the site, for people. It follows the headline in the title of the document.
	Name string

	// Logo is a picture in place of the written name: a path on the same host, such as "/static/logo.svg", or a data
	// URL of an image. The page loads nothing from another host. Name is its text for those who do not see it. A page
	// is shown when things are broken: a data URL is there even then.
	Logo string

	// Color is a colour in the notation #rgb or #rrggbb. The page is accented with it as it is; text in that colour is
	// made darker or lighter, as far as it takes to be legible on a light and on a dark page.
	Color string

	// Home is where the link to the home page leads: a path or an http URL. If empty, it is "/"; for "-" there is no such link.
	Home string

	// Support is where the link to the support leads: a path, or an http, mailto or tel URL. If empty, there is no such link.
	Support string

	// Links are further links at the foot of the page, at most 12: the status page, the imprint.
	Links []Link

	// Style is the style sheet of the built-in page in these colours, for a template that wants to look alike:
	// <style>{{.Brand.Style}}</style>. It is set in Page.Brand, and ignored in Options.
	Style template.CSS
}

// A Link is a link with its text. URL is a path, or an http or mailto URL.
type Link struct {
	Text string
	URL  string
}

// LogoURL is Logo, in the type that html/template takes a data URL in.
func (b Brand) LogoURL() template.URL { return template.URL(b.Logo) }

// SupportURL is Support, in the type that html/template takes a telephone number in.
func (b Brand) SupportURL() template.URL { return template.URL(b.Support) }
