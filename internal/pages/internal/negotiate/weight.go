package negotiate

import (
	"strconv"
	"strings"
)

// A weight is a qvalue in thousandths plus one: the zero value, "not listed", is not "q=0".
type weight int

const (
	notListed  weight = 0
	excluded   weight = 1    // q=0
	fullWeight weight = 1001 // q=1, the default
)

// equalFold compares s with an ASCII string, without regard to the case of ASCII letters: the other letters that fold to them,
// such as U+212A, are longer.
func equalFold(s, ascii string) bool { return len(s) == len(ascii) && strings.EqualFold(s, ascii) }

// parseWeight reads a qvalue (RFC 9110, section 12.4.2). A text that is no number from 0 to 1 counts as 0: if we do not understand
// a client, it may have excluded the type. Digits behind the third are ignored, except that 0.0001 is not zero.
func parseWeight(s string) weight {
	whole, fraction, _ := strings.Cut(s, ".")
	if whole+fraction == "" || whole != "" && whole != "0" && whole != "1" || strings.Trim(fraction, "0123456789") != "" {
		return excluded
	}
	zero := strings.Trim(fraction, "0") == ""
	if whole == "1" {
		if zero {
			return fullWeight
		}
		return excluded
	}
	thousandths, _ := strconv.Atoi((fraction + "000")[:3])
	if thousandths == 0 && !zero {
		thousandths = 1
	}
	return weight(thousandths + 1)
}
