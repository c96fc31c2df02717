// Package redis_test proves package groupcache's promises on real servers: a standalone one, with TLS and ACLs, a cluster,
// Sentinel, a Ring; with replicas that are processes of their own; with servers and replicas that are stopped and killed.
//
// It needs redis-server and redis-cli 7.0 or newer. Without them the tests are skipped, except in CI, where they fail.
package redis_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/exceptional-go/exceptional/groupcache"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"
)

const group = "Technical Errors"

func TestMain(m *testing.M) {
	redis.SetLogger(silence{})
	if os.Getenv("EXCEPTIONAL_REPLICA") != "" {
		replicaMain()
		return
	}
	if missing := missingTools(); missing != "" {
		if os.Getenv("CI") == "true" {
			fmt.Println("FAIL:", missing)
			os.Exit(1)
		}
		fmt.Println("SKIP:", missing)
		return
	}
	// After failed dials a closed go-redis pool sleeps a second before it notices.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/redis/go-redis/v9/internal/pool.(*ConnPool).tryDial"))
}

func missingTools() string {
	for _, tool := range []string{"redis-server", "redis-cli"} {
		if _, err := exec.LookPath(tool); err != nil {
			return tool + " is not installed; these tests need redis-server 7.0 or newer"
		}
	}
	return ""
}

type silence struct{}

func (silence) Printf(context.Context, string, ...any) {}

var quiet = slog.New(slog.DiscardHandler)

// fast are options for tests that wait for things to run out.
var fast = groupcache.Options{Lease: 2 * time.Second, MaxAge: 10 * time.Second, LoadTimeout: time.Second, Logger: quiet}

// slack is for a machine that does other things as well. It is added to the promise's own bound.
const slack = time.Second * slower

// server is a redis-server on loopback.
type server struct {
	t    *testing.T
	port int
	dir  string
	args []string
	cmd  *exec.Cmd
	dead chan struct{}
}

func freePort(t *testing.T) int {
	t.Helper()
	for range 100 { // a cluster's bus is 10000 above
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		_ = l.Close()
		if port < 55000 {
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}

func newServer(t *testing.T, args ...string) *server {
	t.Helper()
	s := &server{t: t, port: freePort(t), dir: t.TempDir(), args: args}
	t.Cleanup(s.kill)
	return s
}

func startServer(t *testing.T, args ...string) *server {
	t.Helper()
	s := newServer(t, args...)
	s.start()
	return s
}

func (s *server) addr() string { return "127.0.0.1:" + strconv.Itoa(s.port) }

func (s *server) start() {
	s.t.Helper()
	args := []string{"--port", strconv.Itoa(s.port), "--dir", s.dir, "--save", "", "--appendonly", "no", "--bind", "127.0.0.1",
		"--daemonize", "no", "--loglevel", "warning", "--enable-debug-command", "yes"}
	if len(s.args) > 0 && strings.HasSuffix(s.args[0], ".conf") {
		args = append([]string{s.args[0]}, s.args[1:]...)
	} else {
		args = append(args, s.args...)
	}
	s.cmd = exec.Command("redis-server", args...)
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	_ = log.Close()
	s.dead = make(chan struct{})
	go func() {
		_ = s.cmd.Wait()
		close(s.dead)
	}()
	eventually(s.t, 20*time.Second, "server listens", func() bool {
		c, err := net.DialTimeout("tcp", s.addr(), time.Second)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
}

func (s *server) signal(sig syscall.Signal) { _ = s.cmd.Process.Signal(sig) }

func (s *server) kill() {
	if s.cmd == nil || s.cmd.Process == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	<-s.dead
}

func cli(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("redis-cli", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("redis-cli %v: %v\n%s", args, err, out)
	}
	return string(out)
}

func (s *server) cli(args ...string) string {
	s.t.Helper()
	return cli(s.t, append([]string{"-h", "127.0.0.1", "-p", strconv.Itoa(s.port)}, args...)...)
}

// client has default options, but for the address.
func (s *server) client(change ...func(o *redis.Options)) *redis.Client {
	return clientTo(s.t, s.addr(), change...)
}

func clientTo(t *testing.T, addr string, change ...func(o *redis.Options)) *redis.Client {
	o := &redis.Options{Addr: addr}
	for _, f := range change {
		f(o)
	}
	rdb := redis.NewClient(o)
	t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

// tuned sets the options of a careful application.
func tuned(o *redis.Options) {
	o.ContextTimeoutEnabled = true
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout = 300*time.Millisecond, 300*time.Millisecond, 300*time.Millisecond
	o.MaxRetries, o.DialerRetries = -1, 1
}

func newCache(t *testing.T, rdb redis.UniversalClient, load groupcache.Loader, o groupcache.Options) *groupcache.Cache {
	c := groupcache.New(rdb, load, o)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// source is the application's database.
type source struct {
	members atomic.Pointer[[]string]
	err     atomic.Pointer[error]
	delay   atomic.Int64
	calls   atomic.Int64
}

func newSource(members ...string) *source {
	s := new(source)
	s.set(members...)
	return s
}

func (s *source) set(members ...string) { s.members.Store(&members) }

func (s *source) load(context.Context, string) ([]string, error) {
	s.calls.Add(1)
	members := *s.members.Load()
	time.Sleep(time.Duration(s.delay.Load()))
	if err := s.err.Load(); err != nil {
		return nil, *err
	}
	return members, nil
}

type answer string

const (
	isMember answer = "member"
	noMember answer = "no member"
	noGroup  answer = "no group"
	unknown  answer = "unknown"
)

func ask(c *groupcache.Cache, user string) answer { return askWithin(c, user, 10*time.Second) }

func askWithin(c *groupcache.Cache, user string, d time.Duration) answer {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	ok, err := c.IsMember(ctx, group, user)
	switch {
	case ok:
		return isMember
	case err == nil:
		return noMember
	case errors.Is(err, groupcache.ErrNoGroup):
		return noGroup
	default:
		return unknown
	}
}

var ended = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

func granted(c *groupcache.Cache, user string) bool {
	ok, _ := c.IsMember(ended, group, user)
	return ok
}

func want(t testing.TB, what string, got, want answer) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %s, want %s", what, got, want)
	}
}

func eventually(t testing.TB, within time.Duration, what string, ok func() bool) time.Duration {
	t.Helper()
	start := time.Now()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Since(start) > within {
			t.Fatalf("%s: not within %v", what, within)
		}
		<-tick.C
	}
	return time.Since(start)
}

// during checks all the time.
func during(d time.Duration, check func()) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for start := time.Now(); time.Since(start) < d; <-tick.C {
		check()
	}
}

func invalidate(t testing.TB, c *groupcache.Cache) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := c.Invalidate(ctx, group); err != nil {
		t.Fatalf("Invalidate: %v", err)
	}
}

// proxy is a network that can be slow, or frozen: it keeps the bytes that it received, and passes them on when it is thawed.
type proxy struct {
	listener net.Listener
	to       string
	mu       sync.Mutex
	thawed   chan struct{}
	latency  time.Duration
	conns    map[net.Conn]bool
	done     sync.WaitGroup
}

func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l, to: to, thawed: make(chan struct{}), conns: map[net.Conn]bool{}}
	close(p.thawed)
	p.done.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			p.done.Go(func() { p.serve(in) })
		}
	})
	t.Cleanup(p.close)
	return p
}

func (p *proxy) addr() string { return p.listener.Addr().String() }

func (p *proxy) serve(in net.Conn) {
	p.mu.Lock()
	to := p.to
	p.mu.Unlock()
	out, err := net.Dial("tcp", to)
	if err != nil {
		_ = in.Close()
		return
	}
	p.mu.Lock()
	p.conns[in], p.conns[out] = true, true
	p.mu.Unlock()
	p.done.Go(func() { p.copy(in, out) })
	p.copy(out, in)
}

func (p *proxy) copy(dst, src net.Conn) {
	defer dst.Close()
	defer src.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := src.Read(buf)
		p.mu.Lock()
		thawed, latency := p.thawed, p.latency
		p.mu.Unlock()
		<-thawed
		if latency > 0 {
			time.Sleep(latency)
		}
		if n > 0 {
			if _, err := dst.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (p *proxy) freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.thawed = make(chan struct{})
}

func (p *proxy) thaw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.thawed:
	default:
		close(p.thawed)
	}
}

func (p *proxy) slow(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.latency = d
}

func (p *proxy) close() {
	_ = p.listener.Close()
	p.thaw()
	p.mu.Lock()
	for c := range p.conns {
		_ = c.Close()
	}
	p.mu.Unlock()
	p.done.Wait()
}

// process is a replica in a process of its own. Its source is a file with a member per line; "+n" is n members more, and
// it adds a line to the file beside it for each load.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	in    io.Writer
	mu    sync.Mutex
	lines chan string
}

type sourceFile string

func newSourceFile(t *testing.T, members ...string) sourceFile {
	f := sourceFile(filepath.Join(t.TempDir(), "source"))
	f.set(t, members...)
	return f
}

func (f sourceFile) set(t *testing.T, members ...string) {
	t.Helper()
	if err := os.WriteFile(string(f)+".new", []byte(strings.Join(members, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(string(f)+".new", string(f)); err != nil {
		t.Fatal(err)
	}
}

func (f sourceFile) loads() int {
	b, _ := os.ReadFile(string(f) + ".loads")
	return bytes.Count(b, []byte("\n"))
}

func (f sourceFile) load(context.Context, string) ([]string, error) {
	log, err := os.OpenFile(string(f)+".loads", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	_, _ = log.WriteString("load\n")
	_ = log.Close()
	b, err := os.ReadFile(string(f))
	if err != nil {
		return nil, err
	}
	var members []string
	for m := range strings.Lines(string(b)) {
		m = strings.TrimSuffix(m, "\n")
		if more, ok := strings.CutPrefix(m, "+"); ok {
			n, _ := strconv.Atoi(more)
			for i := range n {
				members = append(members, fmt.Sprintf("member-%032d", i))
			}
			continue
		}
		members = append(members, m)
	}
	return members, nil
}

func startReplica(t *testing.T, addr string, source sourceFile) *process {
	t.Helper()
	p := &process{t: t, lines: make(chan string, 1)}
	p.cmd = exec.Command(os.Args[0])
	p.cmd.Env = append(os.Environ(), "EXCEPTIONAL_REPLICA="+addr, "EXCEPTIONAL_SOURCE="+string(source))
	in, err := p.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.in = in
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		defer close(p.lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			p.lines <- s.Text()
		}
	}()
	t.Cleanup(func() {
		p.kill()
		for range p.lines {
		}
		<-read
		_ = p.cmd.Wait()
	})
	return p
}

func (p *process) kill()                     { _ = p.cmd.Process.Kill() }
func (p *process) signal(sig syscall.Signal) { _ = p.cmd.Process.Signal(sig) }

// tell sends a command without waiting for the answer.
func (p *process) tell(command string) { _, _ = fmt.Fprintln(p.in, command) }

// say sends a command and returns its answer, or "" if no answer comes within a few seconds.
func (p *process) say(command string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tell(command)
	select {
	case line := <-p.lines:
		return line
	case <-time.After(15 * time.Second):
		return ""
	}
}

// replicaMain serves commands until its input ends: "ask user", "peek user", "invalidate".
func replicaMain() {
	rdb := redis.NewClient(&redis.Options{Addr: os.Getenv("EXCEPTIONAL_REPLICA")})
	c := groupcache.New(rdb, sourceFile(os.Getenv("EXCEPTIONAL_SOURCE")).load, fast)
	for s := bufio.NewScanner(os.Stdin); s.Scan(); {
		command, user, _ := strings.Cut(s.Text(), " ")
		switch command {
		case "ask":
			fmt.Println(ask(c, user))
		case "peek":
			fmt.Println(granted(c, user))
		case "invalidate":
			fmt.Println(c.Invalidate(context.Background(), group))
		}
	}
}
