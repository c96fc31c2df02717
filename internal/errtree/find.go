package errtree

// Is is errors.Is within the bounds of Walk: it reports whether an error in the tree of err equals target, or says that it
// does by its Is method. A method that panics says no.
func Is(err, target error) bool {
	if err == nil || target == nil {
		return err == nil && target == nil
	}
	targetComparable, found := Comparable(target), false
	Walk(err, func(n Node) bool {
		found = targetComparable && Comparable(n.Err) && n.Err == target || claims(n.Err, target)
		return !found
	})
	return found
}

// claims asks the Is method of err, if it has one.
func claims(err, target error) bool {
	x, ok := err.(interface{ Is(error) bool })
	return ok && !IsNil(err) && recovering(func() bool { return x.Is(target) })
}

// Find returns the first error in the tree of err that is a T, or that becomes one by its As method. T is an error type
// or an interface. Unlike errors.As it ignores nil pointers: their methods could not be called.
func Find[T any](err error) (found T, ok bool) {
	Walk(err, func(n Node) bool {
		if IsNil(n.Err) {
			return true
		}
		if t, is := n.Err.(T); is {
			found, ok = t, true
			return false
		}
		if x, has := n.Err.(interface{ As(any) bool }); has {
			t := new(T) // made here, so that a search through errors without an As method allocates nothing
			if recovering(func() bool { return x.As(t) }) {
				if e, is := any(*t).(error); !is || !IsNil(e) {
					found, ok = *t, true
					return false
				}
			}
		}
		return true
	})
	return found, ok
}
