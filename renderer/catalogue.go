package renderer

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A catalogue has the texts for every status in every language. It is immutable, but for what Options.Messages does.
//
// What a file of the application leaves out comes from the built-in texts of the language; what they lack too, from
// the language without its last subtag (de for de-AT), from the default language, from English. A language that is not
// built in and not complete is therefore mixed with another one; that is the application's choice.
type catalogue struct {
	languages map[string]*language // by canonical tag
	list      []string             // their tags, sorted
	statuses  []int                // those that there is something to say about, beside their class
	standard  *language            // the default
	messages  func(lang string, status int, code string) (title, text string, ok bool)
	slots     chan struct{} // taken by the calls of messages that are under way
	timeout   time.Duration
}

// A language is the texts of one language, complete.
type language struct {
	tag, name, direction string

	labels   Labels
	problems problemLabels
	status   [600 - 300]*entry
	codes    map[string]entry // what is empty in them is the status's
}

// An entry is what a catalogue says about an error.
type entry struct {
	Title   string // "Not Found"
	Heading string // "Page not found"
	Text    string // what happened
	Advice  string // what the reader can do now
}

const (
	defaultMessagesTimeout = 2 * time.Second
	maxMessagesCalls       = 64 // at once; a function that hangs must not hold more goroutines than this
)

var errMessagesBusy = faultf("Messages", "too many calls at once; the standard texts were used")

// newCatalogue makes the catalogue for o, and says what is wrong with the texts that o brings. It is usable then too.
func newCatalogue(o Options) (*catalogue, []error) {
	builtin, faults := builtinFiles()
	faults = slices.Clone(faults)
	c := &catalogue{messages: o.Messages, timeout: o.Timeout, languages: make(map[string]*language)}
	if c.timeout <= 0 {
		c.timeout = defaultMessagesTimeout
	}
	if c.messages != nil {
		c.slots = make(chan struct{}, maxMessagesCalls)
	}
	var own []*catalogueFile
	if o.Catalogue != nil {
		type result struct {
			files  []*catalogueFile
			faults []error
		}
		// The files may be anywhere; an fs.FS that hangs must not hang the program at its start without a word.
		r, err := within(max(c.timeout, 10*time.Second), func() (r result) {
			r.files, r.faults = readCatalogue(o.Catalogue, ".", true)
			return r
		})
		own = r.files
		if err != nil {
			r.faults = append(r.faults, err)
		}
		for _, err := range r.faults {
			faults = append(faults, faultf("Catalogue", "%w", err))
		}
	}
	b := newCatalogueBuilder(builtin, own)
	standard, err := b.known(o.Language, "en")
	if err != nil {
		faults = append(faults, faultf("Language", "%w", err))
	}
	b.standard = standard
	tags := slices.Collect(maps.Keys(b.sources))
	if o.Languages != nil {
		tags = []string{standard}
		for i, l := range o.Languages {
			tag, err := b.known(l, "")
			if err != nil {
				faults = append(faults, faultf("Languages["+strconv.Itoa(i)+"]", "%w", err))
			} else if !slices.Contains(tags, tag) {
				tags = append(tags, tag)
			}
		}
	}
	slices.Sort(tags)
	if len(tags) > maxCatalogueTags {
		faults = append(faults, faultf("Languages", "%d languages; at most %d can be offered", len(tags), maxCatalogueTags))
		tags = slices.DeleteFunc(tags[:maxCatalogueTags], func(t string) bool { return t == standard })
		tags = append(tags[:min(len(tags), maxCatalogueTags-1)], standard)
		slices.Sort(tags)
	}
	for _, tag := range tags {
		c.languages[tag] = b.build(tag)
	}
	for status := 300; status < 600; status++ {
		key := strconv.Itoa(status)
		if groups[status] != "" || slices.ContainsFunc(own, func(f *catalogueFile) bool { return f.page(key) != (entry{}) }) {
			c.statuses = append(c.statuses, status)
		}
	}
	c.list, c.standard = tags, c.languages[standard]
	return c, faults
}

// tags returns the languages that there are, canonical and sorted; at most 64.
func (c *catalogue) tags() []string { return c.list }

// fallback returns the default language, one of tags.
func (c *catalogue) fallback() string { return c.standard.tag }

func (c *catalogue) language(lang string) *language {
	if l := c.languages[lang]; l != nil {
		return l
	}
	return c.standard
}

func (c *catalogue) direction(lang string) string { return c.language(lang).direction }

func (c *catalogue) labels(lang string) Labels { return c.language(lang).labels }

// name returns what the language calls itself; its tag, where there are no texts in it but only templates.
func (c *catalogue) name(lang string) string {
	if l := c.languages[lang]; l != nil {
		return l.name
	}
	return lang
}

// lookup returns the texts for an error, as the files have them. None of them is empty, and nothing is allocated.
func (c *catalogue) lookup(lang string, status int, code string) entry {
	l := c.language(lang)
	if status < 300 || status > 599 {
		status = 500
	}
	e := *l.status[status-300]
	if code == "" {
		return e
	}
	if own, ok := l.codes[code]; ok {
		e = own.fill(e)
	}
	return e
}

// find is lookup, with what Options.Messages says before it. If that fails, the error says how, and the texts are the
// standard ones.
func (c *catalogue) find(lang string, status int, code string) (entry, error) {
	e := c.lookup(lang, status, code)
	if c.messages == nil {
		return e, nil
	}
	select {
	case c.slots <- struct{}{}:
	default:
		return e, errMessagesBusy
	}
	type message struct {
		title, text string
		ok          bool
	}
	m, err := within(c.timeout, func() (m message) {
		defer func() { <-c.slots }()
		m.title, m.text, m.ok = c.messages(lang, status, code)
		return m
	})
	if err != nil {
		return e, faultf("Messages", "in %q, for %d %q: %w", lang, status, code, err)
	}
	if !m.ok {
		return e, nil
	}
	if title := strings.TrimSpace(clean(m.title, maxTitle, false)); title != "" {
		e.Title, e.Heading = title, title
	}
	if text := strings.TrimSpace(clean(m.text, maxText, false)); text != "" {
		e.Text = text
	}
	return e, nil
}

// fill returns e, with what is empty in it from below.
func (e entry) fill(below entry) entry {
	return entry{
		Title:   cmp.Or(e.Title, below.Title),
		Heading: cmp.Or(e.Heading, below.Heading),
		Text:    cmp.Or(e.Text, below.Text),
		Advice:  cmp.Or(e.Advice, below.Advice),
	}
}
