package source

import (
	"runtime"
	"runtime/debug"
	"time"
)

// Build is what the binary says of itself, read once.
type Build struct {
	Path, Module, Version string
	Revision              string
	Time                  time.Time
	Modified              bool
	GoVersion             string
	trimmed               bool
	Settings              []debug.BuildSetting
	Deps                  []*debug.Module
}

// ReadBuild returns what the running binary says of itself. version and revision replace what it says, unless they are empty.
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
		case "-trimpath":
			b.trimmed = s.Value == "true"
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
