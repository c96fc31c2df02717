package pages_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/pages"
	"github.com/exceptional-go/exceptional/renderer"
)

// schema checks a document against the JSON schema of RFC 9457, appendix A, and what section 3 says beyond it.
func schema(t *testing.T, b []byte, status int) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(string(b)))
	if tok, err := d.Token(); err != nil || tok != json.Delim('{') {
		t.Fatalf("no object: %s", b)
	}
	name := regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{2,}$`)
	seen := map[string]bool{}
	for d.More() {
		tok, _ := d.Token()
		key := tok.(string)
		if seen[key] || !name.MatchString(key) {
			t.Errorf("the name %q, in %s", key, b)
		}
		seen[key] = true
		var v any
		if err := d.Decode(&v); err != nil {
			t.Fatalf("%v in %s", err, b)
		}
		switch key {
		case "type", "instance":
			s, ok := v.(string)
			if u, err := url.Parse(s); !ok || err != nil || key == "type" && !u.IsAbs() && !strings.HasPrefix(s, "/") {
				t.Errorf("%s is no URI reference: %v", key, v)
			}
		case "status":
			if v != float64(status) {
				t.Errorf("status is %v, want %d", v, status)
			}
		case "title", "detail":
			if s, ok := v.(string); !ok || s == "" {
				t.Errorf("%s is %v", key, v)
			}
		case "errors":
			for _, e := range v.([]any) {
				if p, ok := e.(map[string]any)["pointer"].(string); ok && p != "" && p[0] != '/' {
					t.Errorf("%q is no JSON pointer", p)
				}
			}
		}
	}
	if !seen["title"] || !seen["status"] {
		t.Errorf("no title or no status in %s", b)
	}
}

func TestDocument_schema(t *testing.T) {
	r := newRenderer(t, renderer.Options{})
	for _, in := range []*pages.Input{
		{}, {Status: 404}, full(),
		{Error: httperrors.New(499, "")}, {Error: httperrors.New(302, "")}, {Error: httperrors.New(-1, "\xff")},
		{Error: httperrors.New(400, "x").WithType("not a uri %zz", "T").WithInstance("%zz")},
		{Error: httperrors.New(400, "x").WithExtension("Status", 1).WithExtension("type", 1).WithExtension("ab", 1).WithExtension("a-b", 1).WithExtension("reference", "theirs"), Reference: "ours"},
		{Error: httperrors.New(500, "").WithCause(errors.New("secret"))},
		{Error: httperrors.New(400, "").WithErrors(httperrors.FieldError{})},
	} {
		status := in.Status
		if in.Error != nil {
			status = in.Error.StatusCode()
		}
		if status == 0 {
			status = 500
		}
		for _, lang := range []string{"en", "de"} {
			a := render(t, r, pages.Choice{Format: pjs, Language: lang}, in)
			schema(t, a.Body, status)
			if strings.Contains(string(a.Body), "secret") {
				t.Errorf("the cause is in %s", a.Body)
			}
		}
	}
}

// TestDocument_title: of one type, in one language, the title is always the same.
func TestDocument_title(t *testing.T) {
	r := newRenderer(t, renderer.Options{})
	for _, e := range []*httperrors.Error{httperrors.New(404, ""), httperrors.New(404, "No such order."), httperrors.New(404, "").WithDetail("Gone since May.")} {
		a := render(t, r, pages.Choice{Format: pjs, Language: "en"}, &pages.Input{Error: e})
		if !strings.HasPrefix(string(a.Body), `{"title":"Not Found","status":404`) {
			t.Errorf("%s", a.Body)
		}
	}
}

// TestDocument_phrases: the titles are IANA's, which net/http's are not everywhere.
func TestDocument_phrases(t *testing.T) {
	r := newRenderer(t, renderer.Options{})
	for status, want := range map[int]string{413: "Content Too Large", 414: "URI Too Long", 416: "Range Not Satisfiable", 422: "Unprocessable Content", 503: "Service Unavailable"} {
		if got := body(r, pages.Choice{Format: pjs, Language: "en"}, status); !strings.Contains(got, `"title":"`+want+`"`) {
			t.Errorf("%d: %s, want %s", status, got, want)
		}
	}
}

// TestDocument_retryable: what may succeed later says so in the document.
func TestDocument_retryable(t *testing.T) {
	r := newRenderer(t, renderer.Options{})
	for status, want := range map[int]bool{404: false, 408: true, 410: false, 425: true, 429: true, 500: false, 502: true, 503: true, 504: true} {
		for _, in := range []*pages.Input{{Status: status}, {Error: httperrors.New(status, "")}} {
			a := render(t, r, pages.Choice{Format: pjs}, in)
			if got := strings.Contains(string(a.Body), `"retryable":true`); got != want {
				t.Errorf("%d: %s", status, a.Body)
			}
		}
	}
}

// A document says that the same request is in vain where the status or a Retry-After field says that it is not.
func TestDocument_final(t *testing.T) {
	r := newRenderer(t, renderer.Options{})
	for want, in := range map[string]*pages.Input{
		`"retryable":false`:              {Error: httperrors.ServiceUnavailable("Gone for good.").WithRetryable(false)},
		`"status":409}`:                  {Error: httperrors.ErrConflict.WithRetryable(false)},
		`"status":403,"retryable":false`: {Error: httperrors.ErrForbidden.WithRetryAfter(0).WithRetryable(false)},
		`"status":504}`:                  {Error: httperrors.ErrInternalServerError, Status: 504},
	} {
		if a := render(t, r, pages.Choice{Format: pjs}, in); !strings.Contains(string(a.Body), want) {
			t.Errorf("%s, want %s", a.Body, want)
		}
	}
	var read []bool
	for _, retryable := range []bool{true, false, true, false} { // the answers are kept apart
		a := render(t, r, pages.Choice{Format: pjs}, &pages.Input{Error: httperrors.ErrServiceUnavailable.WithRetryable(retryable)})
		e, err := httperrors.FromResponse(response(503, a))
		if err != nil {
			t.Fatal(err)
		}
		read = append(read, e.Retryable())
	}
	if !slices.Equal(read, []bool{true, false, true, false}) {
		t.Errorf("read as %v", read)
	}
}

func TestExtensions_tooMany(t *testing.T) {
	e := httperrors.New(400, "")
	for i := range 300 {
		e = e.WithExtension("member"+strconv.Itoa(i), strings.Repeat("y", 60<<10))
	}
	r := newRenderer(t, renderer.Options{})
	if a := render(t, r, pages.Choice{Format: pjs}, &pages.Input{Error: e}); len(a.Body) > 5<<20 {
		t.Errorf("%d bytes", len(a.Body))
	}
}

// An answer that is kept says whether to try again as the error does that it is sent for.
func TestRetryable_kept(t *testing.T) {
	r := newRenderer(t, renderer.Options{})
	now := httperrors.New(500, "").WithHeader("Retry-After", "0")
	for range 4 {
		for e, want := range map[*httperrors.Error]string{httperrors.New(500, ""): "", now: `"retryable":true`, now.WithRetryable(false): `"retryable":false`} {
			a := render(t, r, pages.Choice{Format: pjs, Language: "en"}, &pages.Input{Error: e})
			if got := string(a.Body); !strings.Contains(got, want) || want == "" && strings.Contains(got, "retryable") {
				t.Errorf("%v with %v: %s", e, e.Header(), got)
			}
		}
	}
}
