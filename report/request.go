package report

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// The bounds of a copied request's header. A server accepts a megabyte of header by default; a queue full of such
// copies would be the memory of the process.
const (
	maxHeaderLines = 64
	maxHeaderBytes = 16 << 10
	maxValueBytes  = 4 << 10
	maxURLBytes    = 8 << 10
)

// CopyRequest returns what may be kept of r when the request is over: everything but the body, the form and the
// context. Of the header it keeps 64 lines, 4 KiB each and 16 KiB in all; of a longer one it keeps those
// that come first in the alphabet, and a URL of more than 8 KiB loses its query. A nil r gives nil.
func CopyRequest(r *http.Request) *http.Request {
	if r == nil {
		return nil
	}
	c := &http.Request{
		Method: cut(r.Method, maxMethod), Proto: r.Proto, ProtoMajor: r.ProtoMajor, ProtoMinor: r.ProtoMinor,
		Host: cut(r.Host, maxValue), RemoteAddr: r.RemoteAddr, Pattern: r.Pattern,
		ContentLength: r.ContentLength, Body: http.NoBody, TLS: r.TLS, // shared by the requests of a connection
		Header: copyHeader(r.Header),
		URL:    copyURL(r.URL),
	}
	if len(r.RequestURI) <= maxURLBytes {
		c.RequestURI = r.RequestURI
	}
	return c
}

func copyURL(u *url.URL) *url.URL {
	if u == nil {
		return &url.URL{} // a request made by hand; reporters need not ask
	}
	c := *u
	c.User = nil // no server fills it; a client that put it here put a password here
	if len(c.Path)+len(c.RawPath)+len(c.RawQuery)+len(c.Fragment) > maxURLBytes {
		c = url.URL{Scheme: c.Scheme, Host: c.Host, Path: cut(c.Path, maxURLBytes)}
	}
	return &c
}

// cut returns the first max bytes of s at most, and does not keep the rest of s in memory.
func cut(s string, max int) string {
	if len(s) <= max {
		return s
	}
	return strings.ToValidUTF8(strings.Clone(s[:max]), "")
}

func copyHeader(h http.Header) http.Header {
	lines, bytes := 0, 0
	for name, values := range h {
		for _, v := range values {
			lines++
			bytes += len(name) + len(v)
		}
	}
	if lines <= maxHeaderLines && bytes <= maxValueBytes { // then no value is too long either
		return h.Clone()
	}
	// Sorted, so that two reports of one request are alike.
	names := slices.Sorted(maps.Keys(h))
	c := make(http.Header, min(len(names), maxHeaderLines))
	lines, bytes = 0, 0
	for _, name := range names {
		for _, v := range h[name] {
			v = cut(v, maxValueBytes)
			lines++
			if bytes += len(name) + len(v); lines > maxHeaderLines || bytes > maxHeaderBytes {
				return c
			}
			c[name] = append(c[name], v)
		}
	}
	return c
}
