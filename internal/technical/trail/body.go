package trail

import (
	"io"
	"strings"

	"github.com/exceptional-go/exceptional/internal/technical/value"
)

// MaxBody bounds what is shown of a body, in bytes.
const MaxBody = 16 << 10

// A Body is the part of a request's body that was kept.
type Body struct {
	Present bool   // the request has a body, and its trail reads it along
	Text    string // the beginning, if it is of a textual type
	Read    int64  // bytes that the handler has read
	EOF     bool   // the handler has read all of it
	Failure string // why reading stopped, if it failed
}

// A tee is a Trail as the body of its request: it passes the body on unchanged and keeps its beginning.
type tee Trail

func (b *tee) Read(p []byte) (int, error) {
	n, err := b.src.Read(p)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.body.Read += int64(n)
	if room := MaxBody + value.Slack - len(b.text); b.keep && room > 0 {
		b.text = append(b.text, p[:min(n, room)]...)
	}
	switch {
	case err == io.EOF:
		b.body.EOF = true
	case err != nil:
		b.body.Failure = "reading it failed"
	}
	return n, err
}

func (b *tee) Close() error { return b.src.Close() }

// Body returns a copy of the part of the body that was kept.
func (t *Trail) Body() Body {
	t.mu.Lock()
	defer t.mu.Unlock()
	b := t.body
	b.Text = string(t.text)
	return b
}

// MediaType returns the type without its parameters. mime.ParseMediaType would make a map of them, and [Attach] runs for every
// request.
func MediaType(contentType string) string {
	t, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.TrimSpace(t)) // which copies only where something changes
}

// Textual reports whether a body of this Content-Type is text that may be shown.
func Textual(contentType string) bool {
	t := MediaType(contentType)
	switch {
	case strings.HasPrefix(t, "text/"), strings.HasSuffix(t, "+json"), strings.HasSuffix(t, "+xml"):
		return true
	}
	switch t {
	case "application/json", "application/xml", "application/x-www-form-urlencoded", "application/graphql",
		"application/javascript", "application/x-ndjson", "application/yaml", "application/x-yaml", "application/toml", "application/jsonl":
		return true
	}
	return false
}
