package groupcache

import (
	"context"
	"database/sql"
	"slices"

	"github.com/redis/go-redis/v9"
)

// Static returns a loader of fixed groups, by name. A group that is not listed does not exist. Later changes to groups have
// no effect.
func Static(groups map[string][]string) Loader {
	fixed := make(map[string][]string, len(groups))
	for name, members := range groups {
		fixed[name] = slices.Clone(members)
	}
	return func(_ context.Context, group string) ([]string, error) {
		members, ok := fixed[group]
		if !ok {
			return nil, ErrNoGroup
		}
		return members, nil
	}
}

// SQL returns a loader that runs one query per group. The query's one parameter is the group's name, its one column the
// members' ids, as text or as numbers; NULL is nobody.
//
// No row at all means that there is no such group. A group without members is told by one row with NULL, which a LEFT JOIN
// from the groups gives:
//
//	SELECT m.user_id FROM groups g LEFT JOIN group_members m ON m.group_id = g.id WHERE g.name = $1
//
// One statement, so that the answer is of one moment. A query over the members alone is right as well where nobody needs
// to tell an empty group from an absent one; but the absence is then believed for MissingTTL, and the first member has to
// wait for it, or for Invalidate.
func SQL(db *sql.DB, query string) Loader {
	return func(ctx context.Context, group string) (members []string, err error) {
		rows, err := db.QueryContext(ctx, query, group)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		found := false
		for rows.Next() {
			found = true
			var id sql.NullString
			if err := rows.Scan(&id); err != nil {
				return nil, err
			}
			if id.Valid {
				members = append(members, id.String)
			}
		}
		// A connection that breaks ends the rows as well: without this, half a list would be a list.
		if err := rows.Err(); err != nil {
			return nil, err
		}
		if !found {
			return nil, ErrNoGroup
		}
		return members, nil
	}
}

// RedisSet returns a loader for groups that somebody else keeps as sets in Redis; key gives the name of a group's set. It
// may be the same client as the cache's or another one.
//
// A set without members does not exist in Redis: it is no group. The set is read with SMEMBERS, for an answer of one
// moment; a set of more than some ten thousand members would stall the server's other clients for milliseconds, and wants
// a loader of its own. With a client that reads from replicas, the answer is as old as theirs.
func RedisSet(rdb redis.UniversalClient, key func(group string) string) Loader {
	return func(ctx context.Context, group string) ([]string, error) {
		members, err := rdb.SMembers(ctx, key(group)).Result()
		if err != nil {
			return nil, err
		}
		if len(members) == 0 {
			return nil, ErrNoGroup
		}
		return members, nil
	}
}
