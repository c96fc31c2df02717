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

// A replay is the request of a Report taken apart, so that curl.go can make a command of it and gotest.go a test. The Report holds
// no secrets: a placeholder stands where one was masked, the name of an environment variable that the reader sets.
type replay struct {
	method  string
	origin  string // "https://shop.example"
	host    string
	target  []part // path and query
	headers []param
	form    []param // if the body is a form of which fields are masked; body is empty then
	body    string
	notes   []string // sentences: which placeholders to set, and what is left out
}

// A part is literal text, or the name of an environment variable that stands for a secret.
type part struct{ text, secret string }

type param struct {
	name  string
	value part
}

// madeByClient matches the headers that curl and net/http make themselves, and that would be wrong if they were repeated.
var madeByClient = regexp.MustCompile(`(?i)^(host|content-length|transfer-encoding|connection|keep-alive|proxy-connection|te|trailer|upgrade|expect)$`)

// token matches a token of RFC 9110 §5.6.2: a method, the name of a header.
var token = regexp.MustCompile("^[0-9A-Za-z!#$%&'*+.^_`|~-]+$")

// newReplay takes the request apart. It returns nil if the request is not known. The client chose every string of the request: one
// that has no place in a valid request is replaced or left out.
func newReplay(req *report.Request) *replay {
	if req == nil || req.Method == "" && req.Target == "" {
		return nil
	}
	r := &replay{method: "GET", host: "localhost"}
	if token.MatchString(req.Method) {
		r.method = req.Method
	}
	notInHost := func(c rune) bool { return c <= ' ' || c >= 0x7f || strings.ContainsRune(`/@?#\`, c) }
	if req.Host != "" && !strings.ContainsFunc(req.Host, notInHost) {
		r.host = req.Host
	}
	scheme := "http"
	if req.Scheme == "https" {
		scheme = "https"
	}
	r.origin = scheme + "://" + r.host
	r.setTarget(req)
	r.setHeaders(req)
	r.setBody(req)
	if secrets := r.secrets(); len(secrets) > 0 {
		first := "Masked secrets are placeholders, set them first: " + strings.Join(secrets, ", ") + "."
		r.notes = append([]string{first}, r.notes...)
	}
	return r
}

// setTarget takes path and query as they were sent. A query with a secret is built anew from its fields, so that a placeholder can
// take the secret's place.
func (r *replay) setTarget(req *report.Request) {
	target := req.Target
	if !strings.HasPrefix(target, "/") { // "*", or an authority, or nothing
		target = "/" + strings.TrimLeft(target, "*")
	}
	if !slices.ContainsFunc(req.Query, func(f report.Field) bool { return f.Masked }) {
		r.target = []part{{text: urlSafe(target)}}
		return
	}
	path, _, _ := strings.Cut(target, "?")
	literal := urlSafe(path) + "?"
	for i, f := range req.Query {
		if i > 0 {
			literal += "&"
		}
		literal += url.QueryEscape(f.Name) + "="
		if f.Masked {
			r.target = append(r.target, part{text: literal}, valueOf("QUERY_", f))
			literal = ""
		} else {
			literal += url.QueryEscape(f.Value)
		}
	}
	if literal != "" {
		r.target = append(r.target, part{text: literal})
	}
}

func (r *replay) setHeaders(req *report.Request) {
	for _, h := range req.Headers {
		switch {
		case !token.MatchString(h.Name) || madeByClient.MatchString(h.Name):
		case !h.Masked && (h.Trimmed > 0 || text.HasInvisible(h.Value) || strings.Contains(h.Value, "\n")):
			r.note("The header %s is left out: its value is cut or holds control characters.", h.Name)
		default:
			r.headers = append(r.headers, param{h.Name, valueOf("", h)})
		}
	}
}

// setBody sets body or form, or notes why neither is known.
func (r *replay) setBody(req *report.Request) {
	b := req.Body
	multipart := len(req.Files) > 0 || b != nil && strings.HasPrefix(strings.ToLower(b.Type), "multipart/")
	hasText := b != nil && b.Text != ""
	switch {
	case hasText && !b.Masked:
		r.body = b.Text
		if !b.Complete || b.Trimmed > 0 {
			r.note("The body is not complete: the report holds %s of it.", bytesText(int64(len(b.Text))))
		}
	case len(req.Form) > 0 && !multipart: // unlike a body with masks in it, the fields of a form can hold placeholders
		for _, f := range req.Form {
			r.form = append(r.form, param{f.Name, valueOf("FORM_", f)})
		}
	case hasText:
		r.body = b.Text
		r.note("The body holds masked values: put your own in their place.")
	case multipart:
		r.note("The files and fields of the multipart body are not in the command: a report never holds files.")
	case b != nil && (b.Length > 0 || b.Read > 0):
		r.note("The body is not in the command: %s", cmp.Or(b.Note, "the handler had not read it."))
	}
}

func (r *replay) hasBody() bool { return r.body != "" || len(r.form) > 0 }

func (r *replay) note(format string, args ...any) {
	r.notes = append(r.notes, text.ShowLine(fmt.Sprintf(format, args...)))
}

// secrets returns the placeholders as the shell writes them, each once: "$AUTHORIZATION".
func (r *replay) secrets() (names []string) {
	values := slices.Clone(r.target)
	for _, p := range slices.Concat(r.headers, r.form) {
		values = append(values, p.value)
	}
	for _, v := range values {
		if name := "$" + v.secret; v.secret != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

var (
	notInVariable = regexp.MustCompile(`[^A-Z0-9]+`)
	// shellVariables are set in every shell. A header of such a name must not send its value.
	shellVariables = []string{"PATH", "IFS", "HOME", "USER", "ENV"}
)

// valueOf returns the value of f, or its placeholder if it is masked: prefix and name in the letters that a variable may have.
func valueOf(prefix string, f report.Field) part {
	if !f.Masked {
		return part{text: f.Value}
	}
	name := strings.Trim(notInVariable.ReplaceAllString(strings.ToUpper(prefix+f.Name), "_"), "_")
	if name == "" || name[0] <= '9' || slices.Contains(shellVariables, name) {
		name = "SECRET_" + name
	}
	return part{secret: name}
}

// urlSafe percent-encodes the characters that may not stand in a request line. A sequence that is encoded already stays as it was
// sent.
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
