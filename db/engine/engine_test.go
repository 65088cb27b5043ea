package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"courant/db/dbtest/cluster"
)

func TestOlderVersion(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{{"3.51.3", "3.51.3", false}, {"3.51.2", "3.51.3", true}, {"3.53.4", "3.51.3", false}, {"3.9.0", "3.51.3", true}} {
		if got := olderVersion(c.a, c.b); got != c.want {
			t.Errorf("olderVersion(%s, %s) = %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

func TestMain(m *testing.M) { cluster.Main(m) }

// counterSchema is one table with one row.
func counterSchema() Schema {
	return Schema{Tables: []string{"counter"}, Migrations: fstest.MapFS{
		"sqlite/0001_counter.sql": {Data: []byte(`-- +goose Up
CREATE TABLE counter (n INTEGER NOT NULL) STRICT;
INSERT INTO counter (n) VALUES (0);
`)},
		"postgres/0001_counter.sql": {Data: []byte(`-- +goose Up
CREATE TABLE counter (n BIGINT NOT NULL);
INSERT INTO counter (n) VALUES (0);
`)},
	}}
}

// counter is a database of one table with one row.
func counter(t *testing.T) *DB {
	t.Helper()
	c := DefaultConfig()
	if cluster.Ask(t) {
		c.URL = cluster.New(t)
	} else {
		c.Path = filepath.Join(t.TempDir(), "counter.db")
	}
	d, err := Open(t.Context(), c, counterSchema())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func (d *DB) count(t *testing.T) (n int) {
	t.Helper()
	if err := d.Reader().QueryRowContext(t.Context(), `SELECT n FROM counter`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func add(t *sql.Tx) error {
	_, err := t.Exec(`UPDATE counter SET n = n + 1`)
	return err
}

// A transaction is kept whole or not at all, and told of once it is kept.
func TestTx(t *testing.T) {
	d := counter(t)
	told := 0
	if err := d.Tx(t.Context(), add, func() { told = d.count(t) }); err != nil || told != 1 {
		t.Errorf("told of %d, %v", told, err)
	}
	wrong := errors.New("wrong")
	if err := d.Tx(t.Context(), func(t *sql.Tx) error { return errors.Join(add(t), wrong) }, func() { told = -1 }); !errors.Is(err, wrong) || told != 1 || d.count(t) != 1 {
		t.Errorf("a transaction that failed: %v, told of %d, left %d", err, told, d.count(t))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Tx(ctx, add, func() { told = -1 }); err == nil || told != 1 {
		t.Errorf("after the end: %v, told of %d", err, told)
	}
}

// Whoever gave up waiting is told so, whatever the transaction was doing just then.
func TestTxTimeout(t *testing.T) {
	d := counter(t)
	for _, c := range []struct {
		name string
		work func(context.Context, *sql.Tx) error
	}{
		{"between two statements", func(_ context.Context, tx *sql.Tx) error {
			for {
				if err := add(tx); err != nil {
					return fmt.Errorf("the counter: %w", err)
				}
			}
		}},
		{"in a statement", func(ctx context.Context, tx *sql.Tx) error {
			for {
				if _, err := tx.ExecContext(ctx, `UPDATE counter SET n = n + 1`); err != nil {
					return fmt.Errorf("the counter: %w", err)
				}
			}
		}},
		{"before the commit", func(ctx context.Context, tx *sql.Tx) error {
			err := add(tx)
			<-ctx.Done()
			for err == nil && tx.QueryRow(`SELECT 1`).Err() == nil { // until it is taken back
				time.Sleep(time.Millisecond)
			}
			return err
		}},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		err := d.Tx(ctx, func(tx *sql.Tx) error { return c.work(ctx, tx) }, nil)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) && !Busy(err) || d.count(t) != 0 {
			t.Errorf("%s: %v, left %d", c.name, err, d.count(t))
		}
	}
}

// Where the engine is busy, what was done is taken back and done again.
func TestTxAgain(t *testing.T) {
	cluster.SQLiteOnly(t, "another writer locks the file")
	d := counter(t)
	other, err := sql.Open("sqlite", "file:"+d.Path()) // which waits for nobody
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for _, c := range []struct{ busy, tries, left int }{{1, 2, 1}, {2, 2, 1}} {
		tries, told := 0, 0
		err := d.Tx(t.Context(), func(tx *sql.Tx) error {
			if err := add(tx); err != nil {
				return err
			}
			if tries++; tries <= c.busy {
				_, err := other.Exec(`UPDATE counter SET n = 100`)
				return fmt.Errorf("as it would be: %w", err)
			}
			return nil
		}, func() { told++ })
		if ok := c.busy < (*file)(nil).tries(); (err == nil) != ok || (told == 1) != ok || tries != c.tries || d.count(t) != c.left {
			t.Errorf("busy %d times: %v after %d tries, told %d times, left %d", c.busy, err, tries, told, d.count(t))
		}
	}
}

// Watch sees what another connection writes, and ends without an error.
func TestWatch(t *testing.T) {
	d := counter(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	seen, calls := -1, 0
	err := d.Watch(ctx, func(ctx context.Context, conn *sql.Conn, _ bool) error {
		if calls++; calls == 1 {
			return d.Tx(ctx, add, func() {})
		}
		defer cancel()
		return conn.QueryRowContext(ctx, `SELECT n FROM counter`).Scan(&seen)
	})
	if err != nil || seen != 1 || calls != 2 {
		t.Errorf("Watch = %v after %d calls, saw %d", err, calls, seen)
	}
}

// What is no database of the kind is not taken for one.
func TestRestoreKind(t *testing.T) {
	cluster.SQLiteOnly(t, "a copy is a file")
	d := counter(t)
	copied := filepath.Join(t.TempDir(), "copy.db")
	if err := d.Backup(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	other := d.schema
	other.Tables = []string{"counter", "another"}
	if err := Restore(t.Context(), other, copied, copied+"2", false); err == nil {
		t.Error("a database of another kind was restored")
	}
	if err := Restore(t.Context(), d.schema, copied, copied+"2", false); err != nil {
		t.Error(err)
	}
}
