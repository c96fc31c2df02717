package debugview

import (
	"runtime"
	"runtime/debug"
	"time"

	"github.com/exceptional-go/exceptional/internal/mask"
)

// A Place is a spot for tests.
type Place struct{ Class, Module, Version, Rel, Link string }

// Resolve locates a file in a binary with this build information. learnt are function and file pairs seen before.
func Resolve(info *debug.BuildInfo, std string, o Options, learnt [][2]string, file, function string) Place {
	b := newBuild(info, "", "")
	r := newResolver(b)
	r.std = std
	for _, l := range learnt {
		r.learn(l[0], l[1])
	}
	at := r.locate(file, function)
	return Place{at.class, at.module, at.version, at.rel, newLinker(o, b).line(at, 7)}
}

// Highlight returns the lines from first to last, and the names of the functions.
func Highlight(src []byte, first, last int, goSource bool) (out []Line, funcs []string) {
	starts := lineStarts(src)
	end := len(src)
	if last < len(starts) {
		end = starts[last]
	}
	var pieces []piece
	if goSource {
		var fs []funcRange
		pieces, fs = scanGo(src, end)
		for _, f := range fs {
			funcs = append(funcs, f.name)
		}
	} else {
		pieces = scanTemplate(src, end)
	}
	return lines(src, starts, pieces, first, last, nil), funcs
}

// Extract returns the frames that err carries.
func Extract(err error) (frames []runtime.Frame) {
	for _, s := range extract(err) {
		if s.frames != nil {
			frames = append(frames, s.frames...)
		} else {
			frames = append(frames, symbolise(s.pcs)...)
		}
	}
	if len(frames) == 0 {
		for _, s := range lastResort(err) {
			frames = append(frames, s.frames...)
		}
	}
	return frames
}

var (
	Beautify   = beautify
	TextFrames = textFrames
	GoTag      = goTag
	EachValid  = eachValid
)

func ParseTemplate(s string) (TemplateError, bool) { return parseTemplate(s) }

// Within runs f as foreign code is run.
func Within(d time.Duration, f func()) (fault string) {
	a := allowance{end: time.Now().Add(d), now: time.Now}
	_, fault = within(&a, d, func() int { f(); return 0 })
	return fault
}

func Stuck() int { return int(stuck.Load()) }

const MaxStuck = maxStuck

// SetBudget gives a View other times than those of production.
func (v *View) SetBudget(all, value, panel time.Duration) {
	v.budget, v.perValue, v.perPanel = all, value, panel
}

// SetBuild makes v believe that it runs in a binary with this build information.
func (v *View) SetBuild(info *debug.BuildInfo) {
	v.build = newBuild(info, v.o.Version, v.o.Revision)
	v.paths = newResolver(v.build)
	v.sources = newSourceChain(v.o, v.build, v.paths)
	v.links = newLinker(v.o, v.build)
}

func Masker(v *View) *mask.Masker { return v.mask }

// Kept returns how many source files v holds, KeptSize what they take.
func Kept(v *View) int     { return len(v.sources.kept.files) }
func KeptSize(v *View) int { return v.sources.kept.size }
