package pages_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	escapes "html"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/pages"
	"github.com/exceptional-go/exceptional/renderer"
)

var (
	errSoldOut = httperrors.Conflict("The last copy has <just> been sold.").WithCode("sold-out").
			WithType("https://shop.example/problems/sold-out", "Sold out")
	errQuota = httperrors.TooManyRequests("").WithCode("quota-exceeded").WithRetryAfter(2*time.Hour).WithExtension("quota", 1000)

	shopTexts = fstest.MapFS{
		"en.json": {Data: []byte(`{"pages": {
			"404":            {"text": "We do not have that."},
			"499":            {"title": "Client Closed Request"},
			"quota-exceeded": {"title": "Quota exceeded", "text": "You have used up this month's quota."},
			"out-of-stock":   {"title": "Out of stock", "text": "We are waiting for a delivery."},
			"no/segment":     {"title": "No error can have this code"}
		}}`)},
		"de.json": {Data: []byte(`{"pages": {"quota-exceeded": {"title": "Kontingent erschöpft", "text": "Das Kontingent dieses Monats ist verbraucht."}}}`)},
	}
)

func newProblems(t *testing.T, o renderer.Options, errs ...*httperrors.Error) *pages.Problems {
	t.Helper()
	r, err := pages.New(o)
	if err != nil {
		t.Fatal(err)
	}
	p, err := r.Problems(errs...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var kindLink = regexp.MustCompile(`<li><a href="\./problems/([^"/]+)">`)

// codesOf returns what the index links to.
func codesOf(t *testing.T, p *pages.Problems) (codes []string) {
	t.Helper()
	a, ok := p.Index("en", "problems")
	if !ok || a.Err != nil {
		t.Fatalf("Index: %v, %v", ok, a.Err)
	}
	for _, m := range kindLink.FindAllStringSubmatch(string(a.Body), -1) {
		codes = append(codes, m[1])
	}
	return codes
}

// Every entry of the catalogue has a page, in every language, that the strictest parser there is takes, of a size that
// fits into the first window of a connection, under a policy that its style sheet passes.
func TestProblems(t *testing.T) {
	p := newProblems(t, renderer.Options{Catalogue: shopTexts, Brand: renderer.Brand{Name: "<Books>", Color: "#0b7a53"}}, errSoldOut, errQuota)
	codes := codesOf(t, p)
	for status := 300; status < 600; status++ {
		if want := http.StatusText(status) != "" || status == 499; want != strings.Contains(" "+strings.Join(codes, " ")+" ", " "+strconv.Itoa(status)+" ") {
			t.Errorf("%d: in the index = %v", status, !want)
		}
	}
	if got, want := strings.Join(codes, " "), "out-of-stock 400 401"; !strings.HasPrefix(got, want) {
		t.Errorf("the index begins with %.60s, want %s", got, want)
	}
	for _, code := range []string{"sold-out", "quota-exceeded"} {
		if !strings.Contains(strings.Join(codes, " "), code) {
			t.Errorf("%s is not in the index", code)
		}
	}
	for lang, dir := range map[string]string{"en": "ltr", "de": "ltr", "ar": "rtl", "ja": "ltr", "hi": "ltr"} {
		for _, code := range append(codes, "") {
			var a pages.Answer
			var ok bool
			if code == "" {
				a, ok = p.Index(lang, "problems")
			} else {
				a, ok = p.Page(code, lang, "problems")
			}
			wantLang := lang
			if code == "out-of-stock" { // there is no status to have standard texts for, and no text but in English
				wantLang, dir = "en", "ltr"
			}
			if !ok || a.Err != nil || a.ContentType != "text/html; charset=utf-8" || a.ContentLanguage != wantLang {
				t.Fatalf("%s in %s: %v, %+v", code, lang, ok, a)
			}
			if !bytes.Contains(a.Body, []byte(`<html lang="`+wantLang+`" dir="`+dir+`">`)) {
				t.Errorf("%s in %s: %.100s", code, lang, a.Body)
			}
			if len(a.Body) > 14<<10 {
				t.Errorf("%s in %s: %d bytes", code, lang, len(a.Body))
			}
			sum := sha256.Sum256([]byte(sheet.FindStringSubmatch(string(a.Body))[1]))
			if !strings.Contains(a.CSP, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") || !strings.Contains(a.CSP, "default-src 'none'") {
				t.Errorf("%s in %s: CSP = %s", code, lang, a.CSP)
			}
			balanced(t, code+" in "+lang, a.Body)
			if code == "out-of-stock" && lang == "ar" {
				dir = "rtl"
			}
		}
	}
}

var voidElement = regexp.MustCompile(`<(meta|link|img)([^>]*)>`)

// balanced reports tags that are not closed in the order they were opened.
func balanced(t *testing.T, name string, page []byte) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(voidElement.ReplaceAll(page, []byte("<$1$2/>"))))
	d.Entity = xml.HTMLEntity
	for {
		switch _, err := d.Token(); err {
		case nil:
			continue
		case io.EOF:
		default:
			t.Errorf("%s: %v", name, err)
		}
		return
	}
}

func TestProblemsSay(t *testing.T) {
	p := newProblems(t, renderer.Options{Catalogue: shopTexts}, errSoldOut, errQuota)
	for _, tt := range []struct {
		name, code, lang string
		want, not        []string
	}{
		{
			name: "a status", code: "404", lang: "en",
			want: []string{"<h1>Page not found</h1>", "We do not have that.", "404 Not Found", "about:blank", "What you can do",
				"A program should not repeat", `"title": "Not Found"`, `"status": 404`, `<a href="../problems">Errors and what they mean</a>`},
		},
		{name: "one that passes", code: "503", lang: "de", want: []string{"Ein Programm darf dieselbe Anfrage", `"retryable": true`}},
		{name: "a status that the application has a title for", code: "499", lang: "en", want: []string{"499 Client Closed Request"}},
		{name: "a redirection", code: "301", lang: "en", want: []string{"301 Moved Permanently"}, not: []string{"<pre", "A program", "about:blank"}},
		{
			name: "an error", code: "sold-out", lang: "en",
			want: []string{"<h1>Sold out</h1>", "The last copy has <just> been sold.", "409 Conflict", "sold-out", "https://shop.example/problems/sold-out",
				`"detail": "The last copy has `, "A program should not repeat"},
			not: []string{"What you tried to do", "about:blank", "<just>"},
		},
		{
			name: "an error with texts", code: "quota-exceeded", lang: "de",
			want: []string{"<h1>Kontingent erschöpft</h1>", "Das Kontingent dieses Monats", "429 Zu viele Anfragen", `"quota": 1000`, `"retry_after": 7200`, "2 Std"},
		},
		{
			name: "a code that no error was given for", code: "out-of-stock", lang: "en",
			want: []string{"<h1>Out of stock</h1>", "We are waiting for a delivery.", `<code dir="ltr">out-of-stock</code>`},
			not:  []string{"<pre", "A program", "about:blank", "Status"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, ok := p.Page(tt.code, tt.lang, "problems")
			if !ok {
				t.Fatal("there is no such page")
			}
			raw := string(a.Body)
			text := escapes.UnescapeString(raw)
			for _, want := range tt.want {
				if !strings.Contains(text, want) {
					t.Errorf("no %s in\n%s", want, text)
				}
			}
			for _, not := range tt.not {
				if strings.Contains(raw, not) {
					t.Errorf("%s in\n%s", not, raw)
				}
			}
		})
	}
}

func TestProblemsRefuse(t *testing.T) {
	r, err := pages.New(renderer.Options{Catalogue: shopTexts})
	if err != nil {
		t.Fatal(err)
	}
	none, err := r.Problems(nil, httperrors.NotFound("No code."), httperrors.NotFound("").WithCode("404"), errSoldOut, errSoldOut.WithMessage("Again."))
	for _, want := range []string{"error 0: ", "error 1: \"No code.\" has no code", "error 2: the code \"404\" is a number", "error 4: the code \"sold-out\" is another"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Problems = %v, want %s", err, want)
		}
	}
	if none != nil {
		t.Error("there are pages all the same")
	}
	p := newProblems(t, renderer.Options{Catalogue: shopTexts}, errSoldOut)
	for _, code := range []string{"", "/", "4", "200", "430", "600", "0404", "+404", "404 ", "../404", "Sold-Out", "no/segment", "x\x00", strings.Repeat("x", 10<<20)} {
		if _, ok := p.Page(code, "en", "problems"); ok {
			t.Errorf("there is a page for %.40q", code)
		}
	}
	for _, base := range []string{"/", "a/b", "a?b", "a#b", strings.Repeat("x", 257)} {
		if _, ok := p.Page("404", "en", base); ok {
			t.Errorf("a page for the base %.40q", base)
		}
		if _, ok := p.Index("en", base); ok {
			t.Errorf("an index for the base %.40q", base)
		}
	}
	for _, base := range []string{"", `"><script>`, "javascript:alert(1)", "//", "..", "%2e%2e", "\\evil"} {
		a, ok := p.Index(`"><script>`, base)
		if s := string(a.Body); ok && (strings.Contains(s, "<script") || strings.Contains(s, `"javascript:`) || a.ContentLanguage != "en") {
			t.Errorf("the base %q:\n%s", base, s)
		}
	}
	if a, _ := p.Index("en", ""); !strings.Contains(string(a.Body), `<a href="./404">`) {
		t.Errorf("the links of an index at the root:\n%s", a.Body)
	}
	if a, _ := p.Page("404", "en", ""); !strings.Contains(string(a.Body), `<a href="./">`) {
		t.Errorf("the link to an index at the root:\n%s", a.Body)
	}
}

// What Options.Messages says is on the pages; where it fails, the standard texts are, it is not asked for every line of the
// index, and nothing of it is kept.
func TestProblemsMessages(t *testing.T) {
	var asked atomic.Int32
	var broken atomic.Bool
	p := newProblems(t, renderer.Options{Messages: func(lang string, status int, code string) (string, string, bool) {
		asked.Add(1)
		if broken.Load() {
			panic("secret")
		}
		return "Ours " + code, "Our text.", status == 404 || code == "sold-out"
	}}, errSoldOut)
	broken.Store(true)
	for range 3 {
		a, ok := p.Index("en", "problems")
		if !ok || a.Err == nil || !strings.Contains(string(a.Body), "Not Found") || strings.Contains(string(a.Body), "secret") {
			t.Fatalf("%v, %v", ok, a.Err)
		}
	}
	if n := asked.Load(); n != 3 {
		t.Errorf("it was asked %d times, want once for each index", n)
	}
	broken.Store(false)
	for range 3 {
		if a, _ := p.Page("404", "en", "problems"); a.Err != nil || !strings.Contains(string(a.Body), "Our text.") {
			t.Errorf("%v:\n%s", a.Err, a.Body)
		}
		if a, _ := p.Index("en", "problems"); a.Err != nil || !strings.Contains(string(a.Body), "<bdi>Ours</bdi>") {
			t.Errorf("%v:\n%s", a.Err, a.Body)
		}
	}
}

// Many readers at once get the same pages, kept or not.
func TestProblemsShared(t *testing.T) {
	p := newProblems(t, renderer.Options{Catalogue: shopTexts}, errSoldOut)
	want, _ := p.Page("sold-out", "de", "problems")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 50 {
				p.Index("en", "problems"+strconv.Itoa(i*j))
				if a, ok := p.Page("sold-out", "de", "problems"); !ok || !bytes.Equal(a.Body, want.Body) {
					t.Errorf("%v:\n%s", ok, a.Body)
				}
			}
		})
	}
	wg.Wait()
}
