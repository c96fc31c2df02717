package page

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/exceptional-go/exceptional/internal/technical/report"
)

// A replay is the request of a Report taken apart for repeating it: what the curl command and the test skeleton share.
type replay struct {
	method  string
	url     []part // scheme and host first
	target  []part // path and query alone
	host    string
	headers []replayHeader
	form    []replayField
	body    string
	hasBody bool
	notes   []string // what the copy cannot do by itself: secrets to set, files to choose
	secrets []string // names of the variables that stand for secrets
}

// A part is literal text, or the name of a variable that stands for a secret.
type part struct{ text, secret string }

type replayHeader struct {
	name  string
	value part
}

type replayField struct {
	name  string
	value part
}

// replayOf prepares r for being repeated; nil if the Report knows no request, or one too large for a command line.
func replayOf(r *report.Request) *replay {
	if r == nil || r.Method == "" && r.Target == "" || size(r) > 2*showCopy {
		return nil
	}
	p := &replay{method: "GET", host: printableASCII(r.Host)}
	if token(r.Method) {
		p.method = r.Method
	}
	if p.host == "" || strings.ContainsAny(p.host, "/@?#\\") {
		p.host = "localhost"
	}
	scheme := "http"
	if r.Scheme == "https" {
		scheme = "https"
	}
	p.target = p.targetOf(r)
	p.url = append([]part{{text: scheme + "://" + p.host}}, p.target...)

	for _, f := range r.Headers {
		if !token(f.Name) || ownHeader(f.Name) {
			continue
		}
		h := replayHeader{name: f.Name, value: part{text: f.Value}}
		switch {
		case f.Masked:
			h.value = part{secret: p.secret("", f.Name)}
		case f.Trimmed > 0 || obeyed(f.Value) || strings.Contains(f.Value, "\n"):
			p.note("The header %s is left out: its value is cut or holds control characters.", f.Name)
			continue
		}
		p.headers = append(p.headers, h)
	}
	p.bodyOf(r)
	if len(p.secrets) > 0 {
		p.notes = append([]string{"Masked secrets are placeholders, set them first: " + strings.Join(p.secrets, ", ") + "."}, p.notes...)
	}
	return p
}

func size(r *report.Request) int {
	n := len(r.Method) + len(r.Target) + len(r.Host)
	for _, list := range [][]report.Field{r.Query, r.Headers, r.Form} {
		for _, f := range list {
			n += len(f.Name) + len(f.Value) + 16
		}
	}
	if r.Body != nil {
		n += len(r.Body.Text)
	}
	return n
}

// ownHeader tells headers that curl and net/http make themselves, and that would be wrong if they were repeated.
func ownHeader(name string) bool {
	switch strings.ToLower(name) {
	case "host", "content-length", "transfer-encoding", "connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade", "expect":
		return true
	}
	return false
}

// targetOf is path and query. A query with a secret is put together anew from its fields, so that a variable can take the secret's place.
func (p *replay) targetOf(r *report.Request) []part {
	target := r.Target
	if !strings.HasPrefix(target, "/") { // "*", or an authority, or nothing
		target = "/" + strings.TrimLeft(target, "*")
	}
	path, query, has := strings.Cut(target, "?")
	masked := slices.ContainsFunc(r.Query, func(f report.Field) bool { return f.Masked })
	if !has || !masked {
		return []part{{text: urlSafe(target)}}
	}
	out := []part{{text: urlSafe(path)}}
	separator := "?"
	for _, f := range r.Query {
		name := separator + url.QueryEscape(f.Name) + "="
		separator = "&"
		if f.Masked {
			out = append(out, part{text: name}, part{secret: p.secret("QUERY_", f.Name)})
		} else {
			out = append(out, part{text: name + url.QueryEscape(f.Value)})
		}
	}
	if len(r.Query) == 0 {
		out = append(out, part{text: "?" + urlSafe(query)})
	}
	return out
}

func (p *replay) bodyOf(r *report.Request) {
	kind := ""
	if r.Body != nil {
		kind = strings.ToLower(r.Body.Type)
	}
	if r.Body != nil && r.Body.Text != "" && !r.Body.Masked {
		p.body, p.hasBody = r.Body.Text, true
		if !r.Body.Complete || r.Body.Trimmed > 0 {
			p.note("The body is not complete: the report holds %s of it.", bytesText(int64(len(r.Body.Text))))
		}
		return
	}
	// A body with secrets is better put together from its fields, if it has some: they can be placeholders.
	if len(r.Form) > 0 && !strings.HasPrefix(kind, "multipart/") {
		for _, f := range r.Form {
			v := part{text: f.Value}
			if f.Masked {
				v = part{secret: p.secret("FORM_", f.Name)}
			}
			p.form = append(p.form, replayField{name: f.Name, value: v})
		}
		return
	}
	switch {
	case r.Body != nil && r.Body.Text != "":
		p.body, p.hasBody = r.Body.Text, true
		p.note("The body holds masked values: put your own in their place.")
	case len(r.Files) > 0 || strings.HasPrefix(kind, "multipart/"):
		p.note("The files and fields of the multipart body are not in the command: a report never holds files.")
	case r.Body != nil && (r.Body.Length > 0 || r.Body.Read > 0):
		p.note("The body is not in the command: %s", orElse(r.Body.Note, "the handler had not read it."))
	}
}

func (p *replay) note(format string, args ...any) {
	p.notes = append(p.notes, oneLine(fmt.Sprintf(format, args...)))
}

// secret names the variable that stands for a secret, and remembers it.
func (p *replay) secret(prefix, name string) string {
	v := make([]byte, 0, len(prefix)+len(name))
	v = append(v, prefix...)
	for _, c := range []byte(strings.ToUpper(name)) {
		if c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			v = append(v, c)
		} else if len(v) > 0 && v[len(v)-1] != '_' {
			v = append(v, '_')
		}
	}
	variable := strings.TrimRight(string(v), "_")
	if variable == "" || variable[0] >= '0' && variable[0] <= '9' {
		variable = "SECRET_" + variable
	}
	// PATH, IFS and HOME are variables that a shell already has: a header of that name must not send them.
	if prefix == "" && (variable == "PATH" || variable == "IFS" || variable == "HOME" || variable == "USER" || variable == "ENV") {
		variable = "SECRET_" + variable
	}
	variable = "$" + variable
	if !slices.Contains(p.secrets, variable) {
		p.secrets = append(p.secrets, variable)
	}
	return variable[1:]
}

// curlCommand is the request as a command for a POSIX shell, or "" if it is not known.
// It repeats what the client sent: nothing that curl would add by itself is added.
func curlCommand(p *replay) string {
	if p == nil {
		return ""
	}
	args := []string{"curl"}
	feed := "" // a body that no argument can hold comes through a pipe
	if whole := joinParts(p.url); strings.ContainsAny(whole, "[]{}") {
		args[0] += " --globoff"
	}
	if whole := joinParts(p.target); strings.Contains(whole, "/.") {
		args[0] += " --path-as-is"
	}
	switch {
	case p.method == "HEAD":
		args[0] += " --head"
	case p.method != "GET" || p.hasBody || len(p.form) > 0:
		args[0] += " --request " + shellWord(p.method)
	}
	args[0] += " " + shellParts(p.url)

	seen := map[string]bool{}
	for _, h := range p.headers {
		seen[strings.ToLower(h.name)] = true
		switch {
		case h.value.secret != "":
			args = append(args, "--header "+shellParts([]part{{text: h.name + ": "}, h.value}))
		case h.value.text == "":
			args = append(args, "--header "+shellQuote(h.name+";")) // a colon alone would remove it
		default:
			args = append(args, "--header "+shellQuote(h.name+": "+h.value.text))
		}
	}
	if seen["accept-encoding"] {
		args = append(args, "--compressed") // or the terminal shows gzip
	}
	absent := []string{"Accept", "User-Agent"}
	if p.hasBody || len(p.form) > 0 {
		absent = append(absent, "Content-Type", "Expect")
	}
	for _, name := range absent {
		if !seen[strings.ToLower(name)] {
			args = append(args, "--header "+shellQuote(name+":"))
		}
	}
	for _, f := range p.form {
		name := url.QueryEscape(f.name) + "="
		if f.value.secret != "" {
			args = append(args, "--data-urlencode "+shellParts([]part{{text: name}, f.value}))
		} else {
			args = append(args, "--data-raw "+shellQuote(name+url.QueryEscape(f.value.text)))
		}
	}
	if p.hasBody {
		// A pasted control character is typed into the terminal, NUL ends an argument, and a form that indents its lines would
		// indent a body: printf makes them all again.
		if obeyed(p.body) || strings.ContainsAny(p.body, "\t\n") {
			feed = "printf " + shellQuote(printfEscape(p.body)) + " |\n"
			args = append(args, "--data-binary @-")
		} else {
			args = append(args, "--data-raw "+shellQuote(p.body)) // unlike --data, it gives a leading @ no meaning
		}
	}
	return feed + strings.Join(args, " \\\n  ")
}

func joinParts(parts []part) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.text)
	}
	return b.String()
}

// shellParts quotes parts as one word of the shell.
func shellParts(parts []part) string {
	var b strings.Builder
	literal := ""
	for _, p := range parts {
		literal += p.text
		if p.secret == "" {
			continue
		}
		if plainInDoubleQuotes(literal) {
			b.WriteString(`"` + literal + "$" + p.secret + `"`)
		} else {
			b.WriteString(shellQuote(literal) + `"$` + p.secret + `"`)
		}
		literal = ""
	}
	if literal != "" || b.Len() == 0 {
		b.WriteString(shellQuote(literal))
	}
	return b.String()
}

// plainInDoubleQuotes allows only what no shell expands there, the "!" of an interactive bash included.
func plainInDoubleQuotes(s string) bool {
	return !strings.ContainsAny(s, "$`\\\"!") && !obeyed(s)
}

// shellWord leaves a plain word bare.
func shellWord(s string) string {
	if strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
		return s
	}
	return shellQuote(s)
}

func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// printfEscape writes s as a format of POSIX printf.
func printfEscape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c == '%':
			b.WriteString("%%")
		case c == '\\':
			b.WriteString(`\\`)
		case c == '\n':
			b.WriteString(`\n`)
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// urlSafe percent-encodes what may not stand raw in a request line. What is encoded already stays as it was sent.
func urlSafe(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || c == '#' || c == '%' && !hexPair(s[i+1:]) {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func hexPair(s string) bool {
	const digits = "0123456789abcdefABCDEF"
	return len(s) >= 2 && strings.IndexByte(digits, s[0]) >= 0 && strings.IndexByte(digits, s[1]) >= 0
}

func printableASCII(s string) string {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return ""
		}
	}
	return s
}

// token reports whether s is a token of RFC 9110 §5.6.2, as methods and header names are.
func token(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return s != ""
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
