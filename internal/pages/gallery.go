package pages

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/exceptional-go/exceptional/internal/pages/internal/brand"
	"github.com/exceptional-go/exceptional/internal/pages/internal/i18n"
	"github.com/exceptional-go/exceptional/renderer"
)

// GalleryOptions selects what the gallery shows. The zero value is valid: HTML pages in the default language.
type GalleryOptions struct {
	// Base is the path of the gallery. The preview of 404 is "404" below it, with the parameters lang, format and
	// frame=1. "" is the gallery's own path, if that ends with a slash.
	Base string

	// Language, Format, Scheme and Width are the reader's choices: the parameters lang, format, scheme and width
	// of the gallery's own URL. An unknown value counts as not chosen.
	Language string // a tag
	Format   string // "html", "json", "xml", "text" or "markdown"
	Scheme   string // "light" or "dark"; "" is the reader's own
	Width    string // "wide" or "narrow"
}

//go:embed builtin/gallery.html
var galleryHTML string

//go:embed builtin/gallery.css
var galleryCSS string

var galleryTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("gallery").Parse(galleryHTML))
})

// galleryFormats are the formats under the names that they have in the gallery's URLs.
var galleryFormats = [...]struct {
	name, text string
	format     renderer.Format
}{
	{"html", "HTML", renderer.FormatHTML},
	{"json", "Problem details, JSON", renderer.FormatProblemJSON},
	{"xml", "Problem details, XML", renderer.FormatProblemXML},
	{"text", "Plain text", renderer.FormatText},
	{"markdown", "Markdown", renderer.FormatMarkdown},
}

// GalleryCSP returns the Content-Security-Policy that the page of Renderer.Gallery works under. It runs no script, and
// frames pages of its own host only.
func GalleryCSP() string {
	return brand.Policy(template.CSS(brand.CompactCSS(galleryCSS)),
		"img-src data:; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'")
}

type (
	galleryPage struct {
		Brand         renderer.Brand
		Style         template.CSS
		Action        string
		Scheme, Width string
		Language      string // of the previews
		Direction     string
		Choices       []galleryChoice
		Sections      []gallerySection
	}
	galleryChoice struct {
		Label, Name string
		Values      []galleryValue
	}
	galleryValue struct {
		Value, Text string
		Selected    bool
	}
	gallerySection struct {
		Title string
		Items []galleryItem
	}
	galleryItem struct {
		Status             int
		Title, Link, Frame string
		Source             string // the text of an answer that is not HTML
	}
)

// Gallery returns an HTML page, in UTF-8, that shows the page of every status at once, and leads to each of them. It is
// for developers, in English. The HTML previews are frames, which raise the error through the application's handler; in
// the other formats, which a browser would rather save than show, the page contains what this renderer makes of the
// status. It shows no data of the application.
func (r *Renderer) Gallery(o GalleryOptions) []byte {
	base := strings.TrimSuffix(o.Base, "/")
	if strings.HasPrefix(base, "/") {
		base = "/" + strings.TrimLeft(base, `/\`) // two of them would lead to another host
	}
	page := galleryPage{Brand: r.brand, Style: template.CSS(brand.CompactCSS(galleryCSS)), Action: base}
	if o.Base != "" {
		base += "/"
	}
	lang := r.state.Load().offered(o.Language)
	texts, english := r.catalogue.Language(lang), r.catalogue.Language("en")
	page.Language, page.Direction = lang, r.direction(lang)
	var languages []galleryValue
	for _, tag := range r.Languages() {
		name := tag
		if l := r.catalogue.Language(tag); l.Tag == tag {
			name = l.Name
		}
		languages = append(languages, galleryValue{tag, name, tag == lang})
	}
	format := galleryFormats[0]
	for _, f := range galleryFormats {
		if f.name == o.Format {
			format = f
		}
	}
	var formats []galleryValue
	for _, f := range galleryFormats {
		formats = append(formats, galleryValue{f.name, f.text, f == format})
	}
	page.Scheme, page.Width = "own", "wide"
	if o.Scheme == "light" || o.Scheme == "dark" {
		page.Scheme = o.Scheme
	}
	if o.Width == "narrow" {
		page.Width = o.Width
	}
	page.Choices = []galleryChoice{
		{"Language", "lang", languages},
		{"Format", "format", formats},
		{"Colours", "scheme", []galleryValue{
			{"", "Yours", page.Scheme == "own"}, {"light", "Light", page.Scheme == "light"}, {"dark", "Dark", page.Scheme == "dark"},
		}},
		{"Width", "width", []galleryValue{{"wide", "Wide", page.Width == "wide"}, {"narrow", "Narrow", page.Width == "narrow"}}},
	}
	query := url.Values{"lang": {lang}, "format": {format.name}}.Encode()
	for class := 4; class <= 6; class++ {
		class := 3 + (class-3)%3 // the errors first
		section := gallerySection{Title: english.Class(class) + " (" + strconv.Itoa(class) + "xx)"}
		for status := 100 * class; status < 100*(class+1); status++ {
			if !i18n.HasTexts(status) || status == http.StatusNotModified || status == http.StatusUseProxy {
				continue // 304 has no body, and nothing may send 305
			}
			item := galleryItem{Status: status, Title: texts.Entry(status, "").Title, Link: base + strconv.Itoa(status) + "?" + query}
			if format.format == renderer.FormatHTML {
				item.Frame = item.Link + "&frame=1"
			} else {
				item.Source = r.source(format.format, lang, &Input{Status: status, Method: http.MethodGet, Path: "/"})
			}
			section.Items = append(section.Items, item)
		}
		page.Sections = append(page.Sections, section)
	}
	var b bytes.Buffer
	if err := galleryTemplate().Execute(&b, &page); err != nil {
		// Only a mistake in the template of this package leads here; its tests execute all of it.
		return []byte("<!doctype html><html lang=\"en\"><title>Error pages</title><p>" + template.HTMLEscapeString(err.Error()))
	}
	return b.Bytes()
}
