package i18n

import (
	"cmp"
	"slices"
	"strconv"
	"sync/atomic"

	"github.com/exceptional-go/exceptional/internal/pages/internal/negotiate"
	"github.com/exceptional-go/exceptional/renderer"
)

// A Language is the texts of one language, complete. It may be used by many goroutines.
type Language struct {
	Tag       string
	Name      string // what the language calls itself
	Direction string // "ltr" or "rtl"
	Labels    renderer.Labels
	Problems  ProblemLabels

	chain    []*file                          // where a text is looked for, in this order
	own      []*file                          // those of chain that are the application's and in this language, or a broader one
	statuses [600 - 300]atomic.Pointer[Entry] // found before: a search goes through all of chain
}

// ProblemLabels are the words of the pages that explain problems.
type ProblemLabels struct {
	Problems string // the headline of the index
	Programs string // above the facts for programs
	Code     string // before the code of a kind
	Type     string // before its type
	Repeat   string // a sentence: that a program may repeat the request
	NoRepeat string // that it should not
	Example  string // above the document
}

// An Entry is the texts for an error, or some of them.
type Entry struct {
	Title   string `json:"title"`   // a phrase: "Not Found"
	Heading string `json:"heading"` // the headline for people: "Page not found"
	Text    string `json:"text"`    // what happened
	Advice  string `json:"advice"`  // what the reader can do now
}

// or returns e, with its empty texts taken from other.
func (e Entry) or(other Entry) Entry {
	return Entry{
		Title:   cmp.Or(e.Title, other.Title),
		Heading: cmp.Or(e.Heading, other.Heading),
		Text:    cmp.Or(e.Text, other.Text),
		Advice:  cmp.Or(e.Advice, other.Advice),
	}
}

// newLanguage puts the files for tag together.
func (c *Catalogue) newLanguage(tag string) *Language {
	l := &Language{Tag: tag}
	visited := make(map[string]bool)
	for _, start := range [...]string{tag, c.defaultLanguage, "en"} {
		for t := start; t != ""; t = negotiate.Parent(t) {
			if visited[t] {
				continue
			}
			visited[t] = true
			s := c.sources[t]
			if s.own != nil {
				l.chain = append(l.chain, s.own)
				if start == tag {
					l.own = append(l.own, s.own)
				}
			}
			if s.builtin != nil {
				l.chain = append(l.chain, s.builtin())
			}
		}
	}
	labels := labelFields(&l.Labels, &l.Problems)
	for _, f := range l.chain {
		if f.Language == tag { // the others call themselves by the name of another language
			l.Name, l.Direction = cmp.Or(l.Name, f.Name), cmp.Or(l.Direction, f.Direction)
		}
		for key, p := range labels {
			*p = cmp.Or(*p, f.Labels[key])
		}
	}
	l.Name, l.Direction = cmp.Or(l.Name, tag), cmp.Or(l.Direction, negotiate.Direction(tag))
	return l
}

// Entry returns the texts for an error with a status and a code, which may be "". None of them is empty.
func (l *Language) Entry(status int, code string) Entry {
	if status < 300 || status > 599 {
		status = 500
	}
	known := &l.statuses[status-300]
	e := known.Load()
	if e == nil {
		found := l.find(status)
		e = &found
		known.Store(e)
	}
	if code == "" {
		return *e
	}
	return l.Code(code).or(*e)
}

// Code returns the application's texts for a code. Codes stay within the language: the standard text in the reader's
// language is better than one that the reader cannot read.
func (l *Language) Code(code string) (e Entry) {
	if isCode(code) {
		for _, f := range l.own {
			e = e.or(f.Pages[code])
		}
	}
	return e
}

// find looks for the texts of a status, and takes those that are missing from its class.
func (l *Language) find(status int) Entry {
	class := classes[status/100]
	ofClass := l.search(class.key, class.group)
	isMentioned := func(f *file) bool { return f.own && f.mentions(status) }
	group := groups[status]
	if group == "" && !slices.ContainsFunc(l.chain, isMentioned) {
		return ofClass // a status that has no name is explained as its class is
	}
	return l.search(strconv.Itoa(status), cmp.Or(group, class.group)).or(ofClass)
}

// Class returns the title of the statuses of a class, 3 to 5, that have no texts of their own.
func (l *Language) Class(class int) string {
	return l.search(classes[class].key, classes[class].group).Title
}

// search looks for the texts of a status or a class along the chain; in each file, those of the key outrank those of the group.
func (l *Language) search(key, group string) (e Entry) {
	for _, f := range l.chain {
		e = e.or(f.Pages[key]).or(f.Groups[group])
	}
	return e
}

// labelFields are the keys of labels in a catalogue.
func labelFields(l *renderer.Labels, p *ProblemLabels) map[string]*string {
	return map[string]*string{
		"status": &l.Status, "reference": &l.Reference, "request-id": &l.RequestID, "quote": &l.Quote, "happened": &l.Happened,
		"advice": &l.Advice, "details": &l.Details, "errors": &l.Errors, "wait": &l.Wait, "home": &l.Home, "support": &l.Support,
		"continue": &l.Continue, "versions": &l.Versions,
		"seconds": &l.Seconds, "minutes": &l.Minutes, "hours": &l.Hours, "days": &l.Days,
		"problems": &p.Problems, "programs": &p.Programs, "code": &p.Code, "type": &p.Type, "repeat": &p.Repeat,
		"no-repeat": &p.NoRepeat, "example": &p.Example,
	}
}
