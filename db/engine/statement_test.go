package engine

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
)

// conn is a pool of one connection, to a file with a table.
func conn(t *testing.T) *sql.DB {
	t.Helper()
	pool, err := openPool(filepath.Join(t.TempDir(), "a.db"), nil, "rwc")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pool.Close() })
	pool.SetMaxOpenConns(1)
	if _, err := pool.Exec(`CREATE TABLE word (n INTEGER PRIMARY KEY, word TEXT UNIQUE)`); err != nil {
		t.Fatal(err)
	}
	return pool
}

// kept is what pool's only connection keeps.
func kept(t *testing.T, pool *sql.DB) (n int) {
	t.Helper()
	c, err := pool.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Raw(func(raw any) error {
		n = len(raw.(*keepingConn).kept)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestUnnamed(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT 1": "SELECT 1",
		"INSERT INTO word (n, word) VALUES ($1, $2)":    "INSERT INTO word (n, word) VALUES (?, ?)",
		"$1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11":            "?,?,?,?,?,?,?,?,?,?,?",
		"UPDATE word SET word = $2 WHERE n = $1":        "UPDATE word SET word = $2 WHERE n = $1",
		"SELECT $1 WHERE $1 <> $2":                      "SELECT $1 WHERE $1 <> $2",
		"SELECT $10":                                    "SELECT $10",
		"SELECT $1, '$2', $2":                           "SELECT $1, '$2', $2",
		"SELECT 'it''s', $1 FROM word WHERE n = $2":     "SELECT 'it''s', ? FROM word WHERE n = ?",
		"SELECT '\"$1', $1":                             "SELECT '\"$1', $1",
		"SELECT $1, ?":                                  "SELECT $1, ?",
		"SELECT '\"', $1 WHERE '\"' = $2 AND $x = '$3'": "SELECT '\"', $1 WHERE '\"' = $2 AND $x = '$3'",
	} {
		if got := unnamed(text); got != want {
			t.Errorf("unnamed(%q) = %q, want %q", text, got, want)
		}
	}
	pool := conn(t)
	var a, b, c string
	if err := pool.QueryRow(`SELECT $1, $2, '$3', $1`, "one", "two").Scan(&a, &b, &c, &a); err != nil || a != "one" || b != "two" || c != "$3" {
		t.Errorf("%q, %q and %q, %v", a, b, c, err)
	}
	if err := pool.QueryRow(`SELECT $1, $2`, "one", "two").Scan(&a, &b); err != nil || a != "one" || b != "two" {
		t.Errorf("%q and %q, %v", a, b, err)
	}
	if err := pool.QueryRow(`SELECT $1, $2`, "one").Scan(&a, &b); err == nil {
		t.Error("a parameter without a value is none")
	}
}

func TestStatementsAreKept(t *testing.T) {
	pool := conn(t)
	before := kept(t, pool)
	for n := range 3 {
		if _, err := pool.Exec(`INSERT INTO word (n, word) VALUES ($1, $2)`, n, fmt.Sprint("word ", n)); err != nil {
			t.Fatal(err)
		}
	}
	if got := kept(t, pool) - before; got != 1 {
		t.Errorf("one text run three times: %d statements kept", got)
	}
	for n := range 2 * keptWriting {
		var got int
		if err := pool.QueryRow(fmt.Sprintf(`SELECT %d`, n)).Scan(&got); err != nil || got != n {
			t.Fatalf("SELECT %d gives %d, %v", n, got, err)
		}
	}
	if got := kept(t, pool); got != keptWriting {
		t.Errorf("%d statements kept, want %d", got, keptWriting)
	}
}

// A statement that fails leaves nothing behind, and a table that changes shows in
// what was prepared before.
func TestKeptStatementsStayRight(t *testing.T) {
	pool := conn(t)
	const put, all = `INSERT INTO word (n, word) VALUES ($1, $2)`, `SELECT * FROM word ORDER BY n`
	for i, n := range []int{1, 1, 2} {
		if _, err := pool.Exec(put, n, fmt.Sprint("word ", n)); (err != nil) != (i == 1) { // it is there already
			t.Errorf("put %d: %v", n, err)
		}
	}
	if got := rows(t, pool, all); got != 2 {
		t.Errorf("%d rows, want 2", got)
	}
	if _, err := pool.Exec(`ALTER TABLE word ADD COLUMN more TEXT NOT NULL DEFAULT 'x'`); err != nil {
		t.Fatal(err)
	}
	var n int
	var word, more string
	if err := pool.QueryRow(all).Scan(&n, &word, &more); err != nil || more != "x" {
		t.Errorf("after the table changed: %q, %v", more, err)
	}
}

// Rows of a text may be read while the same text is asked again, and a reader that
// goes early holds nobody up.
func TestKeptStatementTwiceAtOnce(t *testing.T) {
	pool := conn(t)
	for n := range 5 {
		if _, err := pool.Exec(`INSERT INTO word (n) VALUES ($1)`, n); err != nil {
			t.Fatal(err)
		}
	}
	tx, err := pool.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	const after = `SELECT n FROM word WHERE n >= $1 ORDER BY n`
	outer, err := tx.Query(after, 1)
	if err != nil {
		t.Fatal(err)
	}
	var seen []int
	for outer.Next() {
		var n, first int
		if err := outer.Scan(&n); err != nil {
			t.Fatal(err)
		}
		if err := tx.QueryRow(after, n).Scan(&first); err != nil || first != n { // leaves rows unread
			t.Fatalf("inside of %d: %d, %v", n, first, err)
		}
		seen = append(seen, n)
	}
	if err := outer.Err(); err != nil || fmt.Sprint(seen) != "[1 2 3 4]" {
		t.Errorf("seen %v, %v", seen, err)
	}
	outer.Close()
	if _, err := tx.Exec(`DROP TABLE word`); err != nil { // locked, were any rows still open
		t.Error(err)
	}
}

// Who gives up waiting takes only that use of the statement with him.
func TestKeptStatementCutShort(t *testing.T) {
	pool := conn(t)
	const endless = `WITH RECURSIVE c(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM c WHERE n < $1) SELECT max(n) FROM c`
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		var n int
		done <- pool.QueryRowContext(ctx, endless, int64(1)<<40).Scan(&n)
	}()
	cancel()
	if err := <-done; err == nil {
		t.Error("an endless query came to an end")
	}
	var n int
	if err := pool.QueryRowContext(t.Context(), endless, 10).Scan(&n); err != nil || n != 10 {
		t.Errorf("after it: %d, %v", n, err)
	}
}

func rows(t *testing.T, pool *sql.DB, text string) (n int) {
	t.Helper()
	list, err := pool.Query(text)
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	for list.Next() {
		n++
	}
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	return n
}
