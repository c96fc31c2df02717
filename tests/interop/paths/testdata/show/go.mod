module github.com/exceptional-go/exceptional/show

go 1.26.0

require github.com/exceptional-go/exceptional v0.0.0
