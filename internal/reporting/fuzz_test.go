package reporting_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/report"
)

// FuzzOneLine holds the promise of one line for whatever is in an error and in a request, with the standard handler and
// with one that quotes nothing.
func FuzzOneLine(f *testing.F) {
	for _, s := range []string{"", "a", "a\nb", "\x1b[31m", "\u202e", "\xff", "password=hunter2", strings.Repeat("é\n", 5000), "\u2028 \u0085"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		var plain, text bytes.Buffer
		for _, h := range []slog.Handler{plainHandler{log.New(&plain, "", 0)}, slog.NewTextHandler(&text, nil)} {
			o := logTo(h)
			o.LogLimit = -1
			handle(newPipeline(t, o), context.Background(), &report.Failure{
				Err: errors.New(a), Resolved: httperrors.New(500, a), Status: 500, Origin: httperrors.OriginUnknown,
				Method: b, Path: a, Route: b, RequestID: a, TraceID: b, SpanID: a, Reference: b, PageErr: errors.New(b),
				Warnings: []string{a, b}, Viewer: a, Format: b, Language: a, Step: b,
			})
		}
		for name, s := range map[string]string{"plain": plain.String(), "text": text.String()} {
			if err := oneLine(s); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// FuzzSecretInThePath looks for a secret of the path in whatever a reporter gets of the request.
func FuzzSecretInThePath(f *testing.F) {
	for _, s := range [][3]string{{"reset", "s3cret-T0ken", ""}, {"a b", "s3cret/T0ken %", "edit"}, {"", "é€\x00\xffsecret", "é"}, {"s3cr", "s3cr3t", "s3cr"}, {"•••• (masked)", "secret", "x"}} {
		f.Add(s[0], s[1], s[2])
	}
	f.Fuzz(func(t *testing.T, before, secret, after string) {
		const canary = "c4n4ry"
		for _, s := range []*string{&before, &secret, &after} {
			*s = strings.ToLower((*s)[:min(len(*s), 100)])
			if strings.Contains(*s, canary) {
				t.Skip()
			}
		}
		secret += canary
		u := &url.URL{Path: "/" + before + "/" + secret + "/" + after}
		if len(u.EscapedPath())%2 == 0 {
			u.RawPath = strings.Replace(u.EscapedPath(), canary, "%634n4ry", 1) // as a client may write it
		}
		req := &http.Request{URL: u, RequestURI: u.RequestURI(), Header: http.Header{
			"Referer": {"http://example.com" + u.EscapedPath() + "?a", "/" + url.PathEscape(secret), u.Path},
			"X-Query": {"next=" + url.QueryEscape(secret)},
		}}
		u.RawQuery = "q=" + url.QueryEscape(secret)
		var r collector
		o := logTo(&recorder{level: 100})
		o.Reporters = []report.Reporter{&r}
		o.Mask = func(s string) string { return s }
		p := newPipeline(t, o)
		failed := failure()
		failed.Path, failed.Request = strings.ReplaceAll(u.Path, secret, "•••• (masked)"), req
		handle(p, context.Background(), failed)
		closed(t, p)
		failed = r.all()[0]
		c := failed.Request
		if all := fmt.Sprintf("%s %+v %s %s %v", failed.Path, c.URL, c.URL, c.RequestURI, c.Header); strings.Contains(all, canary) || strings.Contains(all, "%634n4ry") {
			t.Errorf("the secret %q of %q is in %s", secret, u.Path, all)
		}
	})
}
