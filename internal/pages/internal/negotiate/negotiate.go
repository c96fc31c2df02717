// Package negotiate reads what a client accepts: formats from Accept, languages from Accept-Language, and language tags.
package negotiate

import "github.com/exceptional-go/exceptional/renderer"

// formats is how many there are.
const formats = renderer.FormatMarkdown + 1
