//go:build !race

package exceptional_test

const raceEnabled = false
