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
// members' ids, as text or as numbers; NULL is ignored.
//
// No row at all means that there is no such group. A group without members is one row with NULL, the result of a LEFT JOIN
// from the groups:
//
//	SELECT m.user_id FROM groups g LEFT JOIN group_members m ON m.group_id = g.id WHERE g.name = $1
//
// It is one statement, so that the answer is consistent. A query of the members alone works as well if an empty group need not be
// distinguished from an absent one; but then the absence is cached for MissingTTL, and the first member has to wait for its end or
// for Invalidate.
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
		// A broken connection also ends the rows; without this check, half a list would be taken for the whole.
		if err := rows.Err(); err != nil {
			return nil, err
		}
		if !found {
			return nil, ErrNoGroup
		}
		return members, nil
	}
}

// RedisSet returns a loader for groups that the application keeps as sets in Redis; key returns the name of a group's set. The
// client may be that of the cache or another one.
//
// A set without members does not exist in Redis, so there is no such group. The set is read with SMEMBERS, for a consistent
// answer; a set of more than some ten thousand members would stall the server's other clients for milliseconds, and needs a loader
// of its own. With a client that reads from replicas, the answer is as old as their data.
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
