package groupcache

import (
	"time"
)

// pull reads the entry that renew found at sent. It returns nil if the entry must not be used: it is damaged, evicted, too
// old, or older than the data that this replica has used.
func (g *group) pull(e entry, sent int64) (*snapshot, error) {
	if e.state == stateMissing {
		return g.snapshotIn(e, sent, e.ttl, g.c.opts.MissingTTL), nil
	}
	var s *snapshot
	members := make(map[string]struct{}, min(e.members, 1<<20))
	sentinel := false
	for cursor := "0"; ; {
		sent := g.c.now()
		p, err := g.page(e.id, cursor)
		if err != nil {
			return nil, err
		}
		if s == nil {
			if s = g.snapshotIn(e, sent, p.ttl, g.c.opts.MaxAge); s == nil {
				return nil, nil
			}
		}
		for _, m := range p.members {
			id, ok := m.(string)
			if !ok {
				return nil, errReply
			}
			if id == "" {
				sentinel = true
				continue
			}
			members[id] = struct{}{}
		}
		if cursor = p.cursor; cursor == "0" || len(members) > e.members {
			break
		}
	}
	if !sentinel || len(members) != e.members {
		return nil, nil
	}
	s.members = members
	return s, nil
}

// snapshotIn makes a snapshot of an entry. Only durations enter into it, no clock of another machine: the entry's TTL, which
// Redis sent after the time sent, says how long ago its loader got the permission to start. It returns nil if the entry is too
// old, or if it may have been read from the source before the data that this replica has used. The latter errs on the safe side
// by the time that the reply took, at the cost of a load. There is no margin for the milliseconds to which TTLs are rounded:
// with one, two replicas could refuse each other's entries in turn, as long as loads take less than the margin.
func (g *group) snapshotIn(e entry, sent int64, ttl, maxAge time.Duration) *snapshot {
	age := e.limit - ttl
	if ttl <= 0 || age < 0 || age >= maxAge || e.spent > age {
		return nil
	}
	began := sent - int64(age) // at the earliest
	if e.id != g.r.newestID && began < g.r.newest {
		return nil
	}
	s := &snapshot{
		gen:         e.gen,
		id:          e.id,
		missing:     e.state == stateMissing,
		loadStarted: began,
		readBy:      g.c.now() - int64(age-e.spent),
		expiresAt:   sent + int64(min(ttl, maxAge-age)),
	}
	s.refreshAt = g.refreshAt(s)
	return s
}

// snapshotOf makes a snapshot of a load of this replica. It has no lease yet.
func (g *group) snapshotOf(l *loadRun) *snapshot {
	s := &snapshot{missing: l.missing, members: l.members, loadStarted: l.start, readBy: l.end}
	s.expiresAt = l.start + int64(l.maxAge)
	s.refreshAt = g.refreshAt(s)
	return s
}

// refreshAt is between a quarter and an eighth of MaxAge before the age limit: late enough not to load often, early enough for a
// slow loader and for another attempt after a failure. An absence is not refreshed, because nothing is lost when it ends.
func (g *group) refreshAt(s *snapshot) int64 {
	if s.missing {
		return s.expiresAt
	}
	eighth := int(g.c.opts.MaxAge / 8)
	return s.expiresAt - int64(eighth) - int64(jitter(eighth))
}

// use makes s the snapshot in use, unless a revocation came after seq.
func (g *group) use(s *snapshot, seq uint64) bool {
	if !g.install(s, seq) {
		return false
	}
	g.r.newest, g.r.newestID = s.readBy, s.id
	g.r.poll = 0
	return true
}
