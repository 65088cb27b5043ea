// Package push keeps what is pushed rather than fetched (W3C WebSub). Hub is our
// side as a publisher: which feeds somebody is to be told of, who subscribed to
// them, and what is left to do for each. It has statements of its own over tables
// of its own, and asks the store's engine to run them.
//
// Nothing is missed: what changed is read from the change log, which commits with
// the change, from where it was last read; a feed that a change may have touched is
// marked in the transaction that says so, and its news make its subscribers due in
// the transaction that writes them down. Nothing is sent twice: whoever sends
// claims what is due until a moment by the database's clock, and settles what came
// of it; a claim that ran out, because its process was killed, is another's.
package push

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"courant/db/engine"
	"courant/db/sqlrow"
)

// Store is where all of it stands: an open db.DB.
type Store interface {
	Tx(ctx context.Context, f func(*sql.Tx) error, told func()) error
	Reader() *sql.DB
	Now() time.Time
	// Clock is what time it is for all processes; own is by the caller's.
	Clock(ctx context.Context, q engine.Asker, own time.Time) (time.Time, error)
	// Alone has no other transaction be alone in what has the same name.
	Alone(ctx context.Context, t *sql.Tx, names ...string) error
}

// ErrNotFound says that there is no such row.
var ErrNotFound = sqlrow.ErrNotFound

// alone is what those are alone in who count what there is, claim or clean up.
const alone = "hub"

// claimFor is how long a claim holds: longer than the longest that a request to a
// subscriber may take, with what it may have to wait before and after.
const claimFor = time.Minute

// Hub is the hub of a store. Safe for concurrent use.
type Hub struct{ store Store }

// NewHub returns the hub of s.
func NewHub(s Store) Hub { return Hub{s} }

// tx runs f in a transaction, alone, with the time it happens at in milliseconds.
func (h Hub) tx(ctx context.Context, f func(t *sql.Tx, now int64) error) error {
	return h.store.Tx(ctx, func(t *sql.Tx) error {
		if err := h.store.Alone(ctx, t, alone); err != nil {
			return err
		}
		now, err := h.store.Clock(ctx, t, h.store.Now())
		if err != nil {
			return err
		}
		return f(t, now.UnixMilli())
	}, nil)
}

// Span is a part of the change log.
type Span struct {
	From, To int64    // the last change read before, and the last one in it
	Scopes   []string // that its changes touched, with repeats
	All      bool     // any may have been: part of the log was gone already
	first    bool     // nothing was ever read
}

// Empty reports whether nothing changed.
func (s Span) Empty() bool { return s.From == s.To && !s.first }

// Changes is what changed since Mark or Note was last told of changes.
func (h Hub) Changes(ctx context.Context) (s Span, err error) {
	err = h.store.Reader().QueryRowContext(ctx, `SELECT seq FROM hub_cursor WHERE id = 1`).Scan(&s.From)
	if errors.Is(err, sql.ErrNoRows) {
		s.first, s.All = true, true
		err = h.store.Reader().QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM change`).Scan(&s.To)
		return s, err
	}
	if err != nil {
		return s, err
	}
	s.To = s.From
	var seq int64
	for scopes, err := range sqlrow.Each(ctx, h.store.Reader(), func(r sqlrow.Row) (scopes []string, err error) {
		err = r.Scan(&seq, sqlrow.JSON(&scopes))
		return scopes, err
	}, `SELECT seq, scopes FROM change WHERE seq > $1 ORDER BY seq`, s.From) {
		if err != nil {
			return s, err
		}
		s.All = s.All || seq != s.To+1
		s.To = seq
		s.Scopes = append(s.Scopes, scopes...)
	}
	return s, nil
}

// advance moves the place up to which changes were read; moved is false where
// another process was quicker, which has seen to all of it.
func (s Span) advance(ctx context.Context, t *sql.Tx) (moved bool, err error) {
	var res sql.Result
	if s.first {
		res, err = t.ExecContext(ctx, `INSERT INTO hub_cursor (id, seq) VALUES (1, $1) ON CONFLICT (id) DO NOTHING`, s.To)
	} else {
		res, err = t.ExecContext(ctx, `UPDATE hub_cursor SET seq = $2 WHERE id = 1 AND seq = $1`, s.From, s.To)
	}
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}
