// Package newsroom keeps what editors leave beside articles, and lists articles as
// the desk shows them: who is signed in, where an article lies and what was done to
// it so that it can be undone, which articles are the same, notes, nominations. It
// has statements of its own over tables of its own; what becomes of an article
// itself is db's. Begin with New.
package newsroom

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"courant/db/engine"
)

// ErrNotFound means that there is no such thing.
var ErrNotFound = errors.New("not found")

// Room is the newsroom of a store. Safe for concurrent use.
type Room struct {
	engine *engine.DB
	now    func() time.Time
}

// New returns the newsroom of the store that e is the engine of; now is its clock.
func New(e *engine.DB, now func() time.Time) *Room { return &Room{e, now} }

// inTx runs f in a transaction; what f did is on disk when it returns. f may run
// twice (see engine.DB.Tx).
func (r *Room) inTx(ctx context.Context, what string, f func(t *sql.Tx, now int64) error) error {
	now := r.now().UnixMilli()
	if err := r.engine.Tx(ctx, func(t *sql.Tx) error { return f(t, now) }, func() {}); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// at is a stored moment as a time.
func at(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
