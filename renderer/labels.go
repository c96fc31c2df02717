package renderer

import (
	"strconv"
	"strings"
	"time"
)

// Labels are the words around the texts of a page, in its language: headings, links, units.
//
// A template finds them in Page.Labels. They are plain data.
type Labels struct {
	Status    string // before the code
	Reference string // before Page.Reference
	RequestID string // before Page.RequestID
	Quote     string // a sentence: that the support will ask for the reference
	Happened  string // above Message and Explanation
	Advice    string // above Page.Advice
	Details   string // above Page.Detail
	Errors    string // above Page.Errors
	Wait      string // before Page.Wait
	Home      string // the link to Brand.Home
	Support   string // the link to Brand.Support
	Continue  string // the link to Page.Location
	Versions  string // above Page.Links of a 300 and a 406

	Seconds, Minutes, Hours, Days string // an amount of time, with {n} for the number
}

// WaitFor returns d in the words of the language, rounded up: "2 min". It is "" if d is not positive.
func (l Labels) WaitFor(d time.Duration) string {
	const day = 24 * time.Hour
	unit, words := time.Second, l.Seconds
	// A unit is used until its numbers become hard to read: 90 seconds, but not 130.
	switch {
	case d <= 0:
		return ""
	case d >= 2*day:
		unit, words = day, l.Days
	case d >= 2*time.Hour:
		unit, words = time.Hour, l.Hours
	case d >= 2*time.Minute:
		unit, words = time.Minute, l.Minutes
	}
	n := d / unit
	if d%unit > 0 {
		n++
	}
	return strings.Replace(words, "{n}", strconv.FormatInt(int64(n), 10), 1)
}
