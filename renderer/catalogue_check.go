package renderer

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// check removes what cannot be shown from f, and says what and why.
func (f *catalogueFile) check() (faults []error) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(": "+format, args...)) }
	text := func(where, s string, limit int) string {
		if err := catalogueText(s, limit); err != nil {
			fault("%s: %w", where, err)
			return ""
		}
		return strings.TrimSpace(s)
	}
	switch f.Direction {
	case "", "ltr", "rtl":
	default:
		fault(`direction: is %q, neither "ltr" nor "rtl"`, f.Direction)
		f.Direction = ""
	}
	f.Name = text("name", f.Name, maxTitle)
	known := new(Labels).fields()
	maps.Copy(known, new(problemLabels).fields())
	for _, key := range slices.Sorted(maps.Keys(f.Labels)) {
		where, s := "labels."+key, f.Labels[key]
		s = text(where, s, maxTitle)
		switch key {
		case "seconds", "minutes", "hours", "days":
			if s != "" && strings.Count(s, "{n}") != 1 {
				fault("%s: needs {n}, once", where)
				s = ""
			}
		}
		if known[key] == nil {
			fault("%s: there is no such label", where)
		}
		f.Labels[key] = s
	}
	for _, key := range slices.Sorted(maps.Keys(f.Titles)) {
		if err := catalogueKey(key); err != nil {
			fault("titles.%s: %w", shorten(key), err)
			delete(f.Titles, key)
			continue
		}
		f.Titles[key] = text("titles."+key, f.Titles[key], maxTitle)
	}
	for _, key := range slices.Sorted(maps.Keys(f.Groups)) {
		where := "groups." + shorten(key)
		if !groupNames[key] {
			fault("%s: there is no such group", where)
			delete(f.Groups, key)
			continue
		}
		g := f.Groups[key]
		g.Heading = text(where+".heading", g.Heading, maxTitle)
		g.Text = text(where+".text", g.Text, maxText)
		g.Advice = text(where+".advice", g.Advice, maxText)
		f.Groups[key] = g
	}
	for _, key := range slices.Sorted(maps.Keys(f.Pages)) {
		where := "pages." + shorten(key)
		if err := catalogueKey(key); err != nil {
			fault("%s: %w", where, err)
			delete(f.Pages, key)
			continue
		}
		p := f.Pages[key]
		p.Title = text(where+".title", p.Title, maxTitle)
		p.Heading = text(where+".heading", p.Heading, maxTitle)
		p.Text = text(where+".text", p.Text, maxText)
		p.Advice = text(where+".advice", p.Advice, maxText)
		f.Pages[key] = p
	}
	return faults
}

// catalogueText reports what is wrong with a text. An empty one is as good as none.
func catalogueText(s string, limit int) error {
	if len(s) > limit {
		return fmt.Errorf("%d bytes long; at most %d have a place", len(s), limit)
	}
	for _, r := range s {
		if unicode.IsControl(r) || harmful(r) {
			return fmt.Errorf("contains the character %U, which is not for texts", r)
		}
	}
	return nil
}

// catalogueKey reports what is wrong with the key of a title or a page: a status, a class of them, or a code.
func catalogueKey(key string) error {
	if key == "" || len(key) > maxCode {
		return fmt.Errorf("the key is %d bytes long", len(key))
	}
	if key == "3xx" || key == "4xx" || key == "5xx" {
		return nil
	}
	if key[0] > '9' { // a code
		for _, r := range key {
			if unicode.IsControl(r) || unicode.IsSpace(r) || harmful(r) {
				return fmt.Errorf("the code contains the character %U", r)
			}
		}
		return nil
	}
	if status, err := strconv.Atoi(key); err != nil || status < 300 || status > 599 || len(key) != 3 {
		return fmt.Errorf("is neither a status from 300 to 599, nor a class such as 4xx, nor a code that begins with a letter")
	}
	return nil
}

func shorten(s string) string {
	if len(s) > 40 {
		return strconv.Quote(s[:40]) + "…"
	}
	return s
}

// canonicalTag returns tag in the case that RFC 5646 recommends, and whether it is well-formed.
func canonicalTag(tag string) (string, bool) {
	if tag == "" || len(tag) > maxTagBytes {
		return "", false
	}
	parts := strings.Split(strings.ReplaceAll(tag, "_", "-"), "-")
	single := false
	for i, p := range parts {
		if p == "" || len(p) > 8 {
			return "", false
		}
		letters := true
		for _, c := range []byte(p) {
			switch {
			case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
			case '0' <= c && c <= '9':
				letters = false
			default:
				return "", false
			}
		}
		if i == 0 && (len(p) < 2 || !letters) {
			return "", false
		}
		p = strings.ToLower(p)
		switch {
		case single || i == 0:
		case len(p) == 4 && letters:
			p = strings.ToUpper(p[:1]) + p[1:]
		case len(p) == 2 && letters:
			p = strings.ToUpper(p)
		}
		single = single || len(p) == 1 // what follows a singleton is in lower case
		parts[i] = p
	}
	return strings.Join(parts, "-"), true
}

// writtenFromRight says which languages are, when a file does not say; and so is what is in one of these scripts.
var writtenFromRight = map[string]bool{
	"ar": true, "ckb": true, "dv": true, "fa": true, "he": true, "ps": true, "sd": true, "ug": true, "ur": true, "yi": true,
	"Arab": true, "Hebr": true, "Syrc": true, "Thaa": true, "Nkoo": true, "Adlm": true,
}

func directionOf(tag string) string {
	parts := strings.Split(tag, "-")
	rtl := writtenFromRight[parts[0]]
	if len(parts) > 1 && len(parts[1]) == 4 {
		rtl = writtenFromRight[parts[1]]
	}
	if rtl {
		return "rtl"
	}
	return "ltr"
}
