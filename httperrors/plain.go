package httperrors

// Plain reports whether e says nothing but its status: no text, no header fields, no members. What is made of one plain
// error can be used for every other one with its status. Most users do not need it.
func (e *Error) Plain() bool {
	return e != nil && e.message == "" && e.detail == "" && len(e.header) == 0 && (e.x == nil || e.x == &resolvedExtra)
}
