package trail

import (
	"io"
	"strings"
	"sync"

	"github.com/exceptional-go/exceptional/internal/technical/value"
)

// MaxBody bounds what is shown of a body, in bytes.
const MaxBody = 16 << 10

// A Body is what was kept of a body.
type Body struct {
	Present bool
	Text    string
	Read    int64
	EOF     bool
	Failure string
}

// A tee passes a body on unchanged and keeps its beginning.
type tee struct {
	src  io.ReadCloser
	keep bool // the type is one that a Report shows

	mu   sync.Mutex // guards what follows
	body Body       // but for the Text
	text []byte
}

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

func (b *tee) release() {
	b.mu.Lock()
	b.text, b.keep = nil, false
	b.mu.Unlock()
}

// Body returns a copy of what was kept of the body.
func (t *Trail) Body() Body {
	t.body.mu.Lock()
	defer t.body.mu.Unlock()
	b := t.body.body
	b.Text = string(t.body.text)
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
