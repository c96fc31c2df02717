package httperrors

// Plain reports whether e says nothing but its status: no text, no header fields, no members. What is made of one plain
// error can be used for every other one with its status. Most users do not need it.
func (e *Error) Plain() bool {
	return e.Brief() && e.message == ""
}

// Brief reports whether e says nothing but its status and a message. Most users do not need it.
func (e *Error) Brief() bool {
	return e != nil && e.detail == "" && len(e.header) == 0 && (e.x == nil || e.x == &resolvedExtra)
}

// HasHeader reports whether e has header fields of its own. Those that its status requires do not count. Most users do not
// need it.
func (e *Error) HasHeader() bool { return e != nil && len(e.header) > 0 }
