//go:build race

package interop_test

// every is how many orders of three middlewares stand for one that is tried: the race detector is slow, and the order itself is
// tried without it.
const every = 12
