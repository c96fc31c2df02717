package templates

import (
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"

	"github.com/exceptional-go/exceptional/internal/guard"
)

// CheckFuncs refuses the names of functions that templates have already, and those that html/template would panic at.
func CheckFuncs(funcs template.FuncMap) (checked map[string]any, faults []error) {
	checked = make(map[string]any, len(funcs))
	for _, name := range slices.Sorted(maps.Keys(funcs)) {
		if reservedFunc(name) {
			faults = append(faults, fmt.Errorf("%s is text/template's own", name))
			continue
		}
		if err := guard.Call(func() { template.New("").Funcs(template.FuncMap{name: funcs[name]}) }); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", name, err))
			continue
		}
		checked[name] = funcs[name]
	}
	return checked, faults
}

// builtinFuncs are the names of text/template's own functions, for the parser.
var builtinFuncs = func() map[string]any {
	names := make(map[string]any)
	for _, name := range [...]string{"and", "or", "not", "len", "index", "slice", "print", "printf", "println", "html", "js", "urlquery",
		"eq", "ne", "lt", "le", "gt", "ge", "call"} {
		names[name] = true
	}
	return names
}()

// reservedFunc reports whether the application may not define a function of this name: text/template's own, and those that
// html/template and we add.
func reservedFunc(name string) bool {
	return builtinFuncs[name] != nil || strings.HasPrefix(name, "_html_template_") || name == "_eval_args_" || name == nilAsEmptyFunc
}
