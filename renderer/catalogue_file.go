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
var builtinFiles = sync.OnceValues(func() ([]*catalogueFile, []error) { return readCatalogue(locales, "locales") })

// readCatalogue reads every *.json of a directory, and says of each what is wrong with it.
func readCatalogue(fsys fs.FS, dir string) (files []*catalogueFile, faults []error) {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, []error{err}
	}
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return path.Ext(e.Name()) != ".json" })
	if len(entries) > maxCatalogueFiles {
		faults = append(faults, fmt.Errorf("%d files; only the first %d are read", len(entries), maxCatalogueFiles))
		entries = entries[:maxCatalogueFiles]
	}
	seen := make(map[string]string)
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		f, errs := readCatalogueFile(fsys, name)
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

// readCatalogueFile returns what is right in the file, nil if that is nothing, and what is wrong; those texts begin with
// ": " or with the line, ":3: ".
func readCatalogueFile(fsys fs.FS, name string) (*catalogueFile, []error) {
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
	return f, f.check()
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
