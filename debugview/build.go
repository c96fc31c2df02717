package debugview

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"runtime/pprof"
	"slices"
	"strings"
	"time"
)

// buildInfo is what the binary says of itself, read once.
type buildInfo struct {
	path, module, version string
	revision              string
	time                  time.Time
	modified              bool
	goVersion             string
	trimmed               bool
	settings              []debug.BuildSetting
	deps                  []*debug.Module
}

func readBuild(version, revision string) *buildInfo {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{GoVersion: runtime.Version()}
	}
	return newBuild(info, version, revision)
}

func newBuild(info *debug.BuildInfo, version, revision string) *buildInfo {
	b := &buildInfo{
		path: info.Path, module: info.Main.Path, version: info.Main.Version, goVersion: info.GoVersion,
		settings: info.Settings, deps: info.Deps,
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.revision = s.Value
		case "vcs.time":
			b.time, _ = time.Parse(time.RFC3339, s.Value)
		case "vcs.modified":
			b.modified = s.Value == "true"
		case "-trimpath":
			b.trimmed = s.Value == "true"
		}
	}
	if version != "" {
		b.version = version
	}
	if revision != "" {
		b.revision = revision
	}
	return b
}

const maxModules = 200

func (c *capture) captureBuild() {
	b, out := c.view.build, &c.report.Build
	*out = Build{
		Path: c.plain(b.path, maxName), Module: c.plain(b.module, maxName), Version: c.plain(b.version, maxName),
		Revision: c.plain(b.revision, 64), Time: b.time.UTC(), Modified: b.modified, Go: c.plain(b.goVersion, 60),
		Link: c.view.links.commit(), Source: c.view.sources.describe(),
	}
	if b.time.IsZero() {
		out.Time = time.Time{}
	}
	switch {
	case b.revision == "":
		out.Note = "The binary does not say from which commit it was built: go build stamps it only inside a repository that it may read, go run and go test never do."
	case b.modified:
		out.Note = "The working tree had uncommitted changes, so the lines in the repository may differ from those that ran; no links are made."
	}
	for i, s := range b.settings {
		if i == 40 {
			break
		}
		if strings.HasPrefix(s.Key, "vcs") || s.Value == "" {
			continue
		}
		f := c.field(s.Key, head(s.Value, 500))
		out.Settings = append(out.Settings, f)
	}
	for i, d := range b.deps {
		if i == maxModules {
			out.Omitted = len(b.deps) - i
			break
		}
		m := Module{Path: c.plain(d.Path, maxName), Version: c.plain(d.Version, 80)}
		if r := d.Replace; r != nil {
			m.Replace = strings.TrimSpace(c.plain(r.Path+" "+r.Version, 300))
		}
		out.Modules = append(out.Modules, m)
	}
}

var started = time.Now()

func (c *capture) captureRuntime() {
	r := &c.report.Runtime
	*r = Runtime{
		Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH, PID: os.Getpid(), Uptime: c.view.now().Sub(started).Round(time.Millisecond),
		CPUs: runtime.NumCPU(), MaxProcs: runtime.GOMAXPROCS(0), Goroutines: runtime.NumGoroutine(),
	}
	if host, err := os.Hostname(); err == nil {
		r.Host = c.plain(host, maxName)
	}
	// Not runtime.ReadMemStats, which stops the world.
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/total:bytes"}, {Name: "/gc/cycles/total:gc-cycles"}}
	metrics.Read(samples)
	for i, to := range []*uint64{&r.Heap, &r.Total, &r.GCs} {
		if samples[i].Value.Kind() == metrics.KindUint64 {
			*to = samples[i].Value.Uint64()
		}
	}
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
	slices.SortFunc(c.report.Context.Labels, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
}
