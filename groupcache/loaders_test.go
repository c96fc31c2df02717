package groupcache_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/exceptional-go/exceptional/groupcache"
	"github.com/redis/go-redis/v9"
)

// rowsDriver is a database whose one answer is what the data source's name refers to.
type rowsDriver struct{ answers map[string]rowsAnswer }

type rowsAnswer struct {
	rows  []driver.Value
	query error // instead of rows
	end   error // after the rows
}

func (d rowsDriver) Open(name string) (driver.Conn, error) { return rowsConn(d), nil }

type rowsConn struct{ answers map[string]rowsAnswer }

func (rowsConn) Prepare(string) (driver.Stmt, error) { return nil, errors.New("not prepared") }
func (rowsConn) Close() error                        { return nil }
func (rowsConn) Begin() (driver.Tx, error)           { return nil, errors.New("no transactions") }

func (c rowsConn) QueryContext(_ context.Context, _ string, args []driver.NamedValue) (driver.Rows, error) {
	if len(args) != 1 {
		return nil, errors.New("want one parameter")
	}
	a := c.answers[args[0].Value.(string)]
	if a.query != nil {
		return nil, a.query
	}
	return &rowsOf{a}, nil
}

type rowsOf struct{ a rowsAnswer }

func (*rowsOf) Columns() []string { return []string{"user_id"} }
func (*rowsOf) Close() error      { return nil }
func (r *rowsOf) Next(dest []driver.Value) error {
	if len(r.a.rows) == 0 {
		if r.a.end != nil {
			return r.a.end
		}
		return io.EOF
	}
	dest[0], r.a.rows = r.a.rows[0], r.a.rows[1:]
	return nil
}

var errBroken = errors.New("the connection broke")

func TestSQL(t *testing.T) {
	sql.Register("rows", rowsDriver{map[string]rowsAnswer{
		"members":      {rows: []driver.Value{"alice", "bob"}},
		"numbers":      {rows: []driver.Value{int64(7), []byte("8")}},
		"empty":        {rows: []driver.Value{nil}},
		"some nulls":   {rows: []driver.Value{nil, "alice", nil}},
		"none":         {},
		"no query":     {query: errBroken},
		"breaks":       {rows: []driver.Value{"alice"}, end: errBroken},
		"breaks first": {end: errBroken},
	}})
	db, err := sql.Open("rows", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	load := groupcache.SQL(db, "SELECT …")
	for _, tt := range []struct {
		name string
		want []string
		err  error
	}{
		{"members", []string{"alice", "bob"}, nil},
		{"numbers", []string{"7", "8"}, nil},
		{"empty", nil, nil},
		{"some nulls", []string{"alice"}, nil},
		{"none", nil, groupcache.ErrNoGroup},
		{"no query", nil, errBroken},
		{"breaks", nil, errBroken},
		{"breaks first", nil, errBroken},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := load(context.Background(), tt.name)
			if !slices.Equal(got, tt.want) || !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
				t.Errorf("load = %v, %v; want %v, %v", got, err, tt.want, tt.err)
			}
		})
	}
	t.Run("context has ended", func(t *testing.T) {
		if got, err := load(ended, "members"); err == nil || errors.Is(err, groupcache.ErrNoGroup) {
			t.Errorf("load = %v, %v", got, err)
		}
	})
}

func TestStatic(t *testing.T) {
	groups := map[string][]string{"a": {"alice"}, "empty": nil}
	load := groupcache.Static(groups)
	groups["a"][0], groups["b"] = "mallory", nil
	if got, err := load(context.Background(), "a"); err != nil || !slices.Equal(got, []string{"alice"}) {
		t.Errorf("load(a) = %v, %v", got, err)
	}
	if got, err := load(context.Background(), "empty"); err != nil || len(got) != 0 {
		t.Errorf("load(empty) = %v, %v", got, err)
	}
	if _, err := load(context.Background(), "b"); !errors.Is(err, groupcache.ErrNoGroup) {
		t.Errorf("load(b): %v, want ErrNoGroup", err)
	}
}

func TestRedisSet(t *testing.T) {
	m := newMini(t)
	rdb := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", Dialer: newLink(m).dial})
	defer rdb.Close()
	_, _ = m.SAdd("staff:a", "alice", "bob")
	_ = m.Set("staff:text", "x")
	load := groupcache.RedisSet(rdb, func(group string) string { return "staff:" + group })
	got, err := load(context.Background(), "a")
	if slices.Sort(got); err != nil || !slices.Equal(got, []string{"alice", "bob"}) {
		t.Errorf("load(a) = %v, %v", got, err)
	}
	if _, err := load(context.Background(), "none"); !errors.Is(err, groupcache.ErrNoGroup) {
		t.Errorf("load(none): %v, want ErrNoGroup", err)
	}
	if _, err := load(context.Background(), "text"); err == nil || errors.Is(err, groupcache.ErrNoGroup) {
		t.Errorf("load(text): %v, want an error", err)
	}
}
