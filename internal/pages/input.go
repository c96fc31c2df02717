package pages

import (
	"cmp"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/problem"
	"github.com/exceptional-go/exceptional/internal/text"
	"github.com/exceptional-go/exceptional/renderer"
)

// How much of each text a page takes, in bytes. A longer one is cut, at a rune, with an ellipsis: every form of the answer
// would repeat a message of 10 MB.
const (
	maxMessage = 2 << 10
	maxDetail  = 8 << 10
	maxWord    = 256 // titles, references, ids, methods, field names
	maxPath    = 2 << 10
	maxErrors  = 100
	maxMembers = 64 // each is 64 KiB at most
)

// An Input is the failure that Render makes an answer for. The zero value is a 500 without any details. Render changes
// nothing in it and keeps nothing of it.
type Input struct {
	Error  *httperrors.Error // nil: the standard text of the status
	Header http.Header       // of Error, if the caller has it; it is only read
	Status int               // what will be sent; 0 is the status of Error

	Reference string // for a reader to quote to the support
	Instance  string // a URI reference for this occurrence, the instance of a problem document
	RequestID string
	TraceID   string
	Method    string
	Path      string

	// Begun reports whether the response has begun, so that no other page is tried if External has written to it. Nil: it
	// has not.
	Begun func() bool

	// External replaces Options.External for this answer, if it is not nil: an adapter's closes over the context of its
	// framework.
	External External
}

// External is the application's own renderer; see renderer.Options.External.
type External = func(w io.Writer, name string, p *renderer.Page) error

// A failure is an Input with what follows from it together with its error. The texts are still those of the error, whose methods
// take a nil error, too: fill and document clean them for the form that they make.
type failure struct {
	Input
	status        int
	location      string
	instance      string
	extensions    []problem.Member // as many as an answer takes
	retryable     bool
	hasRetryAfter bool
	retryAfter    time.Duration
}

// readFailure settles the status, and reads the header fields of the error that a page repeats in words: when to try again, and
// where a redirection leads. A status that no error can have becomes a 500.
func readFailure(in *Input) failure {
	f := failure{Input: *in, status: in.Status, instance: in.Instance}
	if e := in.Error; e != nil {
		if f.status == 0 {
			f.status = e.StatusCode()
		}
		f.retryable = e.Retryable()
		f.extensions = members(e)
		f.instance = cmp.Or(e.Instance(), f.instance)
		h := in.Header
		if h == nil {
			h = e.Header()
		}
		f.hasRetryAfter = h["Retry-After"] != nil
		f.retryAfter = retryAfter(first(h["Retry-After"]))
		f.location = first(h["Location"])
	} else {
		f.retryable = problem.Temporary(f.status)
	}
	if f.status < 300 || f.status > 599 {
		f.status = http.StatusInternalServerError
	}
	if f.status >= 400 || !safeLink(f.location) {
		f.location = ""
	}
	return f
}

// looksRetryable reports whether a client would take an error that is not retryable for one that is: by its status, or by a
// Retry-After field. A problem document says "retryable": false then, and nothing otherwise.
func (f *failure) looksRetryable() bool {
	e := f.Error
	return e != nil && !f.retryable && e.StatusCode() == f.status && (problem.Temporary(f.status) || f.hasRetryAfter)
}

// retryAfter reads a Retry-After field: seconds, or a date. The result is whole seconds, and 0 for a date in the past.
func retryAfter(value string) time.Duration {
	if value == "" {
		return 0
	}
	if n, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if t, err := http.ParseTime(value); err == nil {
		if d := time.Until(t); d > 0 {
			return (d + time.Second - 1).Truncate(time.Second)
		}
	}
	return 0
}

// safeLink reports whether a page may link to a location. html/template refuses "javascript:" on its own, but text and Markdown
// have no such check, and a page should not offer a link that leads nowhere.
func safeLink(location string) bool {
	if location == "" || len(location) > maxPath {
		return false
	}
	u, err := url.Parse(location)
	return err == nil && (u.Scheme == "" || u.Scheme == "http" || u.Scheme == "https")
}

// shownLinks returns the links that a page can show, as it shows them: those that a browser can follow.
func shownLinks(links []httperrors.Link) (shown []httperrors.Link) {
	for _, l := range links {
		if safeLink(l.URL) || len(l.URL) <= maxPath && strings.HasPrefix(strings.ToLower(l.URL), "mailto:") {
			l.URL, l.Title = pageLink(l.URL), text.Clean(l.Title, maxWord)
			shown = append(shown, l)
		}
	}
	return shown
}

// pageLink returns a safe link in a form that html/template lets pass. That takes the text before a colon for a scheme unless it
// contains a slash, and would make "#ZgotmplZ" of "?next:page"; so a colon of the query or the fragment is escaped.
func pageLink(link string) string {
	i := strings.IndexAny(link, "?#")
	if i < 0 || strings.ContainsAny(link[:i], ":/") {
		return link
	}
	end := strings.IndexByte(link, '/')
	if end < 0 {
		end = len(link)
	}
	return strings.ReplaceAll(link[:end], ":", "%3a") + link[end:]
}
