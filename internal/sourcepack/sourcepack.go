// Package sourcepack is the format of a source pack: a zip of a manifest and of files named "module/path/file.go".
// cmd/sourcepack writes it with [Write]. The technical page reads it with [Open] and [Pack.Read].
package sourcepack

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"
)

// ManifestName is the name of the manifest inside the zip.
const ManifestName = "sourcepack.json"

// Format is the version of the format.
const Format = 1

// MaxFile is the size of the largest file that is packed or read.
const MaxFile = 2 << 20

// A Manifest lists the contents of a pack.
type Manifest struct {
	Format   int      `json:"format"`
	Modules  []string `json:"modules"`            // the modules of the files; the main module is the first
	Revision string   `json:"revision,omitempty"` // of the repository; empty if unknown
	Modified bool     `json:"modified,omitempty"` // the working tree had changes
	// Files has the SHA-256 of each file in hexadecimal digits.
	Files map[string]string `json:"files"`
}

var extensions = []string{".go", ".templ", ".html", ".htm", ".tmpl", ".tpl", ".gohtml", ".gotmpl", ".gotxt", ".y", ".s"}

// Source reports whether a file of this name is source that may be packed and shown. A //line directive can name any file, so
// the name alone decides.
func Source(name string) bool {
	return fs.ValidPath(name) && slices.ContainsFunc(extensions, func(e string) bool { return strings.HasSuffix(name, e) })
}

// Write writes the zip. Equal input gives equal bytes.
func Write(w io.Writer, m Manifest, files map[string][]byte) error {
	m.Format = Format
	m.Files = make(map[string]string, len(files))
	for name, content := range files {
		if !Source(name) {
			return fmt.Errorf("sourcepack: %q is not source", name)
		}
		if len(content) > MaxFile {
			return fmt.Errorf("sourcepack: %s is larger than %d bytes", name, MaxFile)
		}
		sum := sha256.Sum256(content)
		m.Files[name] = hex.EncodeToString(sum[:])
	}
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
	if err := add(ManifestName, manifest); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := add(name, files[name]); err != nil {
			return err
		}
	}
	return z.Close()
}

// A Pack is an opened zip. It is safe for concurrent use.
type Pack struct {
	Manifest
	zip *zip.Reader
}

// Open reads the manifest. data must not change afterwards.
func Open(data []byte) (*Pack, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("not a source pack: %w", err)
	}
	p := &Pack{zip: z}
	content, err := p.read(ManifestName)
	if err != nil {
		return nil, fmt.Errorf("not a source pack: %w", err)
	}
	if err := json.Unmarshal(content, &p.Manifest); err != nil {
		return nil, fmt.Errorf("not a source pack: %w", err)
	}
	if p.Format != Format {
		return nil, fmt.Errorf("source pack has format %d, want %d: run the same version of cmd/sourcepack", p.Format, Format)
	}
	return p, nil
}

// Read returns a file that is in the manifest, if its SHA-256 is the one in the manifest.
func (p *Pack) Read(name string) ([]byte, error) {
	want, ok := p.Files[name]
	if !ok || !Source(name) {
		return nil, fs.ErrNotExist
	}
	content, err := p.read(name)
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != want {
		return nil, errors.New("the file in the pack is not the one in its manifest")
	}
	return content, nil
}

func (p *Pack) read(name string) ([]byte, error) {
	f, err := p.zip.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	limit := int64(MaxFile)
	if name == ManifestName {
		limit = 16 << 20
	}
	content, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(content)) > limit {
		err = errors.New("too large")
	}
	return content, err
}
