package technical

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/exceptional-go/exceptional/internal/guard"
	"github.com/exceptional-go/exceptional/internal/ids"
	"github.com/exceptional-go/exceptional/internal/mask"
	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/technical/source"
	"github.com/exceptional-go/exceptional/internal/technical/trail"
)

// A capture is the making of one Report.
type capture struct {
	view     *View
	ctx      context.Context
	in       *Input
	trail    *trail.Trail // nil if the request did not pass the middleware
	mask     *mask.Masker
	deadline time.Time // for methods of the application's values
	report   *report.Report
	nodes    []node
	files    map[string]*source.File // the source files looked for so far, so that each is read once; nil for one not found
}

// Report describes a failure. It returns within about 150 ms plus 50 ms for panels, however the values that it examines behave,
// and never panics. ctx gives values; its cancellation does not end the work, because the request's context is often cancelled
// by now.
//
// The maps of in.Request are read on the calling goroutine. A goroutine that the handler left behind, or a handler that a
// timeout left running, must not write to them any more: Go may end the process for that, which cannot be recovered, as it
// may for any middleware or reporter that reads a header after the handler. To prevent it, the headers of every request would
// have to be copied before its handler runs. Such a goroutine works on its own r.Clone(ctx).
func (v *View) Report(ctx context.Context, in *Input) *report.Report {
	now := time.Now()
	c := &capture{
		view: v, ctx: ctx, in: in, mask: v.mask, files: map[string]*source.File{},
		deadline: now.Add(v.budget),
		report: &report.Report{
			Version: report.Version, Time: now.UTC().Round(0),
			Summary: report.Summary{Status: in.Status, Phrase: http.StatusText(in.Status), Kind: "error", Stack: -1, Frame: -1},
		},
	}
	c.trail = trail.Of(ctx)
	if c.trail == nil && in.Request != nil {
		c.trail = trail.Of(in.Request.Context())
	}
	// The order matters: the secrets of the request are known before anything that may quote them is written down, and the parts
	// that matter most use the time first.
	c.step("the request", c.captureRequest)
	c.step("the error", c.captureErrors)
	c.step("the stacks", c.captureStacks)
	c.step("template errors", c.captureTemplates)
	c.step("the summary", c.summarize)
	c.step("hints", c.captureHints)
	c.step("the trail", c.captureTrail)
	c.step("watched values", c.captureWatches)
	c.step("the context", c.captureContext)
	c.step("the identifiers", c.captureIDs)
	c.step("the decision", c.captureDecision)
	c.step("the routes", c.captureRoutes)
	c.step("the build", c.captureBuild)
	c.step("the process", c.captureRuntime)
	c.step("the environment", c.captureEnv)
	c.step("panels", c.capturePanels)
	return c.report
}

// step runs one part. A part that panics is incomplete in the Report; the others are made all the same.
func (c *capture) step(what string, f func()) {
	if fault := faultOf(guard.Call(f)); fault != "" {
		c.problem("%s could not be captured: %s", what, fault)
	}
}

const maxProblems = 40

func (c *capture) problem(format string, args ...any) {
	if len(c.report.Problems) < maxProblems {
		c.report.Problems = append(c.report.Problems, c.text(fmt.Sprintf(format, args...), 500))
	}
}

// summarize makes the Summary, which a reader sees first.
func (c *capture) summarize() {
	s, r := &c.report.Summary, c.report
	if req := r.Request; req != nil {
		s.Line = strings.TrimSpace(req.Method + " " + req.Target + " " + req.Proto)
	}
	if len(r.Errors) > 0 {
		s.Text = c.text(c.nodes[0].text, maxValue)
		for i, e := range r.Errors {
			if e.Parent != i-1 {
				break
			}
			s.Chain, s.Type = append(s.Chain, i), e.Type
		}
		if slices.ContainsFunc(c.nodes, node.panicked) {
			s.Kind = "panic"
		}
	}
	if len(r.Stacks) > 0 && len(r.Stacks[0].Frames) > 0 && r.Stacks[0].Kind != "handler" {
		s.Stack = 0
		s.Frame = culpritIndex(r.Stacks[0].Frames)
		f := r.Stacks[0].Frames[s.Frame]
		s.Where = fmt.Sprintf("%s:%d", f.Path, f.Line)
		return
	}
	if len(r.Template) > 0 {
		t := r.Template[0]
		s.Where = fmt.Sprintf("template %s:%d", t.Name, t.Line)
		return
	}
	if c.in.Handler != "" {
		s.Where = c.text("somewhere below "+c.in.Handler, maxName)
	}
}

// culpritIndex returns the index of the frame that most likely shows the mistake: the first of the application's own, or else the
// first that is not of the standard library, or else the first.
func culpritIndex(frames []report.Frame) int {
	for _, class := range []string{report.ClassApp, report.ClassModule} {
		for i, f := range frames {
			if f.Class == class {
				return i
			}
		}
	}
	return 0
}

// captureDecision copies the reasons for the public answer, and the answer.
func (c *capture) captureDecision() {
	in, d := c.in, &c.report.Decision
	for _, s := range in.Decision[:min(len(in.Decision), 40)] {
		d.Steps = append(d.Steps, c.text(s, 1000))
	}
	d.Origin = c.text(in.Origin, 40)
	d.Message = c.text(in.Message, maxValue)
	d.Type = c.text(in.PublicType, maxName)
	d.Template = c.text(in.PublicTemplate, maxName)
	if trail.Textual(in.PublicType) {
		d.Body, d.Trimmed, _ = c.masked(string(in.PublicBody), maxPublicBody)
	}
}

// maxPublicBody bounds the preview of the public answer.
const maxPublicBody = 32 << 10

// captureRoutes copies the routes that could have been meant.
func (c *capture) captureRoutes() {
	for _, route := range c.in.Routes[:min(len(c.in.Routes), 60)] {
		c.report.Routes = append(c.report.Routes, report.Route{
			Method: c.text(route.Method, 40), Path: c.text(route.Path, maxName), Handler: c.text(route.Handler, maxName),
			Name: c.text(route.Name, maxName), Why: c.text(route.Why, maxName),
		})
	}
}

// captureIDs copies the names by which the user and the request are found in other tools.
func (c *capture) captureIDs() {
	in, r := c.in, c.report
	r.Reference, r.User = c.text(in.Reference, maxName), c.text(in.User, maxName)
	r.Trace.TraceID, r.Trace.SpanID = c.text(in.TraceID, 64), c.text(in.SpanID, 64)
	if r.Trace.TraceID == "" && in.Request != nil {
		r.Trace.TraceID, r.Trace.SpanID, _ = ids.TraceParent(in.Request.Header)
	}
	if u := c.view.o.TraceURL; u != "" && safeInURL(r.Trace.TraceID) {
		r.Trace.Link = strings.ReplaceAll(u, "{trace}", r.Trace.TraceID)
	}
}

// safeInURL reports whether an identifier may be put into an address as it is.
func safeInURL(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, "0123456789abcdefABCDEF-") == ""
}
