package technical

import (
	"slices"
	"strings"

	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/text"
)

// A rule explains a common failure of Go programs, which it recognises by a phrase in the texts of the errors.
type rule struct {
	panicOnly         bool   // the phrase means this failure only if there was a panic
	phrases           string // one of which has to occur, with "|" between them
	title, link, text string
}

func (r rule) matches(texts string) bool {
	return slices.ContainsFunc(strings.Split(r.phrases, "|"), func(phrase string) bool { return strings.Contains(texts, phrase) })
}

var rules = []rule{
	{true, `assignment to entry in nil map`, "Write to a nil map", "https://go.dev/blog/maps",
		"The map was declared but never made. A nil map can be read, not written: make it with make or a literal where " +
			"its owner is created."},
	{true, `invalid memory address or nil pointer dereference`, "Nil pointer", "https://go.dev/doc/faq#nil_error",
		"A pointer, interface, or receiver on this line is nil. An interface that holds a nil pointer is not nil itself: " +
			"compare before it is converted."},
	{true, `index out of range|slice bounds out of range`, "Out of range", "",
		"The text names the index and the length. Check the length before the access, or range over the slice."},
	{true, `send on closed channel|close of closed channel`, "Closed channel", "https://go.dev/ref/spec#Close",
		"Only the sender may close a channel, and once. With several senders, close it after all of them are done " +
			"(sync.WaitGroup)."},
	{true, `interface conversion: `, "Type assertion", "https://go.dev/ref/spec#Type_assertions",
		"The value has another type than the one asserted. Use the form with two results, v, ok := x.(T)."},
	{false, `json: cannot unmarshal`, "JSON of another type", "https://pkg.go.dev/encoding/json#Unmarshal",
		"The client's value does not fit the Go field that the text names. This is usually the client's mistake, and a " +
			"400."},
	{false, `json: unsupported type|json: unsupported value`, "Not representable in JSON", "https://pkg.go.dev/encoding/json#Marshal",
		"Channels, functions, NaN and cycles have no JSON. Leave the field out with the tag json:\"-\"."},
	{false, `can't evaluate field `, "Unknown template field", "https://pkg.go.dev/text/template#hdr-Arguments",
		"The data has no exported field or method of this name. Templates see exported names only, and a pointer's " +
			"methods only through a pointer."},
	{false, `sql: no rows in result set`, "No rows", "https://pkg.go.dev/database/sql#pkg-variables",
		"QueryRow found nothing. If that is an ordinary answer, it is a 404: test errors.Is(err, sql.ErrNoRows)."},
	{false, `too many clients|too many connections|connection pool timeout|pool exhausted`, "Connections used up", "https://go.dev/doc/database/manage-connections",
		"Rows that are not closed and transactions that are not ended keep their connection. Compare sql.DBStats with " +
			"SetMaxOpenConns."},
	{false, `connection refused`, "Connection refused", "",
		"Nothing listens at the address in the text. In a container, localhost is the container itself."},
	{false, `no such host|server misbehaving`, "Name not found", "",
		"The host's name does not resolve from this process. Compare the name in the text with the one in the " +
			"configuration."},
	{false, `x509: certificate signed by unknown authority`, "Unknown authority", "https://pkg.go.dev/crypto/x509#SystemCertPool",
		"The issuer is not among this machine's root certificates. A minimal container image may have none: install " +
			"ca-certificates."},
	{false, `x509: certificate has expired|x509: certificate is not yet valid`, "Certificate out of date", "",
		"The certificate's dates do not include now. Check this machine's clock as well."},
	{false, `http: request body too large`, "Body too large", "https://pkg.go.dev/net/http#MaxBytesReader",
		"http.MaxBytesReader or a body limit refused it. That is a 413."},
	{false, `too many open files`, "Too many open files", "",
		"Bodies of responses and files that are not closed hold a descriptor each. Compare ulimit -n."},
	{false, `context deadline exceeded`, "A deadline passed", "https://pkg.go.dev/context",
		"The section on the context says which: the request's own, or that of a call made for it."},
}

const maxHints = 4

// captureHints applies the rules to the beginnings of the texts of all errors.
func (c *capture) captureHints() {
	var all strings.Builder
	for _, n := range c.nodes {
		all.WriteString(text.Cut(n.text, 4<<10))
		all.WriteByte('\n')
		if all.Len() > 32<<10 {
			break
		}
	}
	texts, panicked := all.String(), slices.ContainsFunc(c.nodes, node.panicked)
	for _, r := range rules {
		if len(c.report.Hints) < maxHints && (panicked || !r.panicOnly) && r.matches(texts) {
			c.report.Hints = append(c.report.Hints, report.Hint{Title: r.title, Text: r.text, Link: r.link})
		}
	}
}
