package page

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/exceptional-go/exceptional/internal/text"
)

var notAlphanumeric = regexp.MustCompile(`[^0-9A-Za-z]+`)

// goTest returns the request as the beginning of a Go test, in gofmt's layout. A comment in it says where the reader names their
// handler.
func (r *replay) goTest(reference string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "func TestReproduce%s(t *testing.T) {\n", notAlphanumeric.ReplaceAllString(reference, ""))
	b.WriteString("\tvar handler http.Handler // = yours, the *echo.Echo for example\n\n")
	body := "nil"
	if r.body != "" {
		body = "strings.NewReader(" + goQuote(r.body) + ")"
	}
	if len(r.form) > 0 {
		body = "strings.NewReader(form.Encode())"
		b.WriteString("\tform := url.Values{}\n")
	}
	for _, f := range r.form {
		fmt.Fprintf(&b, "\tform.Add(%s, %s)\n", goQuote(f.name), goExpression(f.value))
	}
	fmt.Fprintf(&b, "\treq := httptest.NewRequest(%s, %s, %s)\n", goQuote(r.method), goExpression(r.target...), body)
	fmt.Fprintf(&b, "\treq.Host = %s\n", goQuote(r.host))
	for _, h := range r.headers {
		fmt.Fprintf(&b, "\treq.Header.Add(%s, %s)\n", goQuote(h.name), goExpression(h.value))
	}
	b.WriteString("\trec := httptest.NewRecorder()\n\thandler.ServeHTTP(rec, req)\n")
	b.WriteString("\tif rec.Code >= 500 {\n\t\tt.Errorf(\"status = %d, body:\\n%s\", rec.Code, rec.Body)\n\t}\n}\n")
	return b.String()
}

// goExpression is a Go expression for parts as one string. It reads secrets from the environment.
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

// goQuote is a Go literal for s: a raw string, if that keeps a text with quotes in it, such as JSON, readable.
func goQuote(s string) string {
	if strings.Contains(s, `"`) && !strings.Contains(s, "\n") && strconv.CanBackquote(s) && !text.HasInvisible(s) {
		return "`" + s + "`"
	}
	return strconv.QuoteToASCII(s)
}
