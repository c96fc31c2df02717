package main

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"

	"github.com/exceptional-go/exceptional/groupcache"
	_ "modernc.org/sqlite" // pure Go: the demo needs no C compiler
)

//go:embed schema.sql
var schema string

// store is the shop's database. Users and groups live here, in the application's own tables:
// the library asks for them through two small functions.
type store struct {
	db *sql.DB
}

type user struct {
	Name      string
	About     string
	Superuser bool
	Member    bool // of groupTechnical
}

type book struct {
	Slug   string `json:"slug"`
	Title  string `json:"title"`
	Author string `json:"author"`
	Genre  string `json:"genre"`
	Year   int    `json:"year"`
	Cents  int    `json:"cents"`
	Stock  int    `json:"stock"`
	Cover  string `json:"-"`
	Blurb  string `json:"blurb"`
}

// Price is what the pages print.
func (b book) Price() string { return fmt.Sprintf("£%d.%02d", b.Cents/100, b.Cents%100) }

// openStore creates the database file and fills it.
func openStore(ctx context.Context, file string) (*store, error) {
	// The pragmas stand in the address because they hold per connection, and the pool opens several.
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=foreign_keys(1)&_pragma=busy_timeout(2000)&_pragma=journal_mode(wal)&_pragma=synchronous(off)")
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return nil, errors.Join(fmt.Errorf("fill the database: %w", err), db.Close())
	}
	return &store{db: db}, nil
}

func (s *store) Close() error { return s.db.Close() }

// User returns sql.ErrNoRows, wrapped, for a name that no user has.
func (s *store) User(ctx context.Context, name string) (user, error) {
	u := user{Name: name}
	err := s.db.QueryRowContext(ctx, `SELECT about, superuser FROM users WHERE name = ?`, name).Scan(&u.About, &u.Superuser)
	if err != nil {
		return user{}, fmt.Errorf("store: user: %w", err)
	}
	return u, nil
}

// Users lists everybody, with their membership as the database has it now.
func (s *store) Users(ctx context.Context) ([]user, error) {
	rows, err := s.db.QueryContext(ctx, `
		SELECT u.name, u.about, u.superuser, m.user_name IS NOT NULL
		FROM users u LEFT JOIN group_members m ON m.user_name = u.name AND m.group_name = ?
		ORDER BY u.name`, groupTechnical)
	if err != nil {
		return nil, fmt.Errorf("store: users: %w", err)
	}
	defer rows.Close()
	var users []user
	for rows.Next() {
		var u user
		if err := rows.Scan(&u.Name, &u.About, &u.Superuser, &u.Member); err != nil {
			return nil, fmt.Errorf("store: users: %w", err)
		}
		users = append(users, u)
	}
	return users, rows.Err()
}

// Members is what the library asks the database, and that rarely. It keeps "no such group" (no row)
// and "a group without members" (one row with NULL) apart.
func (s *store) Members() groupcache.Loader {
	return groupcache.SQL(s.db, `
		SELECT m.user_name FROM groups g LEFT JOIN group_members m ON m.group_name = g.name
		WHERE g.name = ?`)
}

// SetMember adds a user to a group or takes one out; doing it twice is no fault.
func (s *store) SetMember(ctx context.Context, group, name string, member bool) error {
	query := `DELETE FROM group_members WHERE group_name = ? AND user_name = ?`
	if member {
		query = `INSERT INTO group_members (group_name, user_name) VALUES (?, ?) ON CONFLICT DO NOTHING`
	}
	if _, err := s.db.ExecContext(ctx, query, group, name); err != nil {
		return fmt.Errorf("store: set member: %w", err)
	}
	return nil
}

const bookColumns = `slug, title, author, genre, year, cents, stock, cover, blurb`

// Books lists the shelf.
func (s *store) Books(ctx context.Context) ([]book, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT `+bookColumns+` FROM books ORDER BY stock = 0, title`)
	if err != nil {
		return nil, fmt.Errorf("store: books: %w", err)
	}
	defer rows.Close()
	var books []book
	for rows.Next() {
		var b book
		if err := rows.Scan(&b.Slug, &b.Title, &b.Author, &b.Genre, &b.Year, &b.Cents, &b.Stock, &b.Cover, &b.Blurb); err != nil {
			return nil, fmt.Errorf("store: books: %w", err)
		}
		books = append(books, b)
	}
	return books, rows.Err()
}

// Book returns sql.ErrNoRows, wrapped, for a book the shop does not have.
func (s *store) Book(ctx context.Context, slug string) (book, error) {
	var b book
	err := s.db.QueryRowContext(ctx, `SELECT `+bookColumns+` FROM books WHERE slug = ?`, slug).
		Scan(&b.Slug, &b.Title, &b.Author, &b.Genre, &b.Year, &b.Cents, &b.Stock, &b.Cover, &b.Blurb)
	if err != nil {
		return book{}, fmt.Errorf("store: book %q: %w", slug, err)
	}
	return b, nil
}

// Customer says whose order it is.
func (s *store) Customer(ctx context.Context, order int) (string, error) {
	var name string
	if err := s.db.QueryRowContext(ctx, `SELECT customer FROM orders WHERE id = ?`, order).Scan(&name); err != nil {
		return "", fmt.Errorf("store: order %d: %w", order, err)
	}
	return name, nil
}

// History is the query of failure "sql": it asks for a column that a migration, merged but never
// run, would have added. SQLite refuses it for real.
func (s *store) History(ctx context.Context, customer string) ([]int, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id, gift_wrap FROM orders WHERE customer = ? ORDER BY id DESC`, customer)
	if err != nil {
		return nil, fmt.Errorf("store: orders of %q: %w", customer, err)
	}
	defer rows.Close()
	var ids []int
	for rows.Next() {
		var id, wrap int
		if err := rows.Scan(&id, &wrap); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// Reserve takes copies off the shelf. The table refuses a negative stock.
func (s *store) Reserve(ctx context.Context, slug string, copies int) error {
	if _, err := s.db.ExecContext(ctx, `UPDATE books SET stock = stock - ? WHERE slug = ?`, copies, slug); err != nil {
		return fmt.Errorf("store: reserve %d of %q: %w", copies, slug, err)
	}
	return nil
}

// PlaceOrder writes an order down and takes its copies off the shelf, both or neither.
func (s *store) PlaceOrder(ctx context.Context, customer, slug string, copies int, postcode string) (id int64, err error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return 0, fmt.Errorf("store: order: %w", err)
	}
	defer tx.Rollback() // does nothing after Commit
	res, err := tx.ExecContext(ctx, `INSERT INTO orders (customer, slug, copies, postcode) VALUES (?, ?, ?, ?)`, customer, slug, copies, postcode)
	if err != nil {
		return 0, fmt.Errorf("store: order: %w", err)
	}
	// The condition keeps two customers from buying the last copy.
	upd, err := tx.ExecContext(ctx, `UPDATE books SET stock = stock - ? WHERE slug = ? AND stock >= ?`, copies, slug, copies)
	if err != nil {
		return 0, fmt.Errorf("store: order: %w", err)
	}
	if n, err := upd.RowsAffected(); err != nil {
		return 0, fmt.Errorf("store: order: %w", err)
	} else if n == 0 {
		return 0, errSoldOut
	}
	if id, err = res.LastInsertId(); err != nil {
		return 0, fmt.Errorf("store: order: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return 0, fmt.Errorf("store: order: %w", err)
	}
	return id, nil
}
