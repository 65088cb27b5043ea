// Package lease says which processes are the workers of a store, and which of them
// polls what. Sources are dealt by host: each is in one of 256 shards, and a worker
// holds the shards that are its own until it gives them away or is taken for dead
// (M4, M5). Begin with Join; whoever polls calls Lease.Beat every few seconds.
//
// Shards, and not rendezvous hashing of hosts over the workers that live: with that,
// each decides by its own view of who lives, and two whose views differ for a moment
// poll the same host. A shard has one row, so it has one holder, whatever anybody
// believes; it can be given away when it is empty and not before; and whether it is
// still ours is one look, made in the transaction that stores what was fetched.
//
// A worker is a row of its own, renewed by Beat, which runs out by the clock of the
// database server: those of two machines may differ. Whoever finds one that ran out
// deletes it, and its shards are free with it. A transaction of a worker holds on to
// its row before it stores anything (see Lease.fence): so either it commits before the
// row goes, or it finds no row and stores nothing, however long the process was
// frozen in between. What a worker gives away by itself needs no such care: nothing
// of it is in flight.
//
// On one machine, in a SQLite file, one worker holds all: there a second one is
// refused, and one whose process is seen to live keeps what it has whatever the
// clock says.
package lease

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"courant/db/engine"
	"courant/db/sqlrow"
)

// Store is where the leases stand: an open db.DB.
type Store interface {
	Tx(ctx context.Context, f func(*sql.Tx) error, told func()) error
	Reader() *sql.DB
	Now() time.Time
	// Clock is what time it is for all who may hold a lease; own is by the caller's.
	Clock(ctx context.Context, q engine.Asker, own time.Time) (time.Time, error)
	OneMachine() bool
	Lock(ctx context.Context, t *sql.Tx, text string, args ...any) error
	Keep(ctx context.Context, t *sql.Tx, text string, args ...any) error
	Alone(ctx context.Context, t *sql.Tx, names ...string) error
	// Fence has f asked, in each transaction that writes for the worker, which of
	// some sources are not to be written for, and why.
	Fence(f func(ctx context.Context, t *sql.Tx, sources []string) (map[string]error, error))
}

// ErrLost says that another process has taken over what this one polled.
var ErrLost = errors.New("another process has become the worker of this database")

// A HeldError says that another process is the worker, where there can be one.
type HeldError struct {
	Holder  Holder
	Expires time.Time
}

func (e *HeldError) Error() string {
	return fmt.Sprintf("the worker of this database is %s", e.Holder)
}

const (
	// leaseFor is how long a worker that fell silent keeps its shards: several missed
	// renewals, and with the time in which it is noticed less than the 30 s in which
	// another must have them (M5).
	leaseFor = 20 * time.Second
	// aloneEvery and sharedEvery are how often a worker says that it is there: where
	// others wait for its shards they look as often.
	aloneEvery  = 5 * time.Second
	sharedEvery = 3 * time.Second
	// soon is when one looks again that has not what it should have.
	soon = time.Second
	// margin is how much earlier than the server a worker takes its own lease to have
	// run out: what it asks for then has arrived before anybody else asks.
	margin = 3 * time.Second
)

// Lease is the right to poll the sources of some shards.
type Lease struct {
	d    Store
	self Holder

	mu sync.Mutex
	dealt
	beaten time.Time     // when the last Beat that went through began
	back   time.Time     // when we began to beat, or did again after a silence
	ahead  time.Duration // how far our clock was then ahead of the database's
}

// dealt is what we hold.
type dealt struct {
	held  Set
	quota int // how many are to be ours
}

// Take makes this process the one worker, with all shards, or says in a *HeldError
// which process is one already.
func Take(ctx context.Context, d Store) (*Lease, error) { return begin(ctx, d, true) }

// Join makes this process a worker beside others, with the shards that nobody holds
// as far as they are its share. Where there can be one worker it is Take.
func Join(ctx context.Context, d Store) (*Lease, error) { return begin(ctx, d, d.OneMachine()) }

func begin(ctx context.Context, d Store, alone bool) (*Lease, error) {
	self, err := own()
	if err != nil {
		return nil, err
	}
	l := &Lease{d: d, self: self, beaten: time.Now()}
	l.back = l.beaten
	var got dealt
	err = d.Tx(ctx, func(t *sql.Tx) error {
		if err := d.Alone(ctx, t, dealing); err != nil {
			return err
		}
		now, err := d.Clock(ctx, t, d.Now())
		if err != nil {
			return err
		}
		list, err := workers(ctx, t)
		if err != nil {
			return err
		}
		for _, w := range list {
			ended := w.ended(self, now, d.OneMachine())
			switch {
			case alone && !ended:
				return &HeldError{w.Holder, w.expires}
			case alone || ended && !w.silent(self, now): // one that fell silent has a moment more, see Beat
				if err := w.evict(ctx, t); err != nil {
					return err
				}
			}
		}
		if err := self.enter(ctx, t, now); err != nil {
			return err
		}
		got, err = l.deal(ctx, t, Set{})
		return err
	}, nil)
	if err != nil {
		return nil, err
	}
	l.dealt = got
	d.Fence(l.fence)
	return l, nil
}

// Held are the shards that are ours.
func (l *Lease) Held() Set {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.held
}

// Surplus is how many of them are somebody else's share.
func (l *Lease) Surplus() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(0, l.held.Len()-l.quota)
}

// Until is when they may be somebody else's, by our own clock: nothing is to be
// asked for from then on. Zero: never.
func (l *Lease) Until() time.Time {
	if l.d.OneMachine() {
		return time.Time{}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.beaten.Add(leaseFor - margin)
}

// Next is when to beat again.
func (l *Lease) Next() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.d.OneMachine():
		return aloneEvery
	case l.held.Len() != l.quota:
		return soon
	}
	return sharedEvery
}

// Ahead is by how much our clock is ahead of the database's, as the last Beat found,
// behind it where it is negative. Leases do not care. The store says by the clock of
// whoever polled a source when that is due again, and another may poll it by then.
func (l *Lease) Ahead() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ahead
}

// Beat says that we are still there, gives the shards of giving away, of which
// nothing may be in flight, and takes what is to be ours and nobody holds. Others
// that fell silent lose theirs. ErrLost: that happened to us, and we hold nothing.
func (l *Lease) Beat(ctx context.Context, giving Set) error {
	began := time.Now()
	if err := l.renew(ctx); err != nil {
		return err
	}
	l.mu.Lock()
	if began.Sub(l.beaten) > leaseFor { // the database was away, perhaps, and for all of us
		l.back = began
	}
	l.beaten = began
	quiet := time.Since(l.back) < 2*sharedEvery // others are just coming back
	l.mu.Unlock()
	if l.d.OneMachine() {
		return nil
	}
	now, err := l.d.Clock(ctx, l.d.Reader(), l.d.Now())
	if err != nil {
		return err
	}
	list, err := workers(ctx, l.d.Reader())
	if err != nil {
		return err
	}
	lost := func(w worker) bool { return w.ended(l.self, now, false) && !(quiet && w.silent(l.self, now)) }
	if giving == (Set{}) && !l.unsettled(list, lost) {
		return nil
	}
	var got dealt
	err = l.d.Tx(ctx, func(t *sql.Tx) (err error) {
		if err := l.d.Alone(ctx, t, dealing); err != nil {
			return err
		}
		if err := l.lock(ctx, t); err != nil {
			return err
		}
		for _, w := range list {
			if w.Run != l.self.Run && lost(w) {
				if err := w.evict(ctx, t); err != nil {
					return err
				}
			}
		}
		got, err = l.deal(ctx, t, giving)
		return err
	}, nil)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dealt = got
	return nil
}

// dealing is what one transaction does at a time.
const dealing = "courant shards"

// unsettled reports whether there is anything to deal: somebody is lost, or our
// share is another one than we have.
func (l *Lease) unsettled(list []worker, lost func(worker) bool) bool {
	for _, w := range list {
		if w.Run != l.self.Run && lost(w) {
			return true
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.quota = quota(list, l.self.Run)
	return l.held.Len() != l.quota
}

// quota is how many shards are to be run's.
func quota(list []worker, run string) int {
	for rank, w := range list {
		if w.Run == run {
			return share(rank, len(list))
		}
	}
	return 0
}

// deal gives away giving and takes what is free, up to our share.
func (l *Lease) deal(ctx context.Context, t *sql.Tx, giving Set) (got dealt, err error) {
	if giving != (Set{}) {
		if _, err := t.ExecContext(ctx, `
			UPDATE shard SET worker = NULL WHERE worker = $1 AND id IN (SELECT CAST(value AS BIGINT) FROM json_each($2))`,
			l.self.Run, sqlrow.Text(giving.Numbers())); err != nil {
			return got, err
		}
	}
	list, err := workers(ctx, t)
	if err != nil {
		return got, err
	}
	if got.held, err = l.read(ctx, t); err != nil {
		return got, err
	}
	got.quota = quota(list, l.self.Run)
	if lack := got.quota - got.held.Len(); lack > 0 {
		if _, err := t.ExecContext(ctx, `
			UPDATE shard SET worker = $1 WHERE id IN (SELECT id FROM shard WHERE worker IS NULL ORDER BY id LIMIT $2)`, l.self.Run, lack); err != nil {
			return got, err
		}
		got.held, err = l.read(ctx, t)
	}
	return got, err
}

// read is what we hold.
func (l *Lease) read(ctx context.Context, t *sql.Tx) (s Set, err error) {
	for id, err := range sqlrow.Each(ctx, t, sqlrow.Column[int], `SELECT id FROM shard WHERE worker = $1`, l.self.Run) {
		if err != nil {
			return Set{}, err
		}
		s[id] = true
	}
	return s, nil
}

// renew says that we are there.
func (l *Lease) renew(ctx context.Context) error {
	return l.d.Tx(ctx, func(t *sql.Tx) error {
		now, err := l.d.Clock(ctx, t, l.d.Now())
		if err != nil {
			return err
		}
		l.mu.Lock()
		l.ahead = l.d.Now().Sub(now)
		l.mu.Unlock()
		res, err := t.ExecContext(ctx, `UPDATE worker SET seen = $2, expires = $3 WHERE run = $1`,
			l.self.Run, sqlrow.Milli(now), sqlrow.Milli(now.Add(leaseFor)))
		return sqlrow.Touched(res, err, ErrLost)
	}, nil)
}

// Release gives the lease back, with all shards.
func (l *Lease) Release(ctx context.Context) error {
	return l.d.Tx(ctx, func(t *sql.Tx) error {
		_, err := t.ExecContext(ctx, `DELETE FROM worker WHERE run = $1`, l.self.Run)
		return err
	}, nil)
}

// lock has our row stay as it is until t ends. ErrLost: it is not there.
func (l *Lease) lock(ctx context.Context, t *sql.Tx) error {
	if err := l.d.Lock(ctx, t, `SELECT run FROM worker WHERE run = $1`, l.self.Run); err != nil {
		return err
	}
	var here bool
	err := t.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM worker WHERE run = $1)`, l.self.Run).Scan(&here)
	if err == nil && !here {
		err = ErrLost
	}
	return err
}

// fence says which of some sources are not ours, each with ErrLost, and has the
// others stay ours until t ends (M5). Where all shards are ours, as they are on one
// machine, it is one look. Our row is kept from being deleted and no more: Beat
// renews it meanwhile, however long a transaction takes.
func (l *Lease) fence(ctx context.Context, t *sql.Tx, sources []string) (map[string]error, error) {
	if err := l.d.Keep(ctx, t, `SELECT run FROM worker WHERE run = $1`, l.self.Run); err != nil {
		return nil, err
	}
	var here, all bool
	if err := t.QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1 FROM worker WHERE run = $1), NOT EXISTS (SELECT 1 FROM shard WHERE worker IS DISTINCT FROM $1)`,
		l.self.Run).Scan(&here, &all); err != nil {
		return nil, err
	}
	lost := map[string]error{}
	switch {
	case here && all:
		return nil, nil
	case !here:
		for _, id := range sources {
			lost[id] = ErrLost
		}
		return lost, nil
	}
	for id, err := range sqlrow.Each(ctx, t, sqlrow.Column[string], `
		SELECT source.id FROM source LEFT JOIN shard ON shard.id = coalesce(source.shard, 0)
		WHERE source.id IN (SELECT value FROM json_each($1)) AND shard.worker IS DISTINCT FROM $2`, sqlrow.Text(sources), l.self.Run) {
		if err != nil {
			return nil, err
		}
		lost[id] = ErrLost
	}
	return lost, nil
}
