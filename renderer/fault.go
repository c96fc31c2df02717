package renderer

import (
	"errors"
	"fmt"
)

// An optionError is a fault of one field of Options. It begins with the field's name, as it is spelled there.
type optionError struct {
	field string
	err   error
}

func (e *optionError) Error() string { return e.field + ": " + e.err.Error() }
func (e *optionError) Unwrap() error { return e.err }

// faultf returns a fault of a field of Options.
func faultf(field, format string, args ...any) error {
	return &optionError{field, fmt.Errorf(format, args...)}
}

// A faultList collects the faults of templates, each once: a fault in a layout shows in every page.
type faultList struct {
	list  []error
	known map[string]bool
}

const maxFaults = 100

func (l *faultList) add(err error) {
	if l.known == nil {
		l.known = make(map[string]bool)
	}
	if text := err.Error(); !l.known[text] {
		l.known[text] = true
		switch {
		case len(l.list) < maxFaults:
			l.list = append(l.list, &optionError{"Templates", err})
		case len(l.list) == maxFaults:
			l.list = append(l.list, &optionError{"Templates", errors.New("and more")})
		}
	}
}
