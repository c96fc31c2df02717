package renderer

import (
	"hash/maphash"
	"sync/atomic"
)

// A seen remembers what was made of a key, for the few keys that make up nearly all requests.
//
// It cannot be flooded: its slots are fixed, a key decides only by a seeded hash which one it is in, and it is stored no
// earlier than at its second visit in a row to the slot. So headers that never come again cost two loads and a store,
// no memory, and drive nothing out; at worst every request is worked out afresh, which is cheap and bounded as well. An
// LRU would need a lock on the path of every request, and would be emptied by any client that varies a header.
type seen[K comparable, V any] struct {
	seed  maphash.Seed
	slots []slot[K, V]
}

type slot[K comparable, V any] struct {
	missed atomic.Uint64 // the hash of the key that was last looked for in vain
	entry  atomic.Pointer[seenEntry[K, V]]
}

type seenEntry[K comparable, V any] struct {
	key   K
	value V
}

// newSeen makes a seen of n slots, a power of two.
func newSeen[K comparable, V any](n int) *seen[K, V] {
	return &seen[K, V]{seed: maphash.MakeSeed(), slots: make([]slot[K, V], n)}
}

// find returns what is known of key, which hash says the place of.
func (s *seen[K, V]) find(hash uint64, key K) (value V, ok bool) {
	if e := s.slots[hash&uint64(len(s.slots)-1)].entry.Load(); e != nil && e.key == key {
		return e.value, true
	}
	return value, false
}

// again reports whether the last vain visit to the slot was for the same hash: then the caller should add its value.
func (s *seen[K, V]) again(hash uint64) bool {
	m := &s.slots[hash&uint64(len(s.slots)-1)].missed
	if m.Load() == hash {
		return true
	}
	m.Store(hash)
	return false
}

// add stores a value. It returns the entry that it replaced, or nil.
func (s *seen[K, V]) add(hash uint64, key K, value V) (old *seenEntry[K, V]) {
	return s.slots[hash&uint64(len(s.slots)-1)].entry.Swap(&seenEntry[K, V]{key, value})
}

// drop empties the slot of hash. It returns the entry that was in it, or nil.
func (s *seen[K, V]) drop(hash uint64) (old *seenEntry[K, V]) {
	entry := &s.slots[hash&uint64(len(s.slots)-1)].entry
	if entry.Load() == nil {
		return nil
	}
	return entry.Swap(nil)
}
