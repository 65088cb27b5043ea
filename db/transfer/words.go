package transfer

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"courant/db/search"
	"courant/db/tables"
)

// indexWords makes the index of words of what was copied. It is queued for that like
// all that changes: where this is cut off, whoever opens the store goes on.
func (p *plan) indexWords(ctx context.Context) error {
	x := search.SQLite()
	if p.to.Path() == "" {
		x = search.Postgres()
	}
	every, err := tables.Of(ctx, p.to, p.to.Reader())
	if err != nil || !slices.ContainsFunc(every, func(t tables.Table) bool { return t.Name == index+"queue" }) {
		return err // it has no such index
	}
	var all, done int64
	if err := p.to.Reader().QueryRowContext(ctx, `SELECT count(*) FROM search_queue`).Scan(&all); err != nil {
		return fmt.Errorf("index words: %w", err)
	}
	for {
		p.tell(Step{"index words", done, all})
		b, err := x.Batch(ctx, p.to.Reader())
		if err != nil || b.Empty() {
			return err
		}
		if err := p.to.Tx(ctx, func(t *sql.Tx) error { return b.Write(ctx, t) }, nil); err != nil {
			return fmt.Errorf("index words: %w", err)
		}
		done += int64(b.Len())
	}
}
