package stack

// Find returns the panic in err's tree, and nil if none is near its top. It looks at no more than 16 wrapped errors, one
// below the other: a panic is wrapped by middleware, not by layers of an application, and the search must end for a
// chain that does not.
func Find(err error) (found *Panic) {
	defer func() {
		if recover() != nil { // an Unwrap that panics
			found = nil
		}
	}()
	for range 16 {
		switch x := err.(type) {
		case nil:
			return nil
		case *Panic:
			return x
		case interface{ Unwrap() error }:
			err = x.Unwrap()
		case interface{ Unwrap() []error }:
			for _, e := range x.Unwrap() {
				if p, ok := e.(*Panic); ok {
					return p
				}
			}
			return nil
		default:
			return nil
		}
	}
	return nil
}
