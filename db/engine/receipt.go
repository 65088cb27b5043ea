package engine

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"time"
)

// A commit to a server may be stored although its answer was lost on the way: the
// connection broke, or the server was told to end just then. To do the same again
// would store it twice, and to call it failed would be a lie as often as not (M8). So
// each transaction writes what number it is into a row of its connection's, the
// receipt; afterwards that row says whether the transaction is in the database. Who
// reads it waits, by its lock, for a commit that the server is still at.

// ErrUnknown means that the answer to a commit was lost, and that nobody could be
// asked in time whether it was stored.
var ErrUnknown = errors.New("the database server was lost while it stored this: it may be stored or not")

const (
	// commitWithin is how long the answer to a commit may take before it counts as
	// lost, and lookWithin how long it is looked up at least, whatever who waits for
	// it may want: with both a visitor is answered while the browser still waits.
	commitWithin = 10 * time.Second
	lookWithin   = 5 * time.Second
	// lookAgain is how soon a server is asked again that could not be reached.
	lookAgain = 250 * time.Millisecond
	// abandoned is after how long without a word from who began it the server ends a
	// transaction: what it holds, all who write may wait for. Nothing slow is ever
	// done in one.
	abandoned = 15 * time.Second
	// receiptsKept is how long the receipts of connections that are no more are kept.
	receiptsKept = 24 * time.Hour
)

// receipts are those of a store's connections that write.
type receipts struct {
	slots chan *receipt
}

// receipt is the row of one connection: no two transactions use it at once.
type receipt struct {
	id string
	n  int64 // of the latest transaction
}

func newReceipts(connections int) *receipts {
	r := &receipts{slots: make(chan *receipt, connections)}
	for range connections {
		r.slots <- &receipt{id: rand.Text()}
	}
	return r
}

// take waits for a receipt that no transaction uses.
func (r *receipts) take(ctx context.Context) (*receipt, error) {
	select {
	case slot := <-r.slots:
		return slot, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (r *receipts) give(slot *receipt) { r.slots <- slot }

// opening gives a transaction its number. It is the first that it does. refused is
// ErrNewer then where a program whose newest migration is that one must not write any more.
func (s Schema) opening(r *receipt, newest int64, refused *error) Statement {
	if s.Receipts == "" {
		return Statement{}
	}
	r.n++
	least := `0`
	if s.Beside != "" {
		least = `coalesce((` + s.Beside + `), 0)`
	}
	return Statement{
		Text: `
		INSERT INTO ` + s.Receipts + ` (id, n, at)
		SELECT $1, CAST($2 AS BIGINT), CAST($3 AS BIGINT) WHERE set_config('idle_in_transaction_session_timeout', $4, true) IS NOT NULL AND ` + least + ` <= $5
		ON CONFLICT (id) DO UPDATE SET n = excluded.n, at = excluded.at`,
		Args: []any{r.id, r.n, time.Now().UnixMilli(), abandoned.String(), newest},
		Done: func(rows int64) {
			if rows == 0 {
				*refused = ErrNewer
			}
		},
	}
}

// stored reports whether the latest transaction with r is in the database.
func (s Schema) stored(ctx context.Context, w *sql.DB, r *receipt) (bool, error) {
	var n int64
	// Also where it is not there yet, for then it may just be coming.
	err := w.QueryRowContext(ctx, `
		INSERT INTO `+s.Receipts+` (id, n, at) VALUES ($1, 0, $2) ON CONFLICT (id) DO UPDATE SET at = excluded.at RETURNING n`,
		r.id, time.Now().UnixMilli()).Scan(&n)
	return n == r.n, err
}

// forget deletes the receipts that nobody will look at.
func (s Schema) forget(ctx context.Context, w *sql.DB) error {
	if s.Receipts == "" {
		return nil
	}
	_, err := w.ExecContext(ctx, `DELETE FROM `+s.Receipts+` WHERE at < $1`, time.Now().Add(-receiptsKept).UnixMilli())
	return err
}

// lookUp finds out whether the transaction with r was stored, which failed with
// lost. It asks until the server answers, for as long as ctx lasts.
func (d *DB) lookUp(ctx context.Context, r *receipt, lost error) error {
	if d.schema.Receipts == "" {
		return fault{ErrUnknown, lost}
	}
	until := time.Now().Add(lookWithin)
	for {
		asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookWithin)
		stored, err := d.schema.stored(asking, d.w, r)
		cancel()
		switch {
		case err == nil && stored:
			return nil
		case err == nil:
			return lost
		case ctx.Err() != nil && time.Now().After(until):
			return fault{ErrUnknown, errors.Join(lost, err)}
		}
		select {
		case <-ctx.Done():
			time.Sleep(lookAgain) // not for long
		case <-time.After(lookAgain):
		}
	}
}
