// Package debugview makes the technical page: what somebody who may see it is told about a failure.
//
// It works in two steps that do not know each other. [View.Report] looks at the failed request and writes down what it finds
// as a [Report]: plain data, masked, bounded, stable as JSON. [View.Render] turns a Report into HTML, text, Markdown or
// JSON; it needs nothing but the Report, so that a stored one gives the same page later.
//
// # What it promises
//
// A View authorizes nobody: whoever may call it decides who reads the result. Nothing that a request says switches anything
// on. Secrets are masked before the Report exists, for every reader. Nothing is asked of the network, and no file is read
// outside the sources that the application named. A value that panics, blocks, never ends or is huge costs its own place in
// the Report and some of a fixed time, never the Report.
//
// # What it needs
//
// A Report of an error that never passed [Attach] has no trail, no body and no start time; everything else is there. A
// plain errors.New has no stack: the Report then says which function handled the request, and does not invent one.
package debugview

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/exceptional-go/exceptional/internal/mask"
)

// Options configure a [View]. The zero Options are valid: built-in masking, the source of nothing, no panels.
type Options struct {
	// Mask adds to what counts as a secret.
	Mask Masking
	// Panels are the application's own sections.
	Panels []Panel
	// Sources are asked in turn for the text of a source file or template: [SourcePack], [SourceFS].
	Sources []Sources
	// Disk lets source be read from the directory that the binary was built in, from the module cache and from GOROOT. It
	// is for development.
	Disk bool
	// RepoURL is the web address of the application's repository, "https://github.com/owner/shop". It is inferred for
	// modules on well-known forges. A forge of another kind is described by placeholders:
	// "https://git.example/shop/+/{rev}/{path}#{line}".
	RepoURL string
	// RepoSubdir is the directory of the main module inside the repository, empty for its root.
	RepoSubdir string
	// Version and Revision replace what the build information says, for binaries built without VCS stamping. They are
	// usually set by -ldflags -X.
	Version, Revision string
	// Env names the environment variables that are shown, masked by name and shape. None are shown by default.
	Env []string
	// TraceURL is the address of a trace in the application's tracing tool, with the placeholder {trace}.
	TraceURL string
	// Context is the number of source lines shown before and after the line meant; 7 if zero, at most 30.
	Context int
}

// Masking adds to the built-in rules, which nothing takes away.
type Masking struct {
	// Names are secret wherever they occur inside a name, whatever its case and separators.
	Names []string
	// Exact are secret only as a whole name.
	Exact []string
	// Plain are whole names that are shown although a built-in rule happens to match them: "max_tokens". A name that is
	// itself a rule is refused.
	Plain []string
	// Patterns are masked wherever they match inside a text.
	Patterns []*regexp.Regexp
	// Digest shows six digits beside each mask, by which equal secrets are told from different ones within one process.
	Digest bool
}

// A Panel is a section of the application's own. Load gets a context that carries the request's values, ends after 50 ms and
// is not cancelled with the request, and the user whom the Report names. It runs on a goroutine of its own, beside those of
// the other panels, so it must not use the http.Request or a framework's context. What it returns is shown like a value given
// to [Watch]; []Field as it is, but masked.
type Panel struct {
	Title string
	Load  func(ctx context.Context, user string) (any, error)
}

// A Param is one parameter of a route.
type Param struct{ Name, Value string }

// An Input is what is known of a failure when its Report is made. Only Err is needed. Nothing in it is kept or changed.
type Input struct {
	Err     error
	Status  int    // what the public gets
	Origin  string // where the status came from: "own", "framework", "mapped", "unknown", "panic"
	Message string // the public message
	// Decision tells in sentences why the public gets what it gets.
	Decision []string
	// Request is read on the calling goroutine, and nobody may write to its maps meanwhile; its Body is not read.
	Request        *http.Request
	Route, Handler string
	Params         []Param
	Routes         []Route // candidates, for a 404 or 405
	User           string
	Reference      string
	RequestID      string
	TraceID        string
	SpanID         string
	// PublicType, PublicTemplate and PublicBody are the answer that the public gets.
	PublicType, PublicTemplate string
	PublicBody                 []byte
	Start                      time.Time // of the request; zero if unknown, or if it passed Attach
}

// A View makes Reports and renders them. [New] makes one. It is safe for concurrent use and must not be copied.
type View struct {
	o        Options
	mask     *mask.Masker
	build    *buildInfo
	paths    *resolver
	sources  *sourceChain
	links    *linker
	now      func() time.Time
	budget   time.Duration
	perValue time.Duration
	perPanel time.Duration
}

// New returns a View. The error joins every fault of o, each prefixed with its field. Later changes of o's slices have no
// effect.
func New(o Options) (*View, error) {
	var errs []error
	fault := func(field string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", field, err))
		}
	}
	m, err := mask.New(mask.Options(o.Mask))
	if err != nil {
		for _, e := range unjoin(err) {
			errs = append(errs, fmt.Errorf("Mask.%w", e))
		}
	}
	o.Panels, o.Sources, o.Env = slices.Clone(o.Panels), slices.Clone(o.Sources), slices.Clone(o.Env)
	for i, p := range o.Panels {
		if p.Title == "" {
			fault(fmt.Sprintf("Panels[%d]", i), errors.New("no Title"))
		}
		if p.Load == nil {
			fault(fmt.Sprintf("Panels[%d]", i), errors.New("no Load"))
		}
	}
	for i, s := range o.Sources {
		fault(fmt.Sprintf("Sources[%d]", i), s.err())
	}
	fault("RepoURL", checkURL(o.RepoURL))
	fault("TraceURL", checkURL(o.TraceURL))
	if o.RepoSubdir = strings.Trim(o.RepoSubdir, "/"); o.RepoSubdir != "" && !fs.ValidPath(o.RepoSubdir) {
		fault("RepoSubdir", fmt.Errorf("%q is not a path inside a repository", o.RepoSubdir))
	}
	for i, name := range o.Env {
		if name == "" || strings.ContainsAny(name, "=\x00") {
			fault(fmt.Sprintf("Env[%d]", i), fmt.Errorf("%q is not the name of a variable", name))
		}
	}
	if o.Context < 0 || o.Context > 30 {
		fault("Context", fmt.Errorf("%d is not from 0 to 30", o.Context))
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	if o.Context == 0 {
		o.Context = 7
	}
	v := &View{o: o, mask: m, now: time.Now, budget: 150 * time.Millisecond, perValue: 25 * time.Millisecond, perPanel: 50 * time.Millisecond}
	v.build = readBuild(o.Version, o.Revision)
	v.paths = newResolver(v.build)
	v.sources = newSourceChain(o, v.build, v.paths)
	v.links = newLinker(o, v.build)
	return v, nil
}

func unjoin(err error) []error {
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		return j.Unwrap()
	}
	return []error{err}
}

// checkURL allows only web addresses: they become links in a page.
func checkURL(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(strings.NewReplacer("{rev}", "x", "{path}", "x", "{line}", "1", "{trace}", "x").Replace(s))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		return fmt.Errorf("%q is not a web address without a password", s)
	}
	return nil
}
