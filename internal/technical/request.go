package technical

import (
	"cmp"
	"crypto/tls"
	"encoding/json"
	"maps"
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
	maxListed    = 80 // fields of one list
	maxListBytes = 48 << 10
	maxTarget    = 4 << 10
)

func isJSON(contentType string) bool {
	t := trail.MediaType(contentType)
	return t == "application/json" || strings.HasSuffix(t, "+json")
}

func isForm(contentType string) bool {
	return trail.MediaType(contentType) == "application/x-www-form-urlencoded"
}

// captureRequest copies the request. Before that it collects the secrets in it, so that a password from the form is also hidden in
// a header that repeats it, and later in the texts of the errors.
func (c *capture) captureRequest() {
	r := c.in.Request
	if r == nil {
		return
	}
	var body trail.Body
	if c.trail != nil {
		body = c.trail.Body()
	}
	address := cmp.Or(r.URL, new(url.URL))
	query, form := parseQuery(address.RawQuery), pairs(r.PostForm)
	if len(form) == 0 && isForm(r.Header.Get("Content-Type")) {
		form = parseQuery(body.Text)
	}
	password, _ := address.User.Password()
	params := slices.Concat(query, form, c.in.Params, []Param{{"password", password}})
	c.mask = c.mask.Knowing(c.requestSecrets(r, params, body.Text))

	out := &report.Request{
		Method: c.text(cmp.Or(r.Method, http.MethodGet), 40), Host: c.text(r.Host, maxName), Proto: c.text(r.Proto, 20), Remote: c.text(r.RemoteAddr, maxName),
		Route: c.text(c.in.Route, maxName), Handler: c.binaryText(c.in.Handler, maxName), ID: c.text(c.in.RequestID, maxName), Scheme: "http",
	}
	c.report.Request = out
	if r.TLS != nil {
		out.Scheme = "https"
		out.TLS = strings.TrimSpace(tls.VersionName(r.TLS.Version) + " " + tls.CipherSuiteName(r.TLS.CipherSuite))
	}
	shown, trimmed, _ := value.Show(cmp.Or(r.RequestURI, address.RequestURI()), maxTarget, c.mask.URL)
	if out.Target = shown; trimmed > 0 {
		out.Target += "…"
	}
	out.Params = c.list(c.in.Params, c.maskParam)
	out.Query = c.list(query, c.maskParam)
	out.Form = c.list(form, c.maskParam)
	out.Headers = c.list(pairs(r.Header), c.mask.Header)
	var cookies []Param
	for _, cookie := range r.Cookies() {
		cookies = append(cookies, Param{cookie.Name, cookie.Value})
	}
	out.Cookies = c.list(cookies, c.maskCookie)
	c.uploads(r)
	out.Body = c.body(r, body)
}

func (c *capture) maskParam(name, value string) string {
	if c.mask.Param(name) {
		return c.mask.Hide(value)
	}
	return c.mask.Text(value)
}

// maskCookie masks every cookie until the application says otherwise: its name does not tell what it gives access to.
func (c *capture) maskCookie(name, value string) string {
	if slices.ContainsFunc(c.view.o.Mask.Plain, func(p string) bool { return strings.EqualFold(p, name) }) {
		return c.mask.Text(value)
	}
	return c.mask.Hide(value)
}

// list makes Fields of pairs, each value masked by mask, and counts those for which there is no room.
func (c *capture) list(pairs []Param, mask func(name, value string) string) (fields []report.Field) {
	left := maxListBytes
	for i, p := range pairs {
		if i == maxListed || left < 0 {
			c.report.Request.Omitted += len(pairs) - i
			break
		}
		f := report.Field{Name: c.text(p.Name, maxName)}
		f.Value, f.Trimmed, f.Masked = value.Show(p.Value, maxValue, func(s string) string { return mask(p.Name, s) })
		left -= len(f.Name) + len(f.Value)
		fields = append(fields, f)
	}
	return fields
}

// pairs returns the names with their values, sorted by name.
func pairs(values map[string][]string) (all []Param) {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, v := range values[name] {
			all = append(all, Param{name, v})
		}
	}
	return all
}

// parseQuery reads a query or form as far as it can be read, sorted by name. url.ParseQuery drops a pair with a broken escape, which
// may be the reason of the failure.
func parseQuery(s string) (all []Param) {
	for pair := range strings.SplitSeq(s, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		for _, p := range [...]*string{&name, &value} {
			if plain, err := url.QueryUnescape(*p); err == nil {
				*p = plain
			}
		}
		if all = append(all, Param{name, value}); len(all) == 4*maxListed {
			break
		}
	}
	slices.SortStableFunc(all, func(a, b Param) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// uploads lists the uploaded files by name and size. Their content is not touched.
func (c *capture) uploads(r *http.Request) {
	if r.MultipartForm == nil {
		return
	}
	out := c.report.Request
	for _, field := range slices.Sorted(maps.Keys(r.MultipartForm.File)) {
		for _, f := range r.MultipartForm.File[field] {
			if len(out.Files) == maxListed {
				out.Omitted++
				continue
			}
			out.Files = append(out.Files, report.File{
				Field: c.text(field, maxName), Name: c.text(f.Filename, maxName), Type: c.text(f.Header.Get("Content-Type"), maxName), Size: f.Size,
			})
		}
	}
}

// body describes the body as far as the handler had read it, nil if the request had none.
func (c *capture) body(r *http.Request, b trail.Body) *report.Body {
	contentType := r.Header.Get("Content-Type")
	out := &report.Body{Type: c.text(contentType, maxName), Length: r.ContentLength, Read: b.Read, Note: b.Failure}
	switch {
	case !b.Present && (r.ContentLength == 0 || r.Body == nil || r.Body == http.NoBody):
		return nil
	case !b.Present:
		out.Note = "The request did not pass the middleware of this module, so its body was not kept."
		return out
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

// maskBody masks the text of a body by the rules of its type. valid says that it is valid JSON.
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
