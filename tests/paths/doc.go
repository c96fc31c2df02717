// Package paths holds the test of how internal/technical/source reads the file names in real binaries. It is a module of its own
// because it builds programs, which takes longer than the library's own tests.
package paths
