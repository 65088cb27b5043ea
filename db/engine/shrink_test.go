package engine

import (
	"database/sql"
	"path/filepath"
	"testing"
	"testing/fstest"
)

// What is deleted is given back in the end.
func TestShrink(t *testing.T) {
	migration := "-- +goose Up\nCREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB) STRICT;\n"
	d, err := Open(t.Context(), Config{Path: filepath.Join(t.TempDir(), "x.db")}, Schema{
		Migrations: fstest.MapFS{"sqlite/0001_t.sql": {Data: []byte(migration)}}, Tables: []string{"t"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	do := func(statement string) {
		t.Helper()
		if err := d.Tx(t.Context(), func(tx *sql.Tx) error {
			_, err := tx.ExecContext(t.Context(), statement)
			return err
		}, func() {}); err != nil {
			t.Fatal(err)
		}
	}
	pages := func() (n int) {
		t.Helper()
		if err := d.r.QueryRowContext(t.Context(), `PRAGMA page_count`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	do(`INSERT INTO t (v) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT zeroblob(4000) FROM n`)
	full := pages()
	do(`DELETE FROM t WHERE id > 100`)
	if err := d.Shrink(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if n := pages(); n != full-2*shrinkPages {
		t.Errorf("after two steps the file has %d pages of %d, want %d fewer", n, full, 2*shrinkPages)
	}
	if err := d.Shrink(t.Context(), 100); err != nil {
		t.Fatal(err)
	}
	if n := pages(); n > full/5 {
		t.Errorf("in the end the file has %d pages of %d", n, full)
	}
}
