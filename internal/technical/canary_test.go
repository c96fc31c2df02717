package technical_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/exceptional-go/exceptional/debugview"
	"github.com/exceptional-go/exceptional/internal/technical"
	"github.com/exceptional-go/exceptional/internal/technical/page"
	"github.com/exceptional-go/exceptional/internal/technical/trail"
)

// loginError is what an application's own error may carry.
type loginError struct {
	User     string
	Password string
	Meta     map[any]any
	Header   http.Header
}

func (e *loginError) Error() string { return "login of " + e.User + " failed" }

// TestCanaries plants a secret in every place that a Report looks at, each with a number of its own, and looks for it in every
// form that leaves the process.
func TestCanaries(t *testing.T) {
	n := 0
	planted := map[string]string{}
	canary := func(where string) string {
		n++
		c := fmt.Sprintf("cAn4ry%03dx7", n)
		planted[c] = where
		return c
	}
	basic := canary("basic password")
	body := fmt.Sprintf(`{"user":{"name":"Jo","passWord":%q,"keys":{"api_key":[%q]},"note":"postgres://u:%s@h/x"},"echo":"x","cvv":%q,`,
		canary("JSON"), canary("JSON array under a secret name"), canary("DSN in JSON"), canary("JSON, before the break"))
	req := httptest.NewRequest("POST", "https://u:"+canary("URL password")+"@shop.example/a?access_token="+canary("query")+"&user%5Bpassword%5D="+canary("nested query")+
		"&code="+canary("OAuth code")+"&next="+url.QueryEscape("https://x/?token="+canary("URL in the query"))+"&p=1", strings.NewReader(body))
	h := req.Header
	h.Set("Content-Type", "application/json")
	h.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("jo:"+basic)))
	h.Set("Proxy-Authorization", "Bearer "+canary("Proxy-Authorization"))
	h.Set("X-My-Token", canary("X-My-Token"))
	h.Set("x_api_key", canary("x_api_key"))
	h["X-RAW-SECRET"] = []string{canary("header not canonical")}
	h.Set("Referer", "https://x.example/cb?code="+canary("Referer")+"#access_token="+canary("fragment of the Referer"))
	h.Set("X-Custom", "Bearer "+canary("credentials in another header"))
	req.AddCookie(&http.Cookie{Name: "connect.sid", Value: canary("session cookie")})
	req.AddCookie(&http.Cookie{Name: "plain", Value: canary("any cookie")})
	req.MultipartForm = nil
	req = trail.Attach(req)
	io.ReadAll(req.Body)
	req.PostForm = url.Values{"user[password]": {canary("form")}, "otp-code": {canary("form otp")}}
	ctx := req.Context()

	log := slog.New(debugview.LogHandler(slog.DiscardHandler))
	log.With("api-key", canary("bound attribute")).WithGroup("auth").DebugContext(ctx, "connect amqp://u:"+canary("log message")+"@mq/",
		"password", canary("attribute"), "dsn", canary("dsn attribute"), "url", "redis://:"+canary("URL attribute")+"@r/0", "login", map[string]string{"secret": canary("map attribute")},
		slog.Group("session", "id", canary("group")), "err", errors.New("token="+canary("error attribute")))
	debugview.Note(ctx, "pin", slog.Any("creds", struct{ Credential string }{canary("note")}))
	debugview.Watch(ctx, "login", &loginError{Password: canary("watched field"), Meta: map[any]any{"jwt": canary("watched map")}, Header: http.Header{"Cookie": {canary("watched header")}}})
	debugview.Watch(ctx, "sessionKey", canary("watched value"))

	jwt := "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx" + canary("JWT") + "." + canary("JWT signature")
	err := fmt.Errorf("POST %s: %w", "/a?token="+canary("message"), errors.Join(
		&loginError{User: "jo", Password: canary("field"), Meta: map[any]any{"x": map[string]any{"client_secret": canary("nested field")}}},
		errors.New("dial mysql: jo:"+canary("MySQL DSN")+"@tcp(db:3306)/x"),
		errors.New("jwt "+jwt+" rejected"),
		errors.New("-----BEGIN PRIVATE KEY-----\n"+canary("PEM")+"\n-----END PRIVATE KEY-----"),
		errors.New("invalid character 'x' in "+body),
		errors.New("wrong password for jo: got "+basic+", want another"),
		&url.Error{Op: "Get", URL: "https://u:" + canary("url.Error") + "@h/?sig=" + canary("signed URL"), Err: io.EOF},
		caught(func() { panic(map[string]string{"password": canary("panic value")}) }),
	))
	t.Setenv("CANARY_SECRET", canary("environment"))
	v := newView(t, debugview.Options{
		Env: []string{"CANARY_SECRET"}, Disk: true,
		Panels: []debugview.Panel{{Title: "session", Load: func(context.Context, string) (any, error) {
			return map[string]any{"csrf_token": canary("panel"), "list": []any{map[string]string{"accessKey": canary("panel list")}}}, errors.New("secret: " + canary("panel error"))
		}}},
	})
	r := v.Report(ctx, &technical.Input{
		Err: err, Request: req, Status: 500, Params: []technical.Param{{Name: "resetToken", Value: canary("parameter")}}, Message: "password=" + canary("public message"),
		Decision: []string{"Location: https://u:" + canary("decision") + "@h/"}, PublicType: "text/html", PublicBody: []byte("<a href=\"https://u:" + canary("public body") + "@h/\">"),
		User: "jo", Handler: "main.h", Route: "/a",
	})
	if len(r.Problems) > 0 {
		t.Errorf("problems: %q", r.Problems)
	}
	outputs := map[string]string{"report": encode(t, r)}
	for name, form := range map[string]page.Format{"HTML": page.FormatHTML, "text": page.FormatText, "Markdown": page.FormatMarkdown, "JSON": page.FormatJSON} {
		b, _, _, err := page.Render(form, r)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		outputs[name] = string(b)
	}
	for c, where := range planted {
		for name, out := range outputs {
			if strings.Contains(out, c) {
				at := strings.Index(out, c)
				t.Errorf("%s shows the canary of %s: …%s…", name, where, out[max(0, at-80):min(len(out), at+40)])
				break
			}
		}
	}
	// Not everything may be hidden: a page of masks is of no use.
	for _, shown := range []string{"login of jo failed", "p=1", "shop.example", "wrong password for jo", "x.example/cb"} {
		if !strings.Contains(outputs["report"], shown) {
			t.Errorf("the report does not show %q", shown)
		}
	}
}

func TestOwnRules(t *testing.T) {
	req := httptest.NewRequest("GET", "/?shoeSize=44wide", nil)
	req.AddCookie(&http.Cookie{Name: "theme", Value: "dark"})
	req.AddCookie(&http.Cookie{Name: "other", Value: "light"})
	r := reportOf(t, debugview.Options{Mask: debugview.Masking{Names: []string{"shoe_size"}, Plain: []string{"theme"}, Digest: true}}, &technical.Input{Err: io.EOF, Request: req})
	if q := r.Request.Query[0]; !q.Masked || strings.Contains(r.Request.Target, "44wide") {
		t.Errorf("query = %+v, target %q", q, r.Request.Target)
	}
	if c := r.Request.Cookies; c[0].Value != "dark" || !c[1].Masked || !strings.Contains(c[1].Value, "(masked ") {
		t.Errorf("cookies = %+v", c)
	}
}

func benchInput(b *testing.B) *technical.Input {
	req := httptest.NewRequest("POST", "/orders/17?page=2", strings.NewReader(`{"order":17,"password":"hunter22"}`))
	req.Header.Set("Content-Type", "application/json")
	for i := range 12 {
		req.Header.Set(fmt.Sprintf("X-Header-%d", i), "some ordinary value, rather short")
	}
	req.Header.Set("Authorization", "Bearer abc.def-ghi")
	req = trail.Attach(req)
	io.ReadAll(req.Body)
	log := slog.New(debugview.LogHandler(slog.DiscardHandler))
	for i := range 10 {
		log.DebugContext(req.Context(), "query", "rows", i, "sql", "SELECT * FROM orders WHERE id = $1")
	}
	return &technical.Input{Err: fmt.Errorf("checkout: %w", caught(func() { nilMap(nil) })), Request: req, Status: 500, Route: "/orders/:id", PublicType: "text/html", PublicBody: make([]byte, 4000)}
}

func BenchmarkReport(b *testing.B) {
	v, err := technical.New(debugview.Options{Disk: true})
	if err != nil {
		b.Fatal(err)
	}
	in := benchInput(b)
	b.ReportAllocs()
	for b.Loop() {
		v.Report(in.Request.Context(), in)
	}
}

func BenchmarkReportAndPage(b *testing.B) {
	v, err := technical.New(debugview.Options{Disk: true})
	if err != nil {
		b.Fatal(err)
	}
	in := benchInput(b)
	b.ReportAllocs()
	for b.Loop() {
		r := v.Report(in.Request.Context(), in)
		body, _, _, err := page.Render(page.FormatHTML, r)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(body)))
	}
}
