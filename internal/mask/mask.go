// Package mask finds secrets and replaces them, before anything that could hold one is shown, stored or sent.
//
// A secret is found by the name before it ("password", "X-Api-Key", "user[otp]") or by its own shape (a JWT, a PEM key, the
// password in a connection string, a card number). Both are guesses, so the rules prefer to hide too much: a harmless word
// that is hidden costs a moment, a password in a screenshot costs more. No rule can find a secret without a telling name or
// shape; [Masker.Knowing] finds it if the same request also sent it under a telling name.
//
// Read names.go first (which names are secret), then text.go, which looks for secrets in a text with the rules of pairs.go
// (a name with its value), shapes.go and tokens.go. json.go and http.go apply them to JSON, URLs, forms and headers.
package mask

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Mask is shown in place of a secret. Its length does not depend on the secret's.
const Mask = bullets + " (masked)"

const bullets = "••••"

// Options extend the built-in rules. They cannot remove a built-in rule; only Plain exempts a single name that a built-in
// rule happens to match.
type Options struct {
	// Names are secret wherever they occur inside a name, whatever its case and separators: "iban" finds "User-IBAN".
	// They need at least three letters or digits.
	Names []string
	// Exact are secret only as the whole name.
	Exact []string
	// Plain are whole names whose values may be shown although a rule matches: "max_tokens". A name that is itself a
	// built-in rule ("password") is refused.
	Plain []string
	// Patterns are shapes of values. The part of a text that a pattern matches is masked.
	Patterns []*regexp.Regexp
	// Digest adds six hexadecimal digits to each mask, by which two people can tell that they look at the same value.
	// Their key is random, and is not stored, and not shared with another process.
	Digest bool
}

// A Masker masks. [New] makes one, [Default] is one. The zero Masker has the built-in rules. A Masker must not be copied,
// and all its methods may be called concurrently.
type Masker struct {
	names    []string        // the application's names; these three are normalized
	exact    map[string]bool // its whole names
	plain    map[string]bool // names that are not secret
	patterns []*regexp.Regexp
	key      []byte // for digests; nil for none
	literals []string
	replacer *strings.Replacer // of literals; nil if there are none
}

// Default has the built-in rules.
var Default = new(Masker)

// New returns a Masker with the built-in rules and those of o. The error joins every fault of o, each prefixed with its field.
func New(o Options) (*Masker, error) {
	m := &Masker{exact: map[string]bool{}, plain: map[string]bool{}}
	var faults []error
	fault := func(field string, i int, format string, args ...any) {
		faults = append(faults, fmt.Errorf("%s[%d]: %w", field, i, fmt.Errorf(format, args...)))
	}
	for i, name := range o.Names {
		if n := normalized(name); len(n) < 3 {
			fault("Names", i, "%q has fewer than three letters or digits and would match nearly everything", name)
		} else {
			m.names = append(m.names, n)
		}
	}
	for i, name := range o.Exact {
		if n := normalized(name); n == "" {
			fault("Exact", i, "%q has no letters or digits", name)
		} else {
			m.exact[n] = true
		}
	}
	for i, name := range o.Plain {
		switch n := normalized(name); {
		case n == "":
			fault("Plain", i, "%q has no letters or digits", name)
		case isRule(n):
			fault("Plain", i, "%q is one of the built-in rules, which cannot be removed", name)
		default:
			m.plain[n] = true
		}
	}
	for i, p := range o.Patterns {
		switch {
		case p == nil:
			fault("Patterns", i, "nil")
		case p.MatchString(""):
			fault("Patterns", i, "%q matches the empty string", p)
		default:
			m.patterns = append(m.patterns, p)
		}
	}
	if o.Digest {
		m.key = digestKey()
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return m, nil
}

var digestKey = sync.OnceValue(func() []byte {
	key := make([]byte, 32)
	rand.Read(key) // never fails since Go 1.24
	return key
})

// Hide returns the mask of the secret value: "" for "", which needs none, and otherwise a text of constant length.
func (m *Masker) Hide(value string) string {
	if value == "" {
		return ""
	}
	if m.key == nil {
		return Mask
	}
	h := hmac.New(sha256.New, m.key)
	h.Write([]byte(value))
	return bullets + " (masked " + hex.EncodeToString(h.Sum(nil)[:3]) + ")"
}

// Masked reports whether s holds a mask.
func Masked(s string) bool { return strings.Contains(s, bullets+" (masked") }

// Bounds of Knowing. A value shorter than minLiteral would blank out ordinary words.
const (
	minLiteral  = 6
	maxLiterals = 64
)

// Knowing returns a Masker that also hides these very values wherever they occur, so that a password from a form is found
// in the text of an error that quotes it. Values shorter than six bytes and values after the 64th are ignored.
func (m *Masker) Knowing(values []string) *Masker {
	literals := slices.Clone(m.literals)
	for _, v := range values {
		v = strings.TrimSpace(v)
		if len(v) >= minLiteral && len(literals) < maxLiterals && !slices.Contains(literals, v) && !Masked(v) && !prose[v] {
			literals = append(literals, v)
		}
	}
	if len(literals) == len(m.literals) {
		return m
	}
	// The Replacer prefers its first argument that fits, so a secret that contains another one comes before it.
	slices.SortFunc(literals, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, v := range literals {
		pairs = append(pairs, v, m.Hide(v))
	}
	known := *m
	known.literals, known.replacer = literals, strings.NewReplacer(pairs...)
	return &known
}

// Literals hides the values of [Masker.Knowing] in s, and nothing else.
func (m *Masker) Literals(s string) string {
	if m.replacer == nil {
		return s
	}
	return m.replacer.Replace(s)
}
