package technical

import (
	"regexp"
	"strings"

	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/text"
)

// A rule explains a common failure of Go programs by the text of the error.
type rule struct {
	text  *regexp.Regexp
	hint  report.Hint
	panic bool // only for panics
}

var rules = []rule{
	{regexp.MustCompile(`assignment to entry in nil map`), report.Hint{Title: "Write to a nil map", Text: "The map was declared but never made. A nil map can be read, not written: make it with make or a literal where its owner is created.", Link: "https://go.dev/blog/maps"}, true},
	{regexp.MustCompile(`invalid memory address or nil pointer dereference`), report.Hint{Title: "Nil pointer", Text: "A pointer, interface, or receiver on this line is nil. An interface that holds a nil pointer is not nil itself: compare before it is converted.", Link: "https://go.dev/doc/faq#nil_error"}, true},
	{regexp.MustCompile(`(index|slice bounds) out of range`), report.Hint{Title: "Out of range", Text: "The text names the index and the length. Check the length before the access, or range over the slice."}, true},
	{regexp.MustCompile(`send on closed channel|close of closed channel`), report.Hint{Title: "Closed channel", Text: "Only the sender may close a channel, and once. With several senders, close it after all of them are done (sync.WaitGroup).", Link: "https://go.dev/ref/spec#Close"}, true},
	{regexp.MustCompile(`interface conversion: .* is (nil|.+), not |interface conversion: .*missing method`), report.Hint{Title: "Type assertion", Text: "The value has another type than the one asserted. Use the form with two results, v, ok := x.(T).", Link: "https://go.dev/ref/spec#Type_assertions"}, true},
	{regexp.MustCompile(`json: cannot unmarshal`), report.Hint{Title: "JSON of another type", Text: "The client's value does not fit the Go field that the text names. This is usually the client's mistake, and a 400.", Link: "https://pkg.go.dev/encoding/json#Unmarshal"}, false},
	{regexp.MustCompile(`json: unsupported (type|value)`), report.Hint{Title: "Not representable in JSON", Text: "Channels, functions, NaN and cycles have no JSON. Leave the field out with the tag json:\"-\".", Link: "https://pkg.go.dev/encoding/json#Marshal"}, false},
	{regexp.MustCompile(`can't evaluate field (\w+) in type`), report.Hint{Title: "Unknown template field", Text: "The data has no exported field or method of this name. Templates see exported names only, and a pointer's methods only through a pointer.", Link: "https://pkg.go.dev/text/template#hdr-Arguments"}, false},
	{regexp.MustCompile(`sql: no rows in result set`), report.Hint{Title: "No rows", Text: "QueryRow found nothing. If that is an ordinary answer, it is a 404: test errors.Is(err, sql.ErrNoRows).", Link: "https://pkg.go.dev/database/sql#pkg-variables"}, false},
	{regexp.MustCompile(`too many (clients|connections)|connection pool (exhausted|timeout)|pool exhausted`), report.Hint{Title: "Connections used up", Text: "Rows that are not closed and transactions that are not ended keep their connection. Compare sql.DBStats with SetMaxOpenConns.", Link: "https://go.dev/doc/database/manage-connections"}, false},
	{regexp.MustCompile(`connection refused`), report.Hint{Title: "Connection refused", Text: "Nothing listens at the address in the text. In a container, localhost is the container itself."}, false},
	{regexp.MustCompile(`no such host|server misbehaving`), report.Hint{Title: "Name not found", Text: "The host's name does not resolve from this process. Compare the name in the text with the one in the configuration."}, false},
	{regexp.MustCompile(`x509: certificate signed by unknown authority`), report.Hint{Title: "Unknown authority", Text: "The issuer is not among this machine's root certificates. A minimal container image may have none: install ca-certificates.", Link: "https://pkg.go.dev/crypto/x509#SystemCertPool"}, false},
	{regexp.MustCompile(`x509: certificate (has expired|is not yet valid)`), report.Hint{Title: "Certificate out of date", Text: "The certificate's dates do not include now. Check this machine's clock as well."}, false},
	{regexp.MustCompile(`http: request body too large`), report.Hint{Title: "Body too large", Text: "http.MaxBytesReader or a body limit refused it. That is a 413.", Link: "https://pkg.go.dev/net/http#MaxBytesReader"}, false},
	{regexp.MustCompile(`too many open files`), report.Hint{Title: "Too many open files", Text: "Bodies of responses and files that are not closed hold a descriptor each. Compare ulimit -n."}, false},
	{regexp.MustCompile(`context deadline exceeded`), report.Hint{Title: "A deadline passed", Text: "Which one, the section on the context tells: the request's own, or that of a call made for it.", Link: "https://pkg.go.dev/context"}, false},
}

const maxHints = 4

func (c *capture) captureHints() {
	if len(c.nodes) == 0 {
		return
	}
	var all strings.Builder
	panics := false
	for _, n := range c.nodes {
		all.WriteString(text.Cut(n.text, 4<<10))
		all.WriteByte('\n')
		panics = panics || n.panic != nil
		if all.Len() > 32<<10 {
			break
		}
	}
	text := all.String()
	for _, r := range rules {
		if r.panic && !panics || !r.text.MatchString(text) {
			continue
		}
		if c.report.Hints = append(c.report.Hints, r.hint); len(c.report.Hints) == maxHints {
			return
		}
	}
}
