//go:build !race

package technical_test

const raceEnabled = false
