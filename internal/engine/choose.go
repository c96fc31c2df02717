package engine

import (
	"net/http"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/pages"
	"github.com/exceptional-go/exceptional/renderer"
)

// choice is the form of an answer, and who it is for.
type choice struct {
	pages.Choice
	head      bool   // no body, whatever the headers say
	asked     bool   // the answer depends on who asked, so no cache may keep it
	technical bool   // a technical viewer, or development
	viewer    string // why, or why not; "" if the question did not arise
	user      User
}

const development = "development"

// choose settles the format and the language, and whether a technical viewer asks. The viewer is looked up only when there
// would be something to show, so that a scan for pages that do not exist costs the application's database nothing.
func (e *Engine) choose(x *exchange) {
	c := &x.choice
	c.Choice = e.cfg.Renderer.Choose(x.request.Header, e.cfg.Force)
	c.head = x.request.Method == http.MethodHead
	switch {
	case x.resolution.status < 400 || x.options.Preview:
	case c.Format == renderer.FormatProblemXML || c.Format == renderer.FormatNone:
	case e.cfg.Debug:
		c.technical, c.viewer = true, development
	case e.cfg.Gate != nil && e.worthAsking(x):
		c.asked = true
		if c.head {
			return // there is nothing to show; only the header is that of an answer to GET
		}
		c.technical, c.user, c.viewer = e.cfg.Gate.Admit(x.request.Context(), x.conn.User)
	}
}

// worthAsking reports whether there is a technical page for this failure: for faults of the server, for errors that the
// application has given no meaning, and, if the client may be signed in, the routes that could have been meant instead of one
// that does not exist. The application's own answers to its clients (a 403, a 422) need no explanation, unless configured.
func (e *Engine) worthAsking(x *exchange) bool {
	r := &x.resolution
	switch {
	case r.status >= 500 || r.panic != nil || e.cfg.TechnicalClientErrors:
		return true
	case r.origin == httperrors.OriginMapped || r.origin == httperrors.OriginUnknown:
		return true
	case r.status == http.StatusNotFound || r.status == http.StatusMethodNotAllowed:
		return r.origin == httperrors.OriginFramework && x.credentials()
	}
	return false
}

// credentials reports whether the client could be signed in. A crawler sends neither.
func (x *exchange) credentials() bool {
	return len(x.request.Header["Cookie"]) > 0 || len(x.request.Header["Authorization"]) > 0
}
