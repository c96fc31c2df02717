//go:build race

package redis_test

// The race detector makes everything slower, and finds a race in go-redis 9.23: NewClusterClient writes to a new node's
// options while the goroutine that measures its latency, which RouteByLatency starts, reads them.
const (
	slower         = 4
	routeByLatency = false
)
