package i18n

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/exceptional-go/exceptional/internal/text"
	"github.com/exceptional-go/exceptional/renderer"
)

// The longest texts that there is room for, in bytes.
const (
	MaxTitle = 200
	MaxText  = 2000
	maxCode  = 100
)

// check returns a fault for each text of f that cannot be shown, and for each key that means nothing; it trims the texts. A fault
// begins with the place in the file, such as "pages.404.title". A file with faults is not repaired, because the program does not
// start with it.
func (f *file) check() (faults []error) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	text := func(where, s string, limit int) string {
		if err := checkText(s, limit); err != nil {
			fault("%s: %w", where, err)
		}
		return strings.TrimSpace(s)
	}
	entries := func(section string, m map[string]Entry, checkKey func(string) error) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			where := section + "." + shorten(key)
			if err := checkKey(key); err != nil {
				fault("%s: %w", where, err)
				continue
			}
			e := m[key]
			m[key] = Entry{
				Title:   text(where+".title", e.Title, MaxTitle),
				Heading: text(where+".heading", e.Heading, MaxTitle),
				Text:    text(where+".text", e.Text, MaxText),
				Advice:  text(where+".advice", e.Advice, MaxText),
			}
		}
	}

	if f.Direction != "" && f.Direction != "ltr" && f.Direction != "rtl" {
		fault(`direction: is %q, not "ltr" or "rtl"`, f.Direction)
	}
	f.Name = text("name", f.Name, MaxTitle)
	known := labelFields(new(renderer.Labels), new(ProblemLabels))
	for _, key := range slices.Sorted(maps.Keys(f.Labels)) {
		where := "labels." + key
		s := text(where, f.Labels[key], MaxTitle)
		switch key {
		case "seconds", "minutes", "hours", "days":
			if s != "" && strings.Count(s, "{n}") != 1 {
				fault("%s: needs {n}, once", where)
			}
		}
		if known[key] == nil {
			fault("%s: there is no such label", where)
		}
		f.Labels[key] = s
	}
	for _, key := range slices.Sorted(maps.Keys(f.Titles)) {
		if err := checkKey(key); err != nil {
			fault("titles.%s: %w", shorten(key), err)
			continue
		}
		f.Titles[key] = text("titles."+key, f.Titles[key], MaxTitle)
	}
	entries("groups", f.Groups, func(key string) error {
		if f.Groups[key].Title != "" {
			return fmt.Errorf("a group has no title; titles are for one status")
		}
		for _, name := range groups {
			if name == key {
				return nil
			}
		}
		return fmt.Errorf("there is no such group")
	})
	entries("pages", f.Pages, checkKey)
	return faults
}

// checkText checks a text that is shown to readers.
func checkText(s string, limit int) error {
	if len(s) > limit {
		return fmt.Errorf("%d bytes long; at most %d are allowed", len(s), limit)
	}
	for _, r := range s {
		if unicode.IsControl(r) || text.Harmful(r) {
			return fmt.Errorf("contains the character %U, which is not for texts", r)
		}
	}
	return nil
}

// checkKey checks the key of a title or a page: a status, a class of them, or a code.
func checkKey(key string) error {
	if key == "" || len(key) > maxCode {
		return fmt.Errorf("the key is %d bytes long", len(key))
	}
	if isCode(key) {
		for _, r := range key {
			if unicode.IsControl(r) || unicode.IsSpace(r) || text.Harmful(r) {
				return fmt.Errorf("the code contains the character %U", r)
			}
		}
		return nil
	}
	if key == "3xx" || key == "4xx" || key == "5xx" {
		return nil
	}
	if status, err := strconv.Atoi(key); err != nil || status < 300 || status > 599 || len(key) != 3 {
		return fmt.Errorf("is not a status from 300 to 599, a class such as 4xx, or a code that begins with a letter")
	}
	return nil
}

// shorten makes a key short enough for an error message.
func shorten(s string) string {
	if len(s) > 40 {
		return strconv.Quote(s[:40]) + "…"
	}
	return s
}

// duplicateKeys returns a fault for every member of an object in b, the valid JSON of a file, that has the name of one before it:
// encoding/json takes the last of them without an error, and a translator wonders where the other text is. It ignores the case of the
// names of sections and texts, as encoding/json does.
func duplicateKeys(file string, b []byte) (faults []error) {
	type object struct {
		name  string // of the member that is being read
		names map[string]bool
	}
	var open []*object // from the outermost to the one that is being read
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
			if len(open)%2 == 1 { // the second level is statuses and codes, whose case matters
				key = strings.ToLower(s)
			}
			if in.names[key] {
				where := make([]string, len(open))
				for i, o := range open {
					where[i] = shorten(o.name)
				}
				faults = append(faults, fmt.Errorf("%s:%d: %s is there twice", file, lineOf(b, d.InputOffset()), strings.Join(where, ".")))
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
