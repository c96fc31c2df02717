package source

import (
	"runtime"
	"runtime/debug"
	"time"
)

// Build is the build information of the binary.
type Build struct {
	Path, Module, Version string
	Revision              string
	Time                  time.Time
	Modified              bool
	GoVersion             string
	Settings              []debug.BuildSetting
	Deps                  []*debug.Module
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
	b := &Build{
		Path: info.Path, Module: info.Main.Path, Version: info.Main.Version, GoVersion: info.GoVersion,
		Settings: info.Settings, Deps: info.Deps,
	}
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
	if version != "" {
		b.Version = version
	}
	if revision != "" {
		b.Revision = revision
	}
	return b
}
