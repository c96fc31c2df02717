package stacks

import (
	"net/url"
	"strings"
	"unicode"
)

// PackageOf returns the import path in the name of a function.
func PackageOf(function string) string {
	pkg, _ := split(function)
	return pkg
}

// split cuts the import path off the name of a function.
func split(function string) (pkg, name string) {
	// The arguments of a generic type may contain slashes: the package ends before the first bracket.
	path, _, _ := strings.Cut(function, "[")
	slash := strings.LastIndexByte(path, '/')
	dot := strings.IndexByte(function[slash+1:], '.')
	if dot < 0 || slash < 0 && (function[0] == '(' || unicode.IsUpper(rune(function[0]))) {
		return "", function // some libraries cut the package off
	}
	pkg, name = function[:slash+1+dot], function[slash+dot+2:]
	// The linker escapes the dots in the last element of a path: "yaml%2ev3".
	if unescaped, err := url.PathUnescape(pkg); err == nil {
		pkg = unescaped
	}
	return pkg, name
}

// DisplayName returns a name for people and the package: "(*Store).Load · func1" for the function
// "example.test/shop/internal/orders.(*Store).Load.func1". The name of a closure that was inlined begins with its caller's
// ("main.main.RequestID.RequestIDWithConfig.func3.1"), which is dropped.
func DisplayName(function string) (name, pkg string) {
	named, closure := Parts(function)
	if len(closure) > 0 && len(named) > 2 {
		named = named[len(named)-1:]
	}
	name = strings.ReplaceAll(strings.Join(named, "."), "[...]", "[…]")
	if named[0] == "init" && len(closure) > 0 || named[0] == "glob" {
		name = "package variable"
	}
	if len(closure) > 0 {
		name += " · " + strings.Join(closure, ".")
	}
	return name, PackageOf(function)
}

// Parts cuts the name of a function, without its package, at the dots outside brackets: "(*Store).Load.func1" into "(*Store)" and
// "Load", which are named, and "func1", a closure, which the compiler names. named has at least one part.
func Parts(function string) (named, closure []string) {
	_, s := split(function)
	s = strings.TrimSuffix(s, "-fm")
	depth, from := 0, 0
	for i, r := range s {
		switch r {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case '.':
			if depth <= 0 && i > from {
				named = append(named, s[from:i])
				from = i + 1
			}
		}
	}
	named = append(named, s[from:])
	n := len(named)
	for n > 1 && IsClosure(named[n-1]) {
		n--
	}
	return named[:n], named[n:]
}

// IsClosure reports whether s is a part that the compiler made: "func1", "1", "gowrap2", "deferwrap1", "main-range1".
func IsClosure(s string) bool {
	if s == "" || strings.Contains(s, "-range") {
		return true
	}
	for _, p := range [...]string{"func", "gowrap", "deferwrap"} {
		if after, ok := strings.CutPrefix(s, p); ok {
			s = after
			break
		}
	}
	return strings.IndexFunc(s, func(r rune) bool { return !unicode.IsDigit(r) }) < 0
}
