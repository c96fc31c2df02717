package browser

import (
	"encoding/json"
	"strings"
	"testing"
)

// checkProblem reads a problem document as a client would.
func checkProblem(t *testing.T, f failure, body []byte, technical bool) {
	t.Helper()
	var doc struct {
		Title    string
		Status   int
		Instance string
		Errors   []struct{ Detail, Pointer, Parameter string }
		Debug    map[string]any
	}
	if err := json.Unmarshal(body, &doc); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	if doc.Status != f.Status || doc.Title == "" {
		t.Errorf("status %d and title %q in %s", doc.Status, doc.Title, body)
	}
	if got := doc.Debug != nil; got != technical {
		t.Errorf("a member debug: %t, want %t", got, technical)
	}
	if strings.Contains(string(body), "4111111111111111") {
		t.Error("the card number is not masked")
	}
	if f.Status >= 500 && doc.Instance == "" {
		t.Errorf("no instance to quote in %s", body)
	}
	if f.Status == 422 && len(doc.Errors) != 2 {
		t.Errorf("two fields are wrong, the document says %s", body)
	}
}
