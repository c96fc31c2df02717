package technical

import (
	"os"
	"runtime"
	"runtime/metrics"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"github.com/exceptional-go/exceptional/internal/technical/report"
)

const maxModules = 200

func (c *capture) captureBuild() {
	b, out := c.view.build, &c.report.Build
	*out = report.Build{
		Path: c.plain(b.Path, maxName), Module: c.plain(b.Main.Path, maxName), Version: c.plain(b.Main.Version, maxName),
		Revision: c.plain(b.Revision, 64), Time: b.Time.UTC(), Modified: b.Modified, Go: c.plain(b.GoVersion, 60),
		Link: c.view.links.Commit(), Source: c.view.sources.Describe(),
	}
	switch {
	case b.Revision == "":
		out.Note = "The binary does not say from which commit it was built: go build stamps it only inside a repository that it may read, go run and go test never do."
	case b.Modified:
		out.Note = "The working tree had uncommitted changes, so the lines in the repository may differ from those that ran; no links are made."
	}
	for _, s := range b.Settings {
		if !strings.HasPrefix(s.Key, "vcs") && s.Value != "" {
			out.Settings = append(out.Settings, c.field(s.Key, s.Value))
		}
	}
	out.Omitted = max(0, len(b.Deps)-maxModules)
	for _, d := range b.Deps[:len(b.Deps)-out.Omitted] {
		m := report.Module{Path: c.plain(d.Path, maxName), Version: c.plain(d.Version, 80)}
		if r := d.Replace; r != nil {
			m.Replace = strings.TrimSpace(c.plain(r.Path+" "+r.Version, 300))
		}
		out.Modules = append(out.Modules, m)
	}
}

var started = time.Now()

func (c *capture) captureRuntime() {
	r := &c.report.Runtime
	*r = report.Runtime{
		Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH, PID: os.Getpid(), Uptime: time.Since(started).Round(time.Millisecond),
		CPUs: runtime.NumCPU(), MaxProcs: runtime.GOMAXPROCS(0), Goroutines: runtime.NumGoroutine(),
	}
	if host, err := os.Hostname(); err == nil {
		r.Host = c.plain(host, maxName)
	}
	// Not runtime.ReadMemStats, which stops the world.
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/total:bytes"}, {Name: "/gc/cycles/total:gc-cycles"}}
	metrics.Read(samples)
	r.Heap, r.Total, r.GCs = samples[0].Value.Uint64(), samples[1].Value.Uint64(), samples[2].Value.Uint64()
	for _, name := range c.view.o.Env {
		value, ok := os.LookupEnv(name)
		f := c.field(name, value)
		if !ok {
			f.Value = "(not set)"
		}
		c.report.Env = append(c.report.Env, f)
	}
	pprof.ForLabels(c.ctx, func(key, value string) bool {
		c.report.Context.Labels = append(c.report.Context.Labels, c.field(key, value))
		return len(c.report.Context.Labels) < 20
	})
	slices.SortFunc(c.report.Context.Labels, func(a, b report.Field) int { return strings.Compare(a.Name, b.Name) })
}
