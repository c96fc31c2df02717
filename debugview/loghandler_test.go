package debugview_test

import (
	"context"
	"log"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/exceptional-go/exceptional/debugview"
)

// The initial handler of log/slog writes through package log, whose output slog.SetDefault leads back to the new default: a
// handler that wraps it and becomes the default deadlocks with its first line. The test runs in a process of its own, because
// it changes the default, and because it would hang.
func TestLogHandlerAroundTheInitialDefault(t *testing.T) {
	if os.Getenv("DEBUGVIEW_LOGHANDLER_TEST") != "" {
		slog.SetDefault(slog.New(debugview.LogHandler(slog.Default().Handler())))
		slog.Info("first line", "order", 17)
		slog.Debug("below the level")
		slog.With("app", "shop").WithGroup("cart").Warn("second line", "items", 3)
		log.Print("from package log")
		os.Exit(0)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), "DEBUGVIEW_LOGHANDLER_TEST=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v, output %s", err, out)
	}
	for _, want := range []string{"INFO", "first line", "order=17", "second line", "app=shop", "cart.items=3", "from package log"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %q in %s", want, out)
		}
	}
	if strings.Contains(string(out), "below the level") {
		t.Errorf("a line below the level was written: %s", out)
	}
}
