package source

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/exceptional-go/exceptional/internal/sourcepack"
	"github.com/exceptional-go/exceptional/internal/technical/report"
)

// A Linker makes the addresses of lines on GitHub and GitLab, at the commit or tag that was compiled. It never asks whether they
// exist. Options.RepoURL may describe any other forge by a template.
type Linker struct {
	build  *Build
	repo   string // of the application, or a template; "" if unknown
	subdir string
}

// NewLinker returns a Linker for the binary b. repoURL is inferred from the module's path if it is empty.
func NewLinker(repoURL, subdir string, b *Build) *Linker {
	l := &Linker{build: b, repo: strings.TrimSuffix(repoURL, "/"), subdir: subdir}
	if l.repo == "" {
		inferred := ""
		if l.repo, inferred = forgeOf(b.Main.Path); l.subdir == "" {
			l.subdir = inferred
		}
	}
	return l
}

// Line returns the address of one line, or "".
func (l *Linker) Line(at Place, line int) string {
	if line <= 0 || !sourcepack.Source(at.Rel) {
		return ""
	}
	repo, subdir, rev := "", "", ""
	switch {
	case at.Class == report.ClassStd:
		repo, subdir, rev = "https://github.com/golang/go", "src", goRelease.FindString(l.build.GoVersion)
	case at.Class == report.ClassApp && at.Ran == l.build.Main.Path && !l.build.Modified:
		repo, subdir, rev = l.repo, l.subdir, l.build.Revision
		if rev == "" {
			rev = revisionOf(l.build.Main.Version, subdir)
		}
	case at.Class == report.ClassModule:
		repo, subdir = forgeOf(at.Ran)
		rev = revisionOf(at.Version, subdir)
	}
	if repo == "" || !isRevision(rev) {
		return ""
	}
	var path []string
	for element := range strings.SplitSeq(join(subdir, at.Rel), "/") {
		path = append(path, url.PathEscape(element))
	}
	template := repo + "/blob/{rev}/{path}#L{line}"
	switch {
	case strings.Contains(repo, "{"):
		template = repo
	case isGitLab(repo):
		template = repo + "/-/blob/{rev}/{path}#L{line}"
	}
	return strings.NewReplacer("{rev}", rev, "{path}", strings.Join(path, "/"), "{line}", strconv.Itoa(line)).Replace(template)
}

// Commit returns the address of the commit that was built, or "".
func (l *Linker) Commit() string {
	switch {
	case l.repo == "" || !isRevision(l.build.Revision) || strings.Contains(l.repo, "{"):
		return ""
	case isGitLab(l.repo):
		return l.repo + "/-/commit/" + l.build.Revision
	}
	return l.repo + "/commit/" + l.build.Revision
}

// isGitLab decides by the host's name: the addresses of files there have "/-" in them, unlike those of GitHub and its like.
func isGitLab(repo string) bool { return strings.Contains(repo, "://gitlab.") }

func join(dir, rel string) string { return strings.TrimPrefix(dir+"/"+rel, "/") }

var (
	majorVersion  = regexp.MustCompile(`/v[0-9]+$`)
	modulePath    = regexp.MustCompile(`^[0-9A-Za-z._~-]+(?:/[0-9A-Za-z._~-]+)+$`)
	pseudoVersion = regexp.MustCompile(`^v[0-9]+\.[0-9]+\.[0-9]+-(?:[^+]*\.)?[0-9]{14}-([0-9a-f]{12})(?:\+incompatible|\+dirty)?$`)
	goRelease     = regexp.MustCompile(`^go1\.[0-9]+(?:\.[0-9]+)?(?:(?:rc|beta)[0-9]+)?\b`)
	revision      = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z._/+-]{0,150}$`)
)

// forgeOf returns the repository of a module on GitHub or GitLab, and the directory of the module in it. Other hosts would have to
// be asked over the network, which the page never uses.
func forgeOf(module string) (repo, subdir string) {
	path := majorVersion.ReplaceAllString(module, "")
	if rest, ok := strings.CutPrefix(path, "golang.org/x/"); ok {
		path = "github.com/golang/" + rest
	}
	switch parts := strings.Split(path, "/"); {
	case len(parts) < 3 || !modulePath.MatchString(path):
	case parts[0] == "github.com":
		return "https://" + strings.Join(parts[:3], "/"), strings.Join(parts[3:], "/")
	case strings.HasPrefix(parts[0], "gitlab."):
		return "https://" + path, "" // groups may be nested, so a subdirectory could not be told from the repository
	}
	return "", ""
}

// revisionOf returns the tag or commit of a module version.
func revisionOf(version, subdir string) string {
	if m := pseudoVersion.FindStringSubmatch(version); m != nil {
		return m[1]
	}
	if !strings.HasPrefix(version, "v") || strings.Contains(version, "+dirty") {
		return ""
	}
	return join(subdir, strings.TrimSuffix(version, "+incompatible"))
}

func isRevision(s string) bool { return revision.MatchString(s) && !strings.Contains(s, "..") }
