package groupcache

import (
	"sync/atomic"
	"time"
)

// counters are what Stats reports of the whole cache.
type counters struct {
	yes, no, noGroup, unknown           atomic.Uint64
	loads, loadErrors, alone, dropped   atomic.Uint64
	redisErrors, invalidations, renewed atomic.Uint64
}

// verdict counts an answer and turns it into what IsMember returns.
func (c *counters) verdict(v verdict) (bool, error) {
	switch v {
	case yes:
		c.yes.Add(1)
		return true, nil
	case no:
		c.no.Add(1)
		return false, nil
	default:
		c.noGroup.Add(1)
		return false, ErrNoGroup
	}
}

// Stats are figures for metrics. All numbers count from the start of the cache.
type Stats struct {
	Members    uint64 // questions answered yes
	NotMembers uint64 // denied: not a member
	NoGroup    uint64 // denied: no such group
	Unknown    uint64 // denied: not known

	Loads         uint64 // calls of the loader by this replica
	LoadErrors    uint64 // those that failed
	DirectLoads   uint64 // those made because Redis was unreachable
	DroppedIDs    uint64 // ids in loaders' lists that are nobody's
	RedisErrors   uint64 // exchanges with Redis that failed
	Renewals      uint64 // exchanges with Redis that confirmed what is known
	Invalidations uint64 // calls of Invalidate

	Groups []GroupStats // those asked for lately, in no order
}

// GroupStats is the state of one group in this replica.
type GroupStats struct {
	Group     string
	Known     bool          // whether questions are answered at the moment; if not, the next three are zero
	Missing   bool          // there is no such group
	Members   int           // how many it has
	Age       time.Duration // since, at the earliest, the loader started to read
	LastError error         // of Redis or the loader, if either is in trouble
}

// Stats returns a snapshot of the figures. It asks nobody and waits for nothing.
func (c *Cache) Stats() Stats {
	s := Stats{
		Members: c.count.yes.Load(), NotMembers: c.count.no.Load(), NoGroup: c.count.noGroup.Load(),
		Unknown: c.count.unknown.Load(), Loads: c.count.loads.Load(), LoadErrors: c.count.loadErrors.Load(),
		DirectLoads: c.count.alone.Load(), DroppedIDs: c.count.dropped.Load(), RedisErrors: c.count.redisErrors.Load(),
		Renewals: c.count.renewed.Load(), Invalidations: c.count.invalidations.Load(),
	}
	for name, g := range *c.groups.Load() {
		gs := GroupStats{Group: name}
		now := c.now()
		if snap := g.snap.Load(); snap != nil && now < snap.lease.Load() {
			gs.Known, gs.Missing, gs.Members = true, snap.missing, len(snap.members)
			gs.Age = time.Duration(now - snap.loaded)
		}
		g.mu.Lock()
		if gs.LastError = g.status.downErr; gs.LastError == nil {
			gs.LastError = g.status.loadErr
		}
		g.mu.Unlock()
		s.Groups = append(s.Groups, gs)
	}
	return s
}
