package mask_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/exceptional-go/exceptional/internal/mask"
)

// The key of the digests lives as long as the process: two reports of two processes do not show whether a secret is the same,
// and values cannot be tried against them.
func TestDigestChangesWithTheProcess(t *testing.T) {
	m, err := mask.New(mask.Options{Digest: true})
	if err != nil {
		t.Fatal(err)
	}
	const child = "EXCEPTIONAL_DIGEST_CHILD"
	if os.Getenv(child) != "" {
		t.Log("digest: " + m.Hide("a secret"))
		return
	}
	seen := map[string]bool{m.Hide("a secret"): true}
	for range 3 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestDigestChangesWithTheProcess$", "-test.v")
		cmd.Env = append(os.Environ(), child+"=1")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		_, digest, ok := strings.Cut(string(out), "digest: ")
		if !ok {
			t.Fatalf("no digest in %q", out)
		}
		digest, _, _ = strings.Cut(digest, "\n")
		seen[digest] = true
	}
	if len(seen) != 4 {
		t.Errorf("%d digests of 4 processes: %v", len(seen), seen)
	}
}
