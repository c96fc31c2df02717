package groupcache

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// The keys of a group in Redis. {T} is a hash of the group's name, so that the name can hold anything, and a hash tag, so
// that all keys of a group live in one slot of a cluster.
//
//	<prefix>{T}:h     hash    e  generation in force, random: compared for equality, never ordered
//	                          v  layout of the other fields    l  generation the entry was loaded under
//	                          st "ok" or "missing"             s  id of the entry     n  number of members
//	                          a  age limit of the entry, ms    d  how long loading it took, ms
//	                          f  loads that failed in a row
//	<prefix>{T}:s:<s> set     the members and "", which is not a valid id: an empty group is a set of one, not an absent key
//	<prefix>{T}:none  string  <s>: there is no such group; lives as long as that may be cached
//	<prefix>{T}:lock  string  the replica that loads, or "!" during the back-off after a failed load
//	<prefix>{T}:inv   channel "I <generation>", "L <id>", "F"
//
// An entry is current while l equals e. An evicted or deleted header gets a new random generation, which no snapshot
// anywhere matches; a counter would start at one again and could match an old one.
//
// Every access is a script. The client treats a script as a write: it goes to the master of the slot even if the client is
// configured to read from replicas, and a replica or a cut-off master (min-replicas-to-write) refuses it.
type keys struct {
	header, none, lock, channel, sets string
}

func keysFor(prefix, group string) keys {
	sum := sha256.Sum256([]byte(group))
	base := prefix + "{" + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:15])) + "}:"
	return keys{header: base + "h", none: base + "none", lock: base + "lock", channel: base + "inv", sets: base + "s:"}
}

const (
	layout = "1"

	stateOK      = "ok"
	stateMissing = "missing"

	pageSize = 1000 // members per SSCAN and SADD: larger ones stall other clients (10 000: 12 ms, 100 000: 107 ms)

	backoffMin = time.Second
	backoffMax = 30 * time.Second
	staleLock  = time.Minute // no lock lives longer; a longer TTL is damage
)

// renewScript reads the header, makes one if there is no readable one, and returns {e, s} or, if the entry is current,
// {e, s, st, n, a, d, ttl of the absence}. PEXPIRE makes it a write.
var renewScript = redis.NewScript(`
local h = redis.pcall('HMGET', KEYS[1], 'e', 'v', 'l', 'st', 's', 'n', 'a', 'd')
if h.err then
  if not string.find(h.err, 'WRONGTYPE', 1, true) then return h end
  redis.call('UNLINK', KEYS[1])
  h = {}
end
local e = h[1]
if not e or #e ~= #ARGV[1] then
  e = ARGV[1]
  redis.call('HSET', KEYS[1], 'e', e)
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
if h[2] ~= ARGV[3] or h[3] ~= e or not (h[4] and h[5] and h[6] and h[7] and h[8]) then return {e, h[5] or ''} end
local ttl = 0
if h[4] == 'missing' then
  local none = redis.pcall('GET', KEYS[2])
  if none ~= h[5] then return {e, h[5]} end
  ttl = redis.call('PTTL', KEYS[2])
end
return {e, h[5], h[4], h[6], h[7], h[8], ttl}`)

// pageScript reads one page of a set: {ttl, next cursor, members}.
var pageScript = redis.NewScript(`
local page = redis.pcall('SSCAN', KEYS[1], ARGV[1], 'COUNT', ARGV[2])
if page.err then
  if not string.find(page.err, 'WRONGTYPE', 1, true) then return page end
  return {-2, '0', {}}
end
return {redis.call('PTTL', KEYS[1]), page[1], page[2]}`)

// acquireScript decides which replica loads: {1, e, s of the entry before} for the winner, otherwise {0, ms until the lock ends,
// 1 if that is a back-off}. ARGV[1] is the token, ARGV[2] the part of it that all tokens of this replica share: a lock that was
// taken by an abandoned call of this replica belongs to it. A replica that has not seen the current entry, ARGV[6], does not win:
// the entry was published since it looked. The winner's set exists from here on, with a TTL, so that the set of a killed loader
// disappears.
var acquireScript = redis.NewScript(`
local h = redis.call('HMGET', KEYS[1], 'e', 's', 'l', 'v')
if h[1] and h[3] == h[1] and h[4] == ARGV[5] and h[2] and h[2] ~= ARGV[6] then return {0, -1, 0} end
local won = redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[3])
if not won then
  local owner = redis.pcall('GET', KEYS[2])
  local ttl = redis.call('PTTL', KEYS[2])
  if type(owner) == 'table' or not owner or string.sub(owner, 1, #ARGV[2]) == ARGV[2]
    or ttl < 0 or ttl > math.max(tonumber(ARGV[3]), tonumber(ARGV[4])) then
    redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3])
  else
    return {0, ttl, string.sub(owner, 1, 1) == '!' and 1 or 0}
  end
end
redis.call('SADD', KEYS[3], '')
redis.call('PEXPIRE', KEYS[3], ARGV[3])
return {1, h[1] or '', h[2] or ''}`)

// guardScript runs after SADD. An SADD that arrives late, after the set has expired, makes a new set without a TTL, which this
// script deletes. (Adding from within a script would cost the server half as much again.)
var guardScript = redis.NewScript(`
if redis.call('PTTL', KEYS[1]) == -1 then redis.call('UNLINK', KEYS[1]) end
return 1`)

// publishScript makes the loaded members the current entry, if the lock is still the caller's, no revocation came since, and
// the set is complete. The age of the data follows from the lock's TTL: no clock of a replica enters into it, and a script that
// was delayed by a frozen network does not make old data young.
//
// After a revocation the lock stays for a moment, which bounds the loads that a storm of revocations can cause.
var publishScript = redis.NewScript(`
if redis.pcall('GET', KEYS[2]) ~= ARGV[1] then
  redis.call('UNLINK', KEYS[3])
  return 'LOST'
end
local left = redis.call('PTTL', KEYS[2])
if redis.call('HGET', KEYS[1], 'e') ~= ARGV[2] then
  redis.call('UNLINK', KEYS[3])
  redis.call('PEXPIRE', KEYS[2], math.min(left, 100))
  redis.pcall('SET', KEYS[2], '-', 'PX', math.min(left, 100))
  return 'STALE'
end
local spent = ARGV[6] - left
local ttl = ARGV[7] - spent
if ttl <= 0 then
  redis.call('UNLINK', KEYS[3])
  return 'AGED'
end
if ARGV[4] == 'ok' then
  if redis.call('SCARD', KEYS[3]) ~= ARGV[5] + 1 then
    redis.call('UNLINK', KEYS[3])
    return 'PARTIAL'
  end
  redis.call('PEXPIRE', KEYS[3], ttl)
  redis.call('UNLINK', KEYS[4])
else
  redis.call('UNLINK', KEYS[3])
  redis.call('SET', KEYS[4], ARGV[3], 'PX', ttl)
end
redis.call('HSET', KEYS[1], 'v', ARGV[8], 'l', ARGV[2], 'st', ARGV[4], 's', ARGV[3], 'n', ARGV[5], 'a', ARGV[7], 'd', spent)
redis.call('HDEL', KEYS[1], 'f')
redis.call('PEXPIRE', KEYS[1], ARGV[9])
if KEYS[5] ~= KEYS[3] and redis.call('PTTL', KEYS[5]) > 30000 then redis.call('PEXPIRE', KEYS[5], 30000) end
redis.call('DEL', KEYS[2])
redis.pcall('PUBLISH', ARGV[10], 'L ' .. ARGV[3])
return 'OK'`)

// failScript turns the lock into a back-off that doubles with every failure of any replica, and returns its length. If there is
// no memory for that, the lock itself is shortened.
var failScript = redis.NewScript(`
if redis.pcall('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('UNLINK', KEYS[3])
local f = redis.pcall('HINCRBY', KEYS[1], 'f', 1)
if type(f) == 'table' then
  redis.pcall('HDEL', KEYS[1], 'f')
  f = 1
end
local ms = math.min(ARGV[2] * 2 ^ math.min(math.max(f - 1, 0), 20), ARGV[3])
ms = math.floor(ms * ARGV[4] / 1000)
local set = redis.pcall('SET', KEYS[2], '!', 'PX', ms)
if set.err then redis.call('PEXPIRE', KEYS[2], ms) end
redis.pcall('PUBLISH', ARGV[5], 'F')
return ms`)

// invalidateScript puts a new generation in force. If that cannot be written (a wrong type, no memory left), it deletes the
// header: without one, no entry is current either. PUBLISH only makes it quicker, so a missing permission for it is ignored.
var invalidateScript = redis.NewScript(`
local set = redis.pcall('HSET', KEYS[1], 'e', ARGV[1])
if type(set) == 'table' then
  redis.call('UNLINK', KEYS[1])
else
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
redis.call('UNLINK', KEYS[2])
redis.pcall('PUBLISH', ARGV[3], 'I ' .. ARGV[1])
return 1`)

var errReply = errors.New("unexpected reply from Redis")

// entry is the header that renew found. Only gen and id count unless current.
type entry struct {
	gen, state, id string
	members        int
	limit, spent   time.Duration // the age limit, and how much of it the loading took
	ttl            time.Duration // of an absence; that of a set comes with its pages
	current        bool
}

func (g *group) renew() (entry, error) {
	return call(g, func(ctx context.Context) (entry, error) {
		reply, err := renewScript.Run(ctx, g.c.rdb, []string{g.keys.header, g.keys.none},
			rand.Text(), ms(g.c.opts.headerTTL()), layout).Slice()
		if err != nil {
			return entry{}, err
		}
		return parseEntry(reply)
	})
}

// parseEntry trusts no field, because others may have written to the hash. An invalid entry is not current, and is replaced by the
// load that follows.
func parseEntry(reply []any) (entry, error) {
	if len(reply) != 2 && len(reply) != 7 {
		return entry{}, errReply
	}
	var fields [6]string
	for i, v := range reply[:min(len(reply), len(fields))] {
		var ok bool
		if fields[i], ok = v.(string); !ok {
			return entry{}, errReply
		}
	}
	e := entry{gen: fields[0], id: fields[1], state: fields[2]}
	if len(reply) == 2 {
		return e, nil
	}
	ttl, ok := reply[6].(int64)
	if !ok {
		return entry{}, errReply
	}
	n, err1 := strconv.ParseUint(fields[3], 10, 31)
	limit, err2 := strconv.ParseUint(fields[4], 10, 40)
	spent, err3 := strconv.ParseUint(fields[5], 10, 40)
	if err1 != nil || err2 != nil || err3 != nil || e.state != stateOK && e.state != stateMissing {
		return e, nil
	}
	e.members = int(n)
	e.limit, e.spent = time.Duration(limit)*time.Millisecond, time.Duration(spent)*time.Millisecond
	e.ttl = time.Duration(ttl) * time.Millisecond
	e.current = true
	return e, nil
}

type page struct {
	ttl     time.Duration // negative: the set has expired or was changed by others
	cursor  string
	members []any
}

func (g *group) page(id, cursor string) (page, error) {
	return call(g, func(ctx context.Context) (page, error) {
		reply, err := pageScript.Run(ctx, g.c.rdb, []string{g.keys.sets + id}, cursor, pageSize).Slice()
		if err != nil {
			return page{}, err
		}
		if len(reply) != 3 {
			return page{}, errReply
		}
		ttl, ok1 := reply[0].(int64)
		next, ok2 := reply[1].(string)
		members, ok3 := reply[2].([]any)
		if !ok1 || !ok2 || !ok3 {
			return page{}, errReply
		}
		return page{time.Duration(ttl) * time.Millisecond, next, members}, nil
	})
}

// claim is the result of an attempt to get the lock.
type claim struct {
	won      bool
	gen, old string        // the generation to load under; the entry to be replaced
	ttl      time.Duration // if not won: when to try again; negative: look again, because another replica has published
	backoff  bool          // if not won: no replica loads, because a load failed
}

// acquire tries to get the lock for loading the entry id, which replaces seen.
func (g *group) acquire(id, seen string) (claim, error) {
	return call(g, func(ctx context.Context) (claim, error) {
		reply, err := acquireScript.Run(ctx, g.c.rdb, []string{g.keys.header, g.keys.lock, g.keys.sets + id},
			g.token+id, g.token, ms(g.c.opts.lockTTL()), ms(staleLock), layout, seen).Slice()
		if err != nil {
			return claim{}, err
		}
		if len(reply) != 3 {
			return claim{}, errReply
		}
		if won, _ := reply[0].(int64); won == 1 {
			gen, ok1 := reply[1].(string)
			old, ok2 := reply[2].(string)
			if !ok1 || !ok2 {
				return claim{}, errReply
			}
			return claim{won: true, gen: gen, old: old}, nil
		}
		ttl, ok1 := reply[1].(int64)
		backoff, ok2 := reply[2].(int64)
		if !ok1 || !ok2 {
			return claim{}, errReply
		}
		return claim{ttl: time.Duration(ttl) * time.Millisecond, backoff: backoff == 1}, nil
	})
}

const (
	published        = "OK"
	publishedLost    = "LOST"    // the lock has expired or belongs to another replica
	publishedStale   = "STALE"   // a revocation came while loading
	publishedAged    = "AGED"    // loading took longer than the age limit
	publishedPartial = "PARTIAL" // members are missing in the set
)

// publish writes the members of l into its set, page by page, and makes it current.
func (g *group) publish(l *loadRun) (status string, err error) {
	set := g.keys.sets + l.id
	ids := make([]any, 0, len(l.members))
	for id := range l.members {
		ids = append(ids, id)
	}
	for batch := range slices.Chunk(ids, 10*pageSize) {
		_, err := call(g, func(ctx context.Context) (struct{}, error) { return struct{}{}, g.c.add(ctx, set, batch) })
		if err != nil {
			return "", err
		}
	}
	state, limit := stateOK, l.maxAge
	if l.missing {
		state = stateMissing
	}
	return call(g, func(ctx context.Context) (string, error) {
		return publishScript.Run(ctx, g.c.rdb,
			[]string{g.keys.header, g.keys.lock, set, g.keys.none, g.keys.sets + l.old},
			g.token+l.id, l.gen, l.id, state, len(l.members), ms(g.c.opts.lockTTL()), ms(limit), layout,
			ms(g.c.opts.headerTTL()), g.keys.channel).Text()
	})
}

// add adds ids to set in pages, in one exchange.
func (c *Cache) add(ctx context.Context, set string, ids []any) error {
	_, err := c.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for page := range slices.Chunk(ids, pageSize) {
			p.SAdd(ctx, set, page...)
		}
		p.EvalSha(ctx, guardScript.Hash(), []string{set})
		return nil
	})
	if redis.HasErrorPrefix(err, "NOSCRIPT") { // a pipeline cannot send the script's text
		err = guardScript.Run(ctx, c.rdb, []string{set}).Err()
	}
	return err
}

// fail returns the lock of a failed load, as a back-off.
func (g *group) fail(id string) (time.Duration, error) {
	n, err := call(g, func(ctx context.Context) (int64, error) {
		return failScript.Run(ctx, g.c.rdb, []string{g.keys.header, g.keys.lock, g.keys.sets + id}, g.token+id,
			ms(backoffMin), ms(backoffMax), 1000+int64(jitter(250)), g.keys.channel).Int64()
	})
	return time.Duration(n) * time.Millisecond, err
}

func (c *Cache) newGeneration(ctx context.Context, k keys) error {
	err := invalidateScript.Run(ctx, c.rdb, []string{k.header, k.none}, rand.Text(), ms(c.opts.headerTTL()), k.channel).Err()
	if err != nil {
		return fmt.Errorf("not acknowledged by Redis: %w", err)
	}
	return nil
}

func ms(d time.Duration) int64 { return d.Milliseconds() }
