package engine

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"math/rand/v2"
	"time"

	"courant/db/sqlrow"
)

// againWithin bounds how long a transaction waits before its second try; it may be
// twice as long before each further one, up to againMost. What several processes
// want at once, they come for at different times then.
const (
	againWithin = 5 * time.Millisecond
	againMost   = 200 * time.Millisecond
)

// Tx runs f in a transaction and commits it where f returns nil. What f did is on
// disk before told is called, and told has returned before Tx does; in a file also before
// another transaction of this process commits. On a server those that commit at once are
// told of in any order: to have one wait for the other here, while the server has what
// both lock wait in an order of its own, would have them wait for each other.
//
// Where the engine says that it was busy, or that another writer came first, all that f
// did is taken back and f runs again: its results must be its own until told is called.
// told may be nil. An error that is Busy says that it was tried often enough, or for as long
// as ctx lasts: then it is the error of ctx too.
// Where the server was lost nothing is tried again: an error that is Gone says that
// nothing of it was stored, and ErrUnknown that nobody knows.
func (d *DB) Tx(ctx context.Context, f func(*sql.Tx) error, told func()) error {
	if d.w == nil {
		return ErrForReading
	}
	if d.kind.oneWriter() {
		if err := d.take(ctx); err != nil {
			return err
		}
		defer d.give()
	}
	wait := againWithin
	for try := 1; ; try++ {
		err := d.tryTx(ctx, f, told)
		if err == nil || !d.Again(err) {
			return err
		}
		if try == d.kind.tries() || ctx.Err() != nil {
			return givenUp(ctx, err)
		}
		if !d.kind.oneWriter() {
			select {
			case <-ctx.Done():
				return givenUp(ctx, err)
			case <-time.After(rand.N(wait)):
			}
			wait = min(2*wait, againMost)
		}
	}
}

// givenUp is what is said of a transaction that might have gone through once more, whatever
// was in its way: that another writer was quicker reads as a fault of what was to be stored.
func givenUp(ctx context.Context, err error) error {
	return fault{ErrBusy, errors.Join(err, ctx.Err())}
}

// take takes the turn, see DB.
func (d *DB) take(ctx context.Context) error {
	select {
	case d.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (d *DB) give() { <-d.turn }

func (d *DB) tryTx(ctx context.Context, f func(*sql.Tx) error, told func()) error {
	if !d.kind.oneWriter() {
		return d.tryServer(ctx, f, told)
	}
	t, err := d.kind.begin(ctx, d.w)
	if err != nil {
		return plainly(err)
	}
	defer t.Rollback()
	if err := done(ctx, d.outdated(ctx, t)); err != nil {
		return err
	}
	if err := done(ctx, f(t)); err != nil {
		return err
	}
	if err := t.Commit(); err != nil {
		return done(ctx, plainly(err))
	}
	if told != nil {
		told()
	}
	return nil
}

// done is what became of the work of a transaction. Where whoever asked for it gave up
// waiting, database/sql has taken it back under the hands of whoever works in it, and
// closed its connection to a server: all that this is told by are errors of theirs, and
// they must not read as a fault of ours.
func done(ctx context.Context, err error) error {
	if ctx.Err() != nil && (takenAway(err) || errors.Is(err, context.Canceled)) {
		return ctx.Err()
	}
	if bare(err) {
		return plainly(err)
	}
	return err
}

// takenAway reports whether err is that of who works in a transaction or on a connection
// that is no more.
func takenAway(err error) bool {
	return errors.Is(err, sql.ErrTxDone) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, driver.ErrBadConn)
}

// tryServer is tryTx where many write at once, on a server that may be lost.
// Whoever gives up waiting ends what is under way, but no commit: that would leave
// nobody knowing what became of it.
func (d *DB) tryServer(ctx context.Context, f func(*sql.Tx) error, told func()) error {
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	waits := context.AfterFunc(ctx, end)
	defer waits()
	r, err := d.receipts.take(ctx)
	if err != nil {
		return err
	}
	defer d.receipts.give(r)
	l, err := d.work(life, r, f)
	if err != nil {
		return done(ctx, err)
	}
	defer l.end()
	if !waits() {
		return ctx.Err()
	}
	defer time.AfterFunc(commitWithin, end).Stop()
	err = l.tx.Commit()
	l.end() // to look something up may need its connection
	if err := d.committed(ctx, r, err); err != nil {
		return err
	}
	if told != nil {
		told()
	}
	return nil
}

// beginTries is how many connections are tried that broke while nobody used them: as
// many as database/sql tries by itself.
const beginTries = 3

// work runs f in a new transaction, which is to be committed then. What was tried through
// a connection that broke before the server heard of it is tried through another.
func (d *DB) work(ctx context.Context, r *receipt, f func(*sql.Tx) error) (l *link, err error) {
	for range beginTries {
		if l, err = d.beginServer(ctx); err != nil {
			return nil, plainly(err)
		}
		l.raw.opening = d.schema.opening(r, d.newest, &l.raw.refused)
		if err = f(l.tx); err == nil {
			return l, nil
		}
		unheard := l.raw.begins
		l.end()
		if !unheard || ctx.Err() != nil {
			break
		}
		if bare(err) && !Gone(err) { // the server does not understand what we say
			if newer := d.Outdated(ctx); errors.Is(newer, ErrNewer) {
				return nil, newer
			}
		}
	}
	return nil, err
}

// committed is what became of a commit that gave err.
func (d *DB) committed(ctx context.Context, r *receipt, err error) error {
	switch {
	case errors.Is(err, context.Canceled):
		err = errNoAnswer
	case !Gone(err):
		return plainly(err)
	}
	return d.lookUp(ctx, r, fault{ErrGone, err})
}

// errNoAnswer is a commit that we waited for long enough.
var errNoAnswer = errors.New("no answer to a commit")

// Again reports whether err means that the same transaction may go through when it
// is run once more: the engine was busy, or another writer took its place (see
// Schema.Moments). Nothing of it was stored.
func (d *DB) Again(err error) bool { return Busy(err) || takenPlace(err, d.schema.Moments) }

// Numbers are n keys for rows that t will insert into a table that counts its rows,
// the lowest first: no other row has one of them, nor will one of another
// transaction. So what each got need not be read back, which costs as much again as
// to insert it.
func (d *DB) Numbers(ctx context.Context, t *sql.Tx, table, key string, n int) ([]int64, error) {
	var list []int64
	err := d.Together(ctx, t, []Statement{d.numbers(table, key, n, &list)})
	return list, err
}

// numbers adds n keys to list.
func (d *DB) numbers(table, key string, n int, list *[]int64) Statement {
	s := d.kind.numbers(table, key, n)
	s.Each = func(r sqlrow.Row) error {
		var number int64
		err := r.Scan(&number)
		*list = append(*list, number)
		return err
	}
	return s
}
