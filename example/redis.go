package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

const redisForms = `redis://host:6379/0, rediss://… with TLS, redis://host1:6379,host2:6379 for a cluster, redis+sentinel://host1:26379,host2:26379/master-name?db=0`

// wholeAddresses reduces redis://a,redis://b to a,b once the first scheme is off.
var wholeAddresses = strings.NewReplacer("/,redis://", ",", "/,rediss://", ",", ",redis://", ",", ",rediss://", ",")

// newRedis makes a client, which connects when it is first used. See redisOptions for the address.
func newRedis(address string) (redis.UniversalClient, error) {
	options, err := redisOptions(address)
	if err != nil {
		return nil, err
	}
	switch o := options.(type) {
	case *redis.FailoverOptions:
		return redis.NewFailoverClient(o), nil
	case *redis.ClusterOptions:
		return redis.NewClusterClient(o), nil
	default:
		return redis.NewClient(o.(*redis.Options)), nil
	}
}

// redisOptions reads an address of one of these forms into go-redis' options for it:
//
//	redis://[user:password@]host:port[/db]                one server
//	rediss://…                                            any form, with TLS
//	redis://[user:password@]host1:port,host2:port         several addresses: a cluster
//	redis+cluster://host:port                             a cluster known by one address
//	redis+sentinel://[user:password@]host1:port,host2:port/master-name[?db=0]
//
// User and password are those of Redis; Sentinel's own are ?sentinel_username= and
// ?sentinel_password=. Whole addresses may stand between the commas too, and go-redis' own
// ?addr= and ?master_name= mean what they mean there. Every other parameter goes to go-redis.
func redisOptions(address string) (any, error) {
	scheme, rest, ok := strings.Cut(strings.TrimSpace(address), "://")
	scheme, kind, _ := strings.Cut(strings.ToLower(scheme), "+")
	if !ok || scheme != "redis" && scheme != "rediss" || kind != "" && kind != "cluster" && kind != "sentinel" {
		return nil, fmt.Errorf("it should look like %s", redisForms)
	}
	// net/url takes one host, so the list is taken apart by hand.
	rest = wholeAddresses.Replace(rest)
	authority, path := rest, ""
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	userinfo, hosts := "", strings.Split(authority, ",")
	for i, host := range hosts {
		if at := strings.LastIndex(host, "@"); at >= 0 {
			userinfo, host = host[:at+1], host[at+1:]
		}
		if hosts[i] = strings.TrimSpace(host); hosts[i] == "" {
			return nil, errors.New("there is an empty address in the list")
		}
	}

	u, err := url.Parse(scheme + "://" + userinfo + hosts[0] + path)
	if err != nil {
		return nil, err
	}
	q := u.Query()
	hosts = append(hosts, q["addr"]...)
	switch {
	case kind == "sentinel" || q.Has("master_name"):
		if !q.Has("master_name") {
			q.Set("master_name", strings.Trim(u.Path, "/"))
			u.Path = "/" + q.Get("db")
			q.Del("db")
		}
		if q.Get("master_name") == "" {
			return nil, errors.New("the master's name is missing: redis+sentinel://host:26379/master-name")
		}
		sentinelUser, sentinelPassword := q.Get("sentinel_username"), q.Get("sentinel_password")
		q.Del("sentinel_username")
		q.Del("sentinel_password")
		q.Del("addr")
		u.RawQuery = q.Encode()
		o, err := redis.ParseFailoverURL(u.String())
		if err != nil {
			return nil, err
		}
		// For go-redis the userinfo of a failover address is Sentinel's; here it is Redis', as in
		// every other form.
		o.SentinelAddrs = hosts
		if kind == "sentinel" {
			o.Username, o.Password = o.SentinelUsername, o.SentinelPassword
			o.SentinelUsername, o.SentinelPassword = sentinelUser, sentinelPassword
		}
		return o, nil
	case kind == "cluster" || len(hosts) > 1:
		q.Del("addr")
		u.RawQuery = q.Encode()
		o, err := redis.ParseClusterURL(u.String())
		if err != nil {
			return nil, err
		}
		o.Addrs = hosts
		return o, nil
	}
	return redis.ParseURL(u.String())
}

// ping asks Redis once and waits at most limit. The wait is not left to go-redis: with its default
// options one call to a dead address retries far past the deadline of its context.
func ping(ctx context.Context, rdb redis.UniversalClient, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	answer := make(chan error, 1)
	go func() { answer <- rdb.Ping(ctx).Err() }()
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return fmt.Errorf("no answer within %s", limit)
	}
}

// withoutPassword makes an address fit for the terminal.
func withoutPassword(address string) string {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return "it"
	}
	if i := strings.LastIndex(rest, "@"); i >= 0 {
		rest = rest[i+1:]
	}
	rest, _, _ = strings.Cut(rest, "?") // Sentinel's password may stand there
	return scheme + "://" + rest
}

// nextPort is where replica i listens: addr itself, then the ports after it; port 0 stays 0, a
// free one for each.
func nextPort(addr string, i int) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", err
	}
	n, err := net.LookupPort("tcp", port)
	if err != nil {
		return "", err
	}
	if n == 0 {
		return addr, nil
	}
	if n+i > 65535 {
		return "", fmt.Errorf("port %d is too high", n+i)
	}
	return net.JoinHostPort(host, fmt.Sprint(n+i)), nil
}
