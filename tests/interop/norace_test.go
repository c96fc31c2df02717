//go:build !race

package interop_test

const every = 1
