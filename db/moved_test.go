package db_test

import (
	"strings"
	"testing"

	"courant/db/dbtest"
	"courant/db/transfer"
)

// Every table of the store is copied, but for those of the index of words, which is
// made anew, and what the engine keeps for itself: one that is made later is copied
// too, or a test here says what it is.
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
		if left := strings.HasPrefix(name, "search_") || name == "goose_db_version" || name == "receipt"; copied[name] == left {
			t.Errorf("table %s: copied %v", name, copied[name])
		}
	}
	if err := rows.Err(); err != nil || n < 30 {
		t.Errorf("%d tables, %v", n, err)
	}
}
