package pages

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"slices"
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

// A galleryFormat is a format under the name that it has in the gallery's URLs.
type galleryFormat struct {
	Name, Text string
	format     renderer.Format
}

var galleryFormats = []galleryFormat{
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
		GalleryOptions // the choices, each valid
		Brand          renderer.Brand
		Style          template.CSS
		Action         string // of the form
		Direction      string // of the previews
		Languages      []galleryLanguage
		Formats        []galleryFormat
		Sections       []gallerySection
	}
	galleryLanguage struct{ Tag, Name string }
	gallerySection  struct {
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
	if i := slices.IndexFunc(galleryFormats, func(f galleryFormat) bool { return f.Name == o.Format }); i >= 0 {
		format = galleryFormats[i]
	}
	o.Format = format.Name
	action := strings.TrimSuffix(o.Base, "/")
	if strings.HasPrefix(action, "/") {
		action = "/" + strings.TrimLeft(action, `/\`) // two of them would lead to another host
	}
	base := action // of the links
	if o.Base != "" {
		base += "/"
	}
	page := galleryPage{
		GalleryOptions: o, Brand: r.brand, Style: template.CSS(brand.CompactCSS(galleryCSS)), Action: action,
		Direction: r.direction(o.Language), Formats: galleryFormats,
	}
	for _, tag := range r.Languages() {
		name := tag
		if l := r.catalogue.Language(tag); l.Tag == tag { // not so for a language that only templates are in
			name = l.Name
		}
		page.Languages = append(page.Languages, galleryLanguage{tag, name})
	}
	english := r.catalogue.Language("en")
	for _, class := range [...]int{4, 5, 3} { // the errors first
		section := gallerySection{Title: english.Class(class) + " (" + strconv.Itoa(class) + "xx)"}
		for status := 100 * class; status < 100*(class+1); status++ {
			// 304 has no body, and nothing may send 305.
			if i18n.HasTexts(status) && status != http.StatusNotModified && status != http.StatusUseProxy {
				section.Items = append(section.Items, r.galleryItem(status, o.Language, base, format))
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

// galleryItem returns the preview of a status.
func (r *Renderer) galleryItem(status int, language, base string, format galleryFormat) galleryItem {
	query := url.Values{"lang": {language}, "format": {format.Name}}.Encode()
	item := galleryItem{
		Status: status,
		Title:  r.catalogue.Language(language).Entry(status, "").Title,
		Link:   base + strconv.Itoa(status) + "?" + query,
	}
	if format.format == renderer.FormatHTML {
		item.Frame = item.Link + "&frame=1"
	} else {
		item.Source = r.source(format.format, language, &Input{Status: status, Method: http.MethodGet, Path: "/"})
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
