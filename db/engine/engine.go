// Package engine opens a database, migrates it, runs transactions on it, copies
// it, and tells when another process wrote to it. It knows no tables: a Schema
// says what the database is made of, and whoever reads and writes brings the
// statements. All that is SQLite's own stands in this package; another engine
// would have files beside these.
package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Errors that callers act on.
var (
	ErrExists = errors.New("exists already")
	// ErrNewer means that the file was written by a newer Courant.
	ErrNewer = errors.New("the database is newer than this program")
	// ErrOlder means that a database that is opened for reading alone was written by
	// an older Courant: only who may write can bring it up to date.
	ErrOlder = errors.New("the database is older than this program: start the daemon, which brings it up to date")
	// ErrForReading means that a write was tried through a database that is opened
	// for reading alone.
	ErrForReading = errors.New("the database is opened for reading alone")
	// ErrInUse means that some process has the database open.
	ErrInUse = errors.New("a process has the database open")
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

// Schema is what a database is made of.
type Schema struct {
	Migrations fs.FS    // NNNN_name.sql, as goose reads them
	Tables     []string // some by which a database is known to be of this kind
}

// DB is an open database: one connection that writes and several that read. It
// is safe for concurrent use; close it last.
type DB struct {
	w, r   *sql.DB // w is nil where we only read
	path   string
	file   os.FileInfo // that is open, see same
	schema Schema

	// turn holds one token, which a transaction has from its begin until
	// everybody was told of its change: whoever finds that change in the
	// database a moment later must not be told first.
	turn chan struct{}
}

// openAgain is how soon a file that is busy is opened again.
const openAgain = 20 * time.Millisecond

// Open opens the database at c.Path, makes it where it is missing, and migrates
// it. A file that a newer Courant wrote gives ErrNewer and stays as it is. While
// another process makes the file, SQLite does not wait before it says that it is
// busy, whatever busy_timeout is: the change to WAL mode begins as a reader.
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

// OpenReader opens the database at c.Path for reading alone, which must be there
// and of this program's schema: else it gives ErrNewer or ErrOlder. It waits for
// no writer, however long that one is at it.
func OpenReader(ctx context.Context, c Config, s Schema) (*DB, error) {
	d := &DB{path: c.Path, schema: s, turn: make(chan struct{}, 1)}
	err := d.startReader(ctx)
	if err == nil {
		err = schemaIs(ctx, d.r, s.Migrations)
	}
	if err != nil {
		d.Close()
		return nil, fmt.Errorf("open %s: %w", c.Path, plainly(err))
	}
	return d, nil
}

func openOnce(ctx context.Context, c Config, s Schema) (*DB, error) {
	if _, err := os.Stat(filepath.Dir(c.Path)); err != nil {
		return nil, fmt.Errorf("open %s: %w", c.Path, plainly(err))
	}
	if err := refuseNewer(ctx, c.Path, s.Migrations); err != nil {
		return nil, fmt.Errorf("open %s: %w", c.Path, plainly(err))
	}
	if err := makeFile(c.Path); err != nil {
		return nil, fmt.Errorf("open %s: %w", c.Path, err)
	}
	d := &DB{path: c.Path, schema: s, turn: make(chan struct{}, 1)}
	var err error
	if d.w, err = openPool(c.Path, writerPragmas, "rwc"); err != nil {
		return nil, fmt.Errorf("open %s: %w", c.Path, plainly(err))
	}
	d.w.SetMaxOpenConns(1)
	if err := d.start(ctx); err != nil {
		d.Close()
		return nil, fmt.Errorf("open %s: %w", c.Path, plainly(err))
	}
	return d, nil
}

func (d *DB) start(ctx context.Context) error {
	if err := checkVersion(ctx, d.w); err != nil {
		return err
	}
	if err := checkPragmas(ctx, d.w, writerPragmas); err != nil {
		return err
	}
	if err := migrate(ctx, d.w, d.schema.Migrations); err != nil {
		return err
	}
	return d.startReader(ctx)
}

func (d *DB) startReader(ctx context.Context) (err error) {
	if d.file, err = os.Stat(d.path); err != nil {
		return err
	}
	if d.r, err = openPool(d.path, readerPragmas, "ro"); err != nil {
		return err
	}
	d.r.SetMaxOpenConns(readers)
	d.r.SetMaxIdleConns(readers)
	return checkPragmas(ctx, d.r, readerPragmas)
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

// Reader is the pool of the connections that read; a write through it fails.
func (d *DB) Reader() *sql.DB { return d.r }

// Ping reports whether the database can be read, and is still the one at its path.
func (d *DB) Ping(ctx context.Context) error {
	if err := d.same(); err != nil {
		return err
	}
	_, err := schemaVersion(ctx, d.r)
	return err
}

// Checkpoint moves the write-ahead log into the database file and empties it, as
// far as other processes let it.
func (d *DB) Checkpoint(ctx context.Context) error {
	if d.w == nil {
		return ErrForReading
	}
	var busy, frames, moved int
	if err := d.w.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &frames, &moved); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return nil
}

// Path is the database file.
func (d *DB) Path() string { return d.path }

// Sizes are the bytes of the database file and of its write-ahead log, 0 where
// they cannot be told.
func (d *DB) Sizes() (file, log int64) {
	if info, err := os.Stat(d.path); err == nil {
		file = info.Size()
	}
	if info, err := os.Stat(d.path + "-wal"); err == nil {
		log = info.Size()
	}
	return file, log
}
