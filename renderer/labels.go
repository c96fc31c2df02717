package renderer

import (
	"strconv"
	"strings"
	"time"
)

// Labels are the words that stand around the texts of a page, in its language: headings, links, units.
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

	seconds, minutes, hours, days string // with {n}
}

// problemLabels are the words of the pages that explain problems. They are apart from Labels, which every page of an error
// takes with it.
type problemLabels struct {
	problems string // the headline of the index
	programs string // above what follows
	code     string // before the code of a kind
	typ      string // before its type
	repeat   string // a sentence: that a program may repeat the request
	noRepeat string // that it should not
	example  string // above the document
}

func (l *problemLabels) fields() map[string]*string {
	return map[string]*string{
		"problems": &l.problems, "programs": &l.programs, "code": &l.code, "type": &l.typ, "repeat": &l.repeat,
		"no-repeat": &l.noRepeat, "example": &l.example,
	}
}

// WaitFor returns d in the words of the language, rounded up: "2 min". It is "" if d is not positive.
func (l Labels) WaitFor(d time.Duration) string {
	const day = 24 * time.Hour
	unit, words := time.Second, l.seconds
	// Where a unit ends is where nobody counts in it any more: 90 seconds, but not 130.
	switch {
	case d <= 0:
		return ""
	case d >= 2*day:
		unit, words = day, l.days
	case d >= 2*time.Hour:
		unit, words = time.Hour, l.hours
	case d >= 2*time.Minute:
		unit, words = time.Minute, l.minutes
	}
	n := d / unit
	if d%unit > 0 {
		n++
	}
	return strings.Replace(words, "{n}", strconv.FormatInt(int64(n), 10), 1)
}

// fields are the keys of labels in a catalogue.
func (l *Labels) fields() map[string]*string {
	return map[string]*string{
		"status": &l.Status, "reference": &l.Reference, "request-id": &l.RequestID, "quote": &l.Quote, "happened": &l.Happened,
		"advice": &l.Advice, "details": &l.Details, "errors": &l.Errors, "wait": &l.Wait, "home": &l.Home, "support": &l.Support,
		"continue": &l.Continue, "versions": &l.Versions, "seconds": &l.seconds, "minutes": &l.minutes, "hours": &l.hours, "days": &l.days,
	}
}
