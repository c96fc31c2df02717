package report

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/exceptional-go/exceptional/internal/mask"
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
// that come first in the alphabet, and a URL of more than 8 KiB loses its query. It masks nothing but the password of
// an absolute URL, which it leaves out with the user. A nil r gives nil.
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
	switch {
	case len(r.RequestURI) > maxURLBytes:
	case r.URL != nil && r.URL.User != nil:
		c.RequestURI = c.URL.RequestURI()
	default:
		c.RequestURI = r.RequestURI
	}
	return c
}

// copyMasked is CopyRequest for a reporter: path, which is masked already, stands in place of the path of r wherever that
// shows, and what path hides is hidden elsewhere too. A form that is sent to where it came from has the link that resets the
// password in its Referer.
func copyMasked(r *http.Request, path string) *http.Request {
	c := CopyRequest(r)
	if c == nil || r.URL == nil || path == r.URL.Path {
		return c
	}
	c.URL.Path, c.URL.RawPath = path, ""
	whole := strings.NewReplacer(r.URL.EscapedPath(), path, r.URL.Path, path)
	parts := mask.Default.Knowing(hidden(r.URL, path))
	clean := func(s string) string { return parts.Literals(whole.Replace(s)) }
	c.URL.RawQuery = clean(c.URL.RawQuery)
	for _, values := range c.Header {
		for i, v := range values {
			values[i] = clean(v)
		}
	}
	if c.RequestURI != "" {
		c.RequestURI = c.URL.RequestURI()
	}
	return c
}

// hidden returns what of u's path is hidden in the path masked, in each form in which it may be written.
func hidden(u *url.URL, masked string) (secrets []string) {
	parts := strings.Split(masked, mask.Mask)
	rest, ok := strings.CutPrefix(u.Path, parts[0])
	for i, part := range parts[1:] {
		at := strings.Index(rest, part)
		if i+1 == len(parts)-1 || part == "" {
			at = len(rest) - len(part)
		}
		if ok = ok && at >= 0 && rest[at:at+len(part)] == part; !ok {
			return nil // it is another path altogether
		}
		s := rest[:at]
		secrets = append(secrets, s, url.PathEscape(s), url.QueryEscape(s))
		for sent := range strings.SplitSeq(u.EscapedPath(), "/") {
			if plain, err := url.PathUnescape(sent); err == nil && s != "" && strings.Contains(plain, s) {
				secrets = append(secrets, sent)
			}
		}
		rest = rest[at+len(part):]
	}
	return secrets
}

func copyURL(u *url.URL) *url.URL {
	if u == nil {
		return &url.URL{} // a request made by hand; reporters need not ask
	}
	c := *u
	c.User = nil // no server fills it; a client that put it here put a password here
	if len(c.Scheme)+len(c.Opaque)+len(c.Host)+len(c.Path)+len(c.RawPath)+len(c.RawQuery)+len(c.Fragment)+len(c.RawFragment) > maxURLBytes {
		c = url.URL{Scheme: cut(c.Scheme, maxMethod), Host: cut(c.Host, maxValue), Path: cut(c.Path, maxURLBytes)}
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
