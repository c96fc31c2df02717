package technical

import (
	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/technical/trail"
)

func (c *capture) captureTrail() {
	out := &c.report.Trail
	if c.trail == nil {
		out.Missing = "The request did not pass the middleware of this module, so its log lines and its body were not kept."
		return
	}
	entries, dropped, _ := c.trail.Snapshot()
	out.Dropped = dropped
	for _, e := range entries {
		line := report.Entry{
			At: e.At, Left: e.Left, Kind: "log", Level: e.Level.String(), Hidden: e.Hidden,
			Text: c.text(e.Message, trail.MaxText), Trimmed: e.Trimmed,
		}
		if e.Note {
			line.Kind, line.Level = "note", ""
		}
		line.Fields = c.entryFields(e)
		out.Entries = append(out.Entries, line)
	}
}

func (c *capture) entryFields(e trail.Entry) []report.Field {
	m := c.mask
	if !e.HasMethods() {
		return e.Fields(m)
	}
	fields, fault := within(c, c.view.perValue, func() []report.Field { return e.Fields(m) })
	if fault != "" {
		return []report.Field{{Name: "attributes", Value: "(not shown: " + fault + ")"}}
	}
	return fields
}
