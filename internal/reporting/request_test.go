package reporting_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/exceptional-go/exceptional/internal/reporting"
)

func TestCopyRequest(t *testing.T) {
	if reporting.CopyRequest(nil) != nil {
		t.Error("CopyRequest(nil) is not nil")
	}
	empty := reporting.CopyRequest(&http.Request{})
	if empty.URL == nil || empty.Header.Get("A") != "" {
		t.Errorf("CopyRequest of an empty request = %+v", empty)
	}

	r := httptest.NewRequest("PUT", "http://user:secret@example.org/a/b?q=1", nil)
	r.Pattern = "/a/{x}"
	for i := range 100 {
		r.Header.Set(strings.Repeat("X", i+1), "v")
	}
	r.Header["A"] = []string{strings.Repeat("y", 1<<20), "z"}
	c := reporting.CopyRequest(r)
	if c.Method != "PUT" || c.Host != "example.org" || c.URL.String() != "http://example.org/a/b?q=1" || c.Pattern != "/a/{x}" || c.RemoteAddr != r.RemoteAddr {
		t.Errorf("CopyRequest() = %+v", c)
	}
	lines, size := 0, 0
	for name, values := range c.Header {
		for _, v := range values {
			lines++
			size += len(name) + len(v)
		}
	}
	if lines > 64 || size > 16<<10 || len(c.Header["A"][0]) != 4<<10 || c.Header["A"][1] != "z" {
		t.Errorf("%d lines, %d bytes", lines, size)
	}
	if len(r.Header["A"][0]) != 1<<20 || r.URL.User == nil {
		t.Error("the request was changed")
	}

	r = httptest.NewRequest("GET", "/a?"+strings.Repeat("q", 10<<10), nil)
	if c := reporting.CopyRequest(r); c.URL.String() != "/a" || c.RequestURI != "" {
		t.Errorf("a long query stays: %q", c.URL)
	}
	if c := reporting.CopyRequest(httptest.NewRequest("GET", "http://user:secret@example.org/a?q=1", nil)); c.RequestURI != "/a?q=1" {
		t.Errorf("RequestURI = %q", c.RequestURI)
	}
	long := strings.Repeat("h", 10<<10)
	for _, target := range []string{"http://" + long + "/", long + ":opaque", "x:" + long} {
		u, err := url.Parse(target)
		if err != nil {
			t.Fatal(err)
		}
		if c := reporting.CopyRequest(&http.Request{URL: u, RequestURI: target}); len(c.URL.String())+len(c.RequestURI) > 9<<10 {
			t.Errorf("%.10s…: a long address stays: %d bytes", target, len(c.URL.String()))
		}
	}
	r = httptest.NewRequest("GET", "/"+strings.Repeat("ä", 10<<10), nil)
	if c := reporting.CopyRequest(r); len(c.URL.Path) > 8<<10 || strings.ContainsRune(c.URL.Path, '\uFFFD') {
		t.Errorf("a long path stays: %d bytes", len(c.URL.Path))
	}
}
