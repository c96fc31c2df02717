package source

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/exceptional-go/exceptional/internal/technical/report"
)

// A Linker makes the addresses of lines in the forges, at the commit or tag that was compiled. It never asks whether they
// exist.
type Linker struct {
	build  *Build
	repo   string // of the application, with placeholders; "" if unknown
	subdir string
}

// NewLinker returns a Linker for the binary b. repoURL is inferred from the module's path if it is empty.
func NewLinker(repoURL, subdir string, b *Build) *Linker {
	l := &Linker{build: b, repo: strings.TrimSuffix(repoURL, "/"), subdir: subdir}
	if l.repo == "" {
		if repo, subdir, _ := forgeOf(b.Module); repo != "" {
			l.repo = repo
			if l.subdir == "" {
				l.subdir = subdir
			}
		}
	}
	return l
}

// Line returns the address of one line, or "".
func (l *Linker) Line(at Place, line int) string {
	if at.Rel == "" || line <= 0 || !strings.HasSuffix(at.Rel, ".go") && !sourceName(at.Rel) {
		return ""
	}
	switch at.Class {
	case report.ClassStd:
		rev := goTag(l.build.GoVersion)
		if rev == "" {
			return ""
		}
		return fileURL("https://github.com/golang/go", rev, "src/"+at.Rel, line)
	case report.ClassApp:
		if at.Ran == "" || at.Ran != l.build.Module || l.repo == "" || l.build.Modified {
			return ""
		}
		rev := l.build.Revision
		if rev == "" {
			rev = revisionOf(l.build.Version, l.subdir)
		}
		if !plainRev(rev) {
			return ""
		}
		return fileURL(l.repo, rev, join(l.subdir, at.Rel), line)
	case report.ClassModule:
		repo, subdir, ok := forgeOf(at.Ran)
		rev := revisionOf(at.Version, subdir)
		if !ok || !plainRev(rev) {
			return ""
		}
		return fileURL(repo, rev, join(subdir, at.Rel), line)
	}
	return ""
}

// Commit returns the address of the commit that was built.
func (l *Linker) Commit() string {
	if l.repo == "" || !plainRev(l.build.Revision) || strings.Contains(l.repo, "{") {
		return ""
	}
	switch {
	case strings.Contains(l.repo, "://gitlab."):
		return l.repo + "/-/commit/" + l.build.Revision
	case strings.Contains(l.repo, "://bitbucket."):
		return l.repo + "/commits/" + l.build.Revision
	}
	return l.repo + "/commit/" + l.build.Revision
}

func join(dir, rel string) string {
	if dir == "" {
		return rel
	}
	return dir + "/" + rel
}

func fileURL(repo, rev, rel string, line int) string {
	var parts []string
	for p := range strings.SplitSeq(rel, "/") {
		parts = append(parts, url.PathEscape(p))
	}
	p, n := strings.Join(parts, "/"), strconv.Itoa(line)
	if strings.Contains(repo, "{") {
		return strings.NewReplacer("{rev}", rev, "{path}", p, "{line}", n).Replace(repo)
	}
	host, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(repo, "https://"), "http://"), "/")
	switch {
	case strings.HasPrefix(host, "gitlab."):
		return repo + "/-/blob/" + rev + "/" + p + "#L" + n
	case strings.HasPrefix(host, "bitbucket."):
		return repo + "/src/" + rev + "/" + p + "#lines-" + n
	case host == "codeberg.org" || strings.HasPrefix(host, "gitea.") || strings.HasPrefix(host, "forgejo."):
		return repo + "/src/commit/" + rev + "/" + p + "#L" + n
	case host == "git.sr.ht":
		return repo + "/tree/" + rev + "/item/" + p + "#L" + n
	case strings.HasSuffix(host, ".googlesource.com"):
		return repo + "/+/" + rev + "/" + p + "#" + n
	}
	return repo + "/blob/" + rev + "/" + p + "#L" + n
}

// vanity are import paths whose repository has another name. Asking the host would mean the network.
var vanity = []struct{ prefix, repo string }{
	{"golang.org/x/", "https://github.com/golang/"},
	{"go.uber.org/", "https://github.com/uber-go/"},
	{"k8s.io/", "https://github.com/kubernetes/"},
	{"sigs.k8s.io/", "https://github.com/kubernetes-sigs/"},
}

var vanityExact = map[string]string{
	"google.golang.org/grpc":       "https://github.com/grpc/grpc-go",
	"google.golang.org/protobuf":   "https://github.com/protocolbuffers/protobuf-go",
	"google.golang.org/api":        "https://github.com/googleapis/google-api-go-client",
	"google.golang.org/genproto":   "https://github.com/googleapis/go-genproto",
	"gorm.io/gorm":                 "https://github.com/go-gorm/gorm",
	"go.opentelemetry.io/otel":     "https://github.com/open-telemetry/opentelemetry-go",
	"gitlab.com/tozd/go/errors":    "https://gitlab.com/tozd/go/errors",
	"braces.dev/errtrace":          "https://github.com/bracesdev/errtrace",
	"honnef.co/go/tools":           "https://github.com/dominikh/go-tools",
	"cloud.google.com/go":          "https://github.com/googleapis/google-cloud-go",
	"modernc.org/sqlite":           "https://gitlab.com/cznic/sqlite",
	"go.mongodb.org/mongo-driver":  "https://github.com/mongodb/mongo-go-driver",
	"go.etcd.io/bbolt":             "https://github.com/etcd-io/bbolt",
	"gopkg.in/yaml":                "https://github.com/go-yaml/yaml",
	"gopkg.in/ini":                 "https://github.com/go-ini/ini",
	"gopkg.in/check":               "https://github.com/go-check/check",
	"google.golang.org/appengine":  "https://github.com/golang/appengine",
	"filippo.io/age":               "https://github.com/FiloSottile/age",
	"go.opentelemetry.io/proto":    "https://github.com/open-telemetry/opentelemetry-proto-go",
	"go.opentelemetry.io/contrib":  "https://github.com/open-telemetry/opentelemetry-go-contrib",
	"go.temporal.io/sdk":           "https://github.com/temporalio/sdk-go",
	"go.starlark.net":              "https://github.com/google/starlark-go",
	"nhooyr.io/websocket":          "https://github.com/coder/websocket",
	"entgo.io/ent":                 "https://github.com/ent/ent",
	"gocloud.dev":                  "https://github.com/google/go-cloud",
	"google.golang.org/genai":      "https://github.com/googleapis/go-genai",
	"connectrpc.com/connect":       "https://github.com/connectrpc/connect-go",
	"buf.build/go/protovalidate":   "https://github.com/bufbuild/protovalidate-go",
	"dario.cat/mergo":              "https://github.com/darccio/mergo",
	"go.yaml.in/yaml":              "https://github.com/yaml/go-yaml",
	"go.starlark.net/starlarkjson": "https://github.com/google/starlark-go",
}

var (
	major    = regexp.MustCompile(`/v[0-9]+$`)
	gopkgIn  = regexp.MustCompile(`^gopkg\.in/(?:([A-Za-z0-9-]+)/)?([A-Za-z0-9-]+)\.v[0-9]+`)
	pseudo   = regexp.MustCompile(`^v[0-9]+\.(?:0\.0-|[0-9]+\.[0-9]+-(?:[^+]*\.)?0\.)[0-9]{14}-([0-9a-f]{12})(?:\+incompatible|\+dirty)?$`)
	release  = regexp.MustCompile(`^go1\.[0-9]+(?:\.[0-9]+)?(?:(?:rc|beta)[0-9]+)?$`)
	plainTag = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z._/+-]{0,150}$`)
	segment  = regexp.MustCompile(`^[0-9A-Za-z._~-]+$`)
)

// forgeOf returns the repository of a module and the directory of the module in it.
func forgeOf(module string) (repo, subdir string, ok bool) {
	if m := gopkgIn.FindStringSubmatch(module); m != nil {
		if known, ok := vanityExact["gopkg.in/"+m[2]]; ok && m[1] == "" {
			return known, "", true
		}
		if m[1] == "" {
			return "https://github.com/go-" + m[2] + "/" + m[2], "", true
		}
		return "https://github.com/" + m[1] + "/" + m[2], "", true
	}
	bare := major.ReplaceAllString(module, "")
	for m := bare; m != "."; {
		if r, ok := vanityExact[m]; ok {
			return r, strings.TrimPrefix(strings.TrimPrefix(bare, m), "/"), true
		}
		i := strings.LastIndexByte(m, '/')
		if i < 0 {
			break
		}
		m = m[:i]
	}
	parts := strings.Split(bare, "/")
	for _, p := range parts {
		if !segment.MatchString(p) {
			return "", "", false
		}
	}
	for _, v := range vanity {
		if rest, ok := strings.CutPrefix(bare, v.prefix); ok && rest != "" {
			name, sub, _ := strings.Cut(rest, "/")
			return v.repo + name, sub, true
		}
	}
	switch host := parts[0]; {
	case len(parts) < 3:
	case host == "github.com" || host == "bitbucket.org" || host == "codeberg.org" || host == "gitea.com" || host == "git.sr.ht":
		return "https://" + strings.Join(parts[:3], "/"), strings.Join(parts[3:], "/"), true
	case strings.HasPrefix(host, "gitlab."):
		// A group may be nested, so where the repository ends cannot be told; without a subdirectory it is the whole path.
		return "https://" + bare, "", true
	}
	return "", "", false
}

// revisionOf returns the tag or commit of a module version.
func revisionOf(version, subdir string) string {
	if m := pseudo.FindStringSubmatch(version); m != nil {
		return m[1]
	}
	if !strings.HasPrefix(version, "v") || strings.Contains(version, "+dirty") {
		return ""
	}
	return join(subdir, strings.TrimSuffix(version, "+incompatible"))
}

func plainRev(s string) bool { return plainTag.MatchString(s) && !strings.Contains(s, "..") }

// goTag returns the tag of a Go release: "go1.26.8" of "go1.26.8 X:nodwarf5". A development version has none.
func goTag(version string) string {
	v, _, _ := strings.Cut(version, " ")
	v, _, _ = strings.Cut(v, "-")
	if !release.MatchString(v) {
		return ""
	}
	return v
}
