package page

import (
	"fmt"
	"net/url"
	"regexp"
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
