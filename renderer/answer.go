package renderer

import (
	"strconv"
	"strings"
	"sync/atomic"

	"hash/maphash"
)

// A Step is a rung of the ladder that an answer comes from.
type Step uint8

// The steps, from the best to the last.
const (
	StepCustom  Step = iota // a page of the application: Options.External or Options.Templates
	StepBuiltin             // the built-in page or document
	StepStatic              // bytes that were made at the start
	StepBare                // a line of text, or nothing
)

// String returns the name of the step for logs.
func (s Step) String() string {
	switch s {
	case StepCustom:
		return "custom"
	case StepBuiltin:
		return "builtin"
	case StepStatic:
		return "static"
	}
	return "bare"
}

// An Answer is what is to be sent. Renderer.Render makes one; the zero value is an answer without a body. Of several
// copies, no more than one may be released, and none is of use afterwards. It is for one goroutine at a time.
type Answer struct {
	Body            []byte // read-only, and no longer valid after Release
	ContentType     string // "" if there is no body
	ContentLanguage string
	CSP             string // the Content-Security-Policy that the body works under; "" for the application's own pages
	Length          string // the Content-Length of Body
	Step            Step
	Template        string // the page of the application that was rendered, or ""
	Err             error  // what went wrong with the pages before this one, joined; nil if nothing did

	buffer *buffer
}

// perRequest are the fields that every request has, whatever its error.
const perRequest = hasMethod | hasPath | hasAnything

// Kept returns the answer in the form of c to an error that has this status and this message, "" for none, and nothing else to
// say, if such an answer has been kept. Nil means that Render has to make it. It is for callers that would have to collect an
// Input first. The answer is not the caller's to change. It may be called by many goroutines.
func (r *Renderer) Kept(c *Choice, status int, message string, retryable bool) *Answer {
	if r.reload != nil || r.external != nil || c.Format == FormatNone || c.Format >= formatCount || c.Frame != "" {
		return nil
	}
	s := r.state.Load()
	key := answerKey{status: status, format: c.Format, fragment: c.Fragment, retryable: retryable, language: c.Language, message: message}
	if t, ok := s.texts[c.Language]; ok {
		key.language = t
	}
	uses := documentUses
	if page := s.templates.books[c.Format].find("", status, c.Language); page != nil && !page.disabled.Load() && !(c.Fragment && page.fragment == nil) {
		uses, key.page = page.uses, page.id
		if page.language != "" {
			key.language = page.language
		}
	} else if c.Format == FormatHTML {
		uses = r.builtin.uses
	}
	if uses&perRequest != 0 {
		return nil
	}
	a, _ := s.answers.find(s.answers.hash(&key), &key)
	return a
}

// Release gives the memory of the body back. It may be called any number of times, and need not be called.
func (a *Answer) Release() {
	if a.buffer != nil {
		b := a.buffer
		a.buffer, a.Body = nil, nil
		b.release()
	}
}

// An answerKey is what an answer depends on that no detail of the occurrence is in. The texts are as the error has them,
// not looked up: what stands for an empty one follows from the status and the language.
type answerKey struct {
	page      uint64   // of the application, or 0
	mold      fieldSet // what there are words for in a mold, or 0
	status    int
	format    Format
	fragment  bool
	retryable bool
	language  string
	title     string
	message   string
	slug      string
	typ       string
}

func keyOf(page uint64, c Choice, f *facts) answerKey {
	return answerKey{page, 0, f.status, c.Format, c.Fragment, f.retryable, c.Language, f.title, f.message, f.slug, f.typ}
}

// size is how many bytes the texts are.
func (k *answerKey) size() int { return len(k.title) + len(k.message) + len(k.slug) + len(k.typ) }

// Answers that depend on nothing but the status, the language and a message are kept: at most this many, in at most so
// many bytes.
const (
	answerSlots    = 1024
	maxAnswerBytes = 64 << 10
	maxAnswersSize = 16 << 20
	maxKeyBytes    = 1 << 10
)

// answers keeps them.
type answers struct {
	seen *seen[answerKey, *Answer]
	size atomic.Int64
}

func newAnswers() *answers { return &answers{seen: newSeen[answerKey, *Answer](answerSlots)} }

// hash does not read the whole key: two keys that share a slot cost a page rendered, no more.
func (a *answers) hash(k *answerKey) uint64 {
	h := maphash.String(a.seen.seed, k.message)
	h = h*31 + uint64(k.status)<<8 + uint64(k.format)<<1 + k.page<<20 + uint64(k.mold)<<40
	if k.fragment {
		h++
	}
	if k.slug != "" {
		h ^= maphash.String(a.seen.seed, k.slug)
	}
	return h*0x9e3779b97f4a7c15>>16 ^ maphash.String(a.seen.seed, k.language)
}

func (a *answers) find(hash uint64, k *answerKey) (*Answer, bool) { return a.seen.find(hash, *k) }

// keep stores a copy of answer, if it has been asked for before and is of a size to be kept.
func (a *answers) keep(hash uint64, k answerKey, answer Answer) {
	if a.seen.again(hash) {
		a.put(hash, k, answer)
	}
}

func (a *answers) put(hash uint64, k answerKey, answer Answer) {
	text := k.size()
	if len(answer.Body) > maxAnswerBytes || text > maxKeyBytes {
		return
	}
	// The texts may be parts of a request's memory.
	k.title, k.message, k.slug, k.typ = strings.Clone(k.title), strings.Clone(k.message), strings.Clone(k.slug), strings.Clone(k.typ)
	answer.Body, answer.buffer = append([]byte(nil), answer.Body...), nil
	size := func(e *seenEntry[answerKey, *Answer]) int64 {
		if e == nil {
			return 0
		}
		return int64(len(e.value.Body) + e.key.size())
	}
	total := a.size.Add(int64(len(answer.Body)+text) - size(a.seen.add(hash, k, &answer)))
	// What is in the next slots makes room: an answer that is still asked for comes back.
	for i := uint64(1); total > maxAnswersSize && i < answerSlots; i++ {
		total = a.size.Add(-size(a.seen.drop(hash + i)))
	}
}

// seal completes an answer whose body is in b.
func seal(a Answer, b *buffer) Answer {
	a.Body, a.buffer = b.bytes, b
	a.Length = strconv.Itoa(len(b.bytes))
	return a
}
