package renderer

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// An external remembers what Options.External has: to be asked for eight names of which it has one, at every error, is
// more than a renderer should bear. It is one of the application's own, and what it says when it does not have a
// template is its own too; so this goes by what it does, and by what it says of a name that it cannot have.
type external struct {
	mu    sync.RWMutex
	names map[string]externalName // guarded by mu; bounded by maxExternalNames
	told  map[string]bool         // guarded by mu; what has been reported of any name at all; bounded by maxTold
}

type externalName struct {
	has     bool      // it has been rendered once
	missing time.Time // until when it counts as missing; the zero time is never
	forever bool      // missing, and the error said so
}

const (
	maxExternalNames = 4096 // names of errors and languages are the application's; this is for the one that makes them up
	maxTold          = 16
	retryMissing     = time.Minute
)

// look returns what is known of name.
func (x *external) look(name string) externalName {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.names[name]
}

func (x *external) note(name string, n externalName) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.names == nil || len(x.names) >= maxExternalNames {
		x.names = make(map[string]externalName)
	}
	x.names[name] = n
}

// tell reports whether words are new.
func (x *external) tell(words string) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.told[words] {
		return false
	}
	if x.told == nil || len(x.told) >= maxTold {
		x.told = make(map[string]bool)
	}
	x.told[words] = true
	return true
}

// saysMissing reports whether err is how the packages that most renderers are made of say that there is no template of
// this name. That something is missing within the template reads much the same, so nothing less than the name will do.
func saysMissing(err error, name string) bool {
	var p *fs.PathError
	if errors.As(err, &p) && errors.Is(p.Err, fs.ErrNotExist) {
		opened := filepath.ToSlash(p.Path)
		return opened == name || strings.HasSuffix(opened, "/"+name)
	}
	text := textOf(err)
	return text == fmt.Sprintf("html/template: %q is undefined", name) ||
		strings.HasPrefix(text, fmt.Sprintf("template: no template %q associated with template ", name))
}

// missingWords are those that a template which is not there is spoken of with, and templateWords those for what it is.
var (
	missingWords = [...]string{"not found", "be found", "not find", "n't find", "to find", "not exist", "n't exist", "nonexistent", "is undefined",
		"not defined", "not registered", "not loaded", "is missing", "missing ", "unknown ", "no such ", "no template", "no page", "no view"}
	templateWords = [...]string{"template", "page", "view", "file"}
)

// speaksOfMissing reports whether err says that a template is missing, and is not a panic. A fault may say so as well:
// it is for an error that any name is answered with.
func speaksOfMissing(err error) bool {
	if errors.Is(err, fs.ErrNotExist) {
		return true
	}
	text := strings.ToLower(textOf(err))
	has := func(words []string) bool {
		return slices.ContainsFunc(words, func(s string) bool { return strings.Contains(text, s) })
	}
	return !strings.HasPrefix(text, "panicked: ") && has(missingWords[:]) &&
		(strings.Contains(text, unlikely) || has(templateWords[:]))
}

// unlikely is in the place of the page in the name that a renderer cannot have.
const unlikely = "no-page-4f1c0b7e"

// unlikelyName returns such a name, of the same form as name: a renderer may take the folder or the end of it away.
func unlikelyName(name string) string {
	dir, base := path.Split(name)
	_, end, dotted := strings.Cut(base, ".")
	if dotted {
		end = "." + end
	}
	return dir + unlikely + end
}

// cuts are what a renderer may make of a name before it speaks of it, the longest first.
var cuts = [...]func(name string) string{
	func(name string) string { return name },
	func(name string) string { return strings.TrimSuffix(name, ".html") },
	path.Base,
	func(name string) string { return strings.TrimSuffix(path.Base(name), ".html") },
	func(name string) string { base, _, _ := strings.Cut(path.Base(name), "."); return base },
}

// sameWords reports whether err says of name what other says of another one, which unlikelyName made. The words are
// those without a name.
func sameWords(err error, name string, other error, another string) (words string, same bool) {
	text := textOf(other)
	words = text
	for _, cut := range cuts {
		text = strings.ReplaceAll(text, cut(another), cut(name))
		words = strings.ReplaceAll(words, cut(another), "")
	}
	return words, text == textOf(err)
}

// textOf returns what an error of the application says, which may be anything.
func textOf(err error) (text string) {
	failed := guard(func() error { text = err.Error(); return nil })
	if failed != nil {
		return "panicked"
	}
	return text[:min(len(text), 64<<10)]
}

// externalNames calls f with the names under which a page is asked for, in turn, until it returns false. A fragment has
// names of its own, 404.fragment.html: a renderer that has none must not put a whole page into another.
func externalNames(own string, status int, tag string, fragment bool, f func(name string) bool) {
	each := func(stem string) bool {
		if fragment {
			stem += ".fragment"
		}
		for t := tag; t != ""; t = truncate(t) {
			if !f(stem + "." + t + ".html") {
				return false
			}
		}
		return f(stem + ".html")
	}
	if own != "" {
		// The error's own template goes by the name that the application gave it, first of all.
		if !fragment && !f(own) || !each(strings.TrimSuffix(own, ".html")) {
			return
		}
	}
	for _, stem := range [...]string{strconv.Itoa(status), strconv.Itoa(status/100) + "xx", "default"} {
		if !each(pagesDir + "/" + stem) {
			return
		}
	}
}

// attempt asks for one name.
func attempt(f func(w io.Writer, name string, p *Page) error, b *buffer, name string, data *Page) (wrote bool, err error) {
	b.reset()
	err = guard(func() error { return f(b, name, data) })
	wrote = len(b.bytes) > 0 || b.full
	switch {
	case err != nil:
	case b.full:
		err = errTooLarge
	case !wrote:
		err = errNothing
	}
	return wrote, err
}

// render asks for the names in turn, and returns the one that was rendered, "" if there is none. It runs on the
// goroutine of the request, because what it calls may hold the framework's context and the framework gives that to
// another request afterwards; so its time is not bounded.
//
// A template that is missing is remembered, unless the templates may change. One that fails is not: it is reported each
// time, and no other template is asked for, because a renderer that fails half-way may fail at all of them.
func (x *external) render(f func(w io.Writer, name string, p *Page) error, b *buffer, own string, data *Page, now time.Time, remember bool) (name string, failed error) {
	externalNames(own, data.Code, data.Language, data.Fragment, func(candidate string) bool {
		known := x.look(candidate)
		if remember && (known.forever || now.Before(known.missing)) {
			return true
		}
		wrote, err := attempt(f, b, candidate, data)
		if err == nil {
			if !known.has {
				x.note(candidate, externalName{has: true})
			}
			name = candidate
			return false
		}
		missing, report := false, true
		if !wrote && (!known.has || !remember) {
			missing, report = x.missing(f, b, candidate, err, data, now)
		}
		if report {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", candidate, readable(err)))
		}
		return missing
	})
	return name, failed
}

// missing finds out whether err means that there is no template of this name, and whether that is to be reported. What
// is not said in words that everybody knows is compared with what the renderer says of a name that it cannot have. The
// same words mean that the template is missing, or that the renderer fails at everything: it is asked again in a while,
// and words that could mean either are reported once.
func (x *external) missing(f func(w io.Writer, name string, p *Page) error, b *buffer, name string, err error, data *Page, now time.Time) (missing, report bool) {
	if saysMissing(err, name) {
		x.note(name, externalName{forever: true})
		return true, false
	}
	another := unlikelyName(name)
	wrote, other := attempt(f, b, another, data)
	if other == nil || wrote {
		return false, true
	}
	words, same := sameWords(err, name, other, another)
	if !same {
		return false, true
	}
	x.note(name, externalName{missing: now.Add(retryMissing)})
	return true, !speaksOfMissing(other) && x.tell(words)
}
