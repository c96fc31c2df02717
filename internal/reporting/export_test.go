package reporting

// CopyRequest is the copy of a request that reporters get, before it is masked.
var CopyRequest = copyRequest

// Counts is what one reporter's queue has done.
type Counts struct {
	Sent, NotSent    uint64
	Waiting, Running int
}

func (p *Pipeline) Counts(reporter int) Counts {
	q := p.queues[reporter]
	q.mu.Lock()
	defer q.mu.Unlock()
	return Counts{q.sent.Load(), q.notSent.Load(), len(q.waiting), int(q.running.Load())}
}
