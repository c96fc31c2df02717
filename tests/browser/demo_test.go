// Package browser drives the demo in headless Chromium, as each of the people who may look at it.
//
//	go test ./...
//	go test -artifacts -outputdir shots .          # keeps the screenshots
//	go test -run TestPictures -pictures ../../docs .   # makes the README's pictures anew
//
// On a machine without Chromium the tests are skipped; with CI=true they fail.
package browser

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// viewers are the five who look. The last is not signed in.
var viewers = []string{"alice", "bob", "carol", "dave", "stranger"}

// failure is an entry of the demo's /api/failures.
type failure struct {
	Name   string
	Path   string
	Status int
	API    bool
}

// demo is the demo as a process of its own, with two replicas.
type demo struct {
	urls []string
	cmd  *exec.Cmd
	log  *lockedBuffer
}

// buildDemo compiles the demo once for all tests.
var buildDemo = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "demo-")
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "demo")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	out, err := exec.Command("go", "build", "-C", filepath.FromSlash("../../example"), "-o", binary, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return binary, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if binary, err := buildDemo(); err == nil {
		os.RemoveAll(filepath.Dir(binary))
	}
	os.Exit(code)
}

var announced = regexp.MustCompile(`(?:Open   |Replica \d is )(http://[^\s/]+)/`)

// startDemo runs the demo until the test ends.
func startDemo(t *testing.T) *demo {
	t.Helper()
	binary, err := buildDemo()
	if err != nil {
		t.Fatal(err)
	}
	d := &demo{cmd: exec.Command(binary, "-addr", "127.0.0.1:0", "-replicas", "2"), log: new(lockedBuffer)}
	d.cmd.Env = append(os.Environ(), "REDIS_URL=")
	d.cmd.Stderr = d.log
	stdout, err := d.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.stop)
	lines := bufio.NewScanner(stdout)
	for len(d.urls) < 2 && lines.Scan() {
		if m := announced.FindStringSubmatch(lines.Text()); m != nil {
			d.urls = append(d.urls, m[1])
		}
	}
	if len(d.urls) < 2 {
		t.Fatalf("the demo announced %q and stopped:\n%s", d.urls, d.log)
	}
	go io.Copy(io.Discard, stdout)
	return d
}

// stop lets the demo tidy up after itself, and does not wait for ever.
func (d *demo) stop() {
	kill := time.AfterFunc(10*time.Second, func() { d.cmd.Process.Kill() })
	defer kill.Stop()
	if d.cmd.Process.Signal(os.Interrupt) != nil {
		d.cmd.Process.Kill()
	}
	d.cmd.Wait() // fails if TestInterrupt has waited already
}

// failures asks the demo for the failures that it offers.
func (d *demo) failures(t *testing.T) []failure {
	t.Helper()
	res := d.get(t, 0, "/api/failures", "", "")
	var list []failure
	if err := json.Unmarshal(res.body, &list); err != nil {
		t.Fatalf("/api/failures: %v in %s", err, res.body)
	}
	if len(list) < 20 {
		t.Fatalf("/api/failures lists only %d", len(list))
	}
	return list
}

// answer is a response as it came over the wire.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// get asks a replica as one viewer, without following redirects.
func (d *demo) get(t *testing.T, replica int, path, viewer, accept string) answer {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, d.urls[replica]+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if viewer != "" && viewer != "stranger" {
		req.AddCookie(&http.Cookie{Name: "demo_user", Value: viewer})
	}
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	client := http.Client{
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, body}
}

// everything is the whole answer as text, for what must not be in it.
func (a answer) everything() string {
	var b strings.Builder
	a.header.Write(&b)
	b.Write(a.body)
	return b.String()
}

// lockedBuffer takes the demo's log while the test reads it.
type lockedBuffer struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
