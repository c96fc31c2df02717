package pages_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/exceptional-go/exceptional/internal/pages"
	"github.com/exceptional-go/exceptional/renderer"
)

func TestGallery(t *testing.T) {
	r, err := pages.New(renderer.Options{Brand: renderer.Brand{Name: "<Books>"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		o    pages.GalleryOptions
		want []string
		not  []string
	}{
		{
			name: "nothing chosen",
			want: []string{`<iframe src="404?format=html&amp;lang=en&amp;frame=1"`, `<a href="404?format=html&amp;lang=en">`, `<main class="own wide">`,
				`<form method="get">`, `<option value="en" selected>English</option>`, "– &lt;Books&gt;</title>"},
		},
		{
			name: "under a path", o: pages.GalleryOptions{Base: "/debug/_errors"},
			want: []string{`<iframe src="/debug/_errors/404?`, `action="/debug/_errors"`},
		},
		{
			name: "under a path with a slash", o: pages.GalleryOptions{Base: "/debug/_errors/"},
			want: []string{`<iframe src="/debug/_errors/404?`, `action="/debug/_errors"`},
		},
		{
			name: "dark and narrow", o: pages.GalleryOptions{Scheme: "dark", Width: "narrow"},
			want: []string{`<main class="dark narrow">`, `<option value="dark" selected>`, `<option value="narrow" selected>`},
		},
		{
			name: "in another format", o: pages.GalleryOptions{Format: "json"},
			want: []string{`&#34;status&#34;: 404`, `<a href="404?format=json&amp;lang=en">`, `<option value="json" selected>`}, not: []string{"<iframe"},
		},
		{
			name: "in Markdown", o: pages.GalleryOptions{Format: "markdown"},
			want: []string{"# Page not found"}, not: []string{"<iframe"},
		},
		{
			name: "hostile", o: pages.GalleryOptions{Language: `"><script>`, Format: `"><script>`, Scheme: `"><script>`, Width: `"><script>`, Base: `/"><script>/`},
			want: []string{`<main class="own wide">`, `lang=en`}, not: []string{"<script"},
		},
		{
			name: "another host for a path", o: pages.GalleryOptions{Base: `/\/evil.example/_errors`},
			want: []string{`<iframe src="/evil.example/_errors/404?`}, not: []string{`="//`, `="/\`},
		},
		{
			name: "a scheme for a path", o: pages.GalleryOptions{Base: "javascript:alert(1)//"},
			not: []string{`="javascript:`},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := string(r.Gallery(tt.o))
			for _, s := range tt.want {
				if !strings.Contains(got, s) {
					t.Errorf("no %s in\n%.3000s", s, got)
				}
			}
			for _, s := range tt.not {
				if strings.Contains(got, s) {
					t.Errorf("%s in\n%.3000s", s, got)
				}
			}
			for status := 300; status < 600; status++ {
				shown := strings.Contains(got, fmt.Sprintf("<span>%d</span>", status))
				if want := http.StatusText(status) != "" && status != http.StatusNotModified && status != http.StatusUseProxy; shown != want {
					t.Errorf("%d: shown = %v", status, shown)
				}
			}
			sum := sha256.Sum256([]byte(sheet.FindStringSubmatch(got)[1]))
			if csp := pages.GalleryCSP(); !strings.Contains(csp, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") || !strings.Contains(csp, "default-src 'none'") {
				t.Errorf("CSP = %s", csp)
			}
		})
	}
}
