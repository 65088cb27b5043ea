package db

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"courant/db/dbtest/cluster"
	"courant/db/engine"
	"courant/db/uri"
)

// nextSchema is the shipped migrations and one that no release has: it rewrites
// every comment and adds a table, so that a kill finds it at work.
func nextSchema(t testing.TB) engine.Schema {
	t.Helper()
	first, err := migrations.ReadFile("migrations/sqlite/0001_courant.sql")
	if err != nil {
		t.Fatal(err)
	}
	s := schema()
	s.Beside = "" // which came later
	s.Migrations = fstest.MapFS{
		"sqlite/0001_courant.sql": {Data: first},
		"sqlite/9001_test.sql": {Data: []byte(`-- +goose Up
CREATE TABLE test_a (n INTEGER PRIMARY KEY, filler TEXT NOT NULL) STRICT;
INSERT INTO test_a (filler)
	WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
	SELECT printf('%0100d', i) FROM n;
CREATE INDEX test_a_filler ON test_a (filler);
ALTER TABLE meta ADD COLUMN test TEXT NOT NULL DEFAULT 'here';
`)},
	}
	return s
}

// A file that a newer Courant wrote is refused, and no byte of it changes.
func TestNewerRefused(t *testing.T) {
	cluster.SQLiteOnly(t, "its bytes are looked at")
	dir := t.TempDir()
	path := filepath.Join(dir, "courant.db")
	newer, err := open(t.Context(), engine.Config{Path: path}, Options{}, nextSchema(t))
	if err != nil {
		t.Fatal(err)
	}
	// A backup is no WAL file: opening it to write would change its head.
	copied := filepath.Join(dir, "copy.db")
	if err := newer.Backup(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	if err := newer.Close(); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{path, copied} {
		before, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), engine.Config{Path: file}, Options{}); !errors.Is(err, engine.ErrNewer) {
			t.Errorf("Open(%s) = %v, want ErrNewer", filepath.Base(file), err)
		}
		after, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(before, after) {
			t.Errorf("%s has changed", filepath.Base(file))
		}
	}
	if err := Restore(t.Context(), copied, engine.Config{Path: filepath.Join(dir, "restored.db")}, false, nil); !errors.Is(err, engine.ErrNewer) {
		t.Errorf("Restore = %v, want ErrNewer", err)
	}
}

// Processes that start at once on no file at all agree on who makes it.
func TestOpenTogether(t *testing.T) {
	c := emptyConfig(t)
	tags := make([]uri.Tag, 8)
	var wg sync.WaitGroup
	for i := range tags {
		wg.Go(func() {
			d, err := Open(t.Context(), c, Options{})
			if err != nil {
				t.Error(err)
				return
			}
			defer d.Close()
			tags[i] = d.Tag()
		})
	}
	wg.Wait()
	for _, tag := range tags {
		if tag != tags[0] || tag.Authority == "" {
			t.Errorf("tags differ: %v", tags)
		}
	}
}

// A file that another process is just writing for the first time is waited for.
func TestOpenWaits(t *testing.T) {
	cluster.SQLiteOnly(t, "another process writes the file")
	path := filepath.Join(t.TempDir(), "courant.db")
	pool, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if _, err := pool.ExecContext(t.Context(), `CREATE TABLE other (x)`); err != nil {
		t.Fatal(err)
	}
	tx, err := pool.BeginTx(t.Context(), nil) // immediate
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(100*time.Millisecond, func() { tx.Commit() })
	d, err := Open(t.Context(), engine.Config{Path: path}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	d.Close()
}

const migrateHelper = "COURANT_TEST_MIGRATE"

// TestMigrateHelper is the process that TestMigrateKilled kills.
func TestMigrateHelper(t *testing.T) {
	path := os.Getenv(migrateHelper)
	if path == "" {
		t.Skip("only as a process of TestMigrateKilled")
	}
	d, err := open(t.Context(), engine.Config{Path: path}, Options{}, nextSchema(t))
	if err != nil {
		t.Fatal(err)
	}
	d.Close()
}

// An older database is migrated, also when the process that does it is killed
// at any moment: the next start finds it whole, before or after.
func TestMigrateKilled(t *testing.T) {
	cluster.SQLiteOnly(t, "a process is killed as it writes the file")
	if testing.Short() {
		t.Skip("kills eight processes")
	}
	ctx := t.Context()
	between := 0
	for round := range 8 {
		path := filepath.Join(t.TempDir(), fmt.Sprintf("round%d.db", round))
		old, err := Open(ctx, engine.Config{Path: path}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := old.SetSources(ctx, slices.Values([]Source{{ID: "a", URL: "http://a.example/"}})); err != nil {
			t.Fatal(err)
		}
		tag := old.Tag()
		if err := old.Close(); err != nil {
			t.Fatal(err)
		}
		if !killMigration(t, path, time.Duration(round)*40*time.Millisecond) {
			between++
		}
		d, err := open(ctx, engine.Config{Path: path}, Options{}, nextSchema(t))
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		checkMigrated(t, ctx, d, tag)
		d.Close()
	}
	if between == 0 {
		t.Error("no process was killed before it was done: the test proves nothing")
	}
}

// killMigration starts a migration in a process of its own and kills it after
// the given time, unless it was done before.
func killMigration(t *testing.T, path string, after time.Duration) (done bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestMigrateHelper$")
	cmd.Env = append(os.Environ(), migrateHelper+"="+path)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { cmd.Process.Kill() })
	defer timer.Stop()
	err := cmd.Wait()
	if err != nil && !strings.Contains(err.Error(), "killed") {
		t.Fatal(err)
	}
	return err == nil
}

func checkMigrated(t *testing.T, ctx context.Context, d *DB, tag uri.Tag) {
	t.Helper()
	if err := d.Check(ctx); err != nil {
		t.Error(err)
	}
	if s, err := d.Source(ctx, "a"); err != nil || s.URL != "http://a.example/" || d.Tag() != tag {
		t.Errorf("what was there: source %v %v, tag %v, want %v", s.URL, err, d.Tag(), tag)
	}
	var rows, columns int
	if err := d.r.QueryRowContext(ctx, `SELECT count(*) FROM test_a`).Scan(&rows); err != nil || rows != 30000 {
		t.Errorf("the migration left %d rows: %v", rows, err)
	}
	if err := d.r.QueryRowContext(ctx, `SELECT count(*) FROM meta WHERE test = 'here'`).Scan(&columns); err != nil || columns == 0 {
		t.Errorf("the migration left no column: %v", err)
	}
}
