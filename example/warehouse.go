package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// warehouse is the shop's client for the slow upstream: a server of the demo's own, on loopback,
// that accepts the connection and then thinks for longer than anybody waits.
type warehouse struct {
	base   string
	client *http.Client
	server *http.Server
	stop   context.CancelFunc
}

// patience is how long the shop waits for the warehouse.
const patience = 300 * time.Millisecond

func startWarehouse() (*warehouse, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("warehouse: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	mux := http.NewServeMux()
	mux.HandleFunc("GET /stock/{slug}", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done(): // the shop gave up
		case <-ctx.Done(): // the demo ends
		case <-time.After(time.Minute):
		}
	})
	w := &warehouse{
		base:   "http://" + l.Addr().String(),
		client: &http.Client{Timeout: patience},
		server: &http.Server{Handler: mux, ReadHeaderTimeout: time.Second},
		stop:   stop,
	}
	go w.server.Serve(l) // ends with Close
	return w, nil
}

// Stock asks how many copies lie in the warehouse.
func (w *warehouse) Stock(ctx context.Context, slug string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.base+"/stock/"+url.PathEscape(slug), nil)
	if err != nil {
		return 0, fmt.Errorf("warehouse: %w", err)
	}
	res, err := w.client.Do(req)
	if err != nil {
		return 0, fmt.Errorf("warehouse: stock of %q: %w", slug, err)
	}
	defer res.Body.Close()
	var answer struct{ Copies int }
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return 0, fmt.Errorf("warehouse: stock of %q: %w", slug, err)
	}
	return answer.Copies, nil
}

func (w *warehouse) Close() error {
	w.stop()
	return w.server.Close()
}
