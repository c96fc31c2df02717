// Package mask finds secrets and replaces them, before anything that could hold one is shown, stored or sent.
//
// A secret is found by the name that it stands under ("password", "X-Api-Key", "user[otp]") or by its own shape (a JWT, a
// PEM key, the password in a connection string, a card number). Both are guesses, so the rules lean to one side: a
// harmless word that is hidden costs a moment, a password in a screenshot costs more. What no rule can find is a secret
// without a telling name or shape; [Masker.Knowing] finds those that the same request sent under a telling name.
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

// Mask is what stands for a secret. Its length says nothing of the secret's.
const Mask = bullets + " (masked)"

const bullets = "••••"

// Options extend the built-in rules. None of them can take a built-in rule away, except Plain for a single name that a
// built-in rule merely happens to match.
type Options struct {
	// Names are secret wherever they occur inside a name, whatever its case and separators: "iban" finds "User-IBAN".
	// They need at least three letters or digits.
	Names []string
	// Exact are secret only as the whole name.
	Exact []string
	// Plain are whole names whose values may be shown although a rule matches: "max_tokens". A name that is itself a
	// built-in rule ("password") is refused.
	Plain []string
	// Patterns are shapes of values. What a pattern matches is masked, wherever it stands in a text.
	Patterns []*regexp.Regexp
	// Digest adds six hexadecimal digits to each mask, by which two people can tell that they look at the same value.
	// They come from a key that no process shares and none keeps.
	Digest bool
}

// A Masker masks. [New] makes one, [Default] is one. The zero Masker has the built-in rules. A Masker must not be copied,
// and all its methods may be called concurrently.
type Masker struct {
	names    [][]byte // normalised, in addition to the built-in ones
	exact    []string
	plain    []string
	patterns []*regexp.Regexp
	key      []byte // for digests; nil for none
	literals []string
	replacer *strings.Replacer // of literals; nil if there are none
}

// Default has the built-in rules.
var Default = new(Masker)

// New returns a Masker with the built-in rules and those of o. The error joins all that is wrong with o, each fault
// prefixed with its field.
func New(o Options) (*Masker, error) {
	m := new(Masker)
	var errs []error
	fault := func(field string, i int, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s[%d]: %w", field, i, fmt.Errorf(format, args...)))
	}
	for i, name := range o.Names {
		n := normalName(name)
		if len(n) < 3 {
			fault("Names", i, "%q has fewer than three letters or digits and would match nearly everything", name)
			continue
		}
		m.names = append(m.names, []byte(n))
	}
	for i, name := range o.Exact {
		n := normalName(name)
		if n == "" {
			fault("Exact", i, "%q has no letters or digits", name)
			continue
		}
		m.exact = append(m.exact, n)
	}
	for i, name := range o.Plain {
		n := normalName(name)
		switch {
		case n == "":
			fault("Plain", i, "%q has no letters or digits", name)
		case builtin(n):
			fault("Plain", i, "%q is one of the built-in rules, which cannot be taken away", name)
		default:
			m.plain = append(m.plain, n)
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
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return m, nil
}

var digestKey = sync.OnceValue(func() []byte {
	key := make([]byte, 32)
	rand.Read(key) // never fails since Go 1.24
	return key
})

// Hide returns what stands for the secret value: "" for "", which hides nothing, and a text of constant length otherwise.
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

// Value returns value as it may be shown under name: hidden altogether if name is secret, otherwise as [Masker.Text] does.
func (m *Masker) Value(name, value string) string {
	if m.Name(name) {
		return m.Hide(value)
	}
	return m.Text(value)
}

// Bounds of Knowing. A literal shorter than minLiteral would blank out ordinary words.
const (
	minLiteral  = 6
	maxLiterals = 64
)

// Knowing returns a Masker that in addition hides these very values wherever they occur. It is how a password that came
// in a form is also found in the text of an error that quotes it. Values shorter than six bytes and values after the 64th
// are ignored.
func (m *Masker) Knowing(values []string) *Masker {
	lits := slices.Clone(m.literals)
	for _, v := range values {
		if v = strings.TrimSpace(v); len(v) >= minLiteral && len(lits) < maxLiterals && !slices.Contains(lits, v) && !Masked(v) && !prose[v] {
			lits = append(lits, v)
		}
	}
	if len(lits) == len(m.literals) {
		return m
	}
	// The replacer takes the first that fits, so a secret that contains another comes before it.
	slices.SortFunc(lits, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, v := range lits {
		pairs = append(pairs, v, m.Hide(v))
	}
	return &Masker{names: m.names, exact: m.exact, plain: m.plain, patterns: m.patterns, key: m.key, literals: lits, replacer: strings.NewReplacer(pairs...)}
}

// Literals hides the values of [Masker.Knowing] in s and nothing else.
func (m *Masker) Literals(s string) string {
	if m.replacer == nil {
		return s
	}
	return m.replacer.Replace(s)
}
