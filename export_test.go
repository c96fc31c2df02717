package exceptional

// HandlerNames returns how many functions behind routes r remembers.
func HandlerNames(r *Responder) int {
	n := 0
	r.handlers.names.Range(func(_, _ any) bool { n++; return true })
	return n
}
