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
	v.setBuild(source.NewBuild(info, v.o.Version, v.o.Revision))
}
