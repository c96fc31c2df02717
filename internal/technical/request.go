package technical

import (
	"cmp"
	"crypto/tls"
	"encoding/json"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/technical/trail"
	"github.com/exceptional-go/exceptional/internal/technical/value"
)

// Bounds of what is shown of a request.
const (
	maxHeaders     = 80
	maxParams      = 60
	maxHeaderValue = 2 << 10
	maxTarget      = 4 << 10
	maxListBytes   = 48 << 10 // of all values of one list
)

func isJSON(contentType string) bool {
	t := trail.MediaType(contentType)
	return t == "application/json" || strings.HasSuffix(t, "+json")
}

func isForm(contentType string) bool {
	return trail.MediaType(contentType) == "application/x-www-form-urlencoded"
}

func (c *capture) captureRequest() {
	r := c.in.Request
	if r == nil {
		return
	}
	var body trail.Body
	if c.trail != nil {
		body = c.trail.Body()
	}
	// The secrets first: a password from the form is then also hidden in a header that repeats it.
	c.mask = c.mask.Knowing(c.requestSecrets(r, body))

	out := &report.Request{
		Method: c.text(cmp.Or(r.Method, http.MethodGet), 40), Host: c.text(r.Host, maxName), Proto: c.text(r.Proto, 20), Remote: c.text(r.RemoteAddr, maxName),
		Route: c.text(c.in.Route, maxName), Handler: c.plain(c.in.Handler, maxName), ID: c.text(c.in.RequestID, maxName), Scheme: "http",
	}
	c.report.Request = out
	if r.TLS != nil {
		out.Scheme = "https"
		out.TLS = strings.TrimSpace(tls.VersionName(r.TLS.Version) + " " + tls.CipherSuiteName(r.TLS.CipherSuite))
	}
	target := r.RequestURI
	if target == "" && r.URL != nil {
		target = r.URL.RequestURI()
	}
	shown, trimmed, _ := value.Show(target, maxTarget, c.mask.URL)
	if out.Target = shown; trimmed > 0 {
		out.Target += "…"
	}

	l := &list{c: c, out: out, left: maxListBytes}
	for _, p := range c.in.Params {
		l.add(&out.Params, maxParams, p.Name, p.Value, c.mask.Param(p.Name))
	}
	if r.URL != nil && r.URL.RawQuery != "" {
		l.values(&out.Query, parseQuery(r.URL.RawQuery))
	}
	l.left = maxListBytes
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		for _, value := range r.Header[name] {
			l.header(name, value)
		}
	}
	for _, cookie := range r.Cookies() {
		// Every cookie is a secret until the application says otherwise: its name does not tell what it gives access to.
		l.add(&out.Cookies, 40, cookie.Name, cookie.Value, !c.shown(cookie.Name))
	}
	l.left = maxListBytes
	switch {
	case r.MultipartForm != nil:
		l.values(&out.Form, r.MultipartForm.Value)
		l.files(r.MultipartForm.File)
	case len(r.PostForm) > 0:
		l.values(&out.Form, r.PostForm)
	case isForm(r.Header.Get("Content-Type")) && body.Text != "":
		l.values(&out.Form, parseQuery(body.Text))
	}
	out.Body = c.body(r, body)
}

// shown reports whether the application listed a cookie in Masking.Plain.
func (c *capture) shown(cookie string) bool {
	return slices.ContainsFunc(c.view.o.Mask.Plain, func(p string) bool { return strings.EqualFold(p, cookie) })
}

// A list fills the lists of a Request and counts what has no place in them.
type list struct {
	c    *capture
	out  *report.Request
	left int
}

func (l *list) add(to *[]report.Field, limit int, name, value string, secret bool) {
	if len(*to) >= limit || l.left < 0 {
		l.out.Omitted++
		return
	}
	f := report.Field{Name: l.c.text(name, maxName)}
	if secret {
		f.Value, f.Masked = l.c.mask.Hide(value), value != ""
	} else {
		f.Value, f.Trimmed, f.Masked = l.c.clean(value, maxHeaderValue)
	}
	l.left -= len(f.Name) + len(f.Value)
	*to = append(*to, f)
}

func (l *list) header(name, line string) {
	if len(l.out.Headers) >= maxHeaders || l.left < 0 {
		l.out.Omitted++
		return
	}
	f := report.Field{Name: l.c.text(name, maxName)}
	f.Value, f.Trimmed, f.Masked = value.Show(line, maxHeaderValue, func(s string) string { return l.c.mask.Header(name, s) })
	l.left -= len(f.Name) + len(f.Value)
	l.out.Headers = append(l.out.Headers, f)
}

func (l *list) values(to *[]report.Field, values map[string][]string) {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, v := range values[name] {
			l.add(to, maxParams, name, v, l.c.mask.Param(name))
		}
	}
}

// files lists uploads by name and size. Their content is not touched.
func (l *list) files(files map[string][]*multipart.FileHeader) {
	for _, field := range slices.Sorted(maps.Keys(files)) {
		for _, f := range files[field] {
			if f == nil {
				continue
			}
			if len(l.out.Files) == 40 {
				l.out.Omitted++
				continue
			}
			l.out.Files = append(l.out.Files, report.File{
				Field: l.c.text(field, maxName), Name: l.c.text(f.Filename, maxName), Type: l.c.text(f.Header.Get("Content-Type"), maxName), Size: f.Size,
			})
		}
	}
}

// parseQuery reads a query or form as far as it can be read. url.ParseQuery drops a pair with a broken escape, which may be
// the reason of the failure.
func parseQuery(s string) url.Values {
	values, n := url.Values{}, 0
	for pair := range strings.SplitSeq(s, "&") {
		if pair == "" {
			continue
		}
		if n++; n > 4*maxParams {
			break
		}
		name, value, _ := strings.Cut(pair, "=")
		for _, p := range [...]*string{&name, &value} {
			if plain, err := url.QueryUnescape(*p); err == nil {
				*p = plain
			}
		}
		values[name] = append(values[name], value)
	}
	return values
}

func (c *capture) body(r *http.Request, b trail.Body) *report.Body {
	contentType := r.Header.Get("Content-Type")
	if !b.Present {
		if r.ContentLength == 0 || r.Body == nil || r.Body == http.NoBody {
			return nil
		}
		return &report.Body{Type: c.text(contentType, maxName), Length: r.ContentLength, Note: "The request did not pass the middleware of this module, so its body was not kept."}
	}
	out := &report.Body{Type: c.text(contentType, maxName), Length: r.ContentLength, Read: b.Read, Note: b.Failure}
	switch {
	case !trail.Textual(contentType):
		out.Note = "Only text is kept, and this type is not known to be."
		return out
	case b.Read == 0:
		out.Note = "The handler had not read it."
		return out
	}
	out.JSON = b.EOF && int64(len(b.Text)) == b.Read && json.Valid([]byte(b.Text))
	shown, trimmed, masked := value.Show(b.Text, trail.MaxBody, func(s string) string { return c.maskBody(s, contentType, out.JSON) })
	out.Text, out.Masked = shown, masked
	out.Trimmed = max(0, b.Read-int64(len(b.Text))) + int64(trimmed)
	out.JSON = out.JSON && trimmed == 0
	out.Complete = b.EOF && out.Trimmed == 0
	return out
}

func (c *capture) maskBody(s, contentType string, valid bool) string {
	switch {
	case valid || isJSON(contentType):
		masked := c.mask.JSON(s)
		if masked == s && !valid {
			masked = c.mask.Text(s)
		}
		return c.mask.Literals(masked)
	case isForm(contentType):
		return c.mask.Literals(c.mask.Form(s))
	}
	return c.mask.Text(s)
}
