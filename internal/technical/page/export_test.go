package page

import "github.com/exceptional-go/exceptional/internal/technical/report"

// RenderWith renders r as HTML with parts of the template redefined by override, which is how a test makes one fail.
func RenderWith(override string, r *report.Report) (body []byte, csp string, err error) {
	return renderHTML(r, func() (*htmlTemplate, error) { return parseTemplate(override) })
}
