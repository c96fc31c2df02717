package stacks

import (
	"net/url"
	"strings"
	"unicode"
)

// PackageOf returns the import path in the name of a function.
func PackageOf(function string) string {
	slash := strings.LastIndexByte(function, '/')
	// The arguments of a generic type may contain slashes: the package ends before the first bracket.
	if b := strings.IndexByte(function, '['); b >= 0 && slash > b {
		slash = strings.LastIndexByte(function[:b], '/')
	}
	dot := strings.IndexByte(function[slash+1:], '.')
	if dot < 0 || slash < 0 && (function[0] == '(' || unicode.IsUpper(rune(function[0]))) {
		return "" // some libraries cut the package off
	}
	// The linker escapes the dots in the last element of a path: "yaml%2ev3".
	pkg := function[:slash+1+dot]
	if unescaped, err := url.PathUnescape(pkg); err == nil {
		return unescaped
	}
	return pkg
}

// DisplayName returns a name for people and the package: "(*Store).Load · func1" for the function
// "example.test/shop/internal/orders.(*Store).Load.func1". The name of a closure that was inlined begins with its caller's
// ("main.main.RequestID.RequestIDWithConfig.func3.1"), which is dropped.
func DisplayName(function string) (name, pkg string) {
	pkg = PackageOf(function)
	rest := function
	if pkg != "" {
		slash := strings.LastIndexByte(strings.SplitN(function, "[", 2)[0], '/')
		rest = function[slash+1:]
		rest = rest[strings.IndexByte(rest, '.')+1:]
	}
	rest = strings.ReplaceAll(rest, "[...]", "[…]")
	rest = strings.TrimSuffix(rest, "-fm")
	parts := NameParts(rest)
	closure := len(parts)
	for closure > 1 && IsClosure(parts[closure-1]) {
		closure--
	}
	named, inner := parts[:closure], parts[closure:]
	if len(inner) > 0 && len(named) > 2 {
		named = named[len(named)-1:]
	}
	name = strings.Join(named, ".")
	if named[0] == "init" && len(inner) > 0 || named[0] == "glob" {
		name = "package variable"
	}
	if len(inner) > 0 {
		name += " · " + strings.Join(inner, ".")
	}
	return name, pkg
}

// NameParts cuts at the dots outside brackets.
func NameParts(s string) (parts []string) {
	depth, from := 0, 0
	for i, r := range s {
		switch r {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case '.':
			if depth <= 0 && i > from {
				parts = append(parts, s[from:i])
				from = i + 1
			}
		}
	}
	return append(parts, s[from:])
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
