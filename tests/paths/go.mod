module github.com/exceptional-go/exceptional/tests/paths

go 1.26.0

require github.com/exceptional-go/exceptional v0.0.0

replace github.com/exceptional-go/exceptional => ../..
