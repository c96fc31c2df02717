package groupcache

import (
	"sync/atomic"
	"time"
)

// counters are the numbers of Stats.
type counters struct {
	yes, no, noGroup, unknown           atomic.Uint64
	loads, loadErrors, directLoads      atomic.Uint64
	dropped                             atomic.Uint64
	redisErrors, invalidations, renewed atomic.Uint64
}

// answer counts a verdict and returns it as IsMember does.
func (c *counters) answer(v verdict) (bool, error) {
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

// Stats are figures for metrics. All numbers are since the start of the cache.
type Stats struct {
	Members    uint64 // questions answered yes
	NotMembers uint64 // denied: not a member
	NoGroup    uint64 // denied: no such group
	Unknown    uint64 // denied: unknown

	Loads         uint64 // calls of the loader by this replica
	LoadErrors    uint64 // of these, failed ones
	DirectLoads   uint64 // of these, those made because Redis was unreachable
	DroppedIDs    uint64 // invalid ids in loaders' lists
	RedisErrors   uint64 // failed calls of Redis
	Renewals      uint64 // calls of Redis that confirmed the cached data
	Invalidations uint64 // calls of Invalidate

	Groups []GroupStats // those of recent questions, in no order
}

// GroupStats is the state of one group in this replica.
type GroupStats struct {
	Group     string
	Known     bool          // whether questions are answered at the moment; if not, the next three are zero
	Missing   bool          // there is no such group
	Members   int           // number of members
	Age       time.Duration // since the loader started to read, at most
	LastError error         // of Redis or the loader, if the last call failed
}

// Stats returns the figures. It does no I/O and does not wait.
func (c *Cache) Stats() Stats {
	s := Stats{
		Members: c.count.yes.Load(), NotMembers: c.count.no.Load(), NoGroup: c.count.noGroup.Load(),
		Unknown: c.count.unknown.Load(), Loads: c.count.loads.Load(), LoadErrors: c.count.loadErrors.Load(),
		DirectLoads: c.count.directLoads.Load(), DroppedIDs: c.count.dropped.Load(), RedisErrors: c.count.redisErrors.Load(),
		Renewals: c.count.renewed.Load(), Invalidations: c.count.invalidations.Load(),
	}
	for name, g := range *c.groups.Load() {
		gs := GroupStats{Group: name}
		if snap := g.current(); snap != nil {
			gs.Known, gs.Missing, gs.Members = true, snap.missing, len(snap.members)
			gs.Age = time.Duration(c.now() - snap.loadStarted)
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
