package source

import (
	"cmp"
	"runtime"
	"runtime/debug"
	"time"
)

// Build is the build information of the binary, with what it says of the version control.
type Build struct {
	debug.BuildInfo
	Revision string
	Time     time.Time
	Modified bool
}

// ReadBuild returns the build information of the running binary. version and revision replace those in it, unless they are empty.
func ReadBuild(version, revision string) *Build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{GoVersion: runtime.Version()}
	}
	return NewBuild(info, version, revision)
}

// NewBuild is [ReadBuild] for a binary with this build information.
func NewBuild(info *debug.BuildInfo, version, revision string) *Build {
	b := &Build{BuildInfo: *info}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.time":
			b.Time, _ = time.Parse(time.RFC3339, s.Value)
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	b.Main.Version, b.Revision = cmp.Or(version, b.Main.Version), cmp.Or(revision, b.Revision)
	return b
}
