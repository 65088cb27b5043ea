package engine

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver
)

const (
	// busyTimeout is how long a connection waits for another process's write.
	busyTimeout = 5 * time.Second
	// busyAsk is how long SQLite itself waits each time that the writer asks for
	// its turn: it hears no context meanwhile.
	busyAsk = 200 * time.Millisecond
	// readers bounds the read pool: SQLite reads are CPU work, so a few per
	// core do, and each connection costs a page cache.
	readers = 8
	// minSQLite is the first SQLite without the WAL race that could lose
	// committed writes.
	minSQLite = "3.51.3"
)

// A pragma is set on each connection by its DSN and read back at start: a
// misspelt one is silently ignored by SQLite. One with nothing to read holds for
// files that are made with it, and does nothing to others.
type pragma struct{ name, set, read string }

var (
	writerPragmas = []pragma{
		{"busy_timeout", fmt.Sprint(busyAsk.Milliseconds()), fmt.Sprint(busyAsk.Milliseconds())},
		{"auto_vacuum", "incremental", ""}, // before anything is written, see Shrink
		{"journal_mode", "wal", "wal"},
		{"synchronous", "full", "2"}, // an acknowledged comment has been fsynced
		{"foreign_keys", "1", "1"},
		{"trusted_schema", "0", "0"},
		{"cell_size_check", "1", "1"},
		{"journal_size_limit", "67108864", "67108864"},
		// 512 KiB, of 2 MiB by default, as below. A transaction that changes more
		// goes to the log in pieces, and takes no longer.
		{"cache_size", "-512", "-512"},
	}
	// lookPragmas are for a connection that only looks at a file.
	lookPragmas = []pragma{
		{"busy_timeout", fmt.Sprint(busyTimeout.Milliseconds()), fmt.Sprint(busyTimeout.Milliseconds())},
		{"query_only", "1", "1"},
	}
	readerPragmas = []pragma{
		{"busy_timeout", fmt.Sprint(busyTimeout.Milliseconds()), fmt.Sprint(busyTimeout.Milliseconds())},
		{"query_only", "1", "1"},
		// 128 KiB, of 2 MiB by default: each of the pool fills its own, so it is
		// what a growing database costs in memory. What is read again the system
		// has in its cache; rendering takes no longer for it.
		{"cache_size", "-128", "-128"},
		{"foreign_keys", "1", "1"},
		{"trusted_schema", "0", "0"},
		{"cell_size_check", "1", "1"},
	}
)

func openPool(path string, pragmas []pragma, mode string) (*sql.DB, error) {
	q := url.Values{"mode": {mode}}
	if mode != "ro" {
		q.Set("_txlock", "immediate")
	}
	for _, p := range pragmas {
		q.Add("_pragma", p.name+"("+p.set+")")
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	return sql.Open("sqlite", "file:"+(&url.URL{Path: abs}).EscapedPath()+"?"+q.Encode())
}

func checkPragmas(ctx context.Context, pool *sql.DB, pragmas []pragma) error {
	for _, p := range pragmas {
		if p.read == "" {
			continue
		}
		var got string
		if err := pool.QueryRowContext(ctx, "PRAGMA "+p.name).Scan(&got); err != nil {
			return fmt.Errorf("pragma %s: %w", p.name, err)
		}
		if got != p.read {
			return fmt.Errorf("pragma %s is %s, want %s", p.name, got, p.read)
		}
	}
	return nil
}

func checkVersion(ctx context.Context, pool *sql.DB) error {
	var v string
	if err := pool.QueryRowContext(ctx, `SELECT sqlite_version()`).Scan(&v); err != nil {
		return err
	}
	if olderVersion(v, minSQLite) {
		return fmt.Errorf("SQLite %s is too old: %s or newer keeps what it commits", v, minSQLite)
	}
	return nil
}

func olderVersion(a, b string) bool {
	var x, y [3]int
	fmt.Sscanf(a, "%d.%d.%d", &x[0], &x[1], &x[2])
	fmt.Sscanf(b, "%d.%d.%d", &y[0], &y[1], &y[2])
	for i := range x {
		if x[i] != y[i] {
			return x[i] < y[i]
		}
	}
	return false
}
