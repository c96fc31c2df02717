package report

import "crypto/rand"

// The alphabet of Crockford's base 32: no I, L, O and U, so that a person can read a reference out over the telephone.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// A reference has 12 symbols in groups of four: 60 bits. That is short enough to be typed and long enough that among a
// million failures two have the same reference with a probability of 1 in 2 million; nobody guesses one that is in use.
const (
	symbols   = 12
	groupSize = 4
	refLen    = symbols + symbols/groupSize - 1
)

// NewReference makes up the id of a failure: 128 random bits, and the first 60 of them in a form that a person can read,
// "7K3F-9Q2M-4TXV". The long form is for systems that want ids of their own size, such as Sentry's event id, whose first
// 15 hexadecimal digits then are the reference. It may be called concurrently.
func NewReference() (ref string, id [16]byte) {
	for id == [16]byte{} { // the zero id means that there is none
		rand.Read(id[:]) // never fails; it ends the program if there is no randomness
	}
	var b [refLen]byte
	bits, n := uint64(0), 0
	for _, c := range id[:8] {
		bits = bits<<8 | uint64(c)
	}
	for i := range symbols {
		if i > 0 && i%groupSize == 0 {
			b[n] = '-'
			n++
		}
		b[n] = crockford[bits>>59]
		bits <<= 5
		n++
	}
	return string(b[:]), id
}

// ParseReference returns the reference that a person meant by s in the form of NewReference. It does not mind case,
// spaces, dashes of any kind and where they stand, and reads O as 0 and I and L as 1. It reports false if s cannot be a
// reference.
func ParseReference(s string) (ref string, ok bool) {
	if len(s) > 4*refLen { // nobody needs that many separators
		return "", false
	}
	var b [refLen]byte
	n := 0
	for _, r := range s {
		c, keep := symbol(r)
		if !keep {
			continue
		}
		if c == 0 || n == refLen {
			return "", false
		}
		b[n] = c
		if n++; n == groupSize || n == 2*groupSize+1 {
			b[n] = '-'
			n++
		}
	}
	if n != refLen {
		return "", false
	}
	return string(b[:]), true
}

// symbol returns what r stands for, 0 if it stands for nothing. A separator is not kept.
func symbol(r rune) (c byte, keep bool) {
	switch {
	case r >= '0' && r <= '9':
		return byte(r), true
	case r >= 'a' && r <= 'z':
		r -= 'a' - 'A'
	case r == ' ', r == '-', r == '_', r == '.', r == '\t', r == '\n', r == '\r',
		r == 0xA0, r == 0xAD, r >= 0x2010 && r <= 0x2015, r == 0x2212, r == 0x200B:
		// What word processors and chat programs make of a dash or a space.
		return 0, false
	}
	switch {
	case r == 'O':
		return '0', true
	case r == 'I', r == 'L':
		return '1', true
	case r >= 'A' && r <= 'Z' && r != 'U':
		return byte(r), true
	}
	return 0, true
}
