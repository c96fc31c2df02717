package httperrors

import "sync/atomic"

// ForgetReach makes the next error the first that is made.
func ForgetReach() { atomic.StoreInt32(&reach, 2) }
