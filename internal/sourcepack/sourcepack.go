// Package sourcepack is the format of a source pack: a zip of a manifest and of files named "module/path/file.go".
// cmd/sourcepack writes it with [Write]. The technical page reads it with [Open].
package sourcepack

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"
)

// manifestName is the name of the manifest inside the zip.
const manifestName = "sourcepack.json"

// format is the version of the format. The first one had sums of the files in the manifest; a zip has its own.
const format = 2

// MaxFile is the size of the largest file that is packed or read.
const MaxFile = 2 << 20

// A Manifest describes a pack.
type Manifest struct {
	Format   int      `json:"format"`
	Modules  []string `json:"modules"`            // the modules of the files; the main module is the first
	Revision string   `json:"revision,omitempty"` // of the repository; empty if unknown
	Modified bool     `json:"modified,omitempty"` // the working tree had changes
}

var extensions = []string{".go", ".templ", ".html", ".htm", ".tmpl", ".tpl", ".gohtml", ".gotmpl", ".gotxt", ".y", ".s"}

// Source reports whether a file of this name is source that may be packed and shown. A //line directive can name any file, so
// the name alone decides.
func Source(name string) bool {
	return fs.ValidPath(name) && slices.ContainsFunc(extensions, func(e string) bool { return strings.HasSuffix(name, e) })
}

// Write writes the zip. Equal input gives equal bytes.
func Write(w io.Writer, m Manifest, files map[string][]byte) error {
	m.Format = format
	manifest, err := json.MarshalIndent(m, "", "\t")
	if err != nil {
		return err
	}
	z := zip.NewWriter(w)
	add := func(name string, content []byte) error {
		// The time is fixed, so that the same source gives the same binary.
		f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
		if err == nil {
			_, err = f.Write(content)
		}
		return err
	}
	if err := add(manifestName, manifest); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !Source(name) {
			return fmt.Errorf("sourcepack: %q is not source", name)
		}
		if len(files[name]) > MaxFile {
			return fmt.Errorf("sourcepack: %s is larger than %d bytes", name, MaxFile)
		}
		if err := add(name, files[name]); err != nil {
			return err
		}
	}
	return z.Close()
}

// A Pack is an opened zip: its files, and the manifest. It is safe for concurrent use.
type Pack struct {
	Manifest
	fs.FS
}

// Open reads the manifest. data must not change afterwards.
func Open(data []byte) (*Pack, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("not a source pack: %w", err)
	}
	p := &Pack{FS: z}
	content, err := fs.ReadFile(z, manifestName)
	if err != nil {
		return nil, fmt.Errorf("not a source pack: %w", err)
	}
	if err := json.Unmarshal(content, &p.Manifest); err != nil {
		return nil, fmt.Errorf("not a source pack: %w", err)
	}
	if p.Format != format {
		return nil, fmt.Errorf("source pack has format %d, want %d: run the same version of cmd/sourcepack", p.Format, format)
	}
	return p, nil
}
