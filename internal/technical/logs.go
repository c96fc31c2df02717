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
	m := c.mask
	for _, e := range entries {
		line := report.Entry{At: e.At, Kind: "log", Level: e.Level.String(), Hidden: e.Hidden}
		if e.Note {
			line.Kind, line.Level = "note", ""
		}
		if e.Deadline {
			if line.Left = e.Left; line.Left == 0 {
				line.Left = -1
			}
		}
		line.Text = c.text(e.Message, trail.MaxText)
		line.Trimmed = e.Trimmed
		if e.Simple() {
			line.Fields = e.Fields(m)
		} else {
			fields, fault := within(&c.allow, c.view.perValue, func() []report.Field { return e.Fields(m) })
			if fault != "" {
				fields = []report.Field{{Name: "attributes", Value: "(not shown: " + fault + ")"}}
			}
			line.Fields = fields
		}
		out.Entries = append(out.Entries, line)
	}
}
