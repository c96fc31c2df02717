package exceptional_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
)

// blocks returns the README's code blocks of one language.
func blocks(t *testing.T, language string) []string {
	t.Helper()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(string(readme), -1) {
		found = append(found, m[1])
	}
	if len(found) == 0 {
		t.Fatalf("README.md has no block of %s", language)
	}
	return found
}

// TestReadmeCompiles holds every line of Go in the README to an example that the compiler has seen.
func TestReadmeCompiles(t *testing.T) {
	examples, err := os.ReadFile("examples_test.go")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"func main() {": true, "//go:embed http_responses": true}
	for line := range strings.Lines(string(examples)) {
		known[strings.TrimSpace(line)] = true
	}
	for _, block := range blocks(t, "go") {
		for line := range strings.Lines(block) {
			if line = strings.TrimSpace(line); !known[line] {
				t.Errorf("no example has the line %q", line)
			}
		}
	}
}

// TestReadmeTranscript runs the README's program and compares what it answers with what the README says.
func TestReadmeTranscript(t *testing.T) {
	e := echo.New()
	e.HTTPErrorHandler = exceptional.Handler(exceptional.Config{Logger: slog.New(slog.DiscardHandler)})
	e.Use(exceptional.Recover())
	e.GET("/orders/:id", func(c echo.Context) error {
		return httperrors.NotFound("There is no such order.")
	})
	server := httptest.NewServer(e)
	defer server.Close()
	res, err := http.Get(server.URL + "/orders/7")
	if err != nil {
		t.Fatal(err)
	}
	got := []string{res.Proto + " " + res.Status}
	for name, values := range res.Header {
		got = append(got, name+": "+strings.Join(values, ", "))
	}
	got = append(got, strings.TrimSpace(body(t, res)))
	slices.Sort(got)

	_, transcript, _ := strings.Cut(blocks(t, "console")[0], "\n") // after the command
	want := slices.DeleteFunc(strings.Split(transcript, "\n"), func(line string) bool { return line == "" })
	slices.Sort(want)
	date := func(line string) bool { return strings.HasPrefix(line, "Date: ") }
	if got, want := slices.DeleteFunc(got, date), slices.DeleteFunc(want, date); !slices.Equal(got, want) {
		t.Errorf("the program answers\n%q\nthe README says\n%q", got, want)
	}
}
