// Package stacks holds the test of internal/technical/stacks against the real libraries of errors. It is a module of its
// own so that none of them becomes a dependency of the library.
package stacks
