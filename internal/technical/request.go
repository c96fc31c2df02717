package technical

import (
	"crypto/tls"
	"encoding/base64"
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
	"github.com/exceptional-go/exceptional/internal/text"
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
	// First what is secret, from everywhere, then the rest: a password from the form is also hidden in the header that
	// repeats it.
	c.mask = c.mask.Knowing(c.secretsOf(r, body))

	out := &report.Request{
		Method: c.text(orGET(r.Method), 40), Host: c.text(r.Host, maxName), Proto: c.text(r.Proto, 20), Remote: c.text(r.RemoteAddr, maxName),
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
	out.Target = c.url(target)

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
		// Every cookie is a secret until the application says otherwise: its name does not tell what it opens.
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

func orGET(method string) string {
	if method == "" {
		return http.MethodGet
	}
	return method
}

// shown reports whether the application listed a cookie in Masking.Plain.
func (c *capture) shown(cookie string) bool {
	return slices.ContainsFunc(c.view.o.Mask.Plain, func(p string) bool { return strings.EqualFold(p, cookie) })
}

func (c *capture) url(s string) string {
	shown, trimmed, _ := value.Show(s, maxTarget, c.mask.URL)
	if trimmed > 0 {
		shown += "…"
	}
	return shown
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

// parseQuery reads a query or form as far as it can be read. url.ParseQuery gives up a pair with a broken escape, which may
// be what broke the handler.
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
	part := b.Text
	out.JSON = b.EOF && int64(len(part)) == b.Read && json.Valid([]byte(part))
	var masked string
	switch {
	case isJSON(contentType), out.JSON:
		masked = c.mask.JSON(part)
		if masked == part && !out.JSON {
			masked = c.mask.Text(part)
		}
		masked = c.mask.Literals(masked)
	case isForm(contentType):
		masked = c.mask.Literals(c.mask.Form(part))
	default:
		masked = c.mask.Text(part)
	}
	out.Masked = masked != part
	short := text.Cut(masked, trail.MaxBody)
	out.Trimmed = max(0, b.Read-int64(len(part)))
	if len(short) < len(masked) {
		out.Trimmed += int64(len(masked) - len(short))
		out.JSON = false
	}
	out.Text = strings.ToValidUTF8(short, "\uFFFD")
	out.Complete = b.EOF && out.Trimmed == 0
	return out
}

// secretsOf collects the values that the request sent under secret names.
func (c *capture) secretsOf(r *http.Request, body trail.Body) (secrets []string) {
	m := c.mask
	add := func(v string) {
		if len(v) <= 4<<10 {
			secrets = append(secrets, v)
		}
	}
	values := func(values map[string][]string) {
		for name, vs := range values {
			if !m.Name(name) {
				continue // a "code" or "state" may be any word
			}
			for _, v := range vs {
				add(v)
			}
		}
	}
	for name, vs := range r.Header {
		if !m.Name(name) || name == "Cookie" {
			continue
		}
		for _, v := range vs {
			add(v)
			scheme, rest, ok := strings.Cut(v, " ")
			if !ok {
				continue
			}
			add(rest)
			if strings.EqualFold(scheme, "Basic") {
				if plain, err := base64.StdEncoding.DecodeString(rest); err == nil {
					_, password, _ := strings.Cut(string(plain), ":")
					add(string(plain))
					add(password)
				}
			}
		}
	}
	for _, cookie := range r.Cookies() {
		if len(cookie.Value) >= 12 || m.Name(cookie.Name) {
			add(cookie.Value)
		}
	}
	if r.URL != nil {
		values(parseQuery(r.URL.RawQuery))
		if r.URL.User != nil {
			if p, ok := r.URL.User.Password(); ok {
				add(p)
			}
		}
	}
	values(r.PostForm)
	if r.MultipartForm != nil {
		values(r.MultipartForm.Value)
	}
	for _, p := range c.in.Params {
		if m.Name(p.Name) {
			add(p.Value)
		}
	}
	contentType := r.Header.Get("Content-Type")
	switch {
	case isForm(contentType):
		values(parseQuery(body.Text))
	case body.Text != "":
		jsonSecrets(body.Text, m.Name, add)
	}
	return secrets
}

// jsonSecrets finds the strings under secret names in JSON, as far as it can be read.
func jsonSecrets(s string, secret func(string) bool, add func(string)) {
	dec := json.NewDecoder(strings.NewReader(s))
	dec.UseNumber()
	type level struct{ object, name, secret bool }
	var stack []level
	hidden := false
	for range 4000 {
		tok, err := dec.Token()
		if err != nil {
			return
		}
		top := len(stack) - 1
		switch t := tok.(type) {
		case json.Delim:
			switch t {
			case '{', '[':
				stack = append(stack, level{object: t == '{', name: t == '{', secret: hidden})
				continue
			}
			stack = stack[:top]
			top--
		case string:
			if top >= 0 && stack[top].object && stack[top].name {
				stack[top].name = false
				hidden = stack[top].secret || secret(t)
				continue
			}
			if hidden {
				add(t)
			}
		case json.Number:
			if hidden {
				add(t.String())
			}
		}
		if top >= 0 {
			stack[top].name = stack[top].object
			hidden = stack[top].secret
		} else {
			hidden = false
		}
	}
}
