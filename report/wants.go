package report

import "context"

// Wants reports whether Handle would tell anybody of f, so that an adapter need not collect what nobody reads. It asks the
// policy, whose answer stays in f, and the logger's level.
func (p *Pipeline) Wants(ctx context.Context, f *Failure) bool {
	return len(p.sync) > 0 || p.Decide(f) || p.enabled(ctx, level(f))
}
