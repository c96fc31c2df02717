// Package report is the [Report]: everything that the technical page shows about one failure, as plain data. internal/technical
// makes one, internal/technical/page writes it out, and neither knows the other.
package report

import (
	"time"
)

// Version is the schema of [Report]. It grows when a field changes its meaning; a field that is merely added leaves it
// as it is, so a reader ignores what it does not know.
const Version = 1

// A Report is everything a technical page shows about one failure, as plain data: strings, numbers, slices.
//
// View.Report of internal/technical makes one. Every string in it is masked, bounded in length and valid UTF-8, so that it may be
// shown to any technical viewer. It shares no memory with the request that it came from. Strings are text, never markup: a
// renderer escapes all of them.
//
// The zero Report is valid and empty. A Report may be copied and read concurrently; it does not change once it is made.
type Report struct {
	Version   int       `json:"version"`
	Reference string    `json:"reference,omitempty"`
	Time      time.Time `json:"time,omitzero"` // UTC

	Summary  Summary         `json:"summary"`
	Errors   []ErrorNode     `json:"errors,omitempty"` // the error tree in pre-order; Errors[0] is what the handler returned
	Stacks   []Stack         `json:"stacks,omitempty"` // the origin of the failure first
	Template []TemplateError `json:"template,omitempty"`
	Hints    []Hint          `json:"hints,omitempty"`

	Request  *Request  `json:"request,omitempty"`
	Routes   []Route   `json:"routes,omitempty"` // candidates, for a 404 or 405
	User     string    `json:"user,omitempty"`
	Panels   []Section `json:"panels,omitempty"`  // the application's own
	Watches  []Section `json:"watches,omitempty"` // values given to Watch
	Trail    Trail     `json:"trail"`
	Context  Context   `json:"context"`
	Decision Decision  `json:"decision"`

	Build   Build   `json:"build"`
	Runtime Runtime `json:"runtime"`
	Trace   Trace   `json:"trace"`
	Env     []Field `json:"env,omitempty"` // allow-listed names only

	// Problems tells what could not be shown and why: "panel \"cart\": no answer within 50ms".
	Problems []string `json:"problems,omitempty"`
}

// A Summary is what stands above the fold.
type Summary struct {
	Status int    `json:"status,omitempty"` // what the public got, or would have got
	Phrase string `json:"phrase,omitempty"` // "Internal Server Error"
	Kind   string `json:"kind,omitempty"`   // "panic" or "error"
	Type   string `json:"type,omitempty"`   // Go type of the innermost error on the first branch, or of the panic value
	Text   string `json:"text,omitempty"`   // the whole error text, at most a few kilobytes
	Chain  []int  `json:"chain,omitempty"`  // indices into Errors: the first branch from the outermost to the innermost
	// Stack and Frame are indices of the line that caused it, -1 if no stack is known.
	Stack int    `json:"stack"`
	Frame int    `json:"frame"`
	Line  string `json:"line,omitempty"`  // "POST /orders?x=1 HTTP/1.1", masked
	Where string `json:"where,omitempty"` // "internal/orders/store.go:42", or where to look if there is no stack
}

// A Field is one name with its value.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Type  string `json:"type,omitempty"` // Go type, where it says more than the value
	// Masked says that the value, or a part of it, was replaced because it is a secret.
	Masked  bool    `json:"masked,omitempty"`
	Trimmed int     `json:"trimmed,omitempty"` // bytes left out at the end of Value
	Fields  []Field `json:"fields,omitempty"`  // parts of a structured value, instead of Value
}

// An ErrorNode is one error of the tree.
type ErrorNode struct {
	Parent int    `json:"parent"` // index into Errors, -1 for the first
	Depth  int    `json:"depth"`
	Branch int    `json:"branch"` // place among the members of a join
	Via    string `json:"via"`    // "root", "unwrap", "join", "cause", "internal"
	Type   string `json:"type"`   // "*fs.PathError"
	Pkg    string `json:"pkg,omitempty"`
	Text   string `json:"text,omitempty"` // its whole text
	// Added is what this error says beyond the errors it wraps, "…" standing for their text. It is empty if it adds nothing.
	Added string `json:"added,omitempty"`
	// Sentinels names well-known values that the node is: "io.EOF", "context.DeadlineExceeded", "SQLSTATE 23505".
	Sentinels []string `json:"sentinels,omitempty"`
	Fields    []Field  `json:"fields,omitempty"` // exported fields
	Status    int      `json:"status,omitempty"` // if it speaks HTTP
	Public    string   `json:"public,omitempty"` // its public message
	Stack     int      `json:"stack"`            // index into Stacks, -1 for none
	Nil       bool     `json:"nil,omitempty"`    // a typed nil
	Note      string   `json:"note,omitempty"`   // "Error() panicked: …", "further errors left out"
}

// A Stack is one sequence of calls, innermost first.
type Stack struct {
	Kind  string `json:"kind"`  // "panic", "error", "handler" (no stack: where to look)
	Title string `json:"title"` // "panic", "re-raised", "*errors.withStack"
	Node  int    `json:"node"`  // index into Errors, -1 for none
	// Note is a remark for the reader: "write to a nil map", "No stack: the error was made by errors.New …".
	Note   string  `json:"note,omitempty"`
	Frames []Frame `json:"frames,omitempty"`
	Elided int     `json:"elided,omitempty"` // frames left out at the end
	// Shared is the number of frames left out at the end because they equal the last ones of Stacks[SharedWith].
	Shared     int `json:"shared,omitempty"`
	SharedWith int `json:"shared_with,omitempty"`
}

// Classes of frames. They depend on the file of a frame, not on the name of its function.
const (
	ClassApp     = "app"     // the main module, and the modules of its workspace
	ClassModule  = "module"  // a dependency
	ClassStd     = "std"     // the standard library
	ClassUnknown = "unknown" // cgo, assembly without a file, a name made up by a //line directive
)

// A Frame is one call.
type Frame struct {
	Function string `json:"function"`       // as the runtime names it
	Name     string `json:"name"`           // for people: "(*Store).Load · func1"
	Pkg      string `json:"pkg,omitempty"`  // import path, as far as known
	File     string `json:"file,omitempty"` // as the runtime names it
	Path     string `json:"path,omitempty"` // the short name of the file: relative to its module or GOROOT/src
	Line     int    `json:"line,omitempty"`
	Class    string `json:"class"`
	Module   string `json:"module,omitempty"`  // module path; empty for the standard library
	Version  string `json:"version,omitempty"` // of the code that ran: the replacement's if there is one
	// Inlined says that the call has no frame of its own in the machine code.
	Inlined   bool   `json:"inlined,omitempty"`
	Generated bool   `json:"generated,omitempty"` // the file says "Code generated … DO NOT EDIT."
	Open      bool   `json:"open,omitempty"`      // show it unfolded
	Link      string `json:"link,omitempty"`      // https address of the line in the forge
	// Cycle and Repeats fold recursion: this frame and the Cycle-1 that follow stand for Repeats more rounds of the same.
	Cycle   int     `json:"cycle,omitempty"`
	Repeats int     `json:"repeats,omitempty"`
	Source  *Source `json:"source,omitempty"`
}

// Whether a [Source] is that of the running build.
const (
	FreshVerified = "verified" // the packed file is the one that was compiled, or its function encloses the line
	FreshUnknown  = "unknown"  // nothing speaks against it
	FreshDiffers  = "differs"  // there are no Lines then: a wrong line is worse than none
)

// A Source is a window of a source file.
type Source struct {
	Origin string `json:"origin,omitempty"` // "pack", "disk", "modcache", "goroot", or the name given to the application's own
	Fresh  string `json:"fresh"`
	Note   string `json:"note,omitempty"` // "source differs from the running build"
	Line   int    `json:"line"`           // the line meant, 1-based
	Column int    `json:"column,omitempty"`
	Lines  []Line `json:"lines,omitempty"`
}

// A Line is one line of source, without its line end.
type Line struct {
	Number  int    `json:"n"`
	Spans   []Span `json:"s,omitempty"`
	Trimmed int    `json:"trimmed,omitempty"` // bytes left out at the end
}

// Classes of spans. Text without a class has Class "".
const (
	SpanKeyword = "k"
	SpanString  = "s"
	SpanNumber  = "n"
	SpanComment = "c"
	SpanBuiltin = "b" // predeclared identifiers: nil, len, error
	SpanFunc    = "f" // an identifier followed by "("
	SpanAction  = "a" // {{ … }} of a template
	SpanTag     = "t" // <…> of a template
)

// A Span is a piece of a line with one colour.
type Span struct {
	Class string `json:"c,omitempty"`
	Text  string `json:"t"`
}

// A TemplateError is a failure inside html/template or text/template.
type TemplateError struct {
	Node   int     `json:"node"` // index into Errors
	Name   string  `json:"name"` // of the template
	Line   int     `json:"line"`
	Column int     `json:"column,omitempty"`
	Action string  `json:"action,omitempty"` // "{{.Total}}"
	Text   string  `json:"text,omitempty"`   // the message alone
	Path   string  `json:"path,omitempty"`   // of the file, if found
	Source *Source `json:"source,omitempty"`
}

// A Hint explains a well-known failure.
type Hint struct {
	Title string `json:"title"`
	Text  string `json:"text"`
	Link  string `json:"link,omitempty"` // https, documentation
}

// A Request is what the client asked.
type Request struct {
	Method  string  `json:"method"`
	Target  string  `json:"target"` // path and query as sent, masked
	Host    string  `json:"host,omitempty"`
	Scheme  string  `json:"scheme,omitempty"` // "http" or "https", from the connection alone
	Proto   string  `json:"proto,omitempty"`
	Remote  string  `json:"remote,omitempty"`
	TLS     string  `json:"tls,omitempty"`
	Route   string  `json:"route,omitempty"`   // the pattern
	Handler string  `json:"handler,omitempty"` // the function
	ID      string  `json:"id,omitempty"`      // request id
	Params  []Field `json:"params,omitempty"`
	Query   []Field `json:"query,omitempty"`
	Headers []Field `json:"headers,omitempty"` // sorted by name; one Field for each line
	Cookies []Field `json:"cookies,omitempty"`
	Form    []Field `json:"form,omitempty"`
	Files   []File  `json:"files,omitempty"`
	Body    *Body   `json:"body,omitempty"`
	Omitted int     `json:"omitted,omitempty"` // fields left out of the lists above
}

// A File is an uploaded file. Its content is never kept.
type File struct {
	Field string `json:"field"`
	Name  string `json:"name"`
	Type  string `json:"type,omitempty"`
	Size  int64  `json:"size"`
}

// A Body is what the handler had read of the request's body.
type Body struct {
	Type     string `json:"type,omitempty"`   // Content-Type
	Length   int64  `json:"length"`           // announced; -1 if unknown
	Read     int64  `json:"read"`             // bytes the handler had read
	Text     string `json:"text,omitempty"`   // masked; empty for types that are not text
	JSON     bool   `json:"json,omitempty"`   // Text is valid JSON
	Masked   bool   `json:"masked,omitempty"` // something in Text was masked
	Trimmed  int64  `json:"trimmed,omitempty"`
	Complete bool   `json:"complete,omitempty"` // the handler had read it to the end and all of it is in Text
	Note     string `json:"note,omitempty"`     // why there is no Text
}

// A Route is a route that could have been meant.
type Route struct {
	Method  string `json:"method"`
	Path    string `json:"path"`
	Handler string `json:"handler,omitempty"`
	Name    string `json:"name,omitempty"`
	Why     string `json:"why,omitempty"` // "other method", "similar path"
}

// A Section is a titled list.
type Section struct {
	Title  string  `json:"title"`
	Fields []Field `json:"fields,omitempty"`
	Text   string  `json:"text,omitempty"`
	Error  string  `json:"error,omitempty"` // why it could not be shown
}

// A Trail is what the request left behind: log lines and notes, oldest first.
type Trail struct {
	Entries []Entry `json:"entries,omitempty"`
	Dropped int     `json:"dropped,omitempty"` // older entries that were dropped
	// Missing says why there is no trail: "the request did not pass Attach".
	Missing string `json:"missing,omitempty"`
}

// An Entry is one line of a [Trail].
type Entry struct {
	At      time.Duration `json:"at"`             // since the request's start
	Left    time.Duration `json:"left,omitempty"` // until the context's deadline at that moment; 0 if it had none
	Level   string        `json:"level,omitempty"`
	Kind    string        `json:"kind"` // "log" or "note"
	Text    string        `json:"text"`
	Fields  []Field       `json:"fields,omitempty"`
	Trimmed int           `json:"trimmed,omitempty"`
	// Hidden says that the application's own logger dropped the line because of its level.
	Hidden bool `json:"hidden,omitempty"`
}

// A Context is what the request's context said when it failed.
type Context struct {
	Known              bool          `json:"known,omitempty"`
	Elapsed            time.Duration `json:"elapsed,omitempty"` // since the request's start; 0 if unknown
	Deadline           time.Time     `json:"deadline,omitzero"` // UTC; zero if none
	Left               time.Duration `json:"left,omitempty"`    // negative: overdue
	State              string        `json:"state,omitempty"`   // "alive", "canceled", "deadline exceeded"
	Cause              string        `json:"cause,omitempty"`   // context.Cause, if it says more
	Verdict            string        `json:"verdict,omitempty"` // sentences: "The request failed after 1.2s, …. The client was still connected."
	Labels             []Field       `json:"labels,omitempty"`  // pprof labels
	ClientDisconnected bool          `json:"client_disconnected,omitempty"`
}

// A Decision is why the public got what it got.
type Decision struct {
	Steps    []string `json:"steps,omitempty"`
	Origin   string   `json:"origin,omitempty"`   // "own", "framework", "mapped", "unknown", "panic"
	Message  string   `json:"message,omitempty"`  // the public message
	Type     string   `json:"type,omitempty"`     // Content-Type of the public answer
	Template string   `json:"template,omitempty"` // which template made it
	Body     string   `json:"body,omitempty"`     // the public answer itself, for a sandboxed preview
	Trimmed  int      `json:"trimmed,omitempty"`  // bytes left out of Body
}

// A Build is what the running binary says of itself.
type Build struct {
	Path     string    `json:"path,omitempty"`    // of the main package
	Module   string    `json:"module,omitempty"`  // of the main module
	Version  string    `json:"version,omitempty"` // of the main module, or the one the application gave
	Revision string    `json:"revision,omitempty"`
	Time     time.Time `json:"time,omitzero"` // of the commit
	Modified bool      `json:"modified,omitempty"`
	Go       string    `json:"go,omitempty"`
	Settings []Field   `json:"settings,omitempty"`
	Modules  []Module  `json:"modules,omitempty"`
	Link     string    `json:"link,omitempty"`   // https address of the commit in the forge
	Source   string    `json:"source,omitempty"` // which source is at hand: "packed at 1a2b3c, the running revision"
	Note     string    `json:"note,omitempty"`   // "no VCS revision: built without -buildvcs"
	Omitted  int       `json:"omitted,omitempty"`
}

// A Module is a dependency of the binary.
type Module struct {
	Path    string `json:"path"`
	Version string `json:"version,omitempty"`
	Replace string `json:"replace,omitempty"` // "path version" or a directory, if something else was compiled
}

// A Runtime is the state of the process.
type Runtime struct {
	Go         string        `json:"go,omitempty"`
	OS         string        `json:"os,omitempty"`
	Arch       string        `json:"arch,omitempty"`
	Host       string        `json:"host,omitempty"`
	PID        int           `json:"pid,omitempty"`
	Uptime     time.Duration `json:"uptime,omitempty"`
	CPUs       int           `json:"cpus,omitempty"`
	MaxProcs   int           `json:"max_procs,omitempty"`
	Goroutines int           `json:"goroutines,omitempty"`
	Heap       uint64        `json:"heap,omitempty"` // bytes of live and dead objects
	Total      uint64        `json:"total,omitempty"`
	GCs        uint64        `json:"gcs,omitempty"`
}

// A Trace is where to find the request in other tools.
type Trace struct {
	TraceID string `json:"trace_id,omitempty"`
	SpanID  string `json:"span_id,omitempty"`
	Link    string `json:"link,omitempty"` // https
}
