package i18n

import (
	"io/fs"
	"net/http"
	"slices"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/exceptional-go/exceptional/internal/pages/internal/negotiate"
	"github.com/exceptional-go/exceptional/renderer"
)

func lookup(c *Catalogue, lang string, status int, code string) Entry {
	return c.Language(lang).Entry(status, code)
}

// TestLookup: for every language and every status that there can be, no text is empty, and looking allocates nothing.
func TestLookup(t *testing.T) {
	c, faults := New(renderer.Options{Catalogue: fstest.MapFS{
		"en.json": {Data: []byte(`{"pages":{"quota-exceeded":{"title":"Quota exceeded"}},"titles":{"order-locked":"Order locked"}}`)},
		"eo.json": {Data: []byte(`{}`)},
	}}, nil)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	for _, tag := range c.Tags() {
		for _, status := range []int{-1, 0, 200, 299, 600, 1 << 40} {
			if got, want := lookup(c, tag, status, ""), lookup(c, tag, 500, ""); got != want {
				t.Errorf("%s, %d: %+v, want what 500 has", tag, status, got)
			}
		}
		for status := 300; status < 600; status++ {
			e := lookup(c, tag, status, "")
			if e.Title == "" || e.Heading == "" || e.Text == "" || e.Advice == "" {
				t.Errorf("%s, %d: %+v", tag, status, e)
			}
		}
		l := c.Language(tag)
		for name, p := range labelFields(&l.Labels, &l.Problems) {
			if *p == "" {
				t.Errorf("%s: no label %s", tag, name)
			}
		}
		if d := c.Language(tag).Direction; d != "ltr" && d != "rtl" {
			t.Errorf("%s: direction %q", tag, d)
		}
	}
	if e := lookup(c, "en", 429, "quota-exceeded"); e.Title != "Quota exceeded" || e.Heading != "Quota exceeded" || e.Text != lookup(c, "en", 429, "").Text {
		t.Errorf("an own code: %+v", e)
	}
	if e := lookup(c, "en", 423, "order-locked"); e.Title != "Order locked" {
		t.Errorf("an own code in titles: %+v", e)
	}
	if e := lookup(c, "eo", 429, "quota-exceeded"); e.Title == "Quota exceeded" {
		t.Error("a code in another language than the reader's")
	}
	if e := lookup(c, "xx", 404, "no such code"); e != lookup(c, "en", 404, "") {
		t.Errorf("a language that there is not: %+v", e)
	}
	if n := testing.AllocsPerRun(100, func() {
		lookup(c, "en", 404, "")
		lookup(c, "en", 429, "quota-exceeded")
		lookup(c, "xx", 999, "no such code")
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestGroups: what has a name has a group, and what has a group has a title of its own, in English IANA's.
func TestGroups(t *testing.T) {
	c, _ := New(renderer.Options{}, nil)
	renamed := map[int]string{413: "Content Too Large", 414: "URI Too Long", 416: "Range Not Satisfiable", 422: "Unprocessable Content"}
	for status := 300; status < 600; status++ {
		name := http.StatusText(status)
		if (name != "") != (groups[status] != "") {
			t.Errorf("%d: the name is %q, the group %q", status, name, groups[status])
		}
		if s, ok := renamed[status]; ok {
			name = s
		}
		if got := lookup(c, "en", status, "").Title; name != "" && got != name {
			t.Errorf("%d: title %q, want %q", status, got, name)
		}
	}
}

func TestDefaultLanguage(t *testing.T) {
	files := fstest.MapFS{"zh-Hant.json": {Data: []byte(`{}`)}, "pt-BR.json": {Data: []byte(`{}`)}}
	for _, tt := range []struct{ language, want string }{
		{"", "en"}, {" en ", "en"}, {"EN", "en"}, {"en-GB", "en"}, {"en_GB", "en"}, {"zh-TW", "zh-Hant"}, {"zh-hant-hk", "zh-Hant"}, {"pt-br", "pt-BR"},
	} {
		c, faults := New(renderer.Options{Catalogue: files, Language: tt.language, Languages: []string{"pt-BR"}}, nil)
		if len(faults) > 0 || c.Default() != tt.want || !slices.Contains(c.Tags(), tt.want) || !slices.Contains(c.Tags(), "pt-BR") {
			t.Errorf("Language %q: %q of %q, %v", tt.language, c.Default(), c.Tags(), faults)
		}
	}
	if c, faults := New(renderer.Options{Language: "xx"}, nil); len(faults) != 1 || c.Default() != "en" {
		t.Errorf("a language that there is not: %q, %v", c.Default(), faults)
	}
	many := make(fstest.MapFS)
	for a := 'a'; a <= 'z'; a++ {
		for b := 'a'; b <= 'c'; b++ {
			many["q"+string([]rune{a, b})+".json"] = &fstest.MapFile{Data: []byte(`{}`)}
		}
	}
	c, faults := New(renderer.Options{Catalogue: many, Language: "qzc"}, nil)
	if len(faults) != 1 || len(c.Tags()) != maxLanguages || c.Default() != "qzc" || !slices.Contains(c.Tags(), "qzc") {
		t.Errorf("too many languages: %d, %q, %v", len(c.Tags()), c.Default(), faults)
	}
}

// TestCatalogueOurs: in the built-in files nothing is there twice either.
func TestCatalogueOurs(t *testing.T) {
	if files, faults := readFiles(locales, "locales"); len(files) == 0 || len(faults) > 0 {
		t.Errorf("%d files, %v", len(files), faults)
	}
}

// TestBuiltinNames holds that a built-in file is found under its language, in the canonical form.
func TestBuiltinNames(t *testing.T) {
	for tag, f := range builtinFiles() {
		if c, ok := negotiate.CanonicalTag(tag); !ok || c != tag || f().Language != tag {
			t.Errorf("%s: %q, language %q", tag, c, f().Language)
		}
	}
}

// A hangingFS does not return before done is closed.
type hangingFS struct{ done chan struct{} }

func (f hangingFS) Open(string) (fs.File, error) { <-f.done; return nil, fs.ErrNotExist }

// TestCatalogueHangs: a file system that hangs holds up the start for no longer than it should.
func TestCatalogueHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := hangingFS{make(chan struct{})}
		start := time.Now()
		if _, faults := New(renderer.Options{Catalogue: f}, nil); len(faults) != 1 || time.Since(start) != readTimeout {
			t.Errorf("%v after %v", faults, time.Since(start))
		}
		close(f.done)
	})
}
