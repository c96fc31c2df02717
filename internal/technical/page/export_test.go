package page

import "github.com/exceptional-go/exceptional/internal/technical/report"

// RenderWith renders r as HTML with parts of the template redefined by override, which is how a test makes one fail.
func RenderWith(override string, r *report.Report) (body []byte, csp string, err error) {
	body, _, csp, err = render(FormHTML, r, func() (*htmlPage, error) { return parsePage(override) })
	return body, csp, err
}

// RenderHTML renders r as HTML with a template that make makes, be it none.
func RenderHTML(broken error, r *report.Report) (body []byte, csp string, err error) {
	body, _, csp, err = render(FormHTML, r, func() (*htmlPage, error) { return nil, broken })
	return body, csp, err
}

var (
	Visible      = visible
	OneLine      = oneLine
	CurlCommand  = func(r *report.Request) string { return curlCommand(replayOf(r)) }
	TestSkeleton = func(r *report.Request, ref string) string { return testSkeleton(replayOf(r), ref) }
	SafeLink     = safeLink
	CodeSpan     = codeSpan
	Duration     = durationText
)
