package engine

import (
	"context"
	"database/sql"
)

// mostWaiting bounds how many statements wait for each other, of which some fifty
// articles with their texts are as many: a way to a server and back for so many
// weighs nothing beside the work.
const mostWaiting = 256

// Gathering is a transaction whose statements go to a server together, for a way there
// and back for each row of an article would be most of what it costs to store it. What
// waits is run before whatever is asked through it; by itself, in a file, nothing waits.
type Gathering struct {
	*sql.Tx
	d       *DB
	waiting []Statement
	failed  error
}

// Gather has statements of t wait for each other. What still waits at its end is to be
// run by Flush.
func (d *DB) Gather(t *sql.Tx) *Gathering { return &Gathering{Tx: t, d: d} }

// Later runs a statement before whatever is asked next; that it failed may be said by
// that.
func (g *Gathering) Later(ctx context.Context, s Statement) error {
	g.waiting = append(g.waiting, s)
	if len(g.waiting) < mostWaiting && !g.d.OneMachine() {
		return nil
	}
	return g.Flush(ctx)
}

// Flush runs what waits.
func (g *Gathering) Flush(ctx context.Context) error {
	if len(g.waiting) == 0 {
		return nil
	}
	list := g.waiting
	g.waiting = g.waiting[:0]
	err := g.d.Together(ctx, g.Tx, list)
	clear(list) // they hold whole articles
	if err != nil {
		g.failed = err
	}
	return err
}

// Numbers is DB.Numbers of what waits: they are in list once it has run.
func (g *Gathering) Numbers(ctx context.Context, table, key string, n int, list *[]int64) error {
	return g.Later(ctx, g.d.numbers(table, key, n, list))
}

// Leave has what waits go to a server with the commit of the transaction, which is then
// what says that it failed. Nothing may be done in the transaction after it.
func (g *Gathering) Leave(ctx context.Context) error {
	l, is := g.d.links.Load(g.Tx)
	if !is {
		return g.Flush(ctx)
	}
	l.(*link).raw.last, g.waiting = g.waiting, nil
	return nil
}

// Lock is DB.Lock of what waits.
func (g *Gathering) Lock(ctx context.Context, text string, args ...any) error {
	if text = g.d.kind.lockText(text); text == "" {
		return nil
	}
	return g.Later(ctx, Statement{Text: text, Args: args})
}

// Alone is DB.Alone of what waits.
func (g *Gathering) Alone(ctx context.Context, names ...string) error {
	s, is := g.d.kind.aloneIn(names...)
	if !is || len(names) == 0 {
		return nil
	}
	return g.Later(ctx, s)
}

// OnePlan has the statements of the transaction from here on be planned once for whatever
// they are given: for those that find all by an index, whatever that is.
func (g *Gathering) OnePlan(ctx context.Context) error {
	s, is := g.d.kind.onePlan()
	if !is {
		return nil
	}
	return g.Later(ctx, s)
}

// Failed is what failed of what waited; nothing else succeeds then on a server.
func (g *Gathering) Failed() error { return g.failed }

// Forget drops what waits, and what failed: what comes next takes that back.
func (g *Gathering) Forget() { g.waiting, g.failed = nil, nil }

// ExecContext runs a statement after those that wait.
func (g *Gathering) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	if err := g.Flush(ctx); err != nil {
		return nil, err
	}
	return g.Tx.ExecContext(ctx, text, args...)
}

// QueryContext asks after what waits was run.
func (g *Gathering) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if err := g.Flush(ctx); err != nil {
		return nil, err
	}
	return g.Tx.QueryContext(ctx, text, args...)
}

// QueryRowContext asks after what waits was run. Where that failed the server refuses
// to answer, and what Failed gives is why.
func (g *Gathering) QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row {
	g.Flush(ctx) // an error is in g.failed
	return g.Tx.QueryRowContext(ctx, text, args...)
}
