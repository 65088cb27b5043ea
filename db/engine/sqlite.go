package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"

	"courant/db/sqlrow"
)

const (
	// busyTimeout is how long a connection waits for another process's write.
	busyTimeout = 5 * time.Second
	// busyAsk is how long SQLite itself waits each time that the writer asks for
	// its turn: it hears no context meanwhile.
	busyAsk = 200 * time.Millisecond
	// fewestReaders and mostReaders bound the read pool: one long search must not keep
	// all others waiting, and each connection costs a page cache.
	fewestReaders = 4
	mostReaders   = 8
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
		// 512 KiB, of 2 MiB by default: what a pass without news changes has room in it,
		// and each page that is held once more costs it a little.
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

// file is the kind of a database that SQLite keeps in a file.
type file struct {
	path string
	info os.FileInfo // of what is open, see here
}

// openFile opens the file at path, makes it where it is missing, and migrates it.
func (d *DB) openFile(ctx context.Context, path string) (err error) {
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return err
	}
	d.kind = &file{path: path}
	older := true // or not made yet
	if info, err := os.Stat(path); err == nil && info.Size() > 0 {
		// What cannot write looks first: a file that a newer Courant wrote stays as it is.
		if err := d.readFile(ctx, path); err != nil {
			return err
		}
		err := schemaIs(ctx, d.kind, d.schema, d.r)
		if older = errors.Is(err, ErrOlder); err != nil && !older {
			return err
		}
	}
	if err := makeFile(path); err != nil {
		return err
	}
	if d.w, err = openPool(path, writerPragmas, "rwc"); err != nil {
		return err
	}
	d.w.SetMaxOpenConns(1)
	if err := checkVersion(ctx, d.w); err != nil {
		return err
	}
	if err := checkPragmas(ctx, d.w, writerPragmas); err != nil {
		return err
	}
	if older {
		if err := d.migrate(ctx, goose.DialectSQLite3); err != nil {
			return err
		}
	}
	if d.r != nil {
		return nil
	}
	return d.readFile(ctx, path)
}

// readers is how many connections read: to read SQLite is CPU work, so two per core do,
// and one that watches. Each more is opened, and told all statements, by whoever finds
// the others busy.
func readers() int { return min(mostReaders, max(fewestReaders, 2*runtime.GOMAXPROCS(0)+1)) }

// readFile opens the pool that reads.
func (d *DB) readFile(ctx context.Context, path string) (err error) {
	f := &file{path: path}
	if f.info, err = os.Stat(path); err != nil {
		return err
	}
	d.kind = f
	if d.r, err = openPool(path, readerPragmas, "ro"); err != nil {
		return err
	}
	d.r.SetMaxOpenConns(readers())
	d.r.SetMaxIdleConns(readers())
	return checkPragmas(ctx, d.r, readerPragmas)
}

func (*file) files(s Schema) (fs.FS, error) { return fs.Sub(s.Migrations, "sqlite") }

// version reads goose's table without making it.
func (*file) version(ctx context.Context, pool *sql.DB) (int64, error) {
	var n int
	if err := pool.QueryRowContext(ctx,
		`SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'goose_db_version'`).Scan(&n); err != nil || n == 0 {
		return 0, err
	}
	return newestVersion(ctx, pool)
}

// oneWriter: SQLite has one among all processes, which begin waits for.
func (*file) oneWriter() bool { return true }

// tries: each waits for busyTimeout.
func (*file) tries() int { return 2 }

// begin waits for the one writer among all processes, until ctx ends or
// busyTimeout has passed.
func (*file) begin(ctx context.Context, w beginner) (*sql.Tx, error) {
	for until := time.Now().Add(busyTimeout); ; {
		t, err := w.BeginTx(ctx, nil)
		if !Busy(err) || time.Now().After(until) {
			return t, err
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
}

func (*file) lockText(string) string { return "" }

func (*file) keepText(string) string { return "" }

func (*file) aloneIn(...string) (Statement, bool) { return Statement{}, false }

func (*file) onePlan() (Statement, bool) { return Statement{}, false }

// widenText: a transaction of new articles changes more of the indexes than 512 KiB
// hold, and the same pages are read and go to the log again and again. In 1 MiB a first
// ingest takes a twentieth less CPU; what more would save costs several MiB, for good.
func (*file) widenText() string { return `PRAGMA cache_size = -1024` }

// numbers go on behind the highest that is there, as SQLite's own do: nobody else
// writes until the transaction ends.
func (*file) numbers(table, key string, n int) Statement {
	list := make([]int, n)
	for i := range list {
		list[i] = i + 1
	}
	return Statement{
		Text: `SELECT (SELECT coalesce(max(` + key + `), 0) FROM ` + table + `) + value FROM json_each($1) ORDER BY 1`,
		Args: []any{sqlrow.Text(list)},
	}
}

// waking: every process looks at the data version, see watch.
func (*file) waking() []Statement { return nil }

// watch calls f whenever another connection has written: one pragma on an open
// connection costs microseconds.
func (*file) watch(ctx context.Context, r *sql.DB, f Look) error {
	conn, err := r.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	var version int64
	for {
		var now int64
		if err := conn.QueryRowContext(ctx, `PRAGMA data_version`).Scan(&now); err != nil {
			return err
		}
		if now != version {
			version = now
			if err := f(ctx, conn, false); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// here reports whether the file that is open still stands at the store's path.
func (f *file) here(context.Context) error {
	now, err := os.Stat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: %w", f.path, ErrReplaced)
	case err != nil:
		return err
	case !os.SameFile(f.info, now):
		return fmt.Errorf("%s: %w", f.path, ErrReplaced)
	}
	return nil
}

func (*file) clock(context.Context, Asker) (int64, bool, error) { return 0, false, nil }

func (f *file) sizes(context.Context, *sql.DB) (data, log int64) {
	if info, err := os.Stat(f.path); err == nil {
		data = info.Size()
	}
	if info, err := os.Stat(f.path + "-wal"); err == nil {
		log = info.Size()
	}
	return data, log
}

func openPool(path string, pragmas []pragma, mode string) (*sql.DB, error) {
	q, kept := url.Values{"mode": {mode}}, keptReading
	if mode != "ro" {
		q.Set("_txlock", "immediate")
		kept = keptWriting
	}
	for _, p := range pragmas {
		q.Add("_pragma", p.name+"("+p.set+")")
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	connector, err := sqlite.NewConnector("file:" + (&url.URL{Path: abs}).EscapedPath() + "?" + q.Encode())
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(preparing{connector, kept}), nil
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
