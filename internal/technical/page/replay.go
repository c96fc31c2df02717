package page

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/text"
)

// A replay is the request of a Report in parts, from which curl.go makes a command and a test.
type replay struct {
	method  string
	origin  string // "https://shop.example"
	host    string
	target  []part // path and query
	headers []param
	form    []param // instead of body
	body    string
	notes   []string // secrets to set, and what the copy lacks
	secrets []string // names of the variables that stand for secrets
}

// A part is literal text, or the name of a variable that stands for a secret.
type part struct{ text, secret string }

type param struct {
	name  string
	value part
}

// madeByClient are headers that curl and net/http make themselves, and that would be wrong if they were repeated.
var madeByClient = regexp.MustCompile(`(?i)^(host|content-length|transfer-encoding|connection|keep-alive|proxy-connection|te|trailer|upgrade|expect)$`)

// token matches a token of RFC 9110 §5.6.2: a method, the name of a header.
var token = regexp.MustCompile("^[0-9A-Za-z!#$%&'*+.^_`|~-]+$")

// newReplay takes the request apart. It is nil if the request is not known.
func newReplay(r *report.Request) *replay {
	if r == nil || r.Method == "" && r.Target == "" {
		return nil
	}
	c := &replay{method: "GET", host: "localhost"}
	if token.MatchString(r.Method) {
		c.method = r.Method
	}
	if r.Host != "" && !strings.ContainsFunc(r.Host, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`/@?#\`, r) }) {
		c.host = r.Host
	}
	c.origin = "http://" + c.host
	if r.Scheme == "https" {
		c.origin = "https://" + c.host
	}
	c.setTarget(r)
	for _, h := range r.Headers {
		switch {
		case !token.MatchString(h.Name) || madeByClient.MatchString(h.Name):
		case !h.Masked && (h.Trimmed > 0 || text.HasInvisible(h.Value) || strings.Contains(h.Value, "\n")):
			c.note("The header %s is left out: its value is cut or holds control characters.", h.Name)
		default:
			c.headers = append(c.headers, param{h.Name, c.value("", h)})
		}
	}
	c.setBody(r)
	if len(c.secrets) > 0 {
		c.notes = append([]string{"Masked secrets are placeholders, set them first: " + strings.Join(c.secrets, ", ") + "."}, c.notes...)
	}
	return c
}

// setTarget takes path and query as they were sent. A query with a secret is built from its fields, so that a variable can take
// the secret's place.
func (c *replay) setTarget(r *report.Request) {
	target := r.Target
	if !strings.HasPrefix(target, "/") { // "*", or an authority, or nothing
		target = "/" + strings.TrimLeft(target, "*")
	}
	if !slices.ContainsFunc(r.Query, func(f report.Field) bool { return f.Masked }) {
		c.target = []part{{text: urlSafe(target)}}
		return
	}
	path, _, _ := strings.Cut(target, "?")
	literal := urlSafe(path) + "?"
	for i, f := range r.Query {
		if i > 0 {
			literal += "&"
		}
		literal += url.QueryEscape(f.Name) + "="
		if f.Masked {
			c.target = append(c.target, part{text: literal}, c.value("QUERY_", f))
			literal = ""
		} else {
			literal += url.QueryEscape(f.Value)
		}
	}
	if literal != "" {
		c.target = append(c.target, part{text: literal})
	}
}

func (c *replay) setBody(r *report.Request) {
	b := r.Body
	multipart := len(r.Files) > 0 || b != nil && strings.HasPrefix(strings.ToLower(b.Type), "multipart/")
	hasText := b != nil && b.Text != ""
	switch {
	case hasText && !b.Masked:
		c.body = b.Text
		if !b.Complete || b.Trimmed > 0 {
			c.note("The body is not complete: the report holds %s of it.", bytesText(int64(len(b.Text))))
		}
	case len(r.Form) > 0 && !multipart: // the fields of a form can be placeholders
		for _, f := range r.Form {
			c.form = append(c.form, param{f.Name, c.value("FORM_", f)})
		}
	case hasText:
		c.body = b.Text
		c.note("The body holds masked values: put your own in their place.")
	case multipart:
		c.note("The files and fields of the multipart body are not in the command: a report never holds files.")
	case b != nil && (b.Length > 0 || b.Read > 0):
		c.note("The body is not in the command: %s", cmp.Or(b.Note, "the handler had not read it."))
	}
}

func (c *replay) note(format string, args ...any) {
	c.notes = append(c.notes, text.ShowLine(fmt.Sprintf(format, args...)))
}

var (
	notInName      = regexp.MustCompile(`[^A-Z0-9]+`)
	shellVariables = []string{"PATH", "IFS", "HOME", "USER", "ENV"} // a header of that name must not send their values
)

// value is the value of f, or the variable that stands for it if it is secret.
func (c *replay) value(prefix string, f report.Field) part {
	if !f.Masked {
		return part{text: f.Value}
	}
	name := strings.Trim(notInName.ReplaceAllString(strings.ToUpper(prefix+f.Name), "_"), "_")
	if name == "" || name[0] <= '9' || slices.Contains(shellVariables, name) {
		name = "SECRET_" + name
	}
	if !slices.Contains(c.secrets, "$"+name) {
		c.secrets = append(c.secrets, "$"+name)
	}
	return part{secret: name}
}

// urlSafe percent-encodes what may not stand in a request line. What is encoded already stays as it was sent.
func urlSafe(s string) string {
	const hex = "0123456789abcdefABCDEF"
	var b strings.Builder
	for i := range len(s) {
		encoded := i+2 < len(s) && strings.IndexByte(hex, s[i+1]) >= 0 && strings.IndexByte(hex, s[i+2]) >= 0
		if c := s[i]; c <= ' ' || c >= 0x7f || c == '#' || c == '%' && !encoded {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
