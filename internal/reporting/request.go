package reporting

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/exceptional-go/exceptional/internal/mask"
	"github.com/exceptional-go/exceptional/internal/text"
)

// The bounds of a copied request's header. A server accepts a megabyte of header by default; a queue full of such
// copies would be the memory of the process.
const (
	maxHeaderLines = 64
	maxHeaderBytes = 16 << 10
	maxValueBytes  = 4 << 10
	maxURLBytes    = 8 << 10
)

// copyRequest returns a copy of r that may be kept after the request: everything except the body, the form and the context.
// It keeps 64 lines of the header, 4 KiB each and 16 KiB in all, in alphabetical order if there are more. A URL of more than
// 8 KiB loses its query, and an absolute URL its user and password. Nothing else is masked. A nil r gives nil.
func copyRequest(r *http.Request) *http.Request {
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

// copyMasked returns a copy of r in which path, which is masked already, replaces the path of r, and in which the masked parts
// of the path are masked in the query and the header too: the Referer of a form that resets a password has the secret link.
func copyMasked(r *http.Request, path string) *http.Request {
	c := copyRequest(r)
	if c == nil || r.URL == nil || path == r.URL.Path {
		return c
	}
	c.URL.Path, c.URL.RawPath = path, ""
	whole := strings.NewReplacer(r.URL.EscapedPath(), path, r.URL.Path, path)
	secrets := mask.Default.Knowing(hidden(r.URL, path))
	clean := func(s string) string { return secrets.Literals(whole.Replace(s)) }
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

// hidden returns the masked values of u's path, raw and escaped. masked is the path after masking.
func hidden(u *url.URL, masked string) (secrets []string) {
	parts := strings.Split(masked, mask.Mask)
	rest, ok := strings.CutPrefix(u.Path, parts[0])
	for i, part := range parts[1:] {
		at := strings.Index(rest, part)
		if i+1 == len(parts)-1 || part == "" {
			at = len(rest) - len(part)
		}
		if ok = ok && at >= 0 && rest[at:at+len(part)] == part; !ok {
			return nil // masked is another path
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
		return &url.URL{} // a request made by hand; saves reporters a check for nil
	}
	c := *u
	c.User = nil // net/http never sets it; a client that sends an absolute URL may put a password here
	if len(c.Scheme)+len(c.Opaque)+len(c.Host)+len(c.Path)+len(c.RawPath)+len(c.RawQuery)+len(c.Fragment)+len(c.RawFragment) > maxURLBytes {
		c = url.URL{Scheme: cut(c.Scheme, maxMethod), Host: cut(c.Host, maxValue), Path: cut(c.Path, maxURLBytes)}
	}
	return &c
}

// cut returns at most the first max bytes of s, as a copy so that the rest of s can be freed.
func cut(s string, max int) string {
	if len(s) <= max {
		return s
	}
	return strings.Clone(text.Cut(s, max))
}

// copyHeader copies the lines of h within the bounds, in alphabetical order, so that two reports of one request keep the same
// lines.
func copyHeader(h http.Header) http.Header {
	c := make(http.Header, min(len(h), maxHeaderLines))
	lines, bytes := 0, 0
	for _, name := range slices.Sorted(maps.Keys(h)) {
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
