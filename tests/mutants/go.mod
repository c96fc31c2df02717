module github.com/exceptional-go/exceptional/tests/mutants

go 1.26.0
