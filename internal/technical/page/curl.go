package page

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/exceptional-go/exceptional/internal/text"
)

// curl returns the request as a command for a POSIX shell. It sends what the client sent, and nothing that curl would add. The
// strings of the request are chosen by the client, so each is quoted, whatever it holds.
func (r *replay) curl() string {
	input, data := r.curlBody()
	args := slices.Concat([]string{r.curlFirstLine()}, r.curlHeaders(), data)
	return input + strings.Join(args, " \\\n  ")
}

// curlFirstLine is the command with the method and the address.
func (r *replay) curlFirstLine() string {
	address := append([]part{{text: r.origin}}, r.target...)
	literal := ""
	for _, p := range address {
		literal += p.text
	}
	command := "curl"
	if strings.ContainsAny(literal, "[]{}") {
		command += " --globoff" // or curl makes several requests of one address
	}
	if strings.Contains(literal, "/.") {
		command += " --path-as-is" // or curl resolves "/../"
	}
	switch {
	case r.method == "HEAD":
		command += " --head" // with --request HEAD, curl would wait for a body
	case r.method != "GET" || r.hasBody():
		command += " --request " + shellQuote(r.method)
	}
	return command + " " + shellWord(address...)
}

// curlHeaders are the headers that the client sent, and those that curl adds unless it is told not to.
func (r *replay) curlHeaders() (args []string) {
	sent := map[string]bool{}
	for _, h := range r.headers {
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
	added := []string{"Accept", "User-Agent"}
	if r.hasBody() {
		added = append(added, "Content-Type", "Expect")
	}
	for _, name := range added {
		if !sent[strings.ToLower(name)] {
			args = append(args, "--header "+shellQuote(name+":"))
		}
	}
	return args
}

// curlBody returns the arguments for the body or the form, and the command whose output is the body, if one is needed.
func (r *replay) curlBody() (input string, args []string) {
	for _, f := range r.form {
		name := url.QueryEscape(f.name) + "="
		if f.value.secret != "" {
			args = append(args, "--data-urlencode "+shellWord(part{text: name}, f.value))
		} else {
			args = append(args, "--data-raw "+shellQuote(name+url.QueryEscape(f.value.text)))
		}
	}
	switch {
	case r.body == "":
	case text.HasInvisible(r.body) || strings.ContainsAny(r.body, "\t\n"):
		// Pasting a control character types it into the terminal, and no argument can hold NUL: printf makes them.
		input = "printf " + shellQuote(printfFormat(r.body)) + " |\n"
		args = append(args, "--data-binary @-")
	default:
		args = append(args, "--data-raw "+shellQuote(r.body)) // unlike --data, it gives a leading @ no meaning
	}
	return input, args
}

// shellWord quotes parts as one word of the shell. Within double quotes the shell replaces a variable and does nothing else.
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
