package transfer

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"courant/db/search"
	"courant/db/sqlrow"
	"courant/db/tables"
)

// queueWords has the articles that were copied be indexed: whoever stores articles
// says so, while comments say it themselves. It is done where the copy is not yet
// seen by others, so that whoever opens it goes on where indexing was cut off.
func (p *plan) queueWords(ctx context.Context, w *sql.Tx) error {
	if has, err := p.hasIndex(ctx, w); err != nil || !has {
		return err
	}
	_, err := w.ExecContext(ctx, `INSERT INTO search_queue (kind, seq) SELECT 'article', seq FROM article WHERE status = 'published' ORDER BY seq`)
	return err
}

// hasIndex reports whether the target has an index of words at all.
func (p *plan) hasIndex(ctx context.Context, q sqlrow.Queryer) (bool, error) {
	every, err := tables.Of(ctx, p.to, q)
	return slices.ContainsFunc(every, func(t tables.Table) bool { return t.Name == index+"queue" }), err
}

// indexWords makes the index of words of what was copied.
func (p *plan) indexWords(ctx context.Context) error {
	x := search.SQLite()
	if p.to.Path() == "" {
		x = search.Postgres()
	}
	if has, err := p.hasIndex(ctx, p.to.Reader()); err != nil || !has {
		return err
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
