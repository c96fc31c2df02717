//go:build race

package reporting_test

// raceEnabled turns off the ceilings on allocations: the race detector allocates too.
const raceEnabled = true
