package engine

import (
	"context"
	"database/sql"
	"time"

	"modernc.org/sqlite"
)

// txTries is how often a transaction begins before the engine's word that it is
// busy is believed; each try waits for busyTimeout.
const txTries = 2

// Tx runs f in a transaction, the only one of this process, and commits it where
// f returns nil. What f did is on disk before told is called, and told has
// returned before Tx does and before another transaction begins. Where the
// engine says that it was busy, all that f did is taken back and f runs again:
// its results must be its own until told is called. told may be nil.
func (d *DB) Tx(ctx context.Context, f func(*sql.Tx) error, told func()) error {
	if d.w == nil {
		return ErrForReading
	}
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for try := 1; ; try++ {
		err := d.tryTx(ctx, f)
		if err == nil {
			if told != nil {
				told()
			}
			return nil
		}
		if try == txTries || !Busy(err) || ctx.Err() != nil {
			return err
		}
	}
}

func (d *DB) tryTx(ctx context.Context, f func(*sql.Tx) error) error {
	t, err := d.begin(ctx)
	if err != nil {
		return plainly(err)
	}
	defer t.Rollback()
	if err := f(t); err != nil {
		if _, bare := err.(*sqlite.Error); bare {
			return plainly(err)
		}
		return err
	}
	return plainly(t.Commit())
}

// begin waits for the one writer among all processes, until ctx ends or
// busyTimeout has passed.
func (d *DB) begin(ctx context.Context) (*sql.Tx, error) {
	for until := time.Now().Add(busyTimeout); ; {
		t, err := d.w.BeginTx(ctx, nil)
		if !Busy(err) || time.Now().After(until) {
			return t, err
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
}
