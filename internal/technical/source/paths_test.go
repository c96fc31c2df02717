package source_test

import (
	"runtime/debug"
	"strings"
	"testing"

	"github.com/exceptional-go/exceptional/internal/technical/source"
)

var deps = []*debug.Module{
	{Path: "github.com/labstack/echo/v4", Version: "v4.13.4"},
	{Path: "github.com/DataDog/x", Version: "v0.7.0"},
	{Path: "github.com/acme/swapped", Version: "v1.5.1", Replace: &debug.Module{Path: "github.com/fork/swapped", Version: "v1.5.0"}},
	{Path: "github.com/acme/local", Version: "v0.0.0", Replace: &debug.Module{Path: "../local"}},
	{Path: "github.com/acme/shop/plugin", Version: "v0.1.0"},
	{Path: "github.com/acme/space", Version: "(devel)"},
	{Path: "golang.org/x/net", Version: "v0.56.0"},
	{Path: "github.com/samber/lo", Version: "v1.53.0"},
	{Path: "github.com/acme/multi/sub/v2", Version: "v2.3.4"},
	{Path: "github.com/acme/old", Version: "v3.0.0+incompatible"},
	{Path: "gopkg.in/yaml.v3", Version: "v3.0.1"},
}

// A place is what is to be found out about a file.
type place struct{ Class, Module, Version, Rel, Link string }

type options struct{ RepoURL, RepoSubdir string }

// resolve locates a file in a binary with this build information. learnt are function and file pairs seen before.
func resolve(info *debug.BuildInfo, std string, o options, learnt [][2]string, file, function string) place {
	b := source.NewBuild(info, "", "")
	r := source.NewResolver(b, std)
	for _, l := range learnt {
		r.Learn(l[0], l[1])
	}
	at := r.Locate(file, function)
	return place{at.Class, at.Module, at.Version, at.Rel, source.NewLinker(o.RepoURL, o.RepoSubdir, b).Line(at, 7)}
}

func build(dirty bool) *debug.BuildInfo {
	b := &debug.BuildInfo{
		GoVersion: "go1.26.8 X:nodwarf5", Path: "github.com/acme/shop/cmd/server", Main: debug.Module{Path: "github.com/acme/shop", Version: "v1.2.3"}, Deps: deps,
		Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789abcdef0123456789abcdef01234567"}},
	}
	if dirty {
		b.Settings = append(b.Settings, debug.BuildSetting{Key: "vcs.modified", Value: "true"})
	}
	return b
}

func TestResolve(t *testing.T) {
	const blob = "https://github.com/acme/shop/blob/0123456789abcdef0123456789abcdef01234567/"
	learnt := [][2]string{
		{"github.com/acme/shop/internal/svc.Run", "/src/app/internal/svc/svc.go"},
		{"github.com/acme/space/w.F", "/src/space/w/w.go"},
	}
	tests := []struct {
		file string
		want place
	}{
		{"/src/app/internal/svc/s.go", place{Class: "app", Module: "github.com/acme/shop", Version: "v1.2.3", Rel: "internal/svc/s.go", Link: blob + "internal/svc/s.go#L7"}},
		{"/src/app/main.go", place{Class: "app", Module: "github.com/acme/shop", Version: "v1.2.3", Rel: "main.go", Link: blob + "main.go#L7"}},
		{"/src/app2/main.go", place{Class: "unknown"}},
		{"/src/space/x.go", place{Class: "app", Module: "github.com/acme/space", Rel: "x.go"}},
		{"/src/local/x.go", place{Class: "module", Module: "github.com/acme/local", Rel: "x.go"}},
		{"/src/app/vendor/github.com/samber/lo/slice.go", place{Class: "module", Module: "github.com/samber/lo", Version: "v1.53.0", Rel: "slice.go", Link: "https://github.com/samber/lo/blob/v1.53.0/slice.go#L7"}},
		{"/gopath/mod/github.com/!data!dog/x@v0.7.0/y.go", place{Class: "module", Module: "github.com/DataDog/x", Version: "v0.7.0", Rel: "y.go", Link: "https://github.com/DataDog/x/blob/v0.7.0/y.go#L7"}},
		{"/root/go/pkg/mod/github.com/not/listed@v1.0.0/y.go", place{Class: "module", Module: "github.com/not/listed", Version: "v1.0.0", Rel: "y.go", Link: "https://github.com/not/listed/blob/v1.0.0/y.go#L7"}},
		{"/root/go/pkg/mod/github.com/fork/swapped@v1.5.0/y.go", place{Class: "module", Module: "github.com/acme/swapped", Version: "v1.5.0", Rel: "y.go", Link: "https://github.com/fork/swapped/blob/v1.5.0/y.go#L7"}},
		{"/usr/local/go/src/net/http/server.go", place{Class: "std", Version: "go1.26.8 X:nodwarf5", Rel: "net/http/server.go", Link: "https://github.com/golang/go/blob/go1.26.8/src/net/http/server.go#L7"}},
		{"/usr/local/go/src/vendor/golang.org/x/net/http2/h.go", place{Class: "std", Version: "go1.26.8 X:nodwarf5", Rel: "vendor/golang.org/x/net/http2/h.go", Link: "https://github.com/golang/go/blob/go1.26.8/src/vendor/golang.org/x/net/http2/h.go#L7"}},
		{"/usr/local/go2/src/fmt/print.go", place{Class: "unknown"}},

		{"github.com/acme/shop/internal/svc/s.go", place{Class: "app", Module: "github.com/acme/shop", Version: "v1.2.3", Rel: "internal/svc/s.go", Link: blob + "internal/svc/s.go#L7"}},
		{"github.com/acme/shopping/x.go", place{Class: "unknown"}},
		{"github.com/acme/space/w/w.go", place{Class: "app", Module: "github.com/acme/space", Rel: "w/w.go"}},
		{"github.com/acme/local@v0.0.0/inner/x.go", place{Class: "module", Module: "github.com/acme/local", Rel: "inner/x.go"}},
		{"github.com/acme/swapped@v1.5.1/y.go", place{Class: "module", Module: "github.com/acme/swapped", Version: "v1.5.0", Rel: "y.go", Link: "https://github.com/fork/swapped/blob/v1.5.0/y.go#L7"}},
		{"github.com/DataDog/x@v0.7.0/y.go", place{Class: "module", Module: "github.com/DataDog/x", Version: "v0.7.0", Rel: "y.go", Link: "https://github.com/DataDog/x/blob/v0.7.0/y.go#L7"}},
		{"github.com/acme/shop/plugin@v0.1.0/p.go", place{Class: "module", Module: "github.com/acme/shop/plugin", Version: "v0.1.0", Rel: "p.go", Link: "https://github.com/acme/shop/blob/plugin/v0.1.0/plugin/p.go#L7"}},
		{"github.com/acme/multi/sub/v2@v2.3.4/a.go", place{Class: "module", Module: "github.com/acme/multi/sub/v2", Version: "v2.3.4", Rel: "a.go", Link: "https://github.com/acme/multi/blob/sub/v2.3.4/sub/a.go#L7"}},
		{"github.com/acme/old@v3.0.0+incompatible/a.go", place{Class: "module", Module: "github.com/acme/old", Version: "v3.0.0+incompatible", Rel: "a.go", Link: "https://github.com/acme/old/blob/v3.0.0/a.go#L7"}},
		{"golang.org/x/net@v0.56.0/html/a.go", place{Class: "module", Module: "golang.org/x/net", Version: "v0.56.0", Rel: "html/a.go", Link: "https://github.com/golang/net/blob/v0.56.0/html/a.go#L7"}},
		{"gopkg.in/yaml.v3@v3.0.1/a.go", place{Class: "module", Module: "gopkg.in/yaml.v3", Version: "v3.0.1", Rel: "a.go"}},
		{"net/http/server.go", place{Class: "std", Version: "go1.26.8 X:nodwarf5", Rel: "net/http/server.go", Link: "https://github.com/golang/go/blob/go1.26.8/src/net/http/server.go#L7"}},
		{"./main.go", place{Class: "app", Module: "github.com/acme/shop", Version: "v1.2.3", Rel: "main.go", Link: blob + "main.go#L7"}},
		{"plugin-host/main.go", place{Class: "unknown"}},
		{"<autogenerated>", place{Class: "unknown"}},
		{"_cgo_gotypes.go", place{Class: "unknown"}},
		{"/abs/../../etc/passwd", place{Class: "unknown"}},
		{"github.com/acme/shop/../../etc/passwd.go", place{Class: "unknown"}},
		{"weird<script>.y", place{Class: "unknown"}},
		{"github.com/acme/shop/a\nb.go", place{Class: "unknown"}},
		{"", place{Class: "unknown"}},
	}
	for _, tt := range tests {
		if got := resolve(build(false), "/usr/local/go/src/", options{}, learnt, tt.file, ""); got != tt.want {
			t.Errorf("%s:\n got %+v\nwant %+v", tt.file, got, tt.want)
		}
	}
}

func TestLinks(t *testing.T) {
	const file = "github.com/acme/shop/a b/#?.go"
	for _, tt := range []struct {
		name string
		info *debug.BuildInfo
		o    options
		want string
	}{
		{"uncommitted changes", build(true), options{}, ""},
		{"path is escaped", build(false), options{}, "https://github.com/acme/shop/blob/0123456789abcdef0123456789abcdef01234567/a%20b/%23%3F.go#L7"},
		{"GitLab", build(false), options{RepoURL: "https://gitlab.example/g/shop", RepoSubdir: "go"}, "https://gitlab.example/g/shop/-/blob/0123456789abcdef0123456789abcdef01234567/go/a%20b/%23%3F.go#L7"},
		{"placeholders", build(false), options{RepoURL: "https://git.example/shop/+/{rev}/{path}#{line}"}, "https://git.example/shop/+/0123456789abcdef0123456789abcdef01234567/a%20b/%23%3F.go#7"},
		{"revision that is none", &debug.BuildInfo{Main: build(false).Main, Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "javascript:alert(1)//"}}}, options{}, ""},
		{"tag only", &debug.BuildInfo{Main: build(false).Main}, options{}, "https://github.com/acme/shop/blob/v1.2.3/a%20b/%23%3F.go#L7"},
		{"nothing known", &debug.BuildInfo{Main: debug.Module{Path: "github.com/acme/shop", Version: "(devel)"}}, options{}, ""},
	} {
		if got := resolve(tt.info, "", tt.o, nil, file, "").Link; got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestClosuresTeachNothing(t *testing.T) {
	// Inlined closures bear the caller's name and stand in another package's file.
	for _, l := range [][2]string{
		{"github.com/acme/shop.main.RequestID.RequestIDWithConfig.func3.1", "/elsewhere/request_id.go"},
		{"github.com/acme/shop/internal/svc.F", "/elsewhere/request_id.go"},
		{"github.com/acme/shop.F", "/root/go/pkg/mod/x@v1/a.go"},
		{"github.com/acme/shop.F", "/usr/local/go/src/fmt/a.go"},
		{"github.com/acme/shop.F", "/etc/../x/a.go"},
	} {
		if got := resolve(build(false), "/usr/local/go/src/", options{}, [][2]string{l}, "/elsewhere/other.go", ""); got.Class != "unknown" {
			t.Errorf("%v taught that /elsewhere is %+v", l, got)
		}
	}
}

func FuzzResolve(f *testing.F) {
	f.Add("github.com/acme/shop.F", "/src/app/a.go", "/src/app/../x.go")
	f.Add("main.main", "./main.go", "github.com/DataDog/x@v0.7.0/y.go")
	f.Add("a.b", "C:/x/y.go", "@/@")
	f.Fuzz(func(t *testing.T, function, taught, file string) {
		at := resolve(build(false), "/usr/local/go/src/", options{}, [][2]string{{function, taught}}, file, function)
		for e := range strings.SplitSeq(at.Rel, "/") {
			if at.Rel != "" && (e == "" || e == "." || e == "..") {
				t.Errorf("%q may be read as %q", file, at.Rel)
			}
		}
		if at.Link != "" && (!strings.HasPrefix(at.Link, "https://") || strings.ContainsAny(at.Link, " \"'<>\n\r\x00")) {
			t.Errorf("%q has the link %q", file, at.Link)
		}
	})
}

// A demo is often a module of its own inside the library, which it replaces by "..".
func TestResolveModuleInsideTheOneItReplaces(t *testing.T) {
	info := &debug.BuildInfo{
		Path: "github.com/acme/lib/example", Main: debug.Module{Path: "github.com/acme/lib/example", Version: "(devel)"},
		Deps: []*debug.Module{{Path: "github.com/acme/lib", Version: "v0.0.0", Replace: &debug.Module{Path: "../"}}},
	}
	learnt := [][2]string{{"main.(*shop).recommended", "/src/lib/example/breaking.go"}}
	for file, want := range map[string]string{
		"/src/lib/example/breaking.go": "app", "/src/lib/example/internal/x.go": "app", "/src/lib/recover.go": "module", "/src/other.go": "unknown",
	} {
		if got := resolve(info, "", options{}, learnt, file, "").Class; got != want {
			t.Errorf("%s is %q, want %q", file, got, want)
		}
	}
}
