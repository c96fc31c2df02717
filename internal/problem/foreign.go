package problem

import (
	"encoding/json"
	"errors"
	"reflect"
	"sync"
	"time"
)

const (
	foreignTimeout = 2 * time.Second
	maxForeign     = 1000 // calls at once, and so what can be left behind
)

var errForeign = errors.New("problem: a method that encodes the value does not return")

// calls are the encodings that are under way of values whose types nobody vouches for.
var calls struct {
	mu    sync.Mutex // guards the fields below; nobody else's code runs under it
	n     int
	stuck map[reflect.Type]int // how many of them have overrun their time, by the types in the value
}

// encodeForeign is json.Marshal for a value with parts of these types, whose MarshalJSON or MarshalText may block; and
// whoever waits for them is the client. So it gets a goroutine, and a time. A call that overruns it is left behind, and
// no value with a part of those types is encoded before it has come back.
func encodeForeign(v any, types []reflect.Type) ([]byte, error) {
	if !enter(types) {
		return nil, errForeign
	}
	var b []byte
	err := errForeign // a panic, or runtime.Goexit
	done := make(chan struct{})
	overran := false // guarded by calls.mu
	go func() {
		defer func() {
			_ = recover()
			calls.mu.Lock()
			defer calls.mu.Unlock()
			if calls.n--; overran {
				mark(types, -1)
			}
			close(done)
		}()
		b, err = json.Marshal(v)
	}()
	timer := time.NewTimer(foreignTimeout)
	defer timer.Stop()
	select {
	case <-done:
		return b, err
	case <-timer.C:
	}
	calls.mu.Lock()
	defer calls.mu.Unlock()
	select {
	case <-done: // meanwhile
		return b, err
	default:
		overran = true
		mark(types, 1)
		return nil, errForeign
	}
}

// enter counts a call, if there may be one.
func enter(types []reflect.Type) bool {
	calls.mu.Lock()
	defer calls.mu.Unlock()
	for _, t := range types {
		if calls.stuck[t] > 0 {
			return false
		}
	}
	if calls.n == maxForeign {
		return false
	}
	calls.n++
	return true
}

// mark adds n to the calls of these types that have overrun. The caller holds calls.mu.
func mark(types []reflect.Type, n int) {
	if calls.stuck == nil {
		calls.stuck = make(map[reflect.Type]int)
	}
	for _, t := range types {
		if calls.stuck[t] += n; calls.stuck[t] == 0 {
			delete(calls.stuck, t)
		}
	}
}
