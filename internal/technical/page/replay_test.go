package page_test

import (
	"context"
	"go/format"
	"go/parser"
	"go/token"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/exceptional-go/exceptional/internal/technical/page"
	"github.com/exceptional-go/exceptional/internal/technical/page/pagetest"
	"github.com/exceptional-go/exceptional/internal/technical/report"
)

// seen is a request as a server reads it, the connection's own headers aside.
type seen struct {
	method, target, host, body string
	header                     http.Header
}

// recordingServer answers 204 and hands out what it was asked.
func recordingServer(t *testing.T) (address string, requests <-chan seen) {
	t.Helper()
	ch := make(chan seen, 4)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h := r.Header.Clone()
		h.Del("Content-Length")
		ch <- seen{r.Method, r.RequestURI, r.Host, string(body), h}
		w.WriteHeader(http.StatusNoContent)
	})}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return l.Addr().String(), ch
}

// next is the request that the command made; a server that refuses it never shows it to the handler.
func next(t *testing.T, requests <-chan seen, command string) seen {
	t.Helper()
	select {
	case got := <-requests:
		return got
	default:
		t.Fatalf("the server refused the request of\n%s", command)
		return seen{}
	}
}

// shell runs a command in the POSIX shell, in a directory where it must leave nothing behind.
func shell(t *testing.T, command string, env ...string) {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("curl is needed")
		}
		t.Skip("curl is not installed")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	dir := t.TempDir()
	check := exec.CommandContext(ctx, "sh", "-n", "-c", command)
	if out, err := check.CombinedOutput(); err != nil {
		t.Fatalf("sh -n: %v %s\n%s", err, out, command)
	}
	c := exec.CommandContext(ctx, "sh", "-c", command)
	c.Dir = dir
	c.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}, env...)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v %s\n%s", err, out, command)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("the command left %v behind\n%s", left, command)
	}
}

// codeFor is the code that the Markdown form holds under a title.
func codeFor(t *testing.T, r *report.Request, title string) string {
	t.Helper()
	body, _ := mustRender(t, page.FormatMarkdown, &report.Report{Reference: "7K3F-9Q2M-4T", Request: r})
	_, code, ok := strings.Cut(string(body), "\n## "+title+"\n\n")
	if !ok {
		t.Fatalf("there is no %q in\n%s", title, body)
	}
	first, code, _ := strings.Cut(code, "\n")
	fence := strings.TrimRight(first, "abcdefghijklmnopqrstuvwxyz")
	code, _, _ = strings.Cut(code, "\n"+fence+"\n")
	return code
}

var replays = []struct {
	name   string
	method string
	target string
	header http.Header
	body   string
}{
	{"plain", "GET", "/orders/17?x=1&y=%20z", http.Header{"Accept": {"text/html"}, "User-Agent": {"test/1"}}, ""},
	{"curl's own headers were not sent", "GET", "/", http.Header{}, ""},
	{"json", "POST", "/orders", http.Header{"Content-Type": {"application/json"}, "Accept": {"*/*"}}, `{"note":"it's $(touch pwned) \u0060touch pwned\u0060 \"quoted\" \\"}`},
	{"no content type", "PUT", "/x", http.Header{}, "a=b"},
	{"body that looks like a file", "POST", "/", http.Header{"Content-Type": {"text/plain"}}, "@/etc/passwd"},
	{"body with a leading dash", "PATCH", "/", http.Header{"Content-Type": {"text/plain"}}, "-K /etc/passwd"},
	{"body of several lines", "POST", "/", http.Header{"Content-Type": {"text/plain"}}, "a\r\nb\n\n\tc 100% \\n"},
	{"body with control characters", "POST", "/", http.Header{"Content-Type": {"text/plain"}}, "nul\x00 esc\x1b[201~ bidi\u202e bell\a del\x7f"},
	{"brackets in the query", "GET", "/list?filter[name]={a,b}&n=[1-9]", http.Header{}, ""},
	{"dots in the path", "GET", "/a/../b/./c", http.Header{}, ""},
	{"quotes in the query", "GET", "/q?a='b'&c=\"d\"&e=`f`&g=$(h)", http.Header{}, ""},
	{"hostile headers", "GET", "/", http.Header{"X-A": {"'; touch pwned; '", "$(touch pwned)"}, "X-B": {"`touch pwned`"}, "X-C": {"@/etc/passwd"}, "X-D": {"-o pwned"}, "X-E": {`\" ! %s`}}, ""},
	{"header names that a shell would expand", "GET", "/", http.Header{"X-`touch": {"a"}, "X-$home": {"b"}, "X-'": {"c"}}, ""},
	{"empty header", "GET", "/", http.Header{"X-Empty": {""}}, ""},
	{"same header twice", "GET", "/", http.Header{"X-Two": {"a", "b"}}, ""},
	{"accept-encoding", "GET", "/", http.Header{"Accept-Encoding": {"gzip, br"}}, ""},
	{"delete with a body", "DELETE", "/x", http.Header{"Content-Type": {"text/plain"}}, "why"},
	{"odd method", "PROPFIND", "/x", http.Header{}, ""},
	{"head", "HEAD", "/x", http.Header{}, ""},
	{"get with a body", "GET", "/search", http.Header{"Content-Type": {"application/json"}}, `{"q":1}`},
	{"long body", "POST", "/", http.Header{"Content-Type": {"text/plain"}}, strings.Repeat("long ", 3000)},
}

// The command, run by a real shell and a real curl, asks what the client had asked.
func TestCurlCommand(t *testing.T) {
	for _, tt := range replays {
		t.Run(tt.name, func(t *testing.T) {
			address, requests := recordingServer(t)
			r := &report.Request{Method: tt.method, Target: tt.target, Host: address, Scheme: "http"}
			for _, name := range slices.Sorted(maps.Keys(tt.header)) {
				for _, v := range tt.header[name] {
					r.Headers = append(r.Headers, report.Field{Name: name, Value: v})
				}
			}
			if tt.body != "" {
				r.Body = &report.Body{Text: tt.body, Length: int64(len(tt.body)), Read: int64(len(tt.body)), Complete: true}
			}
			command := codeFor(t, r, "Repeat it with curl")
			shell(t, command)
			got := next(t, requests, command)
			if got.method != tt.method || got.target != tt.target || got.host != address || got.body != tt.body {
				t.Errorf("asked %q %q on %q with %q, want %q %q with %q\n%s", got.method, got.target, got.host, got.body, tt.method, tt.target, tt.body, command)
			}
			if !maps.EqualFunc(got.header, tt.header, slices.Equal) {
				t.Errorf("header = %q, want %q\n%s", got.header, tt.header, command)
			}
			for _, c := range command {
				if c < ' ' && c != '\n' {
					t.Errorf("the command holds the control character %U: pasting it would type it\n%s", c, command)
				}
			}
		})
	}
}

func TestCurlCommandSecrets(t *testing.T) {
	address, requests := recordingServer(t)
	r := pagetest.Request()
	r.Host, r.Scheme = address, "http"
	r.Headers = append(r.Headers, report.Field{Name: "X-`id`", Value: pagetest.Mask, Masked: true}, report.Field{Name: "Path", Value: pagetest.Mask, Masked: true})
	command := codeFor(t, r, "Repeat it with curl")
	if strings.Contains(command, "•") {
		t.Errorf("a mask stands where a placeholder should\n%s", command)
	}
	shell(t, command, "AUTHORIZATION=Bearer s3cret'\"$x", "COOKIE=shop=1", "QUERY_TOKEN=t0k", "X_ID=y", "SECRET_PATH=z")
	got := next(t, requests, command)
	for name, want := range map[string]string{"Authorization": `Bearer s3cret'"$x`, "Cookie": "shop=1", "X-`id`": "y", "Path": "z"} {
		if v := got.header.Get(name); v != want {
			t.Errorf("%s = %q, want %q\n%s", name, v, want, command)
		}
	}
	if want := "/orders/17/items?coupon=spring&token=t0k"; got.target != want {
		t.Errorf("target = %q, want %q", got.target, want)
	}
}

func TestCurlCommandForm(t *testing.T) {
	address, requests := recordingServer(t)
	r := &report.Request{
		Method: "POST", Target: "/login", Host: address,
		Headers: []report.Field{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}},
		Form:    []report.Field{{Name: "user name", Value: "@ann & 'bob'\n"}, {Name: "pass=word", Value: pagetest.Mask, Masked: true}},
		Body:    &report.Body{Type: "application/x-www-form-urlencoded", Text: "user=…&password=" + pagetest.Mask, Masked: true, Complete: true},
	}
	command := codeFor(t, r, "Repeat it with curl")
	shell(t, command, "FORM_PASS_WORD=a&b c")
	got, err := url.ParseQuery(next(t, requests, command).body)
	if err != nil || got.Get("user name") != "@ann & 'bob'\n" || got.Get("pass=word") != "a&b c" || len(got) != 2 {
		t.Errorf("form = %q (%v)\n%s", got, err, command)
	}
}

// Whatever stands in a Report, stored ones included, the command is one curl and nothing else happens.
func TestCurlCommandHostile(t *testing.T) {
	for _, p := range pagetest.Payloads {
		address, requests := recordingServer(t)
		r := pagetest.Hostile(p).Request
		r.Host, r.Scheme, r.Body.Masked, r.Method = address, "http", false, "POST"
		for i := range r.Query {
			r.Query[i].Masked = false
		}
		command := codeFor(t, r, "Repeat it with curl")
		shell(t, command)
		if got := next(t, requests, command); got.method != "POST" {
			t.Errorf("method = %q", got.method)
		}
	}
}

// The test is gofmt's own layout and parses, whatever the request held.
func TestGoTest(t *testing.T) {
	requests := []*report.Request{pagetest.Request(), {Method: "GET", Target: "/"}, {Method: "BREW", Target: "/pot", Host: "[::1]:80"}}
	for _, tt := range replays {
		r := &report.Request{Method: tt.method, Target: tt.target}
		if tt.body != "" {
			r.Body = &report.Body{Text: tt.body, Complete: true}
		}
		for name, values := range tt.header {
			r.Headers = append(r.Headers, report.Field{Name: name, Value: values[0]})
		}
		requests = append(requests, r)
	}
	for _, p := range pagetest.Payloads {
		requests = append(requests, pagetest.Hostile(p).Request)
	}
	for _, r := range requests {
		got := codeFor(t, r, "Repeat it in a test") + "\n"
		file := "package p\n\nimport (\n\t\"net/http\"\n)\n\n" + got
		if _, err := parser.ParseFile(token.NewFileSet(), "p_test.go", file, parser.AllErrors); err != nil {
			t.Errorf("%v\n%s", err, got)
			continue
		}
		formatted, err := format.Source([]byte(file))
		if err != nil || string(formatted) != file {
			t.Errorf("not gofmt's layout (%v)\n%s\nwant\n%s", err, got, formatted)
		}
	}
}
