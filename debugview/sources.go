package debugview

import (
	"io/fs"

	"github.com/exceptional-go/exceptional/internal/technical/source"
)

// Sources is one place where the text of source files is found. [SourcePack] and [SourceFS] make one.
type Sources = source.Sources

// SourcePack returns the sources in a zip that cmd/sourcepack made and the application embeds:
//
//	//go:generate go run github.com/exceptional-go/exceptional/cmd/sourcepack -o source.zip .
//	//go:embed source.zip
//	var source []byte
//
// The binary then contains the application's source. Make the zip with every build and do not commit it: it names the revision
// that it was made of, and the page shows no lines of another revision than the running one.
func SourcePack(zip []byte) Sources { return source.Pack(zip) }

// SourceFS returns the files in fsys as sources of a module, with paths relative to the module's directory. It is also where
// templates are looked up; for those alone, module may be empty. name is shown beside the lines.
func SourceFS(name, module string, fsys fs.FS) Sources { return source.FS(name, module, fsys) }
