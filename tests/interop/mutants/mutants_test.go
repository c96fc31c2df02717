// Package mutants_test removes the mechanisms behind package groupcache's promises, one at a time, and expects the
// package's own tests to notice. Run it after a change to either:
//
//	go test -C tests/interop -timeout 60m ./mutants -mutants
//
// A mutant is a change of the source's text, which the compiler gets through an overlay: no file is touched. It must
// compile, or it would be "killed" by a typing error; and the unchanged tests must pass, or everything would be.
package mutants_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var all = flag.Bool("mutants", false, "try all mutants")

type edit struct{ file, old, new string }

var mutants = []struct {
	promise int
	name    string
	edits   []edit
	killers string // of the package's tests
}{
	{1, "waits during the back-off", []edit{{"group.go", "g.changed, g.c.now() < g.retryAt", "g.changed, false"}}, "TestColdQuestion"},
	{1, "a hanging loader is waited for", []edit{{"load.go", "case <-ctx.Done():", "case <-g.ctx.Done():"}}, "TestColdQuestion"},
	{1, "a hanging call of Redis is waited for", []edit{{"refresh.go", "context.WithTimeout(g.ctx, callTimeout)", "context.WithTimeout(g.ctx, 1000*callTimeout)"}}, "TestFallback"},
	{1, "a warm question allocates", []edit{{"group.go", "if _, ok := s.members[user]; ok {\n		return yes", "if _, ok := s.members[string(append([]byte(nil), user...))]; ok {\n		return yes"}}, "TestWarmQuestion"},
	{2, "no lease", []edit{{"group.go", "g.c.now() >= s.lease.Load() {\n		return nil", "g.c.now() >= s.expiresAt {\n		return nil"}}, "TestModel|TestLease"},
	{2, "the lease counts from the reply", []edit{{"refresh.go", "lease := sent + int64(g.c.opts.Lease)", "lease := g.c.now() + int64(g.c.opts.Lease) + 1e9"}}, "TestModel|TestLease"},
	{2, "a renewal ignores the generation", []edit{{"refresh.go", "cur.gen == e.gen && cur.id == e.id && ", ""}}, "TestModel|TestInvalidate"},
	{2, "publish ignores the generation", []edit{
		{"scripts.go", "if redis.call('HGET', KEYS[1], 'e') ~= ARGV[2] then", "if false then"},
		{"scripts.go", "'l', ARGV[2],", "'l', redis.call('HGET', KEYS[1], 'e'),"},
	}, "TestModel"},
	{2, "install ignores what was dropped", []edit{{"group.go", "if g.drops != seq {", "if false {"}}, "TestWithoutRedis|TestInvalidate"},
	{2, "no message of a revocation", []edit{{"scripts.go", "redis.pcall('PUBLISH', ARGV[3], 'I ' .. ARGV[1])", ""}}, "TestInvalidateReaches"},
	{2, "a failed revocation is forgotten", []edit{{"invalidate.go", "	c.keepRevoking(group)\n", ""}}, "TestInvalidateWithoutRedis"},
	{3, "age counts from publishing", []edit{{"scripts.go", "local ttl = ARGV[7] - spent", "local ttl = ARGV[7] + 0"}}, "TestModel|TestRemoval"},
	{3, "no age limit in the process", []edit{
		{"group.go", "s.lease.Store(min(until, s.expiresAt))", "s.lease.Store(until)"},
		{"refresh.go", "&& sent < cur.expiresAt", ""},
	}, "TestModel|TestRemoval"},
	{3, "another replica's age limit", []edit{{"pull.go", "min(ttl, maxAge-age)", "ttl"}}, "TestDifferentMaxAges"},
	{3, "no refresh ahead", []edit{{"refresh.go", "if g.c.now() < cur.refreshAt {", "if true {"}}, "TestRefreshAhead"},
	// Publishing without the lock is not among them: it survives. The generation, the set's own end and the age that a
	// replica has seen already stand in for it; it is one guard of several.
	{4, "half a set is used", []edit{{"pull.go", "if !sentinel || len(members) != e.members {", "if false && !sentinel {"}}, "TestDamaged"},
	{4, "an older entry is used", []edit{{"pull.go", "if e.id != g.r.newestID && began < g.r.newest {", "if false {"}}, "TestModel|TestOlder"},
	{4, "a wrong type stays", []edit{{"scripts.go", "if not string.find(h.err, 'WRONGTYPE', 1, true) then return h end", "if true then return h end"}}, "TestDamaged"},
	{4, "another layout is read", []edit{{"scripts.go", "if h[2] ~= ARGV[3] or ", "if "}}, "TestNewerLayout"},
	{4, "invalid ids are kept", []edit{{"load.go", `if id == "" || len(id) > maxID {`, "if false {"}}, "TestIDs"},
	{5, "an error is an absence", []edit{{"load.go", "		l.err = r.Err\n		return", "		l.missing, l.maxAge = true, missingTTL\n		return"}}, "TestErrorIsNotAnAbsence"},
	{5, "an absence lasts as long as members", []edit{{"load.go", "		l.maxAge = missingTTL\n", ""}}, "TestMissing"},
	{5, "a revocation leaves the absence", []edit{
		{"scripts.go", "redis.call('UNLINK', KEYS[2])\nredis.pcall('PUBLISH', ARGV[3]", "redis.pcall('PUBLISH', ARGV[3]"},
		{"scripts.go", "or h[3] ~= e or", "or h[4] ~= 'missing' and h[3] ~= e or"},
	}, "TestMissing|TestModel"},
	{6, "every replica gets the lock", []edit{{"scripts.go", "if not won then", "if false then"}}, "TestColdHerd|TestModel"},
	{6, "no back-off", []edit{{"scripts.go", "ms = math.floor(ms * ARGV[4] / 1000)", "ms = 1"}}, "TestFailingLoader"},
	{6, "the back-off does not grow", []edit{{"scripts.go", "2 ^ math.min(math.max(f - 1, 0), 20)", "1"}}, "TestFailingLoader"},
	{6, "a storm of revocations is a storm of loads", []edit{{"scripts.go", "  redis.pcall('SET', KEYS[2], '-', 'PX', math.min(left, 100))", "  redis.call('DEL', KEYS[2])"}}, "TestHerdAtMaxAge"},
	{6, "a panic gets out", []edit{{"load.go", "return guard.Go(func() (T, error) {\n\t\tdefer c.background.Done()\n\t\treturn f()\n\t})", "results := make(chan guard.Result[T], 1)\n\tgo func() {\n\t\tdefer c.background.Done()\n\t\tvalue, err := f()\n\t\tresults <- guard.Result[T]{Value: value, Err: err}\n\t}()\n\treturn results"}}, "TestHostile"},
	{6, "hanging loaders pile up", []edit{{"group.go", "loadSlots: make(chan struct{}, 4)", "loadSlots: make(chan struct{}, 400)"}}, "TestHangingLoaders"},
	{7, "no fallback", []edit{{"fallback.go", "case g.r.failures >= 2:", "case false:"}}, "TestFallback"},
	{7, "no limit to the fallback", []edit{{"fallback.go", "g.r.nextDirect = now + int64(g.c.opts.Lease)", "g.r.nextDirect = now + int64(g.c.opts.Lease)/3"}}, "TestFallback"},
	{7, "the fallback cannot be switched off", []edit{{"fallback.go", "case g.c.opts.NoFallback:", "case false:"}}, "TestNoFallback"},
	{8, "a lock that never ends is respected", []edit{{"scripts.go", "\n    or ttl < 0 or ttl > math.max(tonumber(ARGV[3]), tonumber(ARGV[4]))", ""}}, "TestDamaged"},
	{9, "idle groups go on", []edit{{"refresh.go", "return now-g.r.lastAsked > int64(g.c.opts.MaxAge)", "return false"}}, "TestIdle"},
	{9, "any number of groups", []edit{{"cache.go", "if len(groups) >= c.opts.MaxGroups {", "if false {"}}, "TestGroupsAreBounded"},
	{9, "Close lets goroutines run", []edit{{"cache.go", "	c.cancel()\n	_, err", "	_, err"}}, "TestClose"},
	{10, "one prefix for all", []edit{{"scripts.go", `base := prefix + "{"`, `base := "exceptional:{"`}}, "TestSideBySide"},
}

func TestMutants(t *testing.T) {
	if !*all {
		t.Skip("takes half an hour; ask for it with -mutants")
	}
	root, err := filepath.Abs("../../../groupcache")
	if err != nil {
		t.Fatal(err)
	}
	var killers []string
	for _, m := range mutants {
		killers = append(killers, m.killers)
	}
	binary := build(t, root, nil)
	if out, err := run(binary, root, strings.Join(killers, "|")); err != nil {
		t.Fatalf("the tests fail without any mutant: %v\n%s", err, tail(out))
	}
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			binary := build(t, root, m.edits)
			out, err := run(binary, root, m.killers)
			if err == nil {
				t.Errorf("promise %d: %s survives %s", m.promise, m.name, m.killers)
				return
			}
			var exit *exec.ExitError
			if !errors.As(err, &exit) {
				t.Fatal(err)
			}
			t.Logf("killed: %s", cause(out))
		})
	}
}

// build compiles the package's tests with the edits.
func build(t *testing.T, root string, edits []edit) (binary string) {
	t.Helper()
	dir := t.TempDir()
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for _, e := range edits {
		file := filepath.Join(root, e.file)
		source := file
		if changed, ok := overlay.Replace[file]; ok {
			source = changed
		}
		b, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(b), e.old); n != 1 {
			t.Fatalf("%s has %d places to change, want 1: %q", e.file, n, e.old)
		}
		changed := filepath.Join(dir, e.file)
		if err := os.WriteFile(changed, []byte(strings.Replace(string(b), e.old, e.new, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		overlay.Replace[file] = changed
	}
	b, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, b, 0o600); err != nil {
		t.Fatal(err)
	}
	binary = filepath.Join(dir, "groupcache.test")
	cmd := exec.Command("go", "test", "-c", "-vet=off", "-overlay", list, "-o", binary, ".")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("does not compile: %v\n%s", err, out)
	}
	return binary
}

func run(binary, root, tests string) (string, error) {
	cmd := exec.Command(binary, "-test.run", "^("+tests+")", "-test.timeout", "150s", "-histories", "40")
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func tail(s string) string { return s[max(0, len(s)-3000):] }

var reason = regexp.MustCompile(`(?m)^.*(_test\.go:\d+: .*|panic: .*)$`)

func cause(out string) string {
	if m := reason.FindString(out); m != "" {
		return strings.TrimSpace(m[:min(len(m), 160)])
	}
	return tail(out)
}
