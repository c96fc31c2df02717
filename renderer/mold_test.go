package renderer_test

import (
	"strings"
	"testing"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/renderer"
)

// TestMold: the page from a mold is byte for byte the one from the template.
func TestMold(t *testing.T) {
	warm, cold := newRenderer(t, renderer.Options{}), newRenderer(t, renderer.Options{})
	errs := []*httperrors.Error{nil, httperrors.New(500, ""), httperrors.New(503, "Back at noon."), httperrors.New(500, "moldReferenceOfThePage").WithCode("m"),
		httperrors.New(503, "").WithDetail("a detail"), httperrors.New(400, "x").WithExtension("abc", 1)}
	for round := range 4 {
		for _, e := range errs {
			for _, ids := range [][3]string{{"7K3F-9Q2M-4T", "", ""}, {"", "req-1", ""}, {"R", "q", ""}, {"", "", "4bf92f"}, {"<b>", "x", ""}, {"a b", "", ""},
				{"moldRequestIDOfThePage", "x", ""}, {"R", "<script>", ""}, {strings.Repeat("r", 300), "", ""}, {"é", "", ""}, {"", "", ""}} {
				for _, fragment := range []bool{false, true} {
					in := &renderer.Input{Error: e, Status: 500, Reference: ids[0], RequestID: ids[1], TraceID: ids[2], Path: "/", Instance: "urn:x"}
					c := renderer.Choice{Format: html, Language: "en", Fragment: fragment}
					got := render(t, warm, c, in)
					cold.Forget()
					want := render(t, cold, c, in)
					if string(got.Body) != string(want.Body) || got.CSP != want.CSP || got.Err != nil || got.ContentType != want.ContentType {
						t.Fatalf("round %d, %v: %q\ngot  %s\nwant %s", round, e, ids, got.Body, want.Body)
					}
					got.Release()
				}
			}
		}
	}
}
