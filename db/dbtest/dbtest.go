// Package dbtest gives any package's tests a fresh, migrated store: in a file, and,
// where the package's tests run a second time (see package cluster), in a database
// of a PostgreSQL of their own.
package dbtest

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"courant/db"
	"courant/db/dbtest/cluster"
	"courant/db/engine"
)

// always is longer than any clock of a test runs: to connect costs PostgreSQL, and so
// a test whose hours are short, many times what is asked then.
const always = 100 * 365 * 24 * time.Hour

// configs says how the stores of tests were opened.
var configs sync.Map // *db.DB → engine.Config

// New opens a new store and closes it with the test.
func New(t testing.TB) *db.DB { return At(t, nil) }

// At is New with a clock.
func At(t testing.TB, now func() time.Time) *db.DB {
	t.Helper()
	return In(t, now, nil)
}

// In is At with the zone of the archive's days.
func In(t testing.TB, now func() time.Time, zone *time.Location) *db.DB {
	t.Helper()
	c := Config(t)
	if c.URL == "" {
		made, err := blank()
		if err == nil {
			err = os.WriteFile(c.Path, made, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return open(t, c, db.Options{Authority: "news.example.org", Now: now, Zone: zone})
}

// blank is a file with the tables of a store and nothing in them: to run all
// migrations takes many times as long as to copy what they make, and there are
// thousands of tests.
var blank = sync.OnceValues(func() (made []byte, err error) {
	dir, err := os.MkdirTemp("", "courant-blank-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "courant.db")
	d, err := db.Open(context.Background(), engine.Config{Path: path}, db.Options{})
	if err != nil {
		return nil, err
	}
	if err := d.Close(); err != nil {
		return nil, err
	}
	pool, err := sql.Open("sqlite", path)
	if err != nil {
		return nil, err
	}
	_, err = pool.Exec(`DELETE FROM meta`) // what each store makes of its own
	if err := errors.Join(err, pool.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// Config is the [database] table of a store that is not there yet: a file, or an
// empty database with its tables.
func Config(t testing.TB) engine.Config {
	t.Helper()
	c := engine.DefaultConfig()
	if !cluster.Ask(t) {
		c.Path = filepath.Join(t.TempDir(), "courant.db")
		return c
	}
	c.ConnectionLife = always
	c.URL = cluster.Like(t, "store", func(url string) error {
		d, err := db.Open(context.Background(), engine.Config{URL: url, Connections: 3}, db.Options{})
		if err != nil {
			return err
		}
		return d.Close()
	})
	return c
}

// Again opens a test's store once more, as another process does.
func Again(t testing.TB, d *db.DB, o db.Options) *db.DB {
	t.Helper()
	return open(t, ConfigOf(t, d), o)
}

// Beside is Again with a clock.
func Beside(t testing.TB, d *db.DB, now func() time.Time) *db.DB {
	t.Helper()
	return Again(t, d, db.Options{Now: now})
}

func open(t testing.TB, c engine.Config, o db.Options) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), c, o)
	if err != nil {
		t.Fatal(err)
	}
	configs.Store(d, c)
	t.Cleanup(func() {
		configs.Delete(d)
		d.Close()
	})
	return d
}

// ConfigOf is the [database] table of a test's store.
func ConfigOf(t testing.TB, d *db.DB) engine.Config {
	t.Helper()
	c, known := configs.Load(d)
	if !known {
		t.Fatal("the store is none of this package's")
	}
	return c.(engine.Config)
}

// Raw is the database of a test's store, for what no store would do.
func Raw(t testing.TB, d *db.DB) *sql.DB {
	t.Helper()
	driver, source := "sqlite", "file:"+d.Path()+"?_pragma=busy_timeout(5000)"
	if c := ConfigOf(t, d); c.URL != "" {
		driver, source = "pgx", c.URL
	}
	pool, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pool.Close() })
	return pool
}

// Refuse has the database of a test's store take no new rows of a table for which
// when holds, which may name the columns of NEW, until mend is called.
func Refuse(t testing.TB, d *db.DB, table, when string) (mend func()) {
	t.Helper()
	pool := Raw(t, d)
	exec := func(text string) {
		t.Helper()
		if _, err := pool.ExecContext(context.Background(), text); err != nil {
			t.Fatal(err)
		}
	}
	drop := `DROP TRIGGER refused`
	if d.Path() != "" {
		exec(`CREATE TRIGGER refused BEFORE INSERT ON ` + table + ` WHEN ` + when + ` BEGIN SELECT RAISE(ABORT, 'refused by a test'); END`)
	} else {
		exec(`CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused by a test'; END $$`)
		exec(`CREATE TRIGGER refused BEFORE INSERT ON ` + table + ` FOR EACH ROW WHEN (` + when + `) EXECUTE FUNCTION refuse()`)
		drop += ` ON ` + table
	}
	mend = sync.OnceFunc(func() { exec(drop) })
	t.Cleanup(mend) // the database may be another test's afterwards
	return mend
}
