package pages

// ReloadAlways looks for changes at every answer.
func (r *Renderer) ReloadAlways() { r.reload.every = 0 }

// BreakEverything takes away what Render cannot do without.
func (r *Renderer) BreakEverything() { r.state.Store(nil) }

// LastResort is the answer when everything else has failed.
func LastResort(status int) Answer { return lastResort(status, nil) }
