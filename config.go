package exceptional

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"reflect"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional/debugview"
	"github.com/exceptional-go/exceptional/internal/engine"
	"github.com/exceptional-go/exceptional/internal/mask"
	"github.com/exceptional-go/exceptional/internal/pages"
	"github.com/exceptional-go/exceptional/internal/reporting"
	"github.com/exceptional-go/exceptional/internal/technical"
	"github.com/exceptional-go/exceptional/renderer"
	"github.com/exceptional-go/exceptional/report"
)

// DefaultGroup is the group of technical viewers if Config names none.
const DefaultGroup = "Technical Errors"

// Config configures a [Responder]. The zero Config is valid: styled pages, problem documents and text, one log line for each
// failure, and no technical viewers. Changes to a Config after New or Handler have no effect.
//
// Functions get the echo.Context of the failing request. They run on its goroutine and must not block; a panic in one is
// contained and logged. They must not keep the context.
type Config struct {
	// Debug is for development: everybody sees the technical page, for every error but a redirect. Never set it in
	// production; echo.Echo's Debug does not set it.
	Debug bool

	// User says who asks. An empty ID means that the client is not signed in. It is often called where no
	// authentication middleware has run: for paths that match no route, and for errors of Pre middleware; then it must return
	// an empty ID, not fail. While an administrator acts as another user, return the administrator. The context of the
	// request that c has is alive and ends after 250 ms, also when the request's own has ended. If nil, there are no technical viewers.
	User func(c echo.Context) (User, error)
	// Viewers knows who is in a group; normally a *groupcache.Cache. If nil, there are no technical viewers.
	Viewers Viewers
	// Group is the group whose members see the technical page if they are superusers as well. If empty, it is
	// DefaultGroup. Setting it without Viewers is a mistake.
	Group string
	// TechnicalClientErrors shows technical viewers the technical page also for the application's own 4xx, which normally explain
	// themselves.
	TechnicalClientErrors bool
	// Technical configures the technical page. The zero value is useful. What its Mask adds to the secrets is masked in
	// the log as well, unless Reporting.Mask is set.
	Technical debugview.Options

	// Templates holds the application's own pages: http_responses/404.html, 4xx.html, default.html, each also as .txt
	// and in a language of its own (404.de.html). See package renderer. If nil, the built-in pages are used.
	Templates fs.FS
	// Renderer makes HTML pages instead of Templates. It is asked with the names of the templates in turn, most specific
	// first, and with a *renderer.Page, until it has one. See renderer.ErrNoTemplate for how it reports a missing template, and
	// how it declines a request. An application's own echo.Renderer fits. It must write to the io.Writer, not to the context.
	Renderer echo.Renderer
	// Pages configures everything else about the pages: brand, languages, limits. Its Templates must be nil.
	Pages renderer.Options
	// Format forces one format for every client, whatever it accepts. If it is renderer.FormatNone, the request decides.
	Format renderer.Format
	// EchoJSON gives API clients Echo's own {"message": …} instead of a problem document.
	EchoJSON bool

	// Translate maps the application's errors to others, normally to those of package httperrors. It is asked first. A
	// nil result means that it has no opinion. It must not write to c.
	Translate func(c echo.Context, err error) error
	// Skipper says which errors another handler answers: Next. If Skipper is nil, this handler answers all.
	Skipper func(err error, c echo.Context) bool
	// Next answers the errors that Skipper chose. If nil, it is Echo's default handler.
	Next echo.HTTPErrorHandler

	// AbortIncomplete cuts the connection when an error comes after a part of the body has been sent, so that the client
	// notices. Otherwise it reads a truncated body that looks complete.
	AbortIncomplete bool
	// EventStream sends an event named "error" with a problem document into a text/event-stream that has begun.
	EventStream bool
	// BareStatuses gives a page to a response that consists of an error status alone, as c.NoContent(404) makes it. A
	// body that the application wrote is never replaced. It needs Responder.Middleware.
	BareStatuses bool
	// KeepGroup404 leaves the 404 that Echo v4 answers when a group with middleware has a route for the path but not for
	// the method. Otherwise it becomes the 405 that it should be, with Allow, unless the application has written it: a
	// RouteNotFound handler of the application's own, or a middleware with a message. One that hides the group by a bare
	// echo.ErrNotFound cannot be told from the router; let it return an error of package httperrors.
	KeepGroup404 bool

	// Reporters are told of failures: Sentry, OpenTelemetry, your own. With reporters use New, and Close at the end.
	Reporters []report.Reporter
	// Reporting configures everything else about the log and the reporters: policy, sampling, limits. Its Logger and Reporters must
	// be nil.
	Reporting report.Options
	// Logger gets one record for each failure. If nil, it is slog.Default() at that moment.
	Logger *slog.Logger
}

// User is who asks, as far as the technical page is concerned.
type User struct {
	ID        string // as Viewers knows it; empty: not signed in
	Superuser bool
}

// Viewers knows who is in a group.
type Viewers interface {
	// IsMember reports whether user is in group. An error means no. It must be safe for concurrent use, and is given
	// 50 ms. Viewers may also have a method Explain(group, user string) string, which says in a few words and without
	// any I/O what is known of that user; it goes into the log.
	IsMember(ctx context.Context, group, user string) (bool, error)
}

// New returns a Responder for this configuration, or an error that names every field at fault.
func New(cfg Config) (*Responder, error) {
	var faults []error
	fault := func(field, format string, args ...any) {
		faults = append(faults, fmt.Errorf("exceptional: %s: %w", field, fmt.Errorf(format, args...)))
	}

	viewers := cfg.Viewers
	if viewers != nil && isNil(viewers) {
		fault("Viewers", "a nil %T", viewers)
	}
	if cfg.Group != "" && cfg.Viewers == nil {
		fault("Group", "%q is set, but Viewers is nil, so there are no members", cfg.Group)
	}
	if cfg.Group == "" {
		cfg.Group = DefaultGroup
	}
	if cfg.Renderer != nil && isNil(cfg.Renderer) {
		fault("Renderer", "a nil %T", cfg.Renderer)
	}
	if cfg.Renderer != nil && cfg.Templates != nil {
		fault("Renderer", "Templates is set as well; one of them makes the pages")
	}
	if cfg.Pages.Templates != nil {
		fault("Pages.Templates", "use Templates")
	}
	if cfg.Pages.External != nil {
		fault("Pages.External", "use Renderer")
	}
	if cfg.Format > renderer.FormatMarkdown {
		fault("Format", "%d is not a format", cfg.Format)
	}
	if cfg.Next != nil && cfg.Skipper == nil {
		fault("Next", "is set, but Skipper is nil, so it is never called")
	}
	if cfg.Reporting.Logger != nil {
		fault("Reporting.Logger", "use Logger")
	}
	if cfg.Reporting.Reporters != nil {
		fault("Reporting.Reporters", "use Reporters")
	}

	r := &Responder{cfg: cfg}
	options := cfg.Pages
	options.Templates = cfg.Templates
	var err error
	if r.renderer, err = pages.New(options); err != nil {
		faults = append(faults, named("", err))
	}
	reports := cfg.Reporting
	reports.Logger, reports.Reporters = cfg.Logger, cfg.Reporters
	masker, err := mask.New(mask.Options(cfg.Technical.Mask))
	if err != nil {
		masker = mask.Default // technical.New reports the mistake below
	}
	if reports.Mask == nil {
		reports.Mask = masker.Text
	}
	if r.pipeline, err = reporting.New(reports); err != nil {
		faults = append(faults, named("", err))
	}
	if cfg.User != nil && viewers != nil {
		r.gate = engine.NewGate(viewers, cfg.Group)
	}
	view, err := technical.New(cfg.Technical)
	if err != nil {
		faults = append(faults, named("Technical.", err))
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}

	r.engine = engine.New(engine.Config{
		Debug: cfg.Debug, TechnicalClientErrors: cfg.TechnicalClientErrors, Force: cfg.Format, FrameworkJSON: cfg.EchoJSON,
		AbortIncomplete: cfg.AbortIncomplete, EventStream: cfg.EventStream, AskUserForReports: cfg.User != nil, CustomPolicy: cfg.Reporting.Policy != nil,
		Mask: masker, Gate: r.gate, Technical: view, Renderer: r.renderer, Pipeline: r.pipeline,
	})
	return r, nil
}

// Close stops the reporters and waits until they have passed on what they were told, or until ctx ends; the error then says
// what was lost. Failures after Close are logged, and not reported. It may be called more than once.
func (r *Responder) Close(ctx context.Context) error { return r.pipeline.Close(ctx) }

// named prefixes each of the errors joined in err with our name and the field that they come from.
func named(prefix string, err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, e := range joined.Unwrap() {
			all = append(all, named(prefix, e))
		}
		return errors.Join(all...)
	}
	return fmt.Errorf("exceptional: %s%w", prefix, err)
}

// isNil reports whether v is a nil pointer in an interface, which compares unequal to nil.
func isNil(v any) bool {
	rv := reflect.ValueOf(v)
	switch rv.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Func, reflect.Slice, reflect.Chan, reflect.Interface:
		return rv.IsNil()
	}
	return false
}
