// Package debugview configures the technical page, which shows developers the details of a failed request. The application sets
// [Options] in its configuration, wraps its log handler in [LogHandler], and may call [Note] and [Watch] while it handles a
// request.
//
// Read debugview.go first, the options; then sources.go, the places of source code, and trail.go, the calls within a request.
//
// # Promises of the page
//
// The page authorizes no reader: the configuration decides that. No part of a request switches anything on. Secrets are masked
// before anything is written down, for every reader. Nothing is requested over the network, and no file is read outside the
// sources that the application named. A value that panics, blocks, never ends or is huge costs its own place on the page and
// a part of a fixed time, but not the page.
//
// # Requirements
//
// Without the middleware of this module the page has no log lines, no body and no start time; everything else is there. A
// plain errors.New has no stack: the page then names the function that handled the request.
package debugview

import (
	"context"
	"regexp"
)

// Options configure the technical page. The zero Options are valid: built-in masking, no source code, no panels.
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
	// RepoURL is the web address of the application's repository on GitHub or GitLab, "https://github.com/owner/shop". It is
	// inferred from a module path that begins with github.com/ or gitlab.com/. Any other forge needs the placeholders {rev},
	// {path} and {line}: "https://git.example/shop/+/{rev}/{path}#{line}".
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
	// Context is the number of source lines shown before and after the line of a frame; 7 if zero, at most 30.
	Context int
}

// Masking adds to the built-in rules, none of which can be disabled.
type Masking struct {
	// Names are secret wherever they occur inside a name, in any case and with any separators.
	Names []string
	// Exact are secret only as a whole name.
	Exact []string
	// Plain are whole names that are shown although a built-in rule happens to match them: "max_tokens". A name that is
	// itself a rule is refused.
	Plain []string
	// Patterns are masked wherever they match inside a text.
	Patterns []*regexp.Regexp
	// Digest shows six digits beside each mask, which are the same for equal secrets within one process.
	Digest bool
}

// A Panel is a section of the application's own. Load gets a context that carries the request's values, ends after 50 ms and
// is not cancelled with the request, and the user whom the page names. It runs on a goroutine of its own, beside those of
// the other panels, so it must not use the http.Request or a framework's context. Its result is shown like a value given
// to [Watch]; []Field is shown as it is, but masked.
type Panel struct {
	Title string
	Load  func(ctx context.Context, user string) (any, error)
}

// A Field is one name with its value, as a Panel may return it.
type Field struct {
	Name, Value string
	Type        string  // Go type, where it says more than the value
	Masked      bool    // the value is masked already
	Fields      []Field // parts of a structured value, instead of Value
}
