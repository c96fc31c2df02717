package renderer

// A Format is the form of an answer.
type Format uint8

// The formats. FormatNone is an answer without a body; where a format can be forced, it forces none.
const (
	FormatNone        Format = iota
	FormatHTML               // text/html
	FormatProblemJSON        // application/problem+json, RFC 9457
	FormatProblemXML         // application/problem+xml, RFC 9457 appendix B
	FormatText               // text/plain
	FormatMarkdown           // text/markdown with front matter
)

// String returns the name of the format for logs: "html", "problem+json", …
func (f Format) String() string {
	switch f {
	case FormatHTML:
		return "html"
	case FormatProblemJSON:
		return "problem+json"
	case FormatProblemXML:
		return "problem+xml"
	case FormatText:
		return "text"
	case FormatMarkdown:
		return "markdown"
	}
	return "none"
}
