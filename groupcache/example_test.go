package groupcache_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/exceptional-go/exceptional/groupcache"
	"github.com/redis/go-redis/v9"
)

// A cache for one process: the whole life of one.
func Example() {
	viewers := groupcache.New(nil, groupcache.Static(map[string][]string{
		"Technical Errors": {"alice"},
	}), groupcache.Options{})
	defer viewers.Close()

	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	ok, err := viewers.IsMember(ctx, "Technical Errors", "alice")
	fmt.Println("alice:", ok, err)
	ok, err = viewers.IsMember(ctx, "Technical Errors", "bob")
	fmt.Println("bob:", ok, err)
	_, err = viewers.IsMember(ctx, "Editors", "alice")
	fmt.Println("Editors:", errors.Is(err, groupcache.ErrNoGroup))
	fmt.Println(viewers.Explain("Technical Errors", "bob"))
	// Output:
	// alice: true <nil>
	// bob: false <nil>
	// Editors: true
	// not a member
}

// Any function can be the source; it must not return an error as an absence.
func ExampleLoader() {
	var directory interface {
		Group(ctx context.Context, name string) (members []string, found bool, err error)
	}
	load := func(ctx context.Context, group string) ([]string, error) {
		members, found, err := directory.Group(ctx, group)
		switch {
		case err != nil:
			return nil, err
		case !found:
			return nil, groupcache.ErrNoGroup
		}
		return members, nil
	}
	rdb := redis.NewUniversalClient(&redis.UniversalOptions{Addrs: []string{"127.0.0.1:6379"}})
	viewers := groupcache.New(rdb, load, groupcache.Options{Prefix: "shop:groups:"})
	_ = viewers
}

func ExampleStatic() {
	load := groupcache.Static(map[string][]string{"Technical Errors": {"alice", "bob"}})
	members, err := load(context.Background(), "Technical Errors")
	fmt.Println(members, err)
	// Output: [alice bob] <nil>
}

// A Django application's groups. The LEFT JOINs make a group without members one row with NULL, and no group no row.
func ExampleSQL() {
	var db *sql.DB
	load := groupcache.SQL(db, `
		SELECT u.id
		FROM auth_group g
		LEFT JOIN auth_user_groups ug ON ug.group_id = g.id
		LEFT JOIN auth_user u ON u.id = ug.user_id AND u.is_active
		WHERE g.name = $1`)
	rdb := redis.NewFailoverClient(&redis.FailoverOptions{MasterName: "main", SentinelAddrs: []string{"10.0.0.1:26379"}})
	viewers := groupcache.New(rdb, load, groupcache.Options{})
	_ = viewers
}

// A set that the sign-on service keeps.
func ExampleRedisSet() {
	rdb := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{"10.0.0.1:6379", "10.0.0.2:6379"}})
	load := groupcache.RedisSet(rdb, func(group string) string { return "sso:group:" + group })
	viewers := groupcache.New(rdb, load, groupcache.Options{})
	_ = viewers
}

// After a change in the source that must not wait for MaxAge.
func ExampleCache_Invalidate() {
	var viewers *groupcache.Cache
	removeViewer := func(ctx context.Context, user string) error {
		// … delete from group_members …
		if err := viewers.Invalidate(ctx, "Technical Errors"); err != nil {
			return fmt.Errorf("%s is removed, but may be a viewer for another minute: %w", user, err)
		}
		return nil
	}
	_ = removeViewer
}

// Do not do this: an error is not a no, and it is a no that a viewer must get. Look at the first value only, or log the
// second one.
func ExampleCache_IsMember_incorrect() {
	var viewers *groupcache.Cache
	mayView := func(ctx context.Context, user string) bool {
		_, err := viewers.IsMember(ctx, "Technical Errors", user)
		return err == nil // everybody, whenever all is well
	}
	_ = mayView
}
