package renderer

import (
	"io/fs"
	"net/http"
	"slices"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"
)

// TestLookup: for every language and every status that there can be, no text is empty, and looking allocates nothing.
func TestLookup(t *testing.T) {
	c, faults := newCatalogue(Options{Catalogue: fstest.MapFS{
		"en.json": {Data: []byte(`{"pages":{"quota-exceeded":{"title":"Quota exceeded"}},"titles":{"order-locked":"Order locked"}}`)},
		"eo.json": {Data: []byte(`{}`)},
	}})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	for _, tag := range c.tags() {
		for _, status := range []int{-1, 0, 200, 299, 600, 1 << 40} {
			if got, want := c.lookup(tag, status, ""), c.lookup(tag, 500, ""); got != want {
				t.Errorf("%s, %d: %+v, want what 500 has", tag, status, got)
			}
		}
		for status := 300; status < 600; status++ {
			e := c.lookup(tag, status, "")
			if e.Title == "" || e.Heading == "" || e.Text == "" || e.Advice == "" {
				t.Errorf("%s, %d: %+v", tag, status, e)
			}
		}
		l := c.labels(tag)
		for name, p := range l.fields() {
			if *p == "" {
				t.Errorf("%s: no label %s", tag, name)
			}
		}
		if d := c.direction(tag); d != "ltr" && d != "rtl" {
			t.Errorf("%s: direction %q", tag, d)
		}
	}
	if e := c.lookup("en", 429, "quota-exceeded"); e.Title != "Quota exceeded" || e.Heading != "Quota exceeded" || e.Text != c.lookup("en", 429, "").Text {
		t.Errorf("an own code: %+v", e)
	}
	if e := c.lookup("en", 423, "order-locked"); e.Title != "Order locked" {
		t.Errorf("an own code in titles: %+v", e)
	}
	if e := c.lookup("eo", 429, "quota-exceeded"); e.Title == "Quota exceeded" {
		t.Error("a code in another language than the reader's")
	}
	if e := c.lookup("xx", 404, "no such code"); e != c.lookup("en", 404, "") {
		t.Errorf("a language that there is not: %+v", e)
	}
	if n := testing.AllocsPerRun(100, func() {
		c.lookup("en", 404, "")
		c.lookup("en", 429, "quota-exceeded")
		c.lookup("xx", 999, "no such code")
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestGroups: what has a name has a group, and what has a group has a title of its own, in English IANA's.
func TestGroups(t *testing.T) {
	c, _ := newCatalogue(Options{})
	renamed := map[int]string{413: "Content Too Large", 414: "URI Too Long", 416: "Range Not Satisfiable", 422: "Unprocessable Content"}
	for status := 300; status < 600; status++ {
		name := http.StatusText(status)
		if (name != "") != (groups[status] != "") {
			t.Errorf("%d: the name is %q, the group %q", status, name, groups[status])
		}
		if s, ok := renamed[status]; ok {
			name = s
		}
		if got := c.lookup("en", status, "").Title; name != "" && got != name {
			t.Errorf("%d: title %q, want %q", status, got, name)
		}
	}
}

func TestDefaultLanguage(t *testing.T) {
	files := fstest.MapFS{"zh-Hant.json": {Data: []byte(`{}`)}, "pt-BR.json": {Data: []byte(`{}`)}}
	for _, tt := range []struct{ language, want string }{
		{"", "en"}, {" en ", "en"}, {"EN", "en"}, {"en-GB", "en"}, {"en_GB", "en"}, {"zh-TW", "zh-Hant"}, {"zh-hant-hk", "zh-Hant"}, {"pt-br", "pt-BR"},
	} {
		c, faults := newCatalogue(Options{Catalogue: files, Language: tt.language, Languages: []string{"pt-BR"}})
		if len(faults) > 0 || c.fallback() != tt.want || !slices.Contains(c.tags(), tt.want) || !slices.Contains(c.tags(), "pt-BR") {
			t.Errorf("Language %q: %q of %q, %v", tt.language, c.fallback(), c.tags(), faults)
		}
	}
	if c, faults := newCatalogue(Options{Language: "xx"}); len(faults) != 1 || c.fallback() != "en" {
		t.Errorf("a language that there is not: %q, %v", c.fallback(), faults)
	}
	many := make(fstest.MapFS)
	for a := 'a'; a <= 'z'; a++ {
		for b := 'a'; b <= 'c'; b++ {
			many["q"+string([]rune{a, b})+".json"] = &fstest.MapFile{Data: []byte(`{}`)}
		}
	}
	c, faults := newCatalogue(Options{Catalogue: many, Language: "qzc"})
	if len(faults) != 1 || len(c.tags()) != maxCatalogueTags || c.fallback() != "qzc" || !slices.Contains(c.tags(), "qzc") {
		t.Errorf("too many languages: %d, %q, %v", len(c.tags()), c.fallback(), faults)
	}
}

func TestWaitFor(t *testing.T) {
	c, _ := newCatalogue(Options{})
	l := c.labels("en")
	for _, tt := range []struct {
		d    time.Duration
		want string
	}{
		{-time.Second, ""}, {0, ""}, {time.Nanosecond, "1 s"}, {time.Second, "1 s"}, {90 * time.Second, "90 s"},
		{119*time.Second + 1, "120 s"}, {2 * time.Minute, "2 min"}, {121 * time.Second, "3 min"}, {time.Hour, "60 min"},
		{2 * time.Hour, "2 h"}, {47 * time.Hour, "47 h"}, {48 * time.Hour, "2 d"}, {1 << 62, "53376 d"},
	} {
		if got := l.WaitFor(tt.d); got != tt.want {
			t.Errorf("WaitFor(%v) = %q, want %q", tt.d, got, tt.want)
		}
	}
	if got := (Labels{}).WaitFor(time.Second); got != "" {
		t.Errorf("the zero Labels: %q", got)
	}
}

func TestCanonicalTag(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"de", "de"}, {"DE_at", "de-AT"}, {"zh-hant", "zh-Hant"}, {"ZH-hant-tw", "zh-Hant-TW"}, {"es-419", "es-419"},
		{"sl-rozaj-1994", "sl-rozaj-1994"}, {"de-u-CO-Phonebk", "de-u-co-phonebk"}, {"fil", "fil"},
		{"", ""}, {"d", ""}, {"-de", ""}, {"de-", ""}, {"de--at", ""}, {"x-private", ""}, {"../../etc/passwd", ""}, {"de.json", ""},
		{"d1", ""}, {"abcdefghi", ""}, {"dé", ""}, {"de\x00", ""}, {"de-abcdefgh-abcdefgh-abcdefgh-abcdefgh", ""},
	} {
		got, ok := canonicalTag(tt.in)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("canonicalTag(%q) = %q, %v, want %q", tt.in, got, ok, tt.want)
		}
	}
}

// TestCatalogueOurs: in the built-in files nothing is there twice either.
func TestCatalogueOurs(t *testing.T) {
	if files, faults := readCatalogue(locales, "locales", true); len(files) == 0 || len(faults) > 0 {
		t.Errorf("%d files, %v", len(files), faults)
	}
}

// A hangingFS does not come back before done is closed.
type hangingFS struct{ done chan struct{} }

func (f hangingFS) Open(string) (fs.File, error) { <-f.done; return nil, fs.ErrNotExist }

// TestCatalogueHangs: neither a file system nor a function that hangs holds up anybody for longer than it should, and
// the calls that hang do not pile up.
func TestCatalogueHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := hangingFS{make(chan struct{})}
		start := time.Now()
		c, faults := newCatalogue(Options{Catalogue: f, Timeout: time.Second, Messages: func(string, int, string) (string, string, bool) {
			<-f.done
			return "late", "late", true
		}})
		if len(faults) != 1 || time.Since(start) != 10*time.Second {
			t.Errorf("%v after %v", faults, time.Since(start))
		}
		for range maxMessagesCalls {
			if e, err := c.find("en", 404, ""); err == nil || e != c.lookup("en", 404, "") {
				t.Fatalf("find = %+v, %v", e, err)
			}
		}
		start = time.Now()
		if _, err := c.find("en", 404, ""); err != errMessagesBusy || time.Since(start) != 0 {
			t.Errorf("find, with %d calls hanging: %v after %v", maxMessagesCalls, err, time.Since(start))
		}
		close(f.done)
		synctest.Wait()
		if e, err := c.find("en", 404, ""); err != nil || e.Title != "late" {
			t.Errorf("find, once nothing hangs any more: %+v, %v", e, err)
		}
	})
}
