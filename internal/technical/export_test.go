package technical

import (
	"runtime/debug"
	"time"

	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/technical/source"
)

func ParseTemplate(s string) (report.TemplateError, bool) { return parseTemplate(s) }

const MaxAbandoned = maxAbandoned

// SetBudget gives a View other times than those of production.
func (v *View) SetBudget(all, value, panel time.Duration) {
	v.budget, v.perValue, v.perPanel = all, value, panel
}

// SetBuild makes v take its binary for one with this build information.
func (v *View) SetBuild(info *debug.BuildInfo) {
	v.build = source.NewBuild(info, v.o.Version, v.o.Revision)
	v.paths = source.NewResolver(v.build, source.StdRoot())
	v.sources = source.NewChain(v.o.Sources, v.o.Disk, v.build)
	v.links = source.NewLinker(v.o.RepoURL, v.o.RepoSubdir, v.build)
}
