// Package stacks holds the test of debugview's stack extractor against the real libraries of errors. It is a module of its
// own so that none of them becomes a dependency of the library.
package stacks
