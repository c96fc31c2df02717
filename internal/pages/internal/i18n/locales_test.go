package i18n_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

const minLocales = 30

// localeScripts are the scripts of the languages that are not written in Latin letters.
var localeScripts = map[string][]*unicode.RangeTable{
	"ru": {unicode.Cyrillic}, "uk": {unicode.Cyrillic}, "bg": {unicode.Cyrillic},
	"el": {unicode.Greek},
	"ar": {unicode.Arabic}, "fa": {unicode.Arabic}, "ur": {unicode.Arabic},
	"he": {unicode.Hebrew},
	"ja": {unicode.Han, unicode.Hiragana, unicode.Katakana},
	"ko": {unicode.Hangul},
	"zh": {unicode.Han},
	"th": {unicode.Thai},
	"hi": {unicode.Devanagari},
}

var localeRTL = []string{"ar", "fa", "he", "ur"}

// localeSame are the texts that may be as in English: words that other languages have too. The signs of the units
// may be as in English as well, and so may the title of 418.
var localeSame = []string{"Status", "Conflict", "Details", "Redirection", "Code", "Type"}

// readLocale returns the texts of a file by their paths, such as groups.gone.text, and those of "pages" apart.
func readLocale(t *testing.T, name string) (texts, pages map[string]string) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !utf8.Valid(b) { // encoding/json would replace what is not
		t.Errorf("is not valid UTF-8")
	}
	var file map[string]any
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	texts, pages = make(map[string]string), make(map[string]string)
	var walk func(into map[string]string, path string, v any)
	walk = func(into map[string]string, path string, v any) {
		switch v := v.(type) {
		case string:
			into[path] = v
		case map[string]any:
			for key, v := range v {
				walk(into, path+"."+key, v)
			}
		default:
			t.Errorf("%s: is a %T", path, v)
		}
	}
	for key, v := range file {
		if key == "pages" {
			walk(pages, key, v)
		} else {
			walk(texts, key, v)
		}
	}
	return texts, pages
}

func localeFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("locales/*.json")
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestLocaleCount(t *testing.T) {
	if n := len(localeFiles(t)); n < minLocales {
		t.Errorf("%d languages, want at least %d", n, minLocales)
	}
}

func TestLocales(t *testing.T) {
	english, _ := readLocale(t, "locales/en.json")
	for _, name := range localeFiles(t) {
		tag := strings.TrimSuffix(filepath.Base(name), ".json")
		t.Run(tag, func(t *testing.T) {
			texts, pages := readLocale(t, name)
			for _, path := range slices.Sorted(maps.Keys(english)) {
				if _, ok := texts[path]; !ok {
					t.Errorf("%s: is missing", path)
				}
			}
			for _, path := range slices.Sorted(maps.Keys(texts)) {
				if _, ok := english[path]; !ok {
					t.Errorf("%s: is not in en.json", path)
				}
			}
			if texts["language"] != tag {
				t.Errorf("language: is %q", texts["language"])
			}
			direction := "ltr"
			if slices.Contains(localeRTL, tag) {
				direction = "rtl"
			}
			if texts["direction"] != direction {
				t.Errorf("direction: is %q, want %q", texts["direction"], direction)
			}
			maps.Copy(texts, pages)
			delete(texts, "language")
			delete(texts, "direction")
			var all strings.Builder
			for _, path := range slices.Sorted(maps.Keys(texts)) {
				s := texts[path]
				for _, fault := range localeFaults(tag, path, s, english[path]) {
					t.Errorf("%s: %s: %q", path, fault, s)
				}
				all.WriteString(s)
			}
			if own, letters := countScript(tag, all.String()); 2*own < letters {
				t.Errorf("%d of %d letters are of its script", own, letters)
			}
		})
	}
}

// localeFaults returns what is wrong with one text. The English one is empty where there is none.
func localeFaults(tag, path, s, english string) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if strings.TrimSpace(s) == "" {
		fault("is empty")
	}
	if s != strings.TrimSpace(s) {
		fault("has space around it")
	}
	if got, want := strings.Count(s, "{n}"), strings.Count(english, "{n}"); got != want {
		fault("has {n} %d times, want %d", got, want)
	}
	if rest := strings.ReplaceAll(s, "{n}", ""); strings.ContainsAny(rest, "<>{}") || strings.Contains(rest, "&") && strings.Contains(rest, ";") {
		fault("has markup")
	}
	_, latin := localeScripts[baseTag(tag)]
	latin = !latin
	for _, r := range s {
		switch {
		case r == utf8.RuneError:
			fault("has U+FFFD")
		case unicode.Is(unicode.Bidi_Control, r):
			fault("has the bidi control %U", r)
		case unicode.IsControl(r):
			fault("has the control character %U", r)
		case latin && r >= 0x300 && r <= 0x36f:
			fault("has the combining mark %U", r)
		}
	}
	if n := utf8.RuneCountInString(s); strings.HasSuffix(path, ".heading") && n > 60 {
		fault("is %d characters long, want at most 60", n)
	}
	if tag != "en" && s == english && !localeMayBeSame(path, s) {
		fault("is the English text")
	}
	if strings.HasPrefix(path, "groups.") || strings.HasPrefix(path, "pages.") {
		if own, letters := countScript(tag, s); 2*own < letters {
			fault("%d of %d letters are of its script", own, letters)
		}
	}
	return faults
}

func localeMayBeSame(path, s string) bool {
	switch path {
	case "labels.seconds", "labels.minutes", "labels.hours", "labels.days", "titles.418":
		return true
	}
	return slices.Contains(localeSame, s)
}

func baseTag(tag string) string {
	base, _, _ := strings.Cut(tag, "-")
	return base
}

// countScript returns how many letters s has, and how many of them are of the script of the language.
func countScript(tag, s string) (own, letters int) {
	scripts := localeScripts[baseTag(tag)]
	if scripts == nil {
		scripts = []*unicode.RangeTable{unicode.Latin}
	}
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsMark(r) {
			continue
		}
		letters++
		if unicode.In(r, scripts...) {
			own++
		}
	}
	return own, letters
}

// TestLocaleFaults: the checks find what they are for.
func TestLocaleFaults(t *testing.T) {
	for _, tt := range []struct{ tag, path, s, english, want string }{
		{"de", "titles.404", "Nicht gefunden", "Not Found", ""},
		{"de", "titles.404", "Not Found", "Not Found", "is the English text"},
		{"de", "labels.status", "Status", "Status", ""},
		{"de", "titles.404", " ", "Not Found", "is empty"},
		{"de", "labels.days", "Tage", "{n} d", "has {n} 0 times"},
		{"de", "titles.404", "<b>x</b>", "Not Found", "has markup"},
		{"de", "titles.404", "x&nbsp;y", "Not Found", "has markup"},
		{"he", "titles.404", "א\u200f", "Not Found", "bidi control"},
		{"cs", "titles.404", "Nenalezeno c\u030c", "Not Found", "combining mark"},
		{"de", "groups.gone.heading", strings.Repeat("ä", 61), "x", "61 characters"},
		{"de", "groups.gone.heading", strings.Repeat("ä", 60), "x", ""},
		{"ru", "groups.gone.text", "Not translated", "x", "0 of 13 letters"},
		{"zh-Hant", "groups.gone.text", "找不到頁面", "x", ""},
	} {
		got := strings.Join(localeFaults(tt.tag, tt.path, tt.s, tt.english), "; ")
		if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%s, %s, %q: %q, want %q", tt.tag, tt.path, tt.s, got, tt.want)
		}
	}
}
