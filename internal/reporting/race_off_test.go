//go:build !race

package reporting_test

const raceEnabled = false
