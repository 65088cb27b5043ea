// Package db is Courant's store: what is kept, and the queries that keep it.
// It is where the halves meet, so its types are the contract between them.
// Open gives a migrated store; every write goes through one connection and is
// on disk when the method returns. Times are UTC, to the millisecond; the zero
// time.Time stands for "none".
//
// What commits together: whatever one method writes, but for passes with so many
// entries that others would wait long for the writer: their last entries commit
// first, in parts. Validators, when the source is next due and how it failed
// always commit with the first entries of the document, which come last, so that
// no validator outlives an entry it vouches for; a pass that is cut off is made
// again. Several passes share a transaction, each in a savepoint, so that one
// that cannot be stored takes no other with it; the requests that the pass
// answers are closed, and those that go out next are noted, in the same
// transaction. A change for readers commits with the line that tells other
// processes of it and with the moments of the lists it touched; what an editor
// did, with its line in the log of actions.
//
// Who may write: any process that has the store open, one transaction at a time;
// in a process they queue in Go, between processes in SQLite. Polling belongs to
// workers, to which package lease deals the sources: what one of them writes is
// refused once another has the source. Whoever else wants a source polled leaves an
// ask for it.
//
// Comments that are posted at once share a transaction too (group commit): while one is
// written to disk the next ones gather.
//
// How a change reaches what is kept: a transaction collects the scopes it
// touches, writes them as one row of the change log, and, once it has committed,
// tells the listeners of this process before the method returns. Other processes
// look at the data version twice a second (Watch) and read the rows they have not
// seen; one that finds rows missing, because it was away for longer than they are
// kept, is told that anything may have changed.
//
// What a kill leaves: the store as the last commit left it. A request that had
// gone out is still noted in OpenRequests, so that the next worker knows whom it
// may have asked; the lease names a process that is gone and is taken over; a
// backup that was not whole stands under another name, and the next one to the
// same file removes it; a migration is there whole or not at all.
package db

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"courant/db/crowd"
	"courant/db/engine"
	"courant/db/listing"
	"courant/db/newsroom"
	"courant/db/sqlrow"
	"courant/db/transfer"
	"courant/db/uri"
)

// Errors that callers act on.
var (
	ErrNotFound  = sqlrow.ErrNotFound
	ErrWithdrawn = errors.New("withdrawn")
	ErrStale     = errors.New("changed meanwhile")
)

//go:embed migrations/sqlite/*.sql migrations/postgres/*.sql
var migrations embed.FS

// schema is what the store is made of.
func schema() engine.Schema {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic("db: " + err.Error()) // the program would not have been built
	}
	return engine.Schema{
		Migrations: dir, Tables: []string{"meta", "article", "comment"},
		Moments: []string{"article_updated", "comment_updated", "notice_updated"}, Receipts: "receipt",
		Processes: []string{"lease", "worker", "shard", "visit", "beside"},
		Beside:    `SELECT least FROM beside ORDER BY least DESC LIMIT 1`,
	}
}

// DB is an open store. It is safe for concurrent use; close it last.
type DB struct {
	*engine.DB
	r     *sql.DB               // engine.DB's readers
	now   func() time.Time      // the clock of everything the store dates itself
	fence atomic.Pointer[fence] // of the worker in this process, nil where there is none
	posts *crowd.Queue[posting, posted]

	tag      uri.Tag
	created  time.Time
	secret   []byte
	calendar atomic.Pointer[calendar] // the last that was asked for

	mu        sync.Mutex
	listeners []func(scopes []string)
	seen      int64          // the newest change that listeners were told of, with all before it
	early     map[int64]bool // changes after it that they were told of
}

// Options are what Open needs besides the database. The zero value serves.
type Options struct {
	// Authority is the tag: authority for a database that is made now; empty
	// makes a random one under .invalid.
	Authority string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Zone is the one whose days and months articles are listed by; nil leaves
	// it as it is, which is UTC in a store that was never told of another.
	Zone *time.Location
}

// Open opens the store that c names, makes its file where that is missing, and
// migrates it. One that a newer Courant wrote gives engine.ErrNewer and stays as it is.
func Open(ctx context.Context, c engine.Config, o Options) (*DB, error) {
	return open(ctx, c, o, schema())
}

// OpenReader opens the store that c names for reading alone, see engine.OpenReader:
// beside any writer, and without the right to write. Every method that writes
// gives engine.ErrForReading. Of o only Now counts.
func OpenReader(ctx context.Context, c engine.Config, o Options) (*DB, error) {
	e, err := engine.OpenReader(ctx, c, schema())
	return begin(ctx, c, e, err, o, (*DB).readMeta)
}

// open is Open of a store that is made of s.
func open(ctx context.Context, c engine.Config, o Options, s engine.Schema) (*DB, error) {
	e, err := engine.Open(ctx, c, s)
	return begin(ctx, c, e, err, o, func(d *DB, ctx context.Context) error { return d.load(ctx, o) })
}

// postsGather is how long comments on a server wait for others, after several came at once:
// a tenth of what a group takes there, and with it groups are twice as large.
const postsGather = 8 * time.Millisecond

// begin makes a store of an engine that was opened, and loads what it needs.
func begin(ctx context.Context, c engine.Config, e *engine.DB, err error, o Options, load func(*DB, context.Context) error) (*DB, error) {
	if err != nil {
		return nil, err
	}
	d := &DB{DB: e, r: e.Reader(), now: o.Now, early: map[int64]bool{}}
	if d.now == nil {
		d.now = time.Now
	}
	gather := postsGather
	if d.Path() != "" {
		gather = 0 // one writes at a time, and whoever comes meanwhile is the next group
	}
	d.posts = crowd.New(gather, d.post)
	if err := load(d, ctx); err != nil {
		d.Close()
		return nil, fmt.Errorf("open %s: %w", c.Name(), err)
	}
	return d, nil
}

func (d *DB) load(ctx context.Context, o Options) error {
	if err := d.loadMeta(ctx, o.Authority); err != nil {
		return err
	}
	if o.Zone != nil {
		if err := d.setCalendar(ctx, o.Zone); err != nil {
			return err
		}
	}
	return d.r.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM change`).Scan(&d.seen)
}

// Restore puts a copy that was made by a backup in the place of the store that c
// names: engine.Restore, or transfer.Restore where that is on a server.
func Restore(ctx context.Context, copied string, c engine.Config, force bool, tell func(transfer.Step)) error {
	if c.URL == "" {
		return engine.Restore(ctx, schema(), copied, c.Path, force)
	}
	return transfer.Restore(ctx, schema(), copied, c, force, tell)
}

// fence says which of some sources a worker may not write for, and why.
type fence func(ctx context.Context, t *sql.Tx, sources []string) (map[string]error, error)

// Fence has f asked, in each transaction that Ingest, Reschedule or ForgetRequests
// writes in, which of its sources another process polls now, and why nothing is
// written for those: see package lease. Without it nobody is asked.
func (d *DB) Fence(f func(ctx context.Context, t *sql.Tx, sources []string) (map[string]error, error)) {
	asked := fence(f)
	d.fence.Store(&asked)
}

// fenced says which of sources are not ours to write for, and why (M5).
func (t *tx) fenced(ctx context.Context, d *DB, sources []string) (map[string]error, error) {
	f := d.fence.Load()
	if f == nil || len(sources) == 0 {
		return nil, nil
	}
	return (*f)(ctx, t.Tx, sources)
}

// Now is the store's clock, in UTC to the millisecond.
func (d *DB) Now() time.Time { return d.now().UTC().Truncate(time.Millisecond) }

// write is the only way to write: it runs f in a transaction and returns what f
// returned, once that is on disk and its readers have been told. f's scopes are
// what changed for readers, so that a change shows at once where it was made. f
// may run twice (see engine.DB.Tx): all it gives goes out by its result.
func write[T any](ctx context.Context, d *DB, f func(t *tx) (T, error)) (T, error) {
	var out T
	var seq int64
	var scopes []string
	err := d.Tx(ctx, func(sqlTx *sql.Tx) (err error) {
		t := &tx{Gathering: d.Gather(sqlTx), e: d.DB, now: d.Now()}
		if out, err = f(t); err == nil {
			seq = 0
			scopes, err = t.end(ctx, d, &seq)
		}
		return cmp.Or(t.Failed(), err) // what failed first says why
	}, func() { d.announce(seq, scopes) })
	if err != nil {
		var none T
		return none, err
	}
	return out, nil
}

// end does what is to be done at the end of a transaction for what it changed for
// readers, and returns what that is; seq is its number in the log of changes, once it is
// committed.
func (t *tx) end(ctx context.Context, d *DB, seq *int64) (scopes []string, err error) {
	if len(t.listed)+len(t.entered) > 0 {
		if err := t.Flush(ctx); err != nil {
			return nil, err
		}
	}
	if t.tagged {
		seqs := make([]int64, len(t.entered))
		for i, a := range t.entered {
			seqs[i] = a.Seq
		}
		if err := t.later(ctx, insertTags, sqlrow.Text(seqs)); err != nil {
			return nil, err
		}
	}
	if err := listing.Settle(ctx, t.Tx, t.enters(), t.listed, t.later); err != nil {
		return nil, err
	}
	if len(t.moved) > 0 {
		if err := newsroom.Settle(ctx, t.e, t.flushed(ctx), t.moved); err != nil {
			return nil, err
		}
	}
	if err := t.settle(ctx, d); err != nil {
		return nil, err
	}
	scopes = t.scopes.list()
	if err := t.logChange(ctx, scopes, seq); err != nil {
		return nil, err
	}
	return scopes, t.Leave(ctx)
}

// inTx is write for an f that has nothing to return.
func (d *DB) inTx(ctx context.Context, f func(t *tx) error) error {
	_, err := write(ctx, d, func(t *tx) (struct{}, error) { return struct{}{}, f(t) })
	return err
}

// tx is a transaction with what it has touched and the moment it happens at.
type tx struct {
	*engine.Gathering
	e      *engine.DB
	now    time.Time
	scopes scopeSet
	listed []int64 // articles that came to lists, or may have: see package listing
	moved  []int64 // articles that lie elsewhere at the desk, or may: see newsroom.Settle

	entered []listing.New // new articles that were published as they came
	tagged  bool          // of entered some have tags: see insertTags

	free *moments // of one table, where it takes many; nil: it does not
	zone string   // of the calendar, where it was asked for, see askZone
}

// enters are those of entered that stand as they were stored. What happened to the
// others has them be listed, or nothing but moved: how they stand is read.
func (t *tx) enters() []listing.New {
	if len(t.listed)+len(t.moved) == 0 {
		return t.entered
	}
	touched := map[int64]bool{}
	for _, seqs := range [][]int64{t.listed, t.moved} {
		for _, seq := range seqs {
			touched[seq] = true
		}
	}
	return slices.DeleteFunc(t.entered, func(a listing.New) bool { return touched[a.Seq] })
}

// later runs a statement before whatever is read next.
func (t *tx) later(ctx context.Context, text string, args ...any) error {
	return t.Later(ctx, engine.Statement{Text: text, Args: args})
}

// laterTold is later; told gets to know how many rows were touched.
func (t *tx) laterTold(ctx context.Context, told func(rows int64), text string, args ...any) error {
	return t.Later(ctx, engine.Statement{Text: text, Args: args, Done: told})
}

// laterEach is later; each gets the rows of the answer.
func (t *tx) laterEach(ctx context.Context, each func(sqlrow.Row) error, text string, args ...any) error {
	return t.Later(ctx, engine.Statement{Text: text, Args: args, Each: each})
}

// laterRows is later of a statement that inserts one row, for several of them.
func (t *tx) laterRows(ctx context.Context, text string, rows [][]any) error {
	return t.Later(ctx, engine.Statement{Text: text, Rows: rows})
}

// flushed is the transaction itself, for those who ask through it, once what waits was
// run. Where that failed a server refuses all that is asked, and what Failed gives is
// why.
func (t *tx) flushed(ctx context.Context) *sql.Tx {
	t.Flush(ctx) // an error is kept
	return t.Tx
}
