package db_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"courant/db"
	"courant/db/dbtest/cluster"
	"courant/db/engine"
)

// lockStore takes the write lock of a store, as another program does.
func lockStore(t *testing.T, d *db.DB) (release func()) {
	t.Helper()
	pool, err := sql.Open("sqlite", "file:"+d.Path()+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	tx, err := pool.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return func() { tx.Rollback(); pool.Close() }
}

// Whoever waits for a store that another program has locked waits no longer than
// its context lets it, and nothing of it is stored afterwards (S10).
func TestLocked(t *testing.T) {
	cluster.SQLiteOnly(t, "the file is locked")
	d := oneSource(t)
	ingest(t, d, true, entry("1", "One", "<p>a</p>"))
	release := lockStore(t, d)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	begun := time.Now()
	err := d.PauseSource(ctx, "tidal", true, "shell")
	if took := time.Since(begun); took > 3*time.Second {
		t.Errorf("it waited for %v", took)
	}
	if !errors.Is(err, context.DeadlineExceeded) && !engine.Busy(err) {
		t.Errorf("error %v (%T)", err, err)
	}
	release()
	if s, err := d.Source(t.Context(), "tidal"); err != nil || s.Paused {
		t.Errorf("what was refused is stored: %+v %v", s.Paused, err)
	}
	if err := d.PauseSource(t.Context(), "tidal", true, "shell"); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
