// Package pagetest holds Reports for the tests of package page, and for those that look at the page in a browser. They are as
// View.Report makes them, written by hand, so that rendering is tested without a process to look at: the same clock, ids and
// paths everywhere.
package pagetest

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/exceptional-go/exceptional/internal/technical/report"
)

var sampleTime = time.Date(2026, 3, 14, 9, 26, 53, 589_793_238, time.UTC)

// Mask stands in the place of a secret.
const Mask = "•••• (masked)"

var goToken = regexp.MustCompile("(//.*)|(\"(?:[^\"\\\\]|\\\\.)*\"|`[^`]*`)|\\b(func|return|if|err|range|for|package|import|var|type|struct|go|defer|map|else)\\b|\\b(nil|string|error|len|make|int|append)\\b|\\b([0-9]+)\\b|([A-Za-z_]\\w*)\\(|([A-Za-z_]\\w*)|(.)")

// window makes a source window of code whose first line has the number first; the line meant is line.
func window(first, line, column int, code string) *report.Source {
	s := &report.Source{Origin: "pack", Fresh: report.FreshVerified, Line: line, Column: column}
	for i, text := range strings.Split(strings.Trim(code, "\n"), "\n") {
		l := report.Line{Number: first + i}
		for _, m := range goToken.FindAllStringSubmatch(text, -1) {
			add := func(class, t string) { l.Spans = append(l.Spans, report.Span{Class: class, Text: t}) }
			switch {
			case m[1] != "":
				add(report.SpanComment, m[1])
			case m[2] != "":
				add(report.SpanString, m[2])
			case m[3] != "":
				add(report.SpanKeyword, m[3])
			case m[4] != "":
				add(report.SpanBuiltin, m[4])
			case m[5] != "":
				add(report.SpanNumber, m[5])
			case m[6] != "":
				add(report.SpanFunc, m[6])
				add("", "(")
			default:
				add("", m[0])
			}
		}
		s.Lines = append(s.Lines, l)
	}
	return s
}

func appFrame(name, path string, line int, source *report.Source) report.Frame {
	pkg := "example.test/shop/" + path[:strings.LastIndexByte(path, '/')]
	return report.Frame{
		Function: pkg + "." + name, Name: name, Pkg: pkg, File: "example.test/shop/" + path, Path: path, Line: line, Class: report.ClassApp,
		Module: "example.test/shop", Version: "v1.4.2", Source: source,
		Link: fmt.Sprintf("https://git.example.test/shop/blob/4f1d0c9/%s#L%d", path, line),
	}
}

func libFrame(class, module, version, pkg, name, path string, line int) report.Frame {
	f := report.Frame{Function: pkg + "." + name, Name: name, Pkg: pkg, File: pkg + "/" + path, Path: path, Line: line, Class: class, Module: module, Version: version}
	if module != "" {
		f.Link = fmt.Sprintf("https://%s/blob/%s/%s#L%d", module, version, path, line)
	}
	return f
}

// tail is what stands below every handler: middleware, Echo, net/http.
func tail() []report.Frame {
	echo := func(name, path string, line int) report.Frame {
		return libFrame(report.ClassModule, "github.com/labstack/echo/v4", "v4.16.0", "github.com/labstack/echo/v4", name, path, line)
	}
	inlined := echo("(*Echo).add · func1", "echo.go", 587)
	inlined.Inlined = true
	return []report.Frame{
		inlined,
		echo("RequestIDWithConfig · func1", "middleware/request_id.go", 69),
		appFrame("Session · func1", "internal/web/session.go", 31, window(24, 31, 0, `
func Session(store sessions.Store) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			s, err := store.Get(c.Request(), "shop")
			if err != nil {
				return fmt.Errorf("session: %w", err)
			}
			return next(c) // the session is saved by the writer
		}
	}
}
`)),
		echo("(*Echo).ServeHTTP", "echo.go", 669),
		libFrame(report.ClassStd, "", "", "net/http", "serverHandler.ServeHTTP", "net/http/server.go", 3340),
		libFrame(report.ClassStd, "", "", "net/http", "(*conn).serve", "net/http/server.go", 2109),
	}
}

func Request() *report.Request {
	return &report.Request{
		Method: "POST", Target: "/orders/17/items?coupon=spring&token=" + Mask, Host: "shop.example.test", Scheme: "https", Proto: "HTTP/1.1",
		Remote: "203.0.113.9:52814", TLS: "TLS 1.3, TLS_AES_128_GCM_SHA256", Route: "/orders/:id/items", Handler: "example.test/shop/internal/orders.(*Handler).AddItem",
		ID:     "b1f3c1a2-6d53-4f7e",
		Params: []report.Field{{Name: "id", Value: "17"}},
		Query:  []report.Field{{Name: "coupon", Value: "spring"}, {Name: "token", Value: Mask, Masked: true}},
		Headers: []report.Field{
			{Name: "Accept", Value: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
			{Name: "Accept-Encoding", Value: "gzip, deflate, br"},
			{Name: "Accept-Language", Value: "de-AT,de;q=0.7,en;q=0.3"},
			{Name: "Authorization", Value: "Bearer " + Mask, Masked: true},
			{Name: "Content-Length", Value: "48"},
			{Name: "Content-Type", Value: "application/json"},
			{Name: "Cookie", Value: "shop=" + Mask + "; theme=dark", Masked: true},
			{Name: "Referer", Value: "https://shop.example.test/orders/17"},
			{Name: "User-Agent", Value: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"},
		},
		Cookies: []report.Field{{Name: "shop", Value: Mask, Masked: true}, {Name: "theme", Value: "dark"}},
		Body: &report.Body{Type: "application/json", Length: 48, Read: 48, JSON: true, Complete: true,
			Text: `{"sku":"TEA-001","quantity":2,"note":"it's a gift"}`},
	}
}

// base is what every sample shares.
func base() *report.Report {
	return &report.Report{
		Version: report.Version, Reference: "7K3F-9Q2M-4T", Time: sampleTime,
		Summary: report.Summary{Status: 500, Phrase: "Internal Server Error", Kind: "error", Line: "POST /orders/17/items?coupon=spring&token=" + Mask + " HTTP/1.1", Stack: -1, Frame: -1},
		Request: Request(),
		User:    "u-1042",
		Panels: []report.Section{
			{Title: "Cart", Fields: []report.Field{{Name: "Items", Value: "3", Type: "int"}, {Name: "Total", Fields: []report.Field{{Name: "Net", Value: "41.50"}, {Name: "Currency", Value: "EUR"}}}}},
			{Title: "Feature flags", Error: "no answer within 50ms"},
		},
		Watches: []report.Section{{Title: "order", Fields: []report.Field{{Name: "ID", Value: "17", Type: "orders.ID"}, {Name: "State", Value: "draft"}, {Name: "items", Value: "nil", Type: "map[string]*orders.Item"}}}},
		Trail: report.Trail{Entries: []report.Entry{
			{At: 212 * time.Microsecond, Left: 29 * time.Second, Level: "INFO", Kind: "log", Text: "request started", Fields: []report.Field{{Name: "route", Value: "/orders/:id/items"}}},
			{At: 1843 * time.Microsecond, Left: 29 * time.Second, Level: "DEBUG", Kind: "log", Hidden: true, Text: "select * from orders where id = $1", Fields: []report.Field{{Name: "args", Value: "[17]"}, {Name: "rows", Value: "1"}}},
			{At: 4120 * time.Microsecond, Left: 29 * time.Second, Kind: "note", Text: "coupon applied", Fields: []report.Field{{Name: "coupon", Value: "spring"}, {Name: "api_key", Value: Mask, Masked: true}}},
			{At: 4402 * time.Microsecond, Left: 29 * time.Second, Level: "WARN", Kind: "log", Text: "stock is low", Fields: []report.Field{{Name: "item", Fields: []report.Field{{Name: "sku", Value: "TEA-001"}, {Name: "left", Value: "1"}}}}},
		}, Dropped: 2},
		Context: report.Context{Known: true, Elapsed: 4715 * time.Microsecond, Deadline: sampleTime.Add(29 * time.Second), Left: 29 * time.Second, State: "alive", Verdict: "The context was alive, with 29s left."},
		Decision: report.Decision{
			Steps:  []string{"the handler returned *fmt.wrapError", "no error of the tree speaks HTTP", "no mapping matches: 500", "text/html by Accept, de by Accept-Language", "template http_responses/5xx.html"},
			Origin: "unknown", Type: "text/html; charset=utf-8", Template: "http_responses/5xx.html",
			Body: "<!doctype html><html lang=\"de\"><head><title>500</title><style>body{font:16px sans-serif;margin:3rem;background:#eef}h1{color:#225}</style></head><body><h1>Interner Fehler</h1><p>Bitte versuchen Sie es sp\u00e4ter noch einmal.</p><p>Referenz: 7K3F-9Q2M-4T</p></body></html>",
		},
		Build: report.Build{
			Path: "example.test/shop/cmd/shop", Module: "example.test/shop", Version: "v1.4.2", Revision: "4f1d0c9b3a5e7d21c0ffee1234567890abcdef12", Time: sampleTime.Add(-26 * time.Hour), Go: "go1.26.8",
			Settings: []report.Field{{Name: "-trimpath", Value: "true"}, {Name: "CGO_ENABLED", Value: "0"}, {Name: "GOARCH", Value: "amd64"}},
			Modules: []report.Module{
				{Path: "github.com/labstack/echo/v4", Version: "v4.16.0"}, {Path: "github.com/jackc/pgx/v5", Version: "v5.7.2", Replace: "github.com/example/pgx/v5 v5.7.3"}, {Path: "golang.org/x/net", Version: "v0.56.0"},
			},
			Link: "https://git.example.test/shop/commit/4f1d0c9", Source: "packed at 4f1d0c9, the running revision",
		},
		Runtime: report.Runtime{Go: "go1.26.8", OS: "linux", Arch: "amd64", Host: "shop-7c9d-x2x1", PID: 1, Uptime: 93*time.Hour + 12*time.Minute, CPUs: 8, MaxProcs: 4, Goroutines: 231, Heap: 41_200_000, Total: 88_000_000, GCs: 1904},
		Trace:   report.Trace{TraceID: "4bf92f3577b34da6a3ce929d0e0e4736", SpanID: "00f067aa0ba902b7", Link: "https://trace.example.test/4bf92f3577b34da6a3ce929d0e0e4736"},
		Env:     []report.Field{{Name: "SHOP_REGION", Value: "eu-central"}},
	}
}

// Panic is a write to a nil map, three calls deep.
func Panic() *report.Report {
	r := base()
	r.Summary.Kind, r.Summary.Type, r.Summary.Text = "panic", "runtime.plainError", "assignment to entry in nil map"
	r.Summary.Chain, r.Summary.Stack, r.Summary.Frame, r.Summary.Where = []int{0}, 0, 0, "internal/orders/order.go:42"
	r.Errors = []report.ErrorNode{{Parent: -1, Via: "root", Type: "runtime.plainError", Pkg: "runtime", Text: "assignment to entry in nil map", Stack: 0, Sentinels: []string{"runtime.Error"}}}
	r.Hints = []report.Hint{{Title: "Write to a nil map.", Text: "A map must be made before it is written to: the zero value of a struct has none. Reading from it is fine.", Link: "https://go.dev/ref/spec#Making_slices_maps_and_channels"}}
	first := appFrame("(*Order).Put", "internal/orders/order.go", 42, window(35, 42, 10, `
// Put adds quantity of the item, or changes it.
func (o *Order) Put(item *Item, quantity int) {
	if quantity <= 0 {
		delete(o.items, item.SKU)
		return
	}
	item.Quantity = quantity
	o.items[item.SKU] = item
	o.touched = o.now()
}

func (o *Order) Total() (sum int) {
	for _, item := range o.items {
		sum += item.Price * item.Quantity
`))
	first.Open = true
	second := appFrame("(*Store).Add", "internal/orders/store.go", 88, window(82, 88, 0, `
func (s *Store) Add(ctx context.Context, id ID, item *Item, quantity int) error {
	o, err := s.Load(ctx, id)
	if err != nil {
		return fmt.Errorf("add to order %d: %w", id, err)
	}
	debugview.Watch(ctx, "order", o)
	o.Put(item, quantity)
	return s.save(ctx, o)
}
`))
	third := appFrame("(*Handler).AddItem", "internal/orders/handler.go", 57, window(50, 57, 0, `
func (h *Handler) AddItem(c echo.Context) error {
	var in itemInput
	if err := c.Bind(&in); err != nil {
		return err
	}
	id := ID(c.Get("id").(int))
	item := h.catalogue.Find(in.SKU)
	if err := h.store.Add(c.Request().Context(), id, item, in.Quantity); err != nil {
		return err
	}
	return c.Redirect(303, c.Request().URL.Path)
}
`))
	r.Stacks = []report.Stack{{Kind: "panic", Title: "panic", Node: 0, Note: "write to a nil map (runtime.mapassign_faststr)", Frames: append([]report.Frame{first, second, third}, tail()...)}}
	return r
}

// Wrapped is a driver's error, wrapped twice on its way up.
func Wrapped() *report.Report {
	r := base()
	r.Summary.Type = "*pgconn.PgError"
	r.Summary.Text = `checkout order 17: save: ERROR: duplicate key value violates unique constraint "items_pkey" (SQLSTATE 23505)`
	r.Summary.Chain, r.Summary.Stack, r.Summary.Frame, r.Summary.Where = []int{0, 1, 2}, 0, 1, "internal/orders/store.go:131"
	r.Errors = []report.ErrorNode{
		{Parent: -1, Via: "root", Type: "*fmt.wrapError", Pkg: "fmt", Text: r.Summary.Text, Added: "checkout order 17: …", Stack: -1},
		{Parent: 0, Depth: 1, Via: "unwrap", Type: "*errors.withStack", Pkg: "github.com/pkg/errors", Text: `save: ERROR: duplicate key …`, Added: "save: …", Stack: 0},
		{Parent: 1, Depth: 2, Via: "unwrap", Type: "*pgconn.PgError", Pkg: "github.com/jackc/pgx/v5/pgconn", Text: `ERROR: duplicate key value violates unique constraint "items_pkey" (SQLSTATE 23505)`, Stack: -1, Sentinels: []string{"SQLSTATE 23505"},
			Fields: []report.Field{{Name: "Code", Value: "23505"}, {Name: "Detail", Value: "Key (order_id, sku)=(17, TEA-001) already exists."}, {Name: "TableName", Value: "items"}, {Name: "Password", Value: Mask, Masked: true}}},
	}
	library := libFrame(report.ClassModule, "github.com/jackc/pgx/v5", "v5.7.3", "github.com/jackc/pgx/v5", "(*Conn).Exec", "conn.go", 455)
	first := appFrame("(*Store).save", "internal/orders/store.go", 131, window(126, 131, 0, `
func (s *Store) save(ctx context.Context, o *Order) error {
	for _, item := range o.items {
		_, err := s.db.Exec(ctx, insertItem, o.ID, item.SKU, item.Quantity)
		if err != nil {
			// with its stack: this is where the database speaks
			return errors.Wrap(err, "save")
		}
	}
	return nil
}
`))
	first.Open = true
	r.Stacks = []report.Stack{{Kind: "error", Title: "*errors.withStack", Node: 1, Frames: append([]report.Frame{library, first, appFrame("(*Handler).Checkout", "internal/orders/handler.go", 93, nil)}, tail()...)}}
	return r
}

// Join is an errors.Join of three, one of them a join again; nothing of it has a stack.
func Join() *report.Report {
	r := base()
	r.Summary.Status, r.Summary.Phrase = 503, "Service Unavailable"
	r.Summary.Type, r.Summary.Text = "*net.OpError", "warehouse: dial tcp 10.0.4.7:5432: connect: connection refused\nmail: context deadline exceeded\nread tcp: i/o timeout\nunexpected EOF"
	r.Summary.Chain, r.Summary.Where = []int{0, 1, 2}, "example.test/shop/internal/orders.(*Handler).Checkout"
	r.Errors = []report.ErrorNode{
		{Parent: -1, Via: "root", Type: "*errors.joinError", Pkg: "errors", Text: r.Summary.Text, Stack: -1},
		{Parent: 0, Depth: 1, Via: "join", Branch: 0, Type: "*fmt.wrapError", Text: "warehouse: dial tcp 10.0.4.7:5432: connect: connection refused", Added: "warehouse: …", Stack: -1},
		{Parent: 1, Depth: 2, Via: "unwrap", Type: "*net.OpError", Pkg: "net", Text: "dial tcp 10.0.4.7:5432: connect: connection refused", Stack: -1, Sentinels: []string{"syscall.ECONNREFUSED"},
			Fields: []report.Field{{Name: "Op", Value: "dial"}, {Name: "Net", Value: "tcp"}, {Name: "Addr", Type: "*net.TCPAddr", Fields: []report.Field{{Name: "IP", Value: "10.0.4.7"}, {Name: "Port", Value: "5432"}}}}},
		{Parent: 0, Depth: 1, Via: "join", Branch: 1, Type: "*fmt.wrapError", Text: "mail: context deadline exceeded", Added: "mail: …", Stack: -1},
		{Parent: 3, Depth: 2, Via: "unwrap", Type: "context.deadlineExceededError", Pkg: "context", Text: "context deadline exceeded", Stack: -1, Sentinels: []string{"context.DeadlineExceeded"}},
		{Parent: 0, Depth: 1, Via: "join", Branch: 2, Type: "*errors.joinError", Pkg: "errors", Text: "read tcp: i/o timeout\nunexpected EOF", Stack: -1, Status: 504, Public: "The warehouse did not answer."},
		{Parent: 5, Depth: 2, Via: "join", Branch: 0, Type: "*net.OpError", Pkg: "net", Text: "read tcp: i/o timeout", Stack: -1},
		{Parent: 5, Depth: 2, Via: "join", Branch: 1, Type: "*errors.errorString", Pkg: "errors", Text: "unexpected EOF", Stack: -1, Sentinels: []string{"io.ErrUnexpectedEOF"}},
	}
	handler := appFrame("(*Handler).Checkout", "internal/orders/handler.go", 76, nil)
	r.Stacks = []report.Stack{{Kind: "handler", Title: "handler", Node: -1, Note: "No stack: these errors carry none. This is the function that handled the request.", Frames: []report.Frame{handler}}}
	r.Context.State, r.Context.Verdict, r.Context.Left = "deadline exceeded", "The deadline passed 112ms before the failure.", -112*time.Millisecond
	r.Context.Cause, r.Context.Labels = "warehouse is too slow", []report.Field{{Name: "tenant", Value: "acme"}}
	return r
}

// Template is a failure inside a template, with its source.
func Template() *report.Report {
	r := base()
	r.Summary.Type = "template.ExecError"
	r.Summary.Text = `template: order.html:14:23: executing "items" at <.Item.Pirce>: can't evaluate field Pirce in type *orders.Item`
	r.Summary.Chain, r.Summary.Where = []int{0}, "templates/order.html:14"
	r.Errors = []report.ErrorNode{{Parent: -1, Via: "root", Type: "template.ExecError", Pkg: "text/template", Text: r.Summary.Text, Stack: -1}}
	source := &report.Source{Origin: "templates", Fresh: report.FreshUnknown, Line: 14, Column: 23}
	for i, text := range []string{`<table class="items">`, `  {{range .Items}}`, `  <tr><td>{{.Item.Name}}</td>`, `    <td class="price">{{.Item.Pirce}}</td></tr>`, `  {{end}}`, `</table>`} {
		source.Lines = append(source.Lines, report.Line{Number: 11 + i, Spans: []report.Span{{Text: text}}})
	}
	source.Lines[3].Spans = []report.Span{{Text: "    "}, {Class: report.SpanTag, Text: `<td class="price">`}, {Class: report.SpanAction, Text: "{{.Item.Pirce}}"}, {Class: report.SpanTag, Text: "</td></tr>"}}
	r.Template = []report.TemplateError{{Node: 0, Name: "order.html", Line: 14, Column: 23, Action: ".Item.Pirce", Text: "can't evaluate field Pirce in type *orders.Item", Path: "templates/order.html", Source: source}}
	r.Hints = []report.Hint{{Title: "No such field.", Text: "Did you mean .Price?"}}
	return r
}

// NotFound is a 404 as a technical viewer sees it: the routes that could have been meant.
func NotFound() *report.Report {
	r := base()
	r.Summary = report.Summary{Status: 404, Phrase: "Not Found", Kind: "error", Type: "*echo.HTTPError", Text: "code=404, message=Not Found", Chain: []int{0}, Stack: -1, Frame: -1, Line: "GET /order/17 HTTP/1.1", Where: "no route matches"}
	r.Errors = []report.ErrorNode{{Parent: -1, Via: "root", Type: "*echo.HTTPError", Pkg: "github.com/labstack/echo/v4", Text: "code=404, message=Not Found", Status: 404, Public: "Not Found", Stack: -1}}
	r.Request = &report.Request{Method: "GET", Target: "/order/17", Host: "localhost:8080", Scheme: "http", Proto: "HTTP/1.1"}
	r.Routes = []report.Route{
		{Method: "GET", Path: "/orders/:id", Handler: "orders.(*Handler).Show", Name: "order", Why: "similar path"},
		{Method: "POST", Path: "/order/:id", Handler: "orders.(*Handler).Update", Why: "other method"},
	}
	r.Panels, r.Watches, r.Trail, r.Env = nil, nil, report.Trail{Missing: "The request did not pass Attach."}, nil
	r.Decision = report.Decision{Steps: []string{"Echo's router: no route"}, Origin: "framework", Message: "Not Found", Type: "application/problem+json", Body: `{"type":"about:blank","title":"Not Found","status":404}`}
	return r
}

// All returns the samples by name.
func All() map[string]*report.Report {
	return map[string]*report.Report{
		"panic": Panic(), "wrapped": Wrapped(), "join": Join(), "template": Template(), "notfound": NotFound(), "empty": {}, "hostile": Hostile(validPayloads()...),
	}
}
