package technical

import (
	"context"
	"reflect"
	"sync"
	"time"

	"github.com/exceptional-go/exceptional/debugview"
	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/mask"
	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/technical/value"
)

// captureWatches shows the values that the handler gave to debugview.Watch.
func (c *capture) captureWatches() {
	if c.trail == nil {
		return
	}
	_, _, watches := c.trail.Snapshot()
	for _, w := range watches {
		c.report.Watches = append(c.report.Watches, c.section(w.Name, w.Name, c.view.perValue, func() (any, error) { return w.Value, nil }))
	}
}

// capturePanels calls the panels of the application, all at the same time.
func (c *capture) capturePanels() {
	panels := c.view.o.Panels
	if len(panels) == 0 {
		return
	}
	// Panels have a deadline of their own, because an error's methods may have used up the other one.
	c.deadline = time.Now().Add(c.view.perPanel)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), c.view.perPanel)
	defer cancel()
	user := c.in.User
	c.report.Panels = make([]report.Section, len(panels))
	var wg sync.WaitGroup
	for i, panel := range panels {
		wg.Go(func() {
			c.report.Panels[i] = c.section(panel.Title, "", c.view.perPanel, func() (any, error) { return panel.Load(ctx, user) })
		})
	}
	wg.Wait()
}

// section shows the result of load. Loading and printing run together on one goroutine, because printing calls methods as well.
// name is the name of the value, which may make it a secret; a panel's title is no name.
func (c *capture) section(title, name string, d time.Duration, load func() (any, error)) report.Section {
	m := c.mask
	s, fault := within(c, d, func() (s report.Section) {
		v, err := load()
		p := value.NewPrinter(m)
		if err != nil {
			s.Error = p.Short(errtree.Text(err), 500)
		}
		switch x := v.(type) {
		case nil:
		case []debugview.Field:
			s.Fields = maskFields(p, m, x, 0)
		default:
			f := p.Print(name, reflect.ValueOf(v))
			if s.Fields = f.Fields; len(f.Fields) == 0 {
				s.Text = f.Value
			}
		}
		return s
	})
	s.Title = c.text(title, maxName)
	if fault != "" {
		s.Error = fault
	}
	return s
}

// maskFields masks Fields that the application made.
func maskFields(p *value.Printer, m *mask.Masker, fields []debugview.Field, depth int) (out []report.Field) {
	for _, f := range fields {
		if room := p.Take(depth); !room || len(out) == 2*value.MaxItems {
			break
		}
		o := report.Field{Name: p.Short(f.Name, maxName), Type: p.Short(f.Type, maxName), Masked: f.Masked}
		if m.Name(f.Name) {
			o.Value, o.Masked = m.Hide(f.Value+"x"), true
		} else {
			p.Text(&o, f.Value)
			o.Fields = maskFields(p, m, f.Fields, depth+1)
		}
		out = append(out, o)
	}
	return out
}
