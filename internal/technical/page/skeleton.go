package page

import (
	"net/http"
	"strconv"
	"strings"
)

// testSkeleton is the request as the start of a Go test, or "" if it is not known. It is gofmt's own layout, so that it can
// be pasted into a file as it is; the reader puts their handler where the comment says so.
func testSkeleton(p *replay, reference string) string {
	if p == nil {
		return ""
	}
	var b strings.Builder
	b.WriteString("func Test" + identifier(reference) + "(t *testing.T) {\n")
	b.WriteString("\tvar handler http.Handler // = yours, the *echo.Echo for example\n\n")
	body := "nil"
	switch {
	case len(p.form) > 0:
		b.WriteString("\tform := url.Values{}\n")
		for _, f := range p.form {
			b.WriteString("\tform.Add(" + goQuote(f.name) + ", " + goPart(f.value) + ")\n")
		}
		body = "strings.NewReader(form.Encode())"
	case p.hasBody:
		body = "strings.NewReader(" + goQuote(p.body) + ")"
	}
	b.WriteString("\treq := httptest.NewRequest(" + goMethod(p.method) + ", " + goParts(p.target) + ", " + body + ")\n")
	b.WriteString("\treq.Host = " + goQuote(p.host) + "\n")
	for _, h := range p.headers {
		b.WriteString("\treq.Header.Add(" + goQuote(h.name) + ", " + goPart(h.value) + ")\n")
	}
	b.WriteString("\trec := httptest.NewRecorder()\n\thandler.ServeHTTP(rec, req)\n")
	b.WriteString("\tif rec.Code >= 500 {\n\t\tt.Errorf(\"status = %d, body:\\n%s\", rec.Code, rec.Body)\n\t}\n}\n")
	return b.String()
}

// identifier makes the reference fit for a test's name.
func identifier(reference string) string {
	name := make([]byte, 0, len(reference))
	for i := range min(len(reference), 40) {
		if c := reference[i]; c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			name = append(name, c)
		}
	}
	if len(name) == 0 {
		return "Reproduce"
	}
	return "Reproduce" + strings.ToUpper(string(name[:1])) + string(name[1:])
}

func goMethod(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return "http.Method" + m[:1] + strings.ToLower(m[1:])
	}
	return goQuote(m)
}

// goQuote keeps a text that is easy to read in back quotes raw, JSON above all.
func goQuote(s string) string {
	if strings.Contains(s, `"`) && !strings.Contains(s, "\n") && strconv.CanBackquote(s) && !obeyed(s) {
		return "`" + s + "`"
	}
	return strconv.QuoteToASCII(s)
}

func goPart(p part) string {
	if p.secret != "" {
		return `os.Getenv("` + p.secret + `")`
	}
	return goQuote(p.text)
}

func goParts(parts []part) string {
	var out []string
	literal := ""
	for _, p := range parts {
		literal += p.text
		if p.secret == "" {
			continue
		}
		if literal != "" {
			out = append(out, goQuote(literal))
		}
		out = append(out, goPart(p))
		literal = ""
	}
	if literal != "" || len(out) == 0 {
		out = append(out, goQuote(literal))
	}
	return strings.Join(out, "+")
}
