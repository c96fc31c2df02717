package page

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/exceptional-go/exceptional/internal/text"
)

// curl is the request as a command for a POSIX shell. It repeats what the client sent, and nothing that curl would add.
func (c *replay) curl() string {
	address := append([]part{{text: c.origin}}, c.target...)
	literal := ""
	for _, p := range address {
		literal += p.text
	}
	first := "curl"
	if strings.ContainsAny(literal, "[]{}") {
		first += " --globoff"
	}
	if strings.Contains(literal, "/.") {
		first += " --path-as-is"
	}
	hasBody := c.body != "" || len(c.form) > 0
	switch {
	case c.method == "HEAD":
		first += " --head"
	case c.method != "GET" || hasBody:
		first += " --request " + shellQuote(c.method)
	}
	args := []string{first + " " + shellWord(address...)}

	sent := map[string]bool{}
	for _, h := range c.headers {
		sent[strings.ToLower(h.name)] = true
		if h.value == (part{}) {
			args = append(args, "--header "+shellQuote(h.name+";")) // with a colon, curl would remove the header
		} else {
			args = append(args, "--header "+shellWord(part{text: h.name + ": "}, h.value))
		}
	}
	if sent["accept-encoding"] {
		args = append(args, "--compressed") // or the terminal shows gzip
	}
	added := []string{"Accept", "User-Agent"} // by curl
	if hasBody {
		added = append(added, "Content-Type", "Expect")
	}
	for _, name := range added {
		if !sent[strings.ToLower(name)] {
			args = append(args, "--header "+shellQuote(name+":"))
		}
	}
	for _, f := range c.form {
		name := url.QueryEscape(f.name) + "="
		if f.value.secret != "" {
			args = append(args, "--data-urlencode "+shellWord(part{text: name}, f.value))
		} else {
			args = append(args, "--data-raw "+shellQuote(name+url.QueryEscape(f.value.text)))
		}
	}
	input := ""
	switch {
	case c.body == "":
	case text.HasInvisible(c.body) || strings.ContainsAny(c.body, "\t\n"):
		// Pasting a control character types it into the terminal, and no argument can hold NUL: printf makes them.
		input = "printf " + shellQuote(printfFormat(c.body)) + " |\n"
		args = append(args, "--data-binary @-")
	default:
		args = append(args, "--data-raw "+shellQuote(c.body)) // unlike --data, it gives a leading @ no meaning
	}
	return input + strings.Join(args, " \\\n  ")
}

// shellWord quotes parts as one word of the shell.
func shellWord(parts ...part) string {
	word := ""
	for _, p := range parts {
		if p.secret != "" {
			word += `"$` + p.secret + `"`
		} else {
			word += shellQuote(p.text)
		}
	}
	return word
}

var plainWord = regexp.MustCompile("^[A-Za-z]+$")

func shellQuote(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// printfFormat writes s as a format of POSIX printf.
func printfFormat(s string) string {
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

var notAlphanumeric = regexp.MustCompile(`[^0-9A-Za-z]+`)

// goTest is the request as the start of a Go test, in gofmt's layout. The reader puts their handler where the comment says so.
func (c *replay) goTest(reference string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "func TestReproduce%s(t *testing.T) {\n", notAlphanumeric.ReplaceAllString(reference, ""))
	b.WriteString("\tvar handler http.Handler // = yours, the *echo.Echo for example\n\n")
	body := "nil"
	if c.body != "" {
		body = "strings.NewReader(" + goQuote(c.body) + ")"
	}
	if len(c.form) > 0 {
		body = "strings.NewReader(form.Encode())"
		b.WriteString("\tform := url.Values{}\n")
	}
	for _, f := range c.form {
		fmt.Fprintf(&b, "\tform.Add(%s, %s)\n", goQuote(f.name), goExpression(f.value))
	}
	fmt.Fprintf(&b, "\treq := httptest.NewRequest(%s, %s, %s)\n", goQuote(c.method), goExpression(c.target...), body)
	fmt.Fprintf(&b, "\treq.Host = %s\n", goQuote(c.host))
	for _, h := range c.headers {
		fmt.Fprintf(&b, "\treq.Header.Add(%s, %s)\n", goQuote(h.name), goExpression(h.value))
	}
	b.WriteString("\trec := httptest.NewRecorder()\n\thandler.ServeHTTP(rec, req)\n")
	b.WriteString("\tif rec.Code >= 500 {\n\t\tt.Errorf(\"status = %d, body:\\n%s\", rec.Code, rec.Body)\n\t}\n}\n")
	return b.String()
}

// goExpression joins parts to one string, reading secrets from the environment.
func goExpression(parts ...part) string {
	var operands []string
	for _, p := range parts {
		if p.secret != "" {
			operands = append(operands, `os.Getenv("`+p.secret+`")`)
		} else {
			operands = append(operands, goQuote(p.text))
		}
	}
	return strings.Join(operands, "+")
}

// goQuote keeps a text in which quotes are frequent, as in JSON, readable.
func goQuote(s string) string {
	if strings.Contains(s, `"`) && !strings.Contains(s, "\n") && strconv.CanBackquote(s) && !text.HasInvisible(s) {
		return "`" + s + "`"
	}
	return strconv.QuoteToASCII(s)
}
