// Package db is Courant's store: what is kept, and the queries that keep it.
// It is where the halves meet, so its types are the contract between them.
// Open gives a migrated store; every write goes through one connection and is
// on disk when the method returns. Times are UTC, to the millisecond; the zero
// time.Time stands for "none".
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"modernc.org/sqlite"
)

// Errors that callers act on.
var (
	ErrNotFound  = errors.New("not found")
	ErrWithdrawn = errors.New("withdrawn")
	ErrExists    = errors.New("exists already")
	ErrStale     = errors.New("changed meanwhile")
	// ErrNewer means that the file was written by a newer Courant.
	ErrNewer = errors.New("the database is newer than this program")
)

// Config is the [database] table of the configuration.
type Config struct {
	Path string `toml:"path"` // the file; its folder must exist
}

// DefaultConfig returns the values that hold where the configuration says nothing.
func DefaultConfig() Config { return Config{Path: "courant.db"} }

// Validate says what is wrong with c, or nil.
func (c Config) Validate() error {
	if strings.TrimSpace(c.Path) == "" {
		return errors.New("path: must name a file")
	}
	return nil
}

const (
	// busyTimeout is how long a connection waits for another process's write.
	busyTimeout = 5 * time.Second
	// readers bounds the read pool: SQLite reads are CPU work, so a few per
	// core do, and each connection costs a page cache.
	readers = 8
	// minSQLite is the first SQLite without the WAL race that could lose
	// committed writes.
	minSQLite = "3.51.3"
)

// DB is an open store. It is safe for concurrent use; close it last.
type DB struct {
	w, r *sql.DB
	path string
	// Now is the clock of everything the store dates itself.
	now func() time.Time

	tag     Tag
	created time.Time
	secret  []byte

	// turn holds one token, which inTx has from its begin until everybody was
	// told of its change: whoever finds that change in the store a moment later
	// must not be told first.
	turn chan struct{}

	mu        sync.Mutex
	listeners []func(scopes []string)
	seen      int64 // the newest change that listeners were told of
}

// Options are what Open needs besides the path. The zero value serves.
type Options struct {
	// Authority is the tag: authority for a database that is made now; empty
	// makes a random one under .invalid.
	Authority string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Open opens the store at c.Path, makes it where it is missing, and migrates
// it. A file that a newer Courant wrote gives ErrNewer and stays as it is.
func Open(ctx context.Context, c Config, o Options) (*DB, error) {
	dir, err := shipped()
	if err != nil {
		return nil, err
	}
	return open(ctx, c, o, dir)
}

// openAgain is how soon a file that is busy is opened again.
const openAgain = 20 * time.Millisecond

// open is Open with the migrations in dir. While another process makes the
// file, SQLite does not wait before it says that it is busy, whatever
// busy_timeout is: the change to WAL mode begins as a reader.
func open(ctx context.Context, c Config, o Options, dir fs.FS) (*DB, error) {
	for until := time.Now().Add(busyTimeout); ; {
		d, err := openOnce(ctx, c, o, dir)
		if !busy(err) || time.Now().After(until) {
			return d, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(openAgain):
		}
	}
}

func openOnce(ctx context.Context, c Config, o Options, dir fs.FS) (*DB, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if _, err := os.Stat(filepath.Dir(c.Path)); err != nil {
		return nil, fmt.Errorf("open %s: %w", c.Path, err)
	}
	if err := refuseNewer(ctx, c.Path, dir); err != nil {
		return nil, fmt.Errorf("open %s: %w", c.Path, err)
	}
	d := &DB{path: c.Path, now: o.Now, turn: make(chan struct{}, 1)}
	var err error
	if d.w, err = openPool(c.Path, writerPragmas, "rwc"); err != nil {
		return nil, fmt.Errorf("open %s: %w", c.Path, err)
	}
	d.w.SetMaxOpenConns(1)
	if err := d.start(ctx, o, dir); err != nil {
		d.Close()
		return nil, fmt.Errorf("open %s: %w", c.Path, err)
	}
	return d, nil
}

func (d *DB) start(ctx context.Context, o Options, dir fs.FS) error {
	if err := checkVersion(ctx, d.w); err != nil {
		return err
	}
	if err := checkPragmas(ctx, d.w, writerPragmas); err != nil {
		return err
	}
	if err := migrate(ctx, d.w, dir); err != nil {
		return err
	}
	var err error
	if d.r, err = openPool(d.path, readerPragmas, "ro"); err != nil {
		return err
	}
	d.r.SetMaxOpenConns(readers)
	d.r.SetMaxIdleConns(readers)
	if err := checkPragmas(ctx, d.r, readerPragmas); err != nil {
		return err
	}
	if err := d.loadMeta(ctx, o.Authority); err != nil {
		return err
	}
	return d.r.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM change`).Scan(&d.seen)
}

// Close closes both pools, which moves the write-ahead log into the file.
func (d *DB) Close() error {
	var errs []error
	if d.r != nil {
		errs = append(errs, d.r.Close())
	}
	if d.w != nil {
		errs = append(errs, d.w.Close())
	}
	return errors.Join(errs...)
}

// Ping reports whether the store can be read.
func (d *DB) Ping(ctx context.Context) error {
	var one int
	return d.r.QueryRowContext(ctx, `SELECT count(*) FROM meta WHERE key = 'created'`).Scan(&one)
}

// Checkpoint moves the write-ahead log into the database file and empties it, as
// far as other processes let it.
func (d *DB) Checkpoint(ctx context.Context) error {
	var busy, frames, moved int
	if err := d.w.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &frames, &moved); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return nil
}

// Path is the database file.
func (d *DB) Path() string { return d.path }

// Now is the store's clock, in UTC to the millisecond.
func (d *DB) Now() time.Time { return d.now().UTC().Truncate(time.Millisecond) }

// A pragma is set on each connection by its DSN and read back at start: a
// misspelt one is silently ignored by SQLite.
type pragma struct{ name, set, read string }

var (
	writerPragmas = []pragma{
		{"busy_timeout", fmt.Sprint(busyTimeout.Milliseconds()), fmt.Sprint(busyTimeout.Milliseconds())},
		{"journal_mode", "wal", "wal"},
		{"synchronous", "full", "2"}, // an acknowledged comment has been fsynced
		{"foreign_keys", "1", "1"},
		{"trusted_schema", "0", "0"},
		{"cell_size_check", "1", "1"},
		{"journal_size_limit", "67108864", "67108864"},
		// 512 KiB, of 2 MiB by default, as below. A transaction that changes more
		// goes to the log in pieces, and takes no longer.
		{"cache_size", "-512", "-512"},
	}
	// lookPragmas are for a connection that only looks at a file.
	lookPragmas = []pragma{
		{"busy_timeout", fmt.Sprint(busyTimeout.Milliseconds()), fmt.Sprint(busyTimeout.Milliseconds())},
		{"query_only", "1", "1"},
	}
	readerPragmas = []pragma{
		{"busy_timeout", fmt.Sprint(busyTimeout.Milliseconds()), fmt.Sprint(busyTimeout.Milliseconds())},
		{"query_only", "1", "1"},
		// 128 KiB, of 2 MiB by default: each of the pool fills its own, so it is
		// what a growing database costs in memory. What is read again the system
		// has in its cache; rendering takes no longer for it.
		{"cache_size", "-128", "-128"},
		{"foreign_keys", "1", "1"},
		{"trusted_schema", "0", "0"},
		{"cell_size_check", "1", "1"},
	}
)

func openPool(path string, pragmas []pragma, mode string) (*sql.DB, error) {
	q := url.Values{"mode": {mode}}
	if mode != "ro" {
		q.Set("_txlock", "immediate")
	}
	for _, p := range pragmas {
		q.Add("_pragma", p.name+"("+p.set+")")
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	return sql.Open("sqlite", "file:"+(&url.URL{Path: abs}).EscapedPath()+"?"+q.Encode())
}

func checkPragmas(ctx context.Context, pool *sql.DB, pragmas []pragma) error {
	for _, p := range pragmas {
		var got string
		if err := pool.QueryRowContext(ctx, "PRAGMA "+p.name).Scan(&got); err != nil {
			return fmt.Errorf("pragma %s: %w", p.name, err)
		}
		if got != p.read {
			return fmt.Errorf("pragma %s is %s, want %s", p.name, got, p.read)
		}
	}
	return nil
}

func checkVersion(ctx context.Context, pool *sql.DB) error {
	var v string
	if err := pool.QueryRowContext(ctx, `SELECT sqlite_version()`).Scan(&v); err != nil {
		return err
	}
	if olderVersion(v, minSQLite) {
		return fmt.Errorf("SQLite %s is too old: %s or newer keeps what it commits", v, minSQLite)
	}
	return nil
}

func olderVersion(a, b string) bool {
	var x, y [3]int
	fmt.Sscanf(a, "%d.%d.%d", &x[0], &x[1], &x[2])
	fmt.Sscanf(b, "%d.%d.%d", &y[0], &y[1], &y[2])
	for i := range x {
		if x[i] != y[i] {
			return x[i] < y[i]
		}
	}
	return false
}

// inTx is the only way to write. f's scopes are what changed for readers; they
// are told of it after the commit and before inTx returns, so that a change
// shows at once where it was made.
func (d *DB) inTx(ctx context.Context, f func(tx *tx) error) error {
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	sqlTx, err := d.w.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer sqlTx.Rollback()
	t := &tx{Tx: sqlTx, now: d.Now()}
	if err := f(t); err != nil {
		return err
	}
	seq, err := t.logChange(ctx)
	if err != nil {
		return err
	}
	if err := sqlTx.Commit(); err != nil {
		return err
	}
	d.announce(seq, t.scopes.list())
	return nil
}

// tx is a transaction with what it has touched and the moment it happens at.
type tx struct {
	*sql.Tx
	now    time.Time
	scopes scopeSet
}

// ms is t as stored: Unix milliseconds, or NULL for none.
func ms(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// msTime scans what ms stored.
type msTime struct{ t *time.Time }

// Scan implements sql.Scanner.
func (m msTime) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*m.t = time.Time{}
	case int64:
		*m.t = time.UnixMilli(v).UTC()
	default:
		return fmt.Errorf("a time is stored as %T", src)
	}
	return nil
}

// Full reports whether err means that the disk took no more.
func Full(err error) bool {
	const sqliteFull, sqliteIOErr, sqliteReadOnly = 13, 10, 8
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() & 0xff {
	case sqliteFull, sqliteIOErr, sqliteReadOnly:
		return true
	}
	return false
}
