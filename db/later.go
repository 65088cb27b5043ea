package db

import (
	"context"
	"database/sql"

	"courant/db/engine"
)

// mostLater bounds how many statements wait for each other, of which some fifty
// articles with their texts are as many: a way to a server and back for so many
// weighs nothing beside the work.
const mostLater = 256

// later runs a statement before whatever is read next. To a server it goes with
// others that wait, all at once, for a way there and back for each row of an article
// would be most of what it costs to store it; so that it failed may be said by what
// is asked next.
func (t *tx) later(ctx context.Context, text string, args ...any) error {
	return t.laterTold(ctx, nil, text, args...)
}

// laterTold is later; told gets to know how many rows were touched. It may be nil.
func (t *tx) laterTold(ctx context.Context, told func(rows int64), text string, args ...any) error {
	t.waiting = append(t.waiting, engine.Statement{Text: text, Args: args, Done: told})
	return t.flushMany(ctx)
}

// flushMany runs what waits where that is much, or nothing is gained by waiting.
func (t *tx) flushMany(ctx context.Context) error {
	if len(t.waiting) < mostLater && !t.e.OneMachine() {
		return nil
	}
	return t.flush(ctx)
}

// laterRows is later of a statement that inserts one row, for several of them.
func (t *tx) laterRows(ctx context.Context, text string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	t.waiting = append(t.waiting, engine.Statement{Text: text, Rows: rows})
	return t.flushMany(ctx)
}

// flush runs what waits.
func (t *tx) flush(ctx context.Context) error {
	if len(t.waiting) == 0 {
		return nil
	}
	list := t.waiting
	t.waiting = t.waiting[:0]
	err := t.e.Together(ctx, t.Tx, list)
	clear(list) // they hold whole articles
	if err != nil {
		t.failed = err
	}
	return err
}

// flushed is the transaction itself, for those who ask through it, once what waits was
// run. Where that failed a server refuses all that is asked, and what t.failed says is
// why.
func (t *tx) flushed(ctx context.Context) *sql.Tx {
	t.flush(ctx) // an error is in t.failed
	return t.Tx
}

// ExecContext runs a statement after those that wait.
func (t *tx) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	if err := t.flush(ctx); err != nil {
		return nil, err
	}
	return t.Tx.ExecContext(ctx, text, args...)
}

// QueryContext asks after what waits was run.
func (t *tx) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if err := t.flush(ctx); err != nil {
		return nil, err
	}
	return t.Tx.QueryContext(ctx, text, args...)
}

// QueryRowContext asks after what waits was run. Where that failed the server refuses
// to answer, and what t.failed says is why.
func (t *tx) QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row {
	t.flush(ctx) // an error is in t.failed
	return t.Tx.QueryRowContext(ctx, text, args...)
}
