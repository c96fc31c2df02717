package i18n

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/exceptional-go/exceptional/internal/pages/internal/negotiate"
)

//go:embed locales/*.json
var locales embed.FS

// A file is a file of texts in one language, as JSON. The built-in ones have this form, and so have those of
// Options.Catalogue, where everything but what they change can be left out:
//
//	{
//	  "language":  "de",               a BCP 47 tag, as the name of the file: de.json
//	  "direction": "ltr",              or "rtl"
//	  "name":      "Deutsch",
//	  "labels":    {"reference": "Kennung", "minutes": "{n} min", …},
//	  "titles":    {"404": "Nicht gefunden", "4xx": "Fehler der Anfrage", …},
//	  "groups":    {"not-found": {"heading": "…", "text": "…", "advice": "…"}, …},
//	  "pages":     {"404": {"title": "…", "heading": "…", "text": "…", "advice": "…"}, "quota-exceeded": {…}}
//	}
//
// Groups explain several statuses at once; a page is for one status, or for one of the application's own codes, and
// outranks the group. All of it is plain text.
type file struct {
	Language  string            `json:"language"`
	Direction string            `json:"direction"`
	Name      string            `json:"name"`
	Labels    map[string]string `json:"labels"`
	Titles    map[string]string `json:"titles"` // nil after settle
	Groups    map[string]Entry  `json:"groups"`
	Pages     map[string]Entry  `json:"pages"`

	own bool // it is the application's, not a built-in one
}

const (
	maxFileBytes = 1 << 20
	maxFiles     = 100
)

// settle moves the titles into the pages, so that all texts for a status, a class or a code are in one place. In a file of the
// application, a title is the heading, too: a page that is given another title should not keep the built-in headline.
func (f *file) settle() {
	pages := make(map[string]Entry, len(f.Titles)+len(f.Pages))
	for key, title := range f.Titles {
		pages[key] = Entry{Title: title}
	}
	for key, e := range f.Pages {
		pages[key] = e.or(pages[key])
	}
	for key, e := range pages {
		if f.own {
			e.Heading = cmp.Or(e.Heading, e.Title)
			pages[key] = e
		}
	}
	f.Titles, f.Pages = nil, pages
}

// mentions reports whether the file has a text of its own for a status, beside those of its group.
func (f *file) mentions(status int) bool { return f.Pages[strconv.Itoa(status)] != Entry{} }

// codes returns the codes that the file has texts for.
func (f *file) codes() []string {
	return slices.DeleteFunc(slices.Collect(maps.Keys(f.Pages)), func(key string) bool { return !isCode(key) })
}

// isCode reports whether a key of titles or pages is a code: a status and a class begin with a digit.
func isCode(key string) bool { return key != "" && key[0] > '9' }

// builtinFiles returns the files of the binary by their tags. Each is read when it is first asked for.
var builtinFiles = sync.OnceValue(func() map[string]func() *file {
	files := make(map[string]func() *file)
	entries, _ := locales.ReadDir("locales") // cannot fail
	for _, e := range entries {
		tag := strings.TrimSuffix(e.Name(), ".json")
		files[tag] = sync.OnceValue(func() *file {
			f := new(file)
			b, err := locales.ReadFile("locales/" + e.Name())
			if err == nil {
				err = json.Unmarshal(b, f) // not checked further: that takes longer than all the rest, and a test does it
			}
			if err != nil {
				return new(file)
			}
			f.settle()
			return f
		})
	}
	return files
})

// readFiles reads every *.json of a directory, and returns the faults of each.
func readFiles(fsys fs.FS, dir string) (files []*file, faults []error) {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, []error{err}
	}
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return path.Ext(e.Name()) != ".json" })
	if len(entries) == 0 {
		if sub := misplaced(fsys); sub != "" {
			return nil, []error{fmt.Errorf("no texts at the root, but in %s; pass fs.Sub(…, %q)", sub, sub)}
		}
	}
	if len(entries) > maxFiles {
		faults = append(faults, fmt.Errorf("%d files; only the first %d are read", len(entries), maxFiles))
		entries = entries[:maxFiles]
	}
	names := make(map[string]string) // by language
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		f, errs := readFile(fsys, name)
		faults = append(faults, errs...)
		switch {
		case f == nil:
		case names[f.Language] != "":
			faults = append(faults, fmt.Errorf("%s: is in the same language as %s", name, names[f.Language]))
		default:
			names[f.Language] = name
			files = append(files, f)
		}
	}
	return files, faults
}

// misplaced returns the directory, one or two levels down, that should have been passed: with an embed.FS, fs.Sub is easily
// forgotten.
func misplaced(fsys fs.FS) (dir string) {
	for _, pattern := range [...]string{"*/*.json", "*/*/*.json"} {
		names, err := fs.Glob(fsys, pattern)
		if err != nil {
			return ""
		}
		for _, name := range names {
			if _, ok := negotiate.TagInName(strings.TrimSuffix(path.Base(name), ".json")); ok {
				return path.Dir(name)
			}
		}
	}
	return ""
}

// readFile reads a file of the application. The faults begin with its name, and with the line where that is known. The result is
// nil if the file cannot be used at all.
func readFile(fsys fs.FS, name string) (*file, []error) {
	unusable := func(format string, args ...any) (*file, []error) { return nil, []error{fault(name, format, args...)} }
	in, err := fsys.Open(name)
	if err != nil {
		return unusable("%w", err)
	}
	defer in.Close()
	b, err := io.ReadAll(io.LimitReader(in, maxFileBytes+1))
	if err != nil {
		return unusable("%w", err)
	}
	if len(b) > maxFileBytes {
		return unusable("is larger than %d bytes", maxFileBytes)
	}
	if !utf8.Valid(b) {
		return unusable("is not UTF-8")
	}
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	f := &file{own: true}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(f); err != nil {
		return nil, []error{fmt.Errorf("%s:%d: %w", name, lineOf(b, offsetOf(err, d)), err)}
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, []error{fmt.Errorf("%s:%d: there is more after the end of the object", name, lineOf(b, d.InputOffset()))}
	}
	stem := strings.TrimSuffix(path.Base(name), ".json")
	if f.Language == "" {
		f.Language = stem
	}
	tag, ok := negotiate.CanonicalTag(f.Language)
	if !ok {
		return unusable("language: %q is not a language tag", f.Language)
	}
	if named, _ := negotiate.CanonicalTag(stem); named != tag {
		return unusable("language: is %q, which the file should be named after", tag)
	}
	f.Language = tag
	faults := duplicateKeys(name, b)
	for _, err := range f.check() {
		faults = append(faults, fault(name, "%w", err))
	}
	f.settle()
	return f, faults
}

// offsetOf returns where in the input of d an error of its Decode is.
func offsetOf(err error, d *json.Decoder) int64 {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return syntax.Offset
	case errors.As(err, &kind):
		return kind.Offset
	}
	return d.InputOffset()
}

// lineOf returns the number of the line that an offset of b is in.
func lineOf(b []byte, offset int64) int {
	offset = min(max(offset, 0), int64(len(b)))
	return 1 + bytes.Count(b[:offset], []byte("\n"))
}
