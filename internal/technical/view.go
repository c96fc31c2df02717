// Package technical examines a failed request and writes down its findings as a [report.Report], which package page makes a
// page of.
//
// Read view.go first, the configuration, then capture.go, which lists the parts of a Report; each part has a file of its own.
// bounds.go limits the time spent in methods of the application's values, and the length of texts.
//
// The sub-packages, in the order of use: trail collects log lines and the body while the request runs; stacks finds the stacks that
// errors carry; source finds the lines of a frame, and highlight colours them; value prints any value; report is the result.
package technical

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/exceptional-go/exceptional/debugview"
	"github.com/exceptional-go/exceptional/internal/guard"
	"github.com/exceptional-go/exceptional/internal/mask"
	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/technical/source"
)

// A Param is a name with its value, for example a parameter of a route.
type Param struct{ Name, Value string }

// A Route is a route that could have been meant.
type Route = report.Route

// An Input describes a failure when its Report is made. Only Err is needed. Nothing in it is kept or changed.
type Input struct {
	Err     error
	Status  int    // what the public gets
	Origin  string // where the status came from: "own", "framework", "mapped", "unknown", "panic"
	Message string // the public message
	// Decision says in sentences why the public gets this answer.
	Decision []string
	// Request is read on the calling goroutine. No other goroutine may write to its maps meanwhile. Its Body is not read.
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
	Start                      time.Time // of the request; zero if unknown, or if it passed the middleware
	// ClientDisconnected says that the client did not wait for the answer. The request's context does not tell: a middleware may
	// have cancelled it.
	ClientDisconnected bool
}

// A View makes Reports. [New] makes one. It is safe for concurrent use and must not be copied.
type View struct {
	o         debugview.Options
	mask      *mask.Masker
	build     *source.Build
	paths     *source.Resolver
	sources   *source.Chain
	links     *source.Linker
	abandoned *guard.Limit
	budget    time.Duration // for all methods of the application's values
	perValue  time.Duration
	perPanel  time.Duration
}

// New returns a View. The error joins every fault of o, each prefixed with its field. Later changes of o's slices have no
// effect.
func New(o debugview.Options) (*View, error) {
	o.Panels, o.Sources, o.Env = slices.Clone(o.Panels), slices.Clone(o.Sources), slices.Clone(o.Env)
	o.RepoSubdir = strings.Trim(o.RepoSubdir, "/")
	faults := check(o)
	m, err := mask.New(mask.Options(o.Mask))
	if err != nil {
		for fault := range strings.Lines(err.Error()) {
			faults = append(faults, errors.New("Mask."+strings.TrimSuffix(fault, "\n")))
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	if o.Context == 0 {
		o.Context = 7
	}
	v := &View{
		o: o, mask: m, abandoned: guard.NewLimit(maxAbandoned),
		budget: 150 * time.Millisecond, perValue: 25 * time.Millisecond, perPanel: 50 * time.Millisecond,
	}
	v.setBuild(source.ReadBuild(o.Version, o.Revision))
	return v, nil
}

// setBuild makes b the build information of the running binary.
func (v *View) setBuild(b *source.Build) {
	v.build = b
	v.paths = source.NewResolver(b, source.StdRoot())
	v.sources = source.NewChain(v.o.Sources, v.o.Disk, b)
	v.links = source.NewLinker(v.o.RepoURL, v.o.RepoSubdir, b)
}

// check returns the faults of o.
func check(o debugview.Options) (faults []error) {
	fault := func(field string, err error) {
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", field, err))
		}
	}
	for i, p := range o.Panels {
		if p.Title == "" {
			fault(fmt.Sprintf("Panels[%d]", i), errors.New("no Title"))
		}
		if p.Load == nil {
			fault(fmt.Sprintf("Panels[%d]", i), errors.New("no Load"))
		}
	}
	for i, s := range o.Sources {
		fault(fmt.Sprintf("Sources[%d]", i), s.Err())
	}
	fault("RepoURL", checkURL(o.RepoURL))
	fault("TraceURL", checkURL(o.TraceURL))
	if o.RepoSubdir != "" && !fs.ValidPath(o.RepoSubdir) {
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
	return faults
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
