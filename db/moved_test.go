package db_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"courant/db"
	"courant/db/dbtest"
	"courant/db/engine"
	"courant/db/lease"
	"courant/db/transfer"
)

// Every table of the store is copied, but for those of the index of words, which is
// made anew, what the engine keeps for itself, and the processes that are at work on it:
// one that is made later is copied too, or a test here says what it is.
func TestEveryTableMoves(t *testing.T) {
	d := dbtest.New(t)
	names := `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND sql LIKE 'CREATE TABLE%'`
	if d.Path() == "" {
		names = `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`
	}
	rows, err := d.Reader().Query(names)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	list, err := transfer.Tables(t.Context(), d.DB, d.Reader())
	if err != nil {
		t.Fatal(err)
	}
	copied := map[string]bool{}
	for _, table := range list {
		copied[table.Name] = true
	}
	n := 0
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		n++
		if left := strings.HasPrefix(name, "search_") || slices.Contains([]string{"goose_db_version", "receipt", "lease", "worker", "shard", "visit", "beside"}, name); copied[name] == left {
			t.Errorf("table %s: copied %v", name, copied[name])
		}
	}
	if err := rows.Err(); err != nil || n < 30 {
		t.Errorf("%d tables, %v", n, err)
	}
}

// A copy has no workers: who polls the sources of the one that was copied does not
// poll those of the copy (M4).
func TestWorkersStay(t *testing.T) {
	d := dbtest.New(t)
	if _, err := lease.Join(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	there := engine.Config{Path: filepath.Join(t.TempDir(), "there.db")}
	if _, err := transfer.To(t.Context(), d.DB, there, nil); err != nil {
		t.Fatal(err)
	}
	copied, err := db.Open(t.Context(), there, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	if list, err := lease.Workers(t.Context(), copied); err != nil || len(list) > 0 {
		t.Errorf("a copy has the workers %v, %v", list, err)
	}
	if l, err := lease.Take(t.Context(), copied); err != nil || l.Held() != lease.All() {
		t.Errorf("the first worker of a copy: %v", err)
	}
	if n := number(t, d, `SELECT count(*) FROM worker`); n != 1 {
		t.Errorf("what was copied has %d workers", n)
	}
}
