//go:build !race

package httperrors_test

const raceEnabled = false
