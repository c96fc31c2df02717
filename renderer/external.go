package renderer

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"sync"
	"time"
)

// An external remembers what Options.External has: to be asked for eight names of which it has one, at every error, is
// more than a renderer should bear. It is one of the application's own, and what it says when it does not have a
// template is its own too; so this goes by what it does.
type external struct {
	mu    sync.RWMutex
	names map[string]externalName // guarded by mu; bounded by maxExternalNames
}

type externalName struct {
	has     bool      // it has been rendered once
	missing time.Time // until when it counts as missing; the zero time is never
	forever bool      // missing, and the error said so
}

const (
	maxExternalNames = 4096 // names of errors and languages are the application's; this is for the one that makes them up
	retryMissing     = time.Minute
)

// missing reports whether name need not be asked for.
func (x *external) missing(name string, now time.Time) bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	n := x.names[name]
	return n.forever || now.Before(n.missing)
}

// learn takes note of how an attempt ended. It returns the error if it is one to report: that a template is missing is
// not, and what looks like it is reported once a minute.
func (x *external) learn(name string, err error, wrote bool, now time.Time) (report error, gone bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.names == nil || len(x.names) >= maxExternalNames {
		x.names = make(map[string]externalName)
	}
	n := x.names[name]
	switch {
	case err == nil:
		x.names[name] = externalName{has: true}
		return nil, false
	case wrote || n.has:
		return err, false
	case saysMissing(err, name):
		x.names[name] = externalName{forever: true}
		return nil, true
	}
	// Nothing written, never seen to work: a renderer that has an unusual way to say that it has no such template, or
	// a template that fails at its first line.
	x.names[name] = externalName{missing: now.Add(retryMissing)}
	return err, true
}

// saysMissing reports whether err is how the renderers of Go say that there is no such template.
func saysMissing(err error, name string) bool {
	if errors.Is(err, fs.ErrNotExist) {
		return true
	}
	text := strings.ToLower(err.Error())
	if !strings.Contains(text, strings.ToLower(name)) {
		// html/template names the template; so an undefined partial inside of it is told apart.
		return false
	}
	for _, s := range [...]string{"is undefined", "no template", "not found", "does not exist", "no such file", "not defined",
		"unknown template", "could not find", "not exist"} {
		if strings.Contains(text, s) {
			return true
		}
	}
	return false
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

// render asks for the names in turn, and returns the one that was rendered, "" if there is none. It runs on the
// goroutine of the request, because what it calls may hold the framework's context and the framework gives that to
// another request afterwards; so its time is not bounded.
func (x *external) render(f func(w io.Writer, name string, p *Page) error, b *buffer, own string, data *Page, now time.Time, remember bool) (name string, failed error) {
	externalNames(own, data.Code, data.Language, data.Fragment, func(candidate string) bool {
		if remember && x.missing(candidate, now) {
			return true
		}
		b.reset()
		err := guard(func() error { return f(b, candidate, data) })
		switch {
		case err != nil:
		case b.full:
			err = errTooLarge
		case len(b.bytes) == 0:
			err = errNothing
		}
		report, gone := x.learn(candidate, err, len(b.bytes) > 0 || b.full, now)
		if report != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", candidate, readable(report)))
		}
		if err == nil {
			name = candidate
			return false
		}
		return gone
	})
	return name, failed
}
