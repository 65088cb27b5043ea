// Package engine opens a database, migrates it, runs transactions on it, copies
// it, and tells when another process wrote to it. It knows no tables: a Schema
// says what the database is made of, and whoever reads and writes brings the
// statements, which are the same for both engines: SQLite in a file of its own, and
// PostgreSQL (M1). What differs between the two is a kind: sqlite.go with the files
// that are about a file, and postgres.go.
package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Errors that callers act on.
var (
	ErrExists = errors.New("exists already")
	// ErrNewer means that the file was written by a newer Courant.
	// Where it was open already, that such a one has changed it since in a way that this
	// program must not write beside: nothing was stored.
	ErrNewer = errors.New("the database is newer than this program")
	// ErrOlder means that a database that is opened for reading alone was written by
	// an older Courant: only who may write can bring it up to date.
	ErrOlder = errors.New("the database is older than this program: start the daemon, which brings it up to date")
	// ErrForReading means that a write was tried through a database that is opened
	// for reading alone.
	ErrForReading = errors.New("the database is opened for reading alone")
	// ErrInUse means that some process has the database open.
	ErrInUse = errors.New("a process has the database open")
	// ErrNoFile means that something was asked of a database file, and the database
	// is none.
	ErrNoFile = errors.New("the database is on a PostgreSQL server and not in a file")
)

// Config is the [database] table of the configuration.
type Config struct {
	Path         string `toml:"path"`          // the file; its folder must exist
	URL          string `toml:"url"`           // of a PostgreSQL database; empty: the file
	PasswordFile string `toml:"password_file"` // holds the password that URL lacks
	Connections  int    `toml:"connections"`   // of this process to PostgreSQL, at most

	// ConnectionLife is after how long a connection to PostgreSQL is made anew; 0: an
	// hour. Tests whose clock runs by days have theirs last.
	ConnectionLife time.Duration `toml:"-"`
}

// leastConnections are one that writes, one that reads, and one that listens for
// changes.
const leastConnections = 3

// DefaultConfig returns the values that hold where the configuration says nothing.
func DefaultConfig() Config { return Config{Path: "courant.db", Connections: 8} }

// Validate names what is wrong with c, each as "key: why", joined.
func (c Config) Validate() error {
	if c.URL == "" {
		if strings.TrimSpace(c.Path) == "" {
			return errors.New("path: must name a file")
		}
		return nil
	}
	var errs []error
	if _, err := c.postgres(); err != nil {
		errs = append(errs, fmt.Errorf("url: %w", err))
	}
	if c.Connections < leastConnections {
		errs = append(errs, fmt.Errorf("connections: %d are too few: one writes, one reads and one listens, so it must be at least %d", c.Connections, leastConnections))
	}
	return errors.Join(errs...)
}

// Name is the database for a person: its file, or server and name, without secrets.
func (c Config) Name() string {
	if c.URL == "" {
		return c.Path
	}
	return postgresName(c.URL)
}

// Schema is what a database is made of.
type Schema struct {
	Migrations fs.FS    // sqlite/NNNN_name.sql and postgres/NNNN_name.sql, as goose reads them
	Tables     []string // some by which a database is known to be of this kind
	// Moments are the unique indexes in which two writers may want the same place:
	// the one that comes later looks for another and does its work again (M7).
	Moments []string
	// Receipts is the table of receipts (id TEXT, n INTEGER, at INTEGER), by which it
	// is known whether what was committed to a server was stored although its answer
	// was lost (M8); empty: that stays unknown.
	Receipts string
	// Processes are the tables of what is so for a moment, such as which processes are
	// at work on the database: they are not those of a copy.
	Processes []string
	// Beside is the statement that selects the migration, if any, without which no
	// program may write any more that was started before that was made; empty: all may.
	Beside string
}

// A kind is an engine: all that differs between SQLite and PostgreSQL for whoever
// reads and writes.
type kind interface {
	// files are the migrations that are its own, and version is the newest that a
	// database has, 0 where it has none.
	files(Schema) (fs.FS, error)
	version(ctx context.Context, pool *sql.DB) (int64, error)

	// begin begins a transaction that writes, through a pool or a connection of it. Where oneWriter holds no other one
	// goes on at the same time, in this process or another. tries is how often one
	// is run before the engine's word that it is busy is believed.
	begin(ctx context.Context, w beginner) (*sql.Tx, error)
	oneWriter() bool
	tries() int
	// lockText has the rows that text selects changed by no other transaction until the
	// one that runs it ends, keepText has them deleted by none, and aloneIn has no other
	// transaction be in what has one of the same names. Where there is one writer at a time they
	// are nothing.
	lockText(text string) string
	keepText(text string) string
	aloneIn(names ...string) (s Statement, is bool)
	// onePlan has the statements of the transaction that runs s planned once for
	// whatever they are given; none where they always are.
	onePlan() (s Statement, is bool)
	// widenText has the connection that runs it hold more of what it changes.
	widenText() string

	// numbers selects n keys for new rows of a table that counts them, the lowest first.
	numbers(table, key string, n int) Statement
	// waking is what has the watchers of other processes look, once the transaction that
	// runs it is committed.
	waking() []Statement
	watch(ctx context.Context, r *sql.DB, f Look) error

	// here reports whether the database is still the one that was opened.
	here(ctx context.Context) error
	// clock is what time it is for what several processes count by; false where each
	// may count by its own.
	clock(ctx context.Context, q Asker) (ms int64, ok bool, err error)
	sizes(ctx context.Context, r *sql.DB) (data, log int64)
}

// beginner is a pool or a connection.
type beginner interface {
	BeginTx(ctx context.Context, o *sql.TxOptions) (*sql.Tx, error)
}

// Look is what a watcher calls: through conn it reads what has changed. lost is
// set where the connection had been lost, so that anything may have.
type Look func(ctx context.Context, conn *sql.Conn, lost bool) error

// DB is an open database: connections that write, of which SQLite has one, and
// several that read. It is safe for concurrent use; close it last.
type DB struct {
	w, r   *sql.DB // w is nil where we only read
	kind   kind
	name   string // see Name
	schema Schema
	newest int64 // migration that we know

	// turn holds one token, where there is one writer. A transaction has it until
	// everybody was told of its change: whoever finds that change in the database a moment
	// later is not told first.
	turn     chan struct{}
	wide     atomic.Bool // see Widen
	receipts *receipts   // of what is committed to a server; nil without one, or where we only read
	links    sync.Map    // the link of each transaction on a server, by its *sql.Tx
}

// openAgain is how soon a file that is busy is opened again.
const openAgain = 20 * time.Millisecond

// Open opens the database that c names, makes the file where it is missing, and
// migrates it. One that a newer Courant wrote gives ErrNewer and stays as it is.
// While another process makes the file, SQLite does not wait before it says that
// it is busy, whatever busy_timeout is: the change to WAL mode begins as a reader.
func Open(ctx context.Context, c Config, s Schema) (*DB, error) {
	for until := time.Now().Add(busyTimeout); ; {
		d, err := openOnce(ctx, c, s)
		if !Busy(err) || time.Now().After(until) {
			return d, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(openAgain):
		}
	}
}

// OpenReader opens the database that c names for reading alone, which must be there
// and of this program's schema: else it gives ErrNewer or ErrOlder. It waits for
// no writer, however long that one is at it.
func OpenReader(ctx context.Context, c Config, s Schema) (*DB, error) {
	d := &DB{name: c.Name(), schema: s, turn: make(chan struct{}, 1)}
	var err error
	if c.URL != "" {
		err = d.openPostgres(ctx, c, false)
	} else {
		err = d.readFile(ctx, c.Path)
	}
	if err == nil {
		err = schemaIs(ctx, d.kind, s, d.r)
	}
	if err != nil {
		d.Close()
		return nil, fmt.Errorf("open %s: %w", c.Name(), plainly(err))
	}
	return d, nil
}

func openOnce(ctx context.Context, c Config, s Schema) (*DB, error) {
	d := &DB{name: c.Name(), schema: s, turn: make(chan struct{}, 1)}
	var err error
	if d.newest, err = s.newest("sqlite"); err != nil { // both engines have the same
		return nil, err
	}
	if c.URL != "" {
		err = d.openPostgres(ctx, c, true)
	} else {
		err = d.openFile(ctx, c.Path)
	}
	if err != nil {
		d.Close()
		return nil, fmt.Errorf("open %s: %w", c.Name(), plainly(err))
	}
	return d, nil
}

// Like opens the database that c names, which is made of the same as d.
func (d *DB) Like(ctx context.Context, c Config) (*DB, error) { return Open(ctx, c, d.schema) }

// Keeps reports whether a table says something of this database alone, and nothing of
// what is in it: the engine's own, and those of processes.
func (d *DB) Keeps(table string) bool {
	return table == versions || table == d.schema.Receipts || slices.Contains(d.schema.Processes, table)
}

// versions is goose's table of the migrations that were made.
const versions = "goose_db_version"

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

// Reader is the pool of the connections that read; a write through it fails.
func (d *DB) Reader() *sql.DB { return d.r }

// Fresh is the pool through which to read what was written a moment ago. In a file it is
// the one connection that writes: that one holds what it wrote, where every other would
// read it from the log. So its rows must be read to their end before anything is written.
func (d *DB) Fresh() *sql.DB {
	if d.w != nil && d.kind.oneWriter() {
		return d.w
	}
	return d.r
}

// Name is the database for a person: its file, or server and name, without secrets.
func (d *DB) Name() string { return d.name }

// Ping reports whether the database can be read, and is still the one that was
// opened.
func (d *DB) Ping(ctx context.Context) error {
	if err := d.kind.here(ctx); err != nil {
		return err
	}
	_, err := d.kind.version(ctx, d.r)
	return plainly(err)
}

// Asker is a pool, a connection or a transaction.
type Asker interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Clock is what time it is, as q sees it, in what several processes count by: the
// server's, or own where they are on one machine.
func (d *DB) Clock(ctx context.Context, q Asker, own time.Time) (time.Time, error) {
	ms, ok, err := d.kind.clock(ctx, q)
	if err != nil || !ok {
		return own, plainly(err)
	}
	return time.UnixMilli(ms).UTC(), nil
}

// OneMachine reports whether all processes that have the database open are on one
// machine, where one writes at a time.
func (d *DB) OneMachine() bool { return d.kind.oneWriter() }

// Lock has the rows that text selects changed by no other transaction until t ends.
// Whatever is read to be changed is locked before it is read (M7). Where there is
// one writer at a time it does nothing.
func (d *DB) Lock(ctx context.Context, t *sql.Tx, text string, args ...any) error {
	return d.exec(ctx, t, Statement{Text: d.kind.lockText(text), Args: args})
}

// Keep has no other transaction delete the rows that text selects, or change their
// keys, until t ends: several may keep the same one, while others change it.
func (d *DB) Keep(ctx context.Context, t *sql.Tx, text string, args ...any) error {
	return d.exec(ctx, t, Statement{Text: d.kind.keepText(text), Args: args})
}

// Alone waits until no other transaction is alone in what has one of the same names,
// and has t be that in all of them until it ends.
func (d *DB) Alone(ctx context.Context, t *sql.Tx, names ...string) error {
	s, _ := d.kind.aloneIn(names...)
	return d.exec(ctx, t, s)
}

// Widen has what writes from now on hold more of what it changes, because a
// transaction is to store more than a few rows.
func (d *DB) Widen(ctx context.Context, t *sql.Tx) error {
	if d.wide.Load() {
		return nil
	}
	if err := d.exec(ctx, t, Statement{Text: d.kind.widenText()}); err != nil {
		return err
	}
	d.wide.Store(true)
	return nil
}

// exec runs a statement, if there is one.
func (d *DB) exec(ctx context.Context, t *sql.Tx, s Statement) error {
	if s.Text == "" {
		return nil
	}
	_, err := t.ExecContext(ctx, s.Text, s.Args...)
	return err
}

// Note runs one statement by itself that may be lost without harm: nobody looks up
// what became of it.
func (d *DB) Note(ctx context.Context, text string, args ...any) error {
	if d.w == nil {
		return ErrForReading
	}
	_, err := d.w.ExecContext(ctx, text, args...)
	return plainly(err)
}

// Waking is what a transaction runs, if anything, for the watchers of other processes
// to look once it is committed. Where it cannot they look by themselves, somewhat later.
func (d *DB) Waking() []Statement { return d.kind.waking() }

// Sizes are the bytes of the database and of its write-ahead log, 0 where they
// cannot be told.
func (d *DB) Sizes(ctx context.Context) (data, log int64) { return d.kind.sizes(ctx, d.r) }
