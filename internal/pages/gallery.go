package pages

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
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
		Choices       []galleryChoice // the form
		Sections      []gallerySection
	}
	galleryChoice struct { // a select element
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
// the other formats, which a browser would rather save than show, the page contains the answer that this renderer makes of the
// status. It shows no data of the application.
func (r *Renderer) Gallery(o GalleryOptions) []byte {
	o.Language = r.state.Load().offeredLanguage(o.Language)
	if o.Scheme != "light" && o.Scheme != "dark" {
		o.Scheme = ""
	}
	if o.Width != "narrow" {
		o.Width = "wide"
	}
	format := galleryFormats[0]
	for _, f := range galleryFormats {
		if f.name == o.Format {
			format = f
		}
	}
	o.Format = format.name
	action := strings.TrimSuffix(o.Base, "/")
	if strings.HasPrefix(action, "/") {
		action = "/" + strings.TrimLeft(action, `/\`) // two of them would lead to another host
	}
	base := action // of the links
	if o.Base != "" {
		base += "/"
	}
	page := galleryPage{
		Brand: r.brand, Style: template.CSS(brand.CompactCSS(galleryCSS)), Action: action,
		Scheme: cmp.Or(o.Scheme, "own"), Width: o.Width, Language: o.Language, Direction: r.direction(o.Language),
		Choices: r.galleryChoices(o),
	}
	english := r.catalogue.Language("en")
	for _, class := range [...]int{4, 5, 3} { // the errors first
		section := gallerySection{Title: english.Class(class) + " (" + strconv.Itoa(class) + "xx)"}
		for status := 100 * class; status < 100*(class+1); status++ {
			// 304 has no body, and nothing may send 305.
			if i18n.HasTexts(status) && status != http.StatusNotModified && status != http.StatusUseProxy {
				section.Items = append(section.Items, r.galleryItem(status, o.Language, base, format.name, format.format))
			}
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

// galleryChoices returns the form of the gallery, with the choices of o selected.
func (r *Renderer) galleryChoices(o GalleryOptions) []galleryChoice {
	language := galleryChoice{Label: "Language", Name: "lang"}
	for _, tag := range r.Languages() {
		name := tag
		if l := r.catalogue.Language(tag); l.Tag == tag { // not so for a language that only templates are in
			name = l.Name
		}
		language.add(tag, name, o.Language)
	}
	format := galleryChoice{Label: "Format", Name: "format"}
	for _, f := range galleryFormats {
		format.add(f.name, f.text, o.Format)
	}
	scheme := galleryChoice{Label: "Colours", Name: "scheme"}
	scheme.add("", "Yours", o.Scheme)
	scheme.add("light", "Light", o.Scheme)
	scheme.add("dark", "Dark", o.Scheme)
	width := galleryChoice{Label: "Width", Name: "width"}
	width.add("wide", "Wide", o.Width)
	width.add("narrow", "Narrow", o.Width)
	return []galleryChoice{language, format, scheme, width}
}

func (c *galleryChoice) add(value, text, selected string) {
	c.Values = append(c.Values, galleryValue{value, text, value == selected})
}

// galleryItem returns the preview of a status.
func (r *Renderer) galleryItem(status int, language, base, formatName string, format renderer.Format) galleryItem {
	query := url.Values{"lang": {language}, "format": {formatName}}.Encode()
	item := galleryItem{
		Status: status,
		Title:  r.catalogue.Language(language).Entry(status, "").Title,
		Link:   base + strconv.Itoa(status) + "?" + query,
	}
	if format == renderer.FormatHTML {
		item.Frame = item.Link + "&frame=1"
	} else {
		item.Source = r.source(format, language, &Input{Status: status, Method: http.MethodGet, Path: "/"})
	}
	return item
}

// source returns the answer to in, in its built-in form if the application has no page, as text for people to read.
func (r *Renderer) source(format renderer.Format, language string, in *Input) string {
	a := r.Render(Choice{Format: format, Language: language}, in)
	var b bytes.Buffer
	if format == renderer.FormatProblemJSON && json.Indent(&b, a.Body, "", "  ") == nil {
		return strings.TrimSpace(b.String())
	}
	return strings.ToValidUTF8(string(a.Body), "\ufffd")
}
