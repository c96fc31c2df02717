package renderer

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:embed locales/*.json
var locales embed.FS

// A catalogueFile is a file of texts in one language, as JSON. The built-in ones have this form, and so have those of
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
// A title is a phrase, "Not Found"; a heading is the headline for people, "Page not found"; a text says what happened,
// and an advice what to do now. Groups explain several statuses at once; a page is for one status, or for one of the
// application's own codes, and goes before. All of it is plain text.
type catalogueFile struct {
	Language  string               `json:"language"`
	Direction string               `json:"direction"`
	Name      string               `json:"name"`
	Labels    map[string]string    `json:"labels"`
	Titles    map[string]string    `json:"titles"`
	Groups    map[string]groupText `json:"groups"`
	Pages     map[string]pageText  `json:"pages"`
}

type groupText struct {
	Heading string `json:"heading"`
	Text    string `json:"text"`
	Advice  string `json:"advice"`
}

type pageText struct {
	Title   string `json:"title"`
	Heading string `json:"heading"`
	Text    string `json:"text"`
	Advice  string `json:"advice"`
}

const (
	maxCatalogueFile  = 1 << 20
	maxCatalogueFiles = 100
	maxCatalogueTags  = 64 // as many as the lookup of Accept-Language takes
	maxTitle          = 200
	maxText           = 2000
	maxCode           = 100
)

// builtinFiles are the files of the binary, read once. They are shared and read-only.
var builtinFiles = sync.OnceValues(func() ([]*catalogueFile, []error) { return readCatalogue(locales, "locales", false) })

// readCatalogue reads every *.json of a directory, and says of each what is wrong with it. Ours are not searched for names
// that are there twice: that takes longer than all the rest, and a test does it.
func readCatalogue(fsys fs.FS, dir string, search bool) (files []*catalogueFile, faults []error) {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, []error{err}
	}
	all := entries
	entries = slices.DeleteFunc(slices.Clone(all), func(e fs.DirEntry) bool { return path.Ext(e.Name()) != ".json" })
	if len(entries) == 0 {
		if sub := misplacedTexts(fsys, dir, all); sub != "" {
			return nil, []error{fmt.Errorf("there are texts in %s and none beside it; hand over fs.Sub(…, %q)", sub, sub)}
		}
	}
	if len(entries) > maxCatalogueFiles {
		faults = append(faults, fmt.Errorf("%d files; only the first %d are read", len(entries), maxCatalogueFiles))
		entries = entries[:maxCatalogueFiles]
	}
	seen := make(map[string]string)
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		f, errs := readCatalogueFile(fsys, name, search)
		for _, err := range errs {
			// Some errors of a file system begin with the name, and some do not.
			faults = append(faults, fmt.Errorf("%s%w", name, err))
		}
		if f == nil {
			continue
		}
		if other, ok := seen[f.Language]; ok {
			faults = append(faults, fmt.Errorf("%s: is in the same language as %s", name, other))
			continue
		}
		seen[f.Language] = name
		files = append(files, f)
	}
	return files, faults
}

// misplacedTexts returns the directory, one or two levels down, that should have been handed over: fs.Sub is easily
// forgotten after go:embed, and nothing else would tell.
func misplacedTexts(fsys fs.FS, dir string, entries []fs.DirEntry) string {
	type level struct {
		dir     string
		entries []fs.DirEntry
		depth   int
	}
	queue := []level{{dir, entries, 0}}
	for looked := 0; len(queue) > 0 && looked < maxCatalogueFiles; looked++ {
		l := queue[0]
		queue = queue[1:]
		for _, e := range l.entries {
			stem, isJSON := strings.CutSuffix(e.Name(), ".json")
			switch sub := path.Join(l.dir, e.Name()); {
			case e.IsDir() && l.depth < 2 && len(queue) < maxCatalogueFiles:
				if below, err := fs.ReadDir(fsys, sub); err == nil {
					queue = append(queue, level{sub, below, l.depth + 1})
				}
			case isJSON && l.depth > 0 && isTag(stem):
				return l.dir
			}
		}
	}
	return ""
}

// readCatalogueFile returns what is right in the file, nil if that is nothing, and what is wrong; those texts begin with
// ": " or with the line, ":3: ".
func readCatalogueFile(fsys fs.FS, name string, search bool) (*catalogueFile, []error) {
	fault := func(format string, args ...any) []error { return []error{fmt.Errorf(": "+format, args...)} }
	in, err := fsys.Open(name)
	if err != nil {
		return nil, fault("%w", err)
	}
	defer in.Close()
	b, err := io.ReadAll(io.LimitReader(in, maxCatalogueFile+1))
	if err != nil {
		return nil, fault("%w", err)
	}
	if len(b) > maxCatalogueFile {
		return nil, fault("is larger than %d bytes", maxCatalogueFile)
	}
	if !utf8.Valid(b) {
		return nil, fault("is not UTF-8")
	}
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	f := new(catalogueFile)
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(f); err != nil {
		return nil, []error{fmt.Errorf("%s: %w", jsonLine(b, err, d.InputOffset()), err)}
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, []error{fmt.Errorf("%s: there is more after the end of the object", jsonLine(b, nil, d.InputOffset()))}
	}
	stem := strings.TrimSuffix(path.Base(name), ".json")
	if f.Language == "" {
		f.Language = stem
	}
	tag, ok := canonicalTag(f.Language)
	if !ok {
		return nil, fault("language: %q is not a language tag", f.Language)
	}
	if own, _ := canonicalTag(stem); own != tag {
		return nil, fault("language: is %q, which the file should be named after", tag)
	}
	f.Language = tag
	var faults []error
	if search {
		faults = twice(b)
	}
	return f, append(faults, f.check()...)
}

// twice returns a fault for every member of the object in b that has the name of one before it: of two texts for one
// thing, encoding/json takes the last without a word. The names of the sections and of the texts may differ in case, which
// encoding/json does not look at there.
func twice(b []byte) (faults []error) {
	type object struct {
		name  string // of the member that is being read
		names map[string]bool
	}
	var open []*object
	d := json.NewDecoder(bytes.NewReader(b))
	for isName := false; ; {
		t, err := d.Token()
		if err != nil {
			return faults
		}
		s, isString := t.(string)
		switch {
		case isString && isName:
			in := open[len(open)-1]
			in.name = s
			key := s
			if len(open)%2 == 1 { // the second level is statuses, codes and the like
				key = strings.ToLower(s)
			}
			if in.names[key] {
				where := make([]string, len(open))
				for i, o := range open {
					where[i] = shorten(o.name)
				}
				faults = append(faults, fmt.Errorf("%s: %s is there twice", jsonLine(b, nil, d.InputOffset()), strings.Join(where, ".")))
			}
			in.names[key] = true
			isName = false
			continue
		case t == json.Delim('{'):
			open = append(open, &object{names: make(map[string]bool)})
		case t == json.Delim('}'):
			open = open[:len(open)-1]
		}
		isName = len(open) > 0
	}
}

// jsonLine returns ":3" for an error in the third line.
func jsonLine(b []byte, err error, offset int64) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
	}
	offset = min(max(offset, 0), int64(len(b)))
	return ":" + strconv.Itoa(1+bytes.Count(b[:offset], []byte("\n")))
}
