package renderer

import (
	"net/http"
	"strconv"
)

// prerender makes the answers that are left when a page fails while a user is waiting: for every status that has a name,
// in every format, in the default language, from the same pages. What cannot be made is missing then, and the line of
// text takes its place.
func (r *Renderer) prerender() {
	s := r.state.Load()
	lang := s.languages.tags[0]
	for format := FormatHTML; format < formatCount; format++ {
		r.last[format] = make(map[int]Answer)
		for status := 300; status < 600; status++ {
			if !hasPhrase(status) {
				continue
			}
			c := Choice{Format: format, Language: lang}
			in := Input{Status: status}
			f := readFacts(&in, r.now)
			f.standard = true // what is left when the application fails must not need it
			b := &buffer{limit: defaultMaxBytes}
			if guard(func() error { _, err := r.build(s, b, c, &f); return err }) != nil {
				continue
			}
			a := Answer{ContentType: contentTypes[format], ContentLanguage: lang, CSP: cspDocument, Step: StepStatic}
			if format == FormatHTML {
				a.CSP = r.csp
			}
			a.Body, a.Length = b.bytes, strconv.Itoa(len(b.bytes))
			r.last[format][status] = a
		}
	}
}

// lastResort is the answer when all else has failed. It allocates little and calls nothing that could fail again.
func (r *Renderer) lastResort(c Choice, status int, failed error) Answer {
	if c.Format < formatCount {
		if a, ok := r.last[c.Format][status]; ok && !c.Fragment {
			a.Err = failed
			return a
		}
	}
	if status < 300 || status > 599 {
		status = http.StatusInternalServerError
	}
	text := http.StatusText(status)
	if text == "" {
		text = "Error " + strconv.Itoa(status)
	}
	text += "\n"
	return Answer{Body: []byte(text), ContentType: typeText, ContentLanguage: "en", CSP: cspDocument, Length: strconv.Itoa(len(text)),
		Step: StepBare, Err: failed}
}

// hasPhrase reports whether net/http knows the status, which is as good as IANA here.
func hasPhrase(status int) bool { return http.StatusText(status) != "" }
