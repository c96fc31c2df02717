//go:build race

package debugview_test

const raceEnabled = true
