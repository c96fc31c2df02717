package report_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/report"
)

// hostile is an error none of whose methods can be trusted.
type hostile struct{}

func (*hostile) Error() string   { panic("Error") }
func (e *hostile) Unwrap() error { return e }

// recovered returns a panic as the error that a Failure holds.
func recovered(value any) error {
	return exceptional.Recover()(func(echo.Context) error { panic(value) })(nil)
}

func TestCauses(t *testing.T) {
	shared := errors.New("shared")
	var nilError *fs.PathError
	tests := []struct {
		name string
		err  error
		want string // type, parent and via of each
	}{
		{"nil", nil, ""},
		{"one", shared, "*errors.errorString -1"},
		{"wrapped", fmt.Errorf("outer: %w", shared), "*fmt.wrapError -1, *errors.errorString 0 unwrap"},
		{
			"joined", errors.Join(errors.New("a"), fmt.Errorf("b: %w", shared)),
			"*errors.joinError -1, *errors.errorString 0 join 0, *fmt.wrapError 0 join 1, *errors.errorString 2 unwrap",
		},
		{"each once", errors.Join(shared, shared), "*errors.joinError -1, *errors.errorString 0 join 0"},
		{"nil pointer", nilError, "*fs.PathError -1"},
		{"wraps itself, with methods that panic", &hostile{}, "*report_test.hostile -1"},
		{"panic", recovered("boom"), "*stack.Panic -1 panic boom"},
		{"panic with an error", recovered(shared), "*stack.Panic -1 panic shared, *errors.errorString 0 unwrap"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, c := range report.Causes(tt.err) {
				s := fmt.Sprint(c.Type, " ", c.Parent)
				if c.Via != "" {
					s += " " + c.Via
				}
				if c.Via == "join" {
					s += fmt.Sprint(" ", c.Branch)
				}
				if c.Panic {
					s += fmt.Sprint(" panic ", c.PanicValue)
				}
				got = append(got, s)
			}
			if s := strings.Join(got, ", "); s != tt.want {
				t.Errorf("Causes() = %s, want %s", s, tt.want)
			}
		})
	}
	wide := make([]error, 10_000)
	for i := range wide {
		wide[i] = fmt.Errorf("%d", i)
	}
	if n := len(report.Causes(errors.Join(wide...))); n > 200 {
		t.Errorf("%d causes", n)
	}
}

func TestText(t *testing.T) {
	if s := report.Text(nil); s != "" {
		t.Errorf("Text(nil) = %q", s)
	}
	if s := report.Text(errors.New("x")); s != "x" {
		t.Errorf("Text() = %q", s)
	}
	if s := report.Text(&hostile{}); s == "" {
		t.Error("Text of an error whose method panics is empty")
	}
}

func TestMask(t *testing.T) {
	const secret = "hunter2hunter2"
	if s := report.Mask("dial postgres://app:"+secret+"@db/x password="+secret, 1000, nil); strings.Contains(s, secret) || !strings.HasPrefix(s, "dial ") {
		t.Errorf("Mask() = %q", s)
	}
	if s := report.Mask("a b", 1000, strings.ToUpper); s != "A B" {
		t.Errorf("Mask() = %q", s)
	}
	if s := report.Mask(secret, 1000, func(string) string { panic("hide") }); s == "" || strings.Contains(s, secret) {
		t.Errorf("Mask() = %q after a panic", s)
	}
	for pad := range 40 {
		s := report.Mask(strings.Repeat("é", 60)+strings.Repeat("x", pad)+" postgres://app:"+secret+"@db/x "+strings.Repeat("y", 500), 128, nil)
		if strings.Contains(s, secret[:7]) || !utf8.ValidString(s) || len(s) > 128+len("…") {
			t.Errorf("Mask() = %q", s)
		}
	}
	if s := report.MaskURL("https://app:" + secret + "@example.com/reset?token=" + secret + "&page=2"); strings.Contains(s, secret) || !strings.HasSuffix(s, "page=2") {
		t.Errorf("MaskURL() = %q", s)
	}
}
