package technical

import (
	"os"
	"runtime"
	"runtime/metrics"
	"strings"
	"time"

	"github.com/exceptional-go/exceptional/internal/technical/report"
)

const maxModules = 200

// captureBuild copies the build information of the binary.
func (c *capture) captureBuild() {
	b, out := c.view.build, &c.report.Build
	*out = report.Build{
		Path: c.binaryText(b.Path, maxName), Module: c.binaryText(b.Main.Path, maxName), Version: c.binaryText(b.Main.Version, maxName),
		Revision: c.binaryText(b.Revision, 64), Time: b.Time.UTC(), Modified: b.Modified, Go: c.binaryText(b.GoVersion, 60),
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
		m := report.Module{Path: c.binaryText(d.Path, maxName), Version: c.binaryText(d.Version, 80)}
		if r := d.Replace; r != nil {
			m.Replace = strings.TrimSpace(c.binaryText(r.Path+" "+r.Version, 300))
		}
		out.Modules = append(out.Modules, m)
	}
}

var started = time.Now() // close enough to the start of the process

// captureRuntime describes the process at this moment.
func (c *capture) captureRuntime() {
	r := &c.report.Runtime
	*r = report.Runtime{
		Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH, PID: os.Getpid(), Uptime: time.Since(started).Round(time.Millisecond),
		CPUs: runtime.NumCPU(), MaxProcs: runtime.GOMAXPROCS(0), Goroutines: runtime.NumGoroutine(),
	}
	if host, err := os.Hostname(); err == nil {
		r.Host = c.binaryText(host, maxName)
	}
	// Not runtime.ReadMemStats, which stops the world.
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/total:bytes"}, {Name: "/gc/cycles/total:gc-cycles"}}
	metrics.Read(samples)
	r.Heap, r.Total, r.GCs = samples[0].Value.Uint64(), samples[1].Value.Uint64(), samples[2].Value.Uint64()
}

// captureEnv shows the variables that the application named, and no others: the environment holds secrets.
func (c *capture) captureEnv() {
	for _, name := range c.view.o.Env {
		value, ok := os.LookupEnv(name)
		f := c.field(name, value)
		if !ok {
			f.Value = "(not set)"
		}
		c.report.Env = append(c.report.Env, f)
	}
}
