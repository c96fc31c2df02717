package source

import (
	"bytes"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/exceptional-go/exceptional/internal/sourcepack"
	"github.com/exceptional-go/exceptional/internal/technical/highlight"
)

// maxKept bounds what a View keeps of source files it has read, in bytes of memory. A page shows some ten files, most of
// them those of the page before; to unpack and scan them again was a third of its cost.
const maxKept = 16 << 20

// maxScan bounds the bytes that one Report scans for colours and functions, beside those that are kept already. Beyond it
// lines are shown plain.
const maxScan = 2 << 20

// A scanned is a source file as it was read, and what scanning it has found. It is shared, and changed by fill alone.
type scanned struct {
	content []byte

	done   atomic.Bool // set after what follows
	once   sync.Once
	src    []byte // content without a byte order mark
	starts []int
	pieces []highlight.Piece
	funcs  []highlight.Func
}

// keptFactor is what a kept file takes beside its own bytes: most of it is pieces, one for each second token.
const keptFactor = 6

// fill scans the file, once. left is what may still be scanned; a file that is too large is cut into lines only, and
// another Report may scan it.
func (s *scanned) fill(name string, left *int) (src []byte, starts []int, pieces []highlight.Piece, funcs []highlight.Func, scanned bool) {
	if len(s.content) > 1<<20 || len(s.content) > *left && !s.done.Load() {
		src = bytes.TrimPrefix(s.content, []byte("\uFEFF"))
		return src, highlight.LineStarts(src), nil, nil, false
	}
	s.once.Do(func() {
		*left -= len(s.content)
		s.src = bytes.TrimPrefix(s.content, []byte("\uFEFF"))
		s.starts = highlight.LineStarts(s.src)
		switch {
		case strings.HasSuffix(name, ".go"):
			s.pieces, s.funcs = highlight.Go(s.src, len(s.src))
		case !strings.HasSuffix(name, ".s") && !strings.HasSuffix(name, ".y"):
			s.pieces = highlight.Template(s.src, len(s.src))
		}
		s.done.Store(true)
	})
	return s.src, s.starts, s.pieces, s.funcs, true
}

// A scanKey names a file: in a pack, or by where it was found.
type scanKey struct {
	pack *sourcepack.Pack
	name string
}

// A scanCache keeps scans. It is safe for concurrent use.
type scanCache struct {
	mu    sync.Mutex // guards what follows; files are neither read nor scanned under it
	files map[scanKey]*scanned
	size  int
}

func (c *scanCache) get(k scanKey) *scanned {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.files[k]
}

// put keeps content under k, and returns its scan, which is the one that was there if that is of the same bytes.
func (c *scanCache) put(k scanKey, content []byte) *scanned {
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.files[k]
	if old != nil && bytes.Equal(old.content, content) {
		return old
	}
	if old != nil {
		c.drop(k, old)
	}
	s, size := &scanned{content: content}, keptFactor*len(content)
	if size > maxKept {
		return s
	}
	for other, entry := range c.files { // in no order: there is nothing to choose by that would be worth its bookkeeping
		if c.size+size <= maxKept {
			break
		}
		c.drop(other, entry)
	}
	if c.files == nil {
		c.files = map[scanKey]*scanned{}
	}
	c.files[k] = s
	c.size += size
	return s
}

func (c *scanCache) drop(k scanKey, s *scanned) {
	delete(c.files, k)
	c.size -= keptFactor * len(s.content)
}

// Kept returns how many files the chain holds, and about how many bytes of memory they take.
func (c *Chain) Kept() (files, bytes int) {
	c.kept.mu.Lock()
	defer c.kept.mu.Unlock()
	return len(c.kept.files), c.kept.size
}
