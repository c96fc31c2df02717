package value_test

import (
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/exceptional-go/exceptional/internal/mask"
	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/technical/value"
)

type secret string

func (secret) ExceptionalSecret() {}

type cart struct {
	Items  []int
	Owner  *string
	Token  secret
	Pin    int `exceptional:"secret"`
	At     time.Time
	Next   *cart
	Notify func()
	hidden int
}

type noted struct{ do func() string }

func (n noted) String() string { return n.do() }

func TestLine(t *testing.T) {
	owner := `Jo "the cook"`
	loop := &cart{hidden: 1}
	loop.Next = loop
	for _, tt := range []struct {
		v    any
		want string // "" for a value that is not written down
	}{
		{map[string]int{"b": 2, "a": 1}, `map["a":1 "b":2]`},
		{[]string{"x", ""}, `["x" ""]`},
		{[]byte("abc"), "(3 bytes)"},
		{[]int(nil), "nil"},
		{[]int{}, "[]"},
		{struct{}{}, "{}"},
		{cart{Items: []int{1, 2}, Owner: &owner, Token: "canary", Pin: 4711}, `{Items:[1 2] Owner:"Jo \"the cook\"" Token:"•••• (masked)" Pin:"•••• (masked)" At:0001-01-01T00:00:00Z Next:nil Notify:nil}`},
		{loop, ""},
		{make([]int, 30), "[" + strings.Repeat("0 ", 23) + "0 …]"},
		{[]string{strings.Repeat("x", 1000)}, `["` + strings.Repeat("x", 510) + "…"},
		{nil, ""}, {7, ""}, {"text", ""}, {time.Second, ""}, {secret("x"), ""}, {noted{}, ""}, {fmt.Errorf("x"), ""},
	} {
		got, ok := value.Line(tt.v)
		if tt.v == any(loop) {
			if !ok || len(got) > 600 || !strings.Contains(got, "…") {
				t.Errorf("a value that contains itself: %q, %v", got, ok)
			}
			continue
		}
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("Line(%T) = %q, %v, want %q", tt.v, got, ok, tt.want)
		}
	}
}

func TestPrint(t *testing.T) {
	for _, tt := range []struct {
		name string
		v    any
		want string
	}{
		{"n", 7, "7"},
		{"n", nil, "nil"},
		{"password", "hunter22", "••••"},
		{"password", "", "empty"},
		{"n", secret("canary"), "••••"},
		{"n", noted{func() string { return "said" }}, "said"},
		{"n", noted{func() string { panic("no") }}, "(value_test.noted panicked while it was printed: no)"},
		{"n", slog.GroupValue(slog.Int("a", 1), slog.String("token", "canary")).Any(), "a=1 token=••••"},
		{"n", map[string]any{"a": []any{1, "x"}, "password": "hunter22"}, "a=0=1 1=x password=••••"},
		{"n", []byte("text"), "text"},
		{"n", []byte{0xff, 0xfe, 0}, "ff fe 00"},
		{"n", cart{Items: []int{1}}, "Items=0=1 Owner=nil Token=empty Pin=empty At=0001-01-01T00:00:00Z Next=nil Notify=nil"},
	} {
		f := value.NewPrinter(mask.Default).Print(tt.name, reflect.ValueOf(tt.v))
		if got := flat(f); !strings.HasPrefix(got, tt.want) {
			t.Errorf("Print(%s, %T) = %s, want %s", tt.name, tt.v, got, tt.want)
		}
	}
}

// flat writes a Field as "value", or as "name=value" for each of its parts.
func flat(f report.Field) string {
	if f.Fields == nil {
		return strings.TrimSuffix(f.Value, " (masked)")
	}
	var all []string
	for _, part := range f.Fields {
		all = append(all, part.Name+"="+flat(part))
	}
	return strings.Join(all, " ")
}
