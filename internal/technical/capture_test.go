package technical_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/exceptional-go/exceptional/debugview"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/stack"
	"github.com/exceptional-go/exceptional/internal/technical"
	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/technical/trail"
)

func newView(t testing.TB, o debugview.Options) *technical.View {
	t.Helper()
	v, err := technical.New(o)
	if err != nil {
		t.Fatal(err)
	}
	// A loaded machine is no reason to fail; tests that are about time set their own.
	v.SetBudget(20*time.Second, 10*time.Second, 10*time.Second)
	return v
}

func reportOf(t testing.TB, o debugview.Options, in *technical.Input) *report.Report {
	t.Helper()
	return newView(t, o).Report(t.Context(), in)
}

func encode(t testing.TB, r *report.Report) string {
	t.Helper()
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

type fieldsError struct {
	Order    int
	Token    string
	Note     string `exceptional:"secret"`
	Err      error
	internal string
}

func (e *fieldsError) Error() string { return "order " + fmt.Sprint(e.Order) + ": " + e.Err.Error() }
func (e *fieldsError) Unwrap() error { return e.Err }

func TestErrorTree(t *testing.T) {
	inner := &fieldsError{Order: 17, Token: "tok-123456", Note: "private", Err: &fs.PathError{Op: "open", Path: "/x", Err: syscall.ENOENT}, internal: "i"}
	err := fmt.Errorf("checkout: %w", errors.Join(inner, fmt.Errorf("%w while draining", io.EOF)))
	r := reportOf(t, debugview.Options{}, &technical.Input{Err: err, Status: 500})

	type row struct {
		depth                     int
		via, typ, added, sentinel string
	}
	want := []row{
		{0, "root", "*fmt.wrapError", "checkout: …", ""},
		{1, "unwrap", "*errors.joinError", "", ""},
		{2, "join", "*technical_test.fieldsError", "order 17: …", ""},
		{3, "unwrap", "*fs.PathError", "open /x: …", ""},
		{4, "unwrap", "syscall.Errno", "no such file or directory", "fs.ErrNotExist errno 2"},
		{2, "join", "*fmt.wrapError", "… while draining", ""},
		{3, "unwrap", "*errors.errorString", "EOF", "io.EOF"},
	}
	if len(r.Errors) != len(want) {
		t.Fatalf("%d nodes, want %d: %+v", len(r.Errors), len(want), r.Errors)
	}
	for i, w := range want {
		e := r.Errors[i]
		got := row{e.Depth, e.Via, e.Type, e.Added, strings.Join(e.Sentinels, " ")}
		if got != w {
			t.Errorf("node %d = %+v, want %+v", i, got, w)
		}
	}
	fields := fmt.Sprint(r.Errors[2].Fields)
	if !strings.Contains(fields, "Order 17") || strings.Contains(fields, "tok-123456") || strings.Contains(fields, "private") || strings.Contains(fields, "Err") {
		t.Errorf("fields = %s", fields)
	}
	if r.Summary.Type != "syscall.Errno" || r.Summary.Kind != "error" || fmt.Sprint(r.Summary.Chain) != "[0 1 2 3 4]" {
		t.Errorf("summary = %+v", r.Summary)
	}
	if r.Errors[6].Branch != 0 || r.Errors[5].Branch != 1 {
		t.Errorf("branches %d and %d", r.Errors[6].Branch, r.Errors[5].Branch)
	}
}

func TestSpeaksHTTP(t *testing.T) {
	r := reportOf(t, debugview.Options{}, &technical.Input{Err: fmt.Errorf("x: %w", httperrors.NotFound("No such order.")), Status: 404})
	e := r.Errors[1]
	if e.Status != 404 || e.Public != "No such order." {
		t.Errorf("node = %+v", e)
	}
	if len(r.Stacks) == 0 || r.Stacks[0].Kind != "error" {
		t.Fatalf("stacks = %+v", r.Stacks)
	}
	if f := r.Stacks[0].Frames[0]; f.Name != "TestSpeaksHTTP" || f.Class != report.ClassApp || f.Path != "internal/technical/capture_test.go" {
		t.Errorf("first frame = %+v", f)
	}
}

//go:noinline
func nilMap(m map[string]int) { m["a"] = 1 }

func caught(f func()) (p *stack.Panic) {
	defer func() {
		if v := recover(); v != nil {
			p = stack.Recovered(v)
		}
	}()
	f()
	return nil
}

//go:noinline
func recurse(n int) int {
	if n == 0 {
		nilMap(nil)
		return 0
	}
	return recurse(n-1) + 1
}

type card struct{ Number, Holder string }

func TestPanics(t *testing.T) {
	again := func() {
		defer func() {
			if v := recover(); v != nil {
				panic(fmt.Sprint("again: ", v))
			}
		}()
		nilMap(nil)
	}
	tests := []struct {
		name        string
		f           func()
		typ, origin string
		stacks      int
	}{
		{"nil map", func() { nilMap(nil) }, "runtime.plainError", "nilMap", 1},
		{"string", func() { panic("text") }, "panic(string)", "TestPanics · func3", 1},
		{"error", func() { panic(io.EOF) }, "*errors.errorString", "TestPanics · func4", 1},
		{"nil", func() { panic(nil) }, "*runtime.PanicNilError", "TestPanics · func5", 1},
		{"struct", func() { panic(card{"4242424242424242", "Jo"}) }, "panic(technical_test.card)", "TestPanics · func6", 1},
		{"uncomparable", func() { panic(map[string]any{"password": "p4ss"}) }, "panic(map[string]interface {})", "TestPanics · func7", 1},
		{"again", again, "panic(string)", "nilMap", 2},
		{"index", func() { var s []int; _ = s[len(os.Args)+5] }, "runtime.boundsError", "TestPanics · func8", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := reportOf(t, debugview.Options{}, &technical.Input{Err: fmt.Errorf("handler: %w", caught(tt.f))})
			if r.Summary.Kind != "panic" || r.Summary.Type != tt.typ {
				t.Errorf("kind %q type %q, want panic %q", r.Summary.Kind, r.Summary.Type, tt.typ)
			}
			if len(r.Stacks) != tt.stacks || r.Stacks[0].Kind != "panic" {
				t.Fatalf("%d stacks, want %d", len(r.Stacks), tt.stacks)
			}
			if got := r.Stacks[0].Frames[0].Name; got != tt.origin {
				t.Errorf("origin %q, want %q", got, tt.origin)
			}
			all := encode(t, r)
			for _, secret := range []string{"4242424242424242", "p4ss"} {
				if strings.Contains(all, secret) {
					t.Errorf("the report shows %q", secret)
				}
			}
		})
	}
}

func TestRecursionIsFolded(t *testing.T) {
	r := reportOf(t, debugview.Options{}, &technical.Input{Err: caught(func() { recurse(100_000) })})
	st := r.Stacks[0]
	if len(st.Frames) > 20 {
		t.Errorf("%d frames", len(st.Frames))
	}
	folded := false
	for _, f := range st.Frames {
		if f.Cycle == 1 && f.Repeats > 1000 && f.Name == "recurse" {
			folded = true
		}
	}
	if !folded {
		t.Errorf("no folded frame in %+v", st.Frames)
	}
}

func TestNoStackIsSaid(t *testing.T) {
	r := reportOf(t, debugview.Options{}, &technical.Input{Err: errors.New("plain"), Handler: "example.test/shop/web.(*Server).Checkout-fm"})
	if len(r.Stacks) != 1 || r.Stacks[0].Kind != "handler" || r.Stacks[0].Note == "" || r.Summary.Stack != -1 {
		t.Fatalf("stacks = %+v", r.Stacks)
	}
	if f := r.Stacks[0].Frames[0]; f.Name != "(*Server).Checkout" || f.Pkg != "example.test/shop/web" {
		t.Errorf("frame = %+v", f)
	}
}

func TestRequest(t *testing.T) {
	body := `{"order":17,"card":{"number":"4242 4242 4242 4242"},"password":"hunter22"}`
	req := httptest.NewRequest("POST", "https://shop.example/orders/17?page=2&token=t0k3n-value", strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer abc.def-ghi")
	req.Header.Set("X-Echo", "you sent hunter22")
	req.Header.Set("Referer", "https://u:p4ssw0rd@shop.example/?code=c0de")
	req.AddCookie(&http.Cookie{Name: "theme", Value: "dark-mode-cookie"})
	req = trail.Attach(req)
	if b, err := io.ReadAll(req.Body); err != nil || string(b) != body {
		t.Fatalf("the handler read %q, %v", b, err)
	}
	r := reportOf(t, debugview.Options{}, &technical.Input{
		Err: errors.New("bad password hunter22"), Request: req, Route: "/orders/:id", Handler: "h", Params: []technical.Param{{Name: "id", Value: "17"}, {Name: "otp", Value: "998877"}},
	})
	q := r.Request
	if q.Method != "POST" || q.Route != "/orders/:id" || q.Scheme != "https" || q.Host != "shop.example" {
		t.Errorf("request = %+v", q)
	}
	if q.Body == nil || !q.Body.JSON || !q.Body.Complete || !q.Body.Masked || q.Body.Read != int64(len(body)) || !strings.Contains(q.Body.Text, `"order":17`) {
		t.Errorf("body = %+v", q.Body)
	}
	all := encode(t, r)
	for _, secret := range []string{"hunter22", "t0k3n-value", "abc.def-ghi", "p4ssw0rd", "c0de", "dark-mode-cookie", "4242 4242", "998877"} {
		if strings.Contains(all, secret) {
			t.Errorf("the report shows %q: %s", secret, all)
		}
	}
	for _, shown := range []string{"page=2", "/orders/17", "Bearer ••••"} {
		if !strings.Contains(all, shown) {
			t.Errorf("the report does not show %q", shown)
		}
	}
}

func TestFormAndFiles(t *testing.T) {
	form := url.Values{"name": {"Jo"}, "user[password]": {"hunter22"}}
	req := httptest.NewRequest("POST", "/", strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req = trail.Attach(req)
	if err := req.ParseForm(); err != nil {
		t.Fatal(err)
	}
	r := reportOf(t, debugview.Options{}, &technical.Input{Err: io.EOF, Request: req})
	if len(r.Request.Form) != 2 || !r.Request.Form[1].Masked || r.Request.Form[0].Value != "Jo" {
		t.Errorf("form = %+v", r.Request.Form)
	}
	if all := encode(t, r); strings.Contains(all, "hunter22") {
		t.Errorf("the report shows the password: %s", all)
	}

	multi := "--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nsecret contents\r\n--B\r\n" +
		"Content-Disposition: form-data; name=\"pin\"\r\n\r\n98761\r\n--B--\r\n"
	req = httptest.NewRequest("POST", "/", strings.NewReader(multi))
	req.Header.Set("Content-Type", "multipart/form-data; boundary=B")
	req = trail.Attach(req)
	if err := req.ParseMultipartForm(1 << 20); err != nil {
		t.Fatal(err)
	}
	r = reportOf(t, debugview.Options{}, &technical.Input{Err: io.EOF, Request: req})
	if len(r.Request.Files) != 1 || r.Request.Files[0].Name != "a.txt" || r.Request.Files[0].Size != 15 {
		t.Errorf("files = %+v", r.Request.Files)
	}
	if all := encode(t, r); strings.Contains(all, "secret contents") || strings.Contains(all, "98761") {
		t.Errorf("the report shows a file's content or the PIN: %s", all)
	}
}

func TestReportSurvivesJSON(t *testing.T) {
	req := trail.Attach(httptest.NewRequest("GET", "/x?a=b", nil))
	debugview.Note(req.Context(), "began \xff\x1b[31m")
	debugview.Watch(req.Context(), "cart", map[string]any{"items": []int{1, 2}, "at": time.Now()})
	in := &technical.Input{Err: fmt.Errorf("a \xff\xfe: %w", caught(func() { nilMap(nil) })), Status: 500, Request: req, Decision: []string{"x\xff"}, PublicType: "text/html", PublicBody: []byte("<p>\xff")}
	r := reportOf(t, debugview.Options{Disk: true, Panels: []debugview.Panel{{Title: "p", Load: func(context.Context, string) (any, error) { return card{"1", "2"}, nil }}}}, in)
	first := encode(t, r)
	var again report.Report
	if err := json.Unmarshal([]byte(first), &again); err != nil {
		t.Fatal(err)
	}
	if second := encode(t, &again); second != first {
		t.Error("a decoded report encodes differently")
	}
}

func TestDecisionAndTrace(t *testing.T) {
	req := httptest.NewRequest("GET", "/", nil)
	req.Header.Set("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	r := reportOf(t, debugview.Options{TraceURL: "https://trace.example/{trace}"}, &technical.Input{
		Err: io.EOF, Request: req, Status: 500, Origin: "unknown", Decision: []string{"Nothing speaks HTTP."}, PublicType: "text/html; charset=utf-8",
		PublicBody: []byte("<h1>Sorry</h1>"), User: "jo", Routes: []report.Route{{Method: "GET", Path: "/a", Why: "similar path"}},
	})
	if r.Trace.Link != "https://trace.example/4bf92f3577b34da6a3ce929d0e0e4736" || r.Trace.SpanID != "00f067aa0ba902b7" {
		t.Errorf("trace = %+v", r.Trace)
	}
	if r.Decision.Body != "<h1>Sorry</h1>" || len(r.Decision.Steps) != 1 || r.User != "jo" || len(r.Routes) != 1 {
		t.Errorf("decision = %+v", r.Decision)
	}
}

func TestNewFindsEveryFault(t *testing.T) {
	_, err := technical.New(debugview.Options{
		Mask: debugview.Masking{Names: []string{"x"}, Plain: []string{"password"}}, Panels: []debugview.Panel{{}}, Sources: []debugview.Sources{{}, debugview.SourcePack([]byte("x")), debugview.SourceFS("", "", nil)},
		RepoURL: "javascript:alert(1)", TraceURL: "https://u:p@x/", RepoSubdir: "../x", Env: []string{"A=B"}, Context: 99,
	})
	for _, want := range []string{"Mask.Names[0]", "Mask.Plain[0]", "Panels[0]: no Title", "Panels[0]: no Load", "Sources[0]", "Sources[1]", "Sources[2]", "RepoURL", "TraceURL", "RepoSubdir", "Env[0]", "Context"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New does not complain about %s: %v", want, err)
		}
	}
	if v, err := technical.New(debugview.Options{}); err != nil || v == nil {
		t.Errorf("the zero Options: %v", err)
	}
}

func TestNothingIsNothing(t *testing.T) {
	v := newView(t, debugview.Options{})
	for _, in := range []*technical.Input{{}, {Err: (*fieldsError)(nil)}, {Request: &http.Request{}}} {
		if r := v.Report(t.Context(), in); r == nil || r.Version != report.Version || len(r.Problems) > 0 {
			t.Errorf("Report(%+v) = %+v", in, r)
		}
	}
}

func TestEnvironmentIsAllowListed(t *testing.T) {
	t.Setenv("APP_REGION", "eu-1")
	t.Setenv("APP_SECRET", "hunter22")
	t.Setenv("APP_OTHER", "not asked for")
	r := reportOf(t, debugview.Options{Env: []string{"APP_REGION", "APP_SECRET", "APP_MISSING"}}, &technical.Input{Err: io.EOF})
	all := encode(t, r)
	if !strings.Contains(all, "eu-1") || strings.Contains(all, "hunter22") || strings.Contains(all, "not asked for") || !strings.Contains(all, "(not set)") {
		t.Errorf("env = %+v", r.Env)
	}
}

func TestTemplateErrors(t *testing.T) {
	tests := []struct {
		text, name, action string
		line, column       int
	}{
		{`template: page.html:12:7: executing "page.html" at <.Total>: can't evaluate field Total in type x`, "page.html", "{{.Total}}", 12, 8},
		{`render: template: a/b.gohtml:3:1: executing "body" at <index .X 1>: error calling index: y`, "a/b.gohtml", "{{index .X 1}}", 3, 2},
		{`template: page.html:3: unexpected "}" in operand`, "page.html", "", 3, 0},
		{`html/template:page.html:5:9: {{.X}} appears in an ambiguous context`, "page.html", "", 5, 10},
	}
	for _, tt := range tests {
		got, ok := technical.ParseTemplate(tt.text)
		if !ok || got.Name != tt.name || got.Line != tt.line || got.Column != tt.column || got.Action != tt.action {
			t.Errorf("%q: %+v, %v", tt.text, got, ok)
		}
	}
	for _, text := range []string{"", "template", "my template: has no place", "EOF"} {
		if got, ok := technical.ParseTemplate(text); ok {
			t.Errorf("%q: %+v", text, got)
		}
	}
}
