package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// startForTest runs the demo on ports of its own, inside the test.
func startForTest(t *testing.T, replicas int) *demo {
	t.Helper()
	d, err := start(t.Context(), "127.0.0.1:0", replicas, "", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// ask sends a request as somebody and returns the answer as it is, redirects included.
func ask(t *testing.T, method, address, as, accept string, form url.Values) (*http.Response, string) {
	t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(t.Context(), method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if as != "" {
		req.AddCookie(&http.Cookie{Name: cookieName, Value: as})
	}
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(text)
}

// technicalMark is in the last line of the technical page, and nowhere else.
const technicalMark = "Made by exceptional for technical viewers"

// TestEveryFailure asks the list of the start page for every viewer, without a browser; the tests in
// tests/browser look closer.
func TestEveryFailure(t *testing.T) {
	d := startForTest(t, 1)
	base := d.replicas[0].url
	for _, f := range failures {
		for _, as := range []string{"alice", "bob", "carol", "dave", "", "nobody-we-know"} {
			t.Run(f.Name+"/"+as, func(t *testing.T) {
				res, page := ask(t, http.MethodGet, base+f.Path, as, "text/html", nil)
				if res.StatusCode != f.Status {
					t.Errorf("status %d, want %d", res.StatusCode, f.Status)
				}
				if f.Status/100 == 3 {
					if l := res.Header.Get("Location"); l != "/books" {
						t.Errorf("Location: %q", l)
					}
					return
				}
				if got, want := strings.Contains(page, technicalMark), as == "alice"; got != want {
					t.Errorf("technical page: %t, want %t:\n%s", got, want, page)
				}
				res, document := ask(t, http.MethodGet, base+f.Path, as, "", nil)
				if ct := res.Header.Get("Content-Type"); res.StatusCode != f.Status || ct != "application/problem+json" {
					t.Errorf("a program gets status %d and %s:\n%s", res.StatusCode, ct, document)
				}
			})
		}
	}
}

func TestHeadersOfFailures(t *testing.T) {
	d := startForTest(t, 1)
	for _, tt := range []struct{ path, header, want string }{
		{"/sign-in", "Allow", "POST"},
		{"/stocktaking", "Retry-After", "120"},
		{"/orders.csv", "Content-Disposition", ""},
	} {
		res, _ := ask(t, http.MethodGet, d.replicas[0].url+tt.path, "", "text/html", nil)
		if got := res.Header.Get(tt.header); !strings.Contains(got, tt.want) || tt.want == "" && got != "" {
			t.Errorf("%s of %s is %q, want %q", tt.header, tt.path, got, tt.want)
		}
	}
}

// TestMembership changes the group on one replica and asks the other at once.
func TestMembership(t *testing.T) {
	d := startForTest(t, 2)
	here, there := d.replicas[0].url, d.replicas[1].url
	sees := func(as string) bool {
		_, page := ask(t, http.MethodGet, there+"/books/recommended", as, "text/html", nil)
		return strings.Contains(page, technicalMark)
	}
	change := func(action, name string) {
		t.Helper()
		res, page := ask(t, http.MethodPost, here+"/admin/members", "carol", "", url.Values{"action": {action}, "name": {name}})
		if res.StatusCode != http.StatusSeeOther {
			t.Fatalf("%s %s: status %d\n%s", action, name, res.StatusCode, page)
		}
	}
	if !sees("alice") || sees("carol") {
		t.Fatal("at first alice sees the technical page, and carol does not")
	}
	change("remove", "alice")
	if sees("alice") {
		t.Error("alice was removed, and sees the technical page")
	}
	change("add", "carol")
	if !sees("carol") {
		t.Error("carol was added, and does not see the technical page")
	}
	for _, as := range []string{"", "bob", "dave"} {
		if res, _ := ask(t, http.MethodPost, here+"/admin/members", as, "", url.Values{"action": {"add"}, "name": {"bob"}}); res.StatusCode != http.StatusForbidden {
			t.Errorf("%q may change the group: status %d", as, res.StatusCode)
		}
	}
}

func TestSignIn(t *testing.T) {
	d := startForTest(t, 1)
	for _, tt := range []struct{ name, user, next, wantCookie, wantLocation string }{
		{"alice", "alice", "/books", "demo_user=alice;", "/books"},
		{"out", "", "/", "demo_user=; Path=/; Max-Age=0", "/"},
		{"nobody we know", "mallory", "/", "demo_user=; Path=/; Max-Age=0", "/"},
		{"to another site", "bob", "//evil.example", "demo_user=bob;", "/"},
		{"to another site with a backslash", "bob", `/\evil.example`, "demo_user=bob;", "/"},
		{"to an absolute address", "bob", "https://evil.example", "demo_user=bob;", "/"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res, _ := ask(t, http.MethodPost, d.replicas[0].url+"/sign-in", "", "", url.Values{"name": {tt.user}, "next": {tt.next}})
			if got := res.Header.Get("Set-Cookie"); !strings.Contains(got, tt.wantCookie) {
				t.Errorf("Set-Cookie: %q, want %q", got, tt.wantCookie)
			}
			if got := res.Header.Get("Location"); got != tt.wantLocation {
				t.Errorf("Location: %q, want %q", got, tt.wantLocation)
			}
		})
	}
}

// TestRunExplains holds the promise of one clear line for what goes wrong at the start.
func TestRunExplains(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()

	for _, tt := range []struct {
		name     string
		args     []string
		redisURL string
		want     []string
	}{
		{"busy port", []string{"-addr", busy.Addr().String()}, "", []string{"another program is using " + busy.Addr().String(), "-addr"}},
		{"no port", []string{"-addr", "localhost"}, "", []string{"-addr localhost", "127.0.0.1:8080"}},
		{"port out of range", []string{"-addr", "127.0.0.1:99999"}, "", []string{"invalid port"}},
		{"no replicas", []string{"-replicas", "0"}, "", []string{"between 1 and 8"}},
		{"a word too many", []string{"now"}, "", []string{`"now"`}},
		{"unreachable Redis", nil, "redis://ann:s3cret@" + closed.Addr().String(), []string{"cannot use Redis at redis://" + closed.Addr().String(), "unset REDIS_URL"}},
		{"unreachable cluster", nil, "redis://" + closed.Addr().String() + "," + closed.Addr().String(), []string{"cannot use Redis at"}},
		{"no address", nil, "localhost:6379", []string{"REDIS_URL", "it should look like redis://"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := append([]string{"-addr", "127.0.0.1:0"}, tt.args...)
			var stdout, stderr bytes.Buffer
			err := run(t.Context(), args, tt.redisURL, &stdout, &stderr)
			if err == nil {
				t.Fatal("it runs")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
			if text := err.Error() + stderr.String(); strings.Contains(text, "s3cret") || strings.Contains(text, "\n") {
				t.Errorf("not one clear line: %q", text)
			}
			if stdout.Len() > 0 {
				t.Errorf("it has announced itself: %s", &stdout)
			}
		})
	}
}

// TestRunEnds starts the program and ends it as Ctrl-C does.
func TestRunEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stdout := &announcement{seen: cancel}
	if err := run(ctx, []string{"-addr", "127.0.0.1:0", "-replicas", "2"}, "", stdout, io.Discard); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for _, want := range []string{"Open   http://127.0.0.1:", "demo_user=alice", "Replica 2 is http://127.0.0.1:", "Redis: built in"} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, stdout)
		}
	}
}

// announcement ends the program when it has said what to open.
type announcement struct {
	bytes.Buffer
	seen func()
}

func (a *announcement) Write(p []byte) (int, error) {
	defer func() {
		if strings.Contains(a.String(), "Ctrl-C") {
			a.seen()
		}
	}()
	return a.Buffer.Write(p)
}
