package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

func TestRedisOptions(t *testing.T) {
	for _, tt := range []struct{ name, address, want string }{
		{"one server", "redis://localhost:6380/3", "single localhost:6380 db=3"},
		{"one server, default port", "redis://cache", "single cache:6379 db=0"},
		{"with a password", "redis://ann:s3cret@cache:6379", "single cache:6379 db=0 ann:s3cret"},
		{"a password with an at sign", "redis://ann:p%40ss@cache:6379", "single cache:6379 db=0 ann:p@ss"},
		{"over TLS", "rediss://cache:6379", "single cache:6379 db=0 tls"},
		{"an upper-case scheme", "REDIS://cache:6379", "single cache:6379 db=0"},
		{"options of go-redis", "redis://cache:6379?db=2&read_timeout=1s", "single cache:6379 db=2"},
		{"several hosts are a cluster", "redis://a:1,b:2,c:3", "cluster a:1,b:2,c:3"},
		{"several whole addresses", "redis://a:1,redis://b:2,redis://c:3", "cluster a:1,b:2,c:3"},
		{"whole addresses with slashes", "redis://a:1/,redis://b:2/", "cluster a:1,b:2"},
		{"a cluster with a password", "rediss://ann:pw@a:1,b:2", "cluster a:1,b:2 ann:pw tls"},
		{"a password on each address", "redis://ann:pw@a:1,redis://ann:pw@b:2", "cluster a:1,b:2 ann:pw"},
		{"IPv6 addresses", "redis://[::1]:7001,[::1]:7002", "cluster [::1]:7001,[::1]:7002"},
		{"a cluster by one address", "redis+cluster://a:1", "cluster a:1"},
		{"go-redis' own cluster form", "redis://a:1?addr=b:2&addr=c:3", "cluster a:1,b:2,c:3"},
		{"sentinel", "redis+sentinel://a:1,b:2/mymaster", "sentinel a:1,b:2 mymaster db=0"},
		{"sentinel with everything", "redis+sentinel://ann:pw@a:1,b:2/mymaster?db=4&sentinel_username=sam&sentinel_password=spw", "sentinel a:1,b:2 mymaster db=4 ann:pw sam:spw"},
		{"sentinel over TLS", "rediss+sentinel://a:1/m", "sentinel a:1 m db=0 tls"},
		{"go-redis' own sentinel form", "redis://sam:spw@a:1/4?addr=b:2&master_name=m", "sentinel a:1,b:2 m db=4 sam:spw"},
		{"sentinel without a master", "redis+sentinel://a:1", "the master's name is missing"},
		{"no scheme", "localhost:6379", "it should look like"},
		{"another scheme", "http://localhost:6379", "it should look like"},
		{"another kind", "redis+ring://localhost:6379", "it should look like"},
		{"a hole in the list", "redis://a:1,,b:2", "empty address"},
		{"nothing after the scheme", "redis://", "empty address"},
		{"an option nobody knows", "redis://a:1?colour=blue", "unexpected option"},
		{"a database that is no number", "redis://a:1/abc", "invalid database number"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := describe(redisOptions(tt.address)); got != tt.want && !(strings.HasPrefix(got, "error") && strings.Contains(got, tt.want)) {
				t.Errorf("redisOptions(%q) = %s, want %s", tt.address, got, tt.want)
			}
			if rdb, err := newRedis(tt.address); err == nil {
				rdb.Close()
			}
		})
	}
}

func describe(options any, err error) string {
	if err != nil {
		return "error: " + err.Error()
	}
	var words []string
	login := func(user, password string) {
		if user+password != "" {
			words = append(words, user+":"+password)
		}
	}
	tls := false
	switch o := options.(type) {
	case *redis.Options:
		words, tls = append(words, "single", o.Addr, fmt.Sprint("db=", o.DB)), o.TLSConfig != nil
		login(o.Username, o.Password)
	case *redis.ClusterOptions:
		words, tls = append(words, "cluster", strings.Join(o.Addrs, ",")), o.TLSConfig != nil
		login(o.Username, o.Password)
	case *redis.FailoverOptions:
		slices.Sort(o.SentinelAddrs)
		words, tls = append(words, "sentinel", strings.Join(o.SentinelAddrs, ","), o.MasterName, fmt.Sprint("db=", o.DB)), o.TLSConfig != nil
		login(o.Username, o.Password)
		login(o.SentinelUsername, o.SentinelPassword)
	}
	if tls {
		words = append(words, "tls")
	}
	return strings.Join(words, " ")
}

func TestWithoutPassword(t *testing.T) {
	for _, address := range []string{
		"redis://ann:s3cret@cache:6379/0",
		"redis://ann:s3cret@a:1,b:2",
		"redis://ann:s3cret@a:1,redis://ann:s3cret@b:2",
		"redis+sentinel://:s3cret@a:1/m?sentinel_password=s3cret",
		"ann:s3cret@cache",
		"redis://ann:s3cret@cache:x",
	} {
		if got := withoutPassword(address); strings.Contains(got, "s3cret") {
			t.Errorf("withoutPassword(%q) = %q, still with the password", address, got)
		}
		if _, err := newRedis(address); err != nil {
			if got := oneLine(err).Error(); strings.Contains(got, "s3cret") || strings.Contains(got, "\n") {
				t.Errorf("the complaint about %q is %q", address, got)
			}
		}
	}
}
