package ids

import (
	"crypto/rand"
	"encoding/base32"
)

// crockford is the alphabet of Douglas Crockford's base 32: no I, L, O and U, so that a person can read a reference out over
// the telephone.
var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// NewReference returns the id of a failure: 128 random bits, and the first 60 of them in a form that a person can read,
// "7K3F-9Q2M-4TXV". Among a million failures two have the same reference with a probability of 1 in 2 million, and a reference
// that is in use cannot be guessed. The long form is for systems that want ids of their own size, such as Sentry: the first 15
// hexadecimal digits of its event id are the reference. It may be called concurrently.
func NewReference() (ref string, id [16]byte) {
	for id == [16]byte{} { // the zero id means that there is none
		rand.Read(id[:]) // never fails; it ends the program if there is no randomness
	}
	s := crockford.EncodeToString(id[:8]) // 64 bits in 13 digits, of which 12 are 60 bits
	return s[:4] + "-" + s[4:8] + "-" + s[8:12], id
}
