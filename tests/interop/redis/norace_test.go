//go:build !race

package redis_test

const (
	slower         = 1
	routeByLatency = true
)
