// Command example is a small bookshop that fails in the ways real shops do, so that one can see
// what exceptional makes of it: a page for the customer, a problem document for the program, and a
// technical page for the one person who is a superuser and a member of "Technical Errors".
//
//	go run -C example .
//
// It needs nothing but Go: SQLite and Redis run inside the process. REDIS_URL names a real Redis
// instead; newRedis lists the forms. Nothing here is meant to be copied without thought: sign-in is
// a click, and any client that reaches the port may be alice, which is why it listens on loopback.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"syscall"

	"github.com/exceptional-go/exceptional/debugview"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The second Ctrl-C ends the process at once, whatever the first one waits for.
	context.AfterFunc(ctx, stop)
	err := run(ctx, os.Args[1:], os.Getenv("REDIS_URL"), os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "shop:", err)
		os.Exit(1)
	}
}

// errUsage stands for a mistake on the command line that package flag has already explained.
var errUsage = errors.New("usage")

// run is the whole program but for the process around it. It returns when ctx ends.
func run(ctx context.Context, args []string, redisURL string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("shop", flag.ContinueOnError)
	flags.SetOutput(stderr)
	addr := flags.String("addr", "127.0.0.1:8080", "address to listen on; further replicas take the ports after it")
	replicas := flags.Int("replicas", 1, "how many replicas to run, 1 to 8, sharing one database and one Redis")
	verbose := flags.Bool("v", false, "log at debug level")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return err
	} else if err != nil {
		return errUsage
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("what does %q mean? There are flags only: -addr, -replicas, -v", flags.Arg(0))
	}
	if *replicas < 1 || *replicas > 8 {
		return fmt.Errorf("-replicas %d: between 1 and 8, please", *replicas)
	}

	level := slog.LevelInfo
	if *verbose {
		level = slog.LevelDebug
	}
	// LogHandler keeps the lines of each request, also those below the level that is printed, for
	// the technical page.
	logger := slog.New(debugview.LogHandler(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level})))

	d, err := start(ctx, *addr, *replicas, redisURL, logger)
	if err != nil {
		return err
	}
	greet(stdout, d, *addr)
	select {
	case <-ctx.Done():
		fmt.Fprintln(stdout, "\nClosing.")
		return d.Close()
	case err := <-d.failed:
		return errors.Join(err, d.Close())
	}
}

// greet says what to open.
func greet(w io.Writer, d *demo, addr string) {
	base := d.replicas[0].url
	fmt.Fprintf(w, `
Paper Harbour, a bookshop that breaks on purpose.

  Open   %[1]s/

  Every link on that page fails in another way. Sign in with a click and follow it again:
  alice sees what broke, everybody else sees the shop's own page.

  curl -i %[1]s/api/books/recommended
  curl -i %[1]s/books/recommended -H 'Accept: text/html'
  curl -i %[1]s/books/recommended -H 'Accept: text/html' -b demo_user=alice

`, base)
	for _, r := range d.replicas[1:] {
		fmt.Fprintf(w, "  %s is %s/\n", r.name, r.url)
	}
	if len(d.replicas) > 1 {
		fmt.Fprintf(w, "  Change a member on %s/admin/members of one, and watch the others.\n\n", base)
	}
	fmt.Fprintf(w, "  Redis: %s. Ctrl-C ends it.\n", d.redisName)
	if host, _, err := net.SplitHostPort(addr); err == nil && host != "localhost" {
		if ip, err := netip.ParseAddr(host); err != nil || !ip.IsLoopback() {
			fmt.Fprintln(w, "  Careful: this address may be reached from outside, and anybody who reaches it may sign in as alice.")
		}
	}
	fmt.Fprintln(w)
}
