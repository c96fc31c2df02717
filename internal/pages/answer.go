package pages

import (
	"net/http"
	"strconv"

	"github.com/exceptional-go/exceptional/renderer"
)

// A Step is where an answer comes from: each is the fallback of the one before it.
type Step uint8

// The steps, from the best to the last.
const (
	StepCustom  Step = iota // a page of the application: Options.External or Options.Templates
	StepBuiltin             // the built-in page or document
	StepBare                // a line of text, or nothing
)

// String returns the name of the step for logs.
func (s Step) String() string {
	switch s {
	case StepCustom:
		return "custom"
	case StepBuiltin:
		return "builtin"
	}
	return "bare"
}

// An Answer is a body with its header fields. Renderer.Render makes it; the zero value is an answer without a body.
type Answer struct {
	Body            []byte
	ContentType     string // "" if there is no body
	ContentLanguage string
	CSP             string // the Content-Security-Policy that the body works under; "" for the application's own pages
	Step            Step
	Template        string // the page of the application that was rendered, or ""
	Err             error  // why better pages failed, joined; nil if none did
}

const (
	typeHTML     = "text/html; charset=utf-8"
	typeJSON     = "application/problem+json" // defines no charset parameter (RFC 9457, section 6.1)
	typeXML      = "application/problem+xml"
	typeText     = "text/plain; charset=utf-8"
	typeMarkdown = "text/markdown; charset=utf-8"

	// A problem document that a browser shows must not run or load anything.
	cspDocument = "default-src 'none'; frame-ancestors 'none'"
)

// formatCount is how many formats there are, FormatNone included.
const formatCount = renderer.FormatMarkdown + 1

var contentTypes = [formatCount]string{
	renderer.FormatHTML:        typeHTML,
	renderer.FormatProblemJSON: typeJSON,
	renderer.FormatProblemXML:  typeXML,
	renderer.FormatText:        typeText,
	renderer.FormatMarkdown:    typeMarkdown,
}

// lastResort is the answer when everything else has failed. It calls nothing that could fail again.
func lastResort(status int, failed error) Answer {
	if status < 300 || status > 599 {
		status = http.StatusInternalServerError
	}
	text := http.StatusText(status)
	if text == "" {
		text = "Error " + strconv.Itoa(status)
	}
	return Answer{
		Body: []byte(text + "\n"), ContentType: typeText, ContentLanguage: "en", CSP: cspDocument,
		Step: StepBare, Err: failed,
	}
}
