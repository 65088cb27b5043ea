package transfer

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// toFile writes to a file that nobody else knows: some rows a transaction, so that
// its log stays short.
func (p *plan) toFile(ctx context.Context) error {
	if err := p.vacant(ctx, p.to.Reader()); err != nil {
		return err
	}
	for _, t := range p.tables {
		places := make([]string, len(t.Columns))
		for i := range places {
			places[i] = fmt.Sprintf("$%d", i+1)
		}
		text := `INSERT INTO ` + quoted(t.Name) + ` (` + quotedAll(t.Names()) + `) VALUES (` + strings.Join(places, ", ") + `)`
		if err := p.table(ctx, t, func(rows [][]any) error {
			return p.to.Tx(ctx, func(w *sql.Tx) error { return insert(ctx, w, text, rows) }, nil)
		}); err != nil {
			return err
		}
	}
	if err := p.to.Tx(ctx, func(w *sql.Tx) error { return p.queueWords(ctx, w) }, nil); err != nil {
		return err
	}
	return p.compare(ctx, p.to.Reader())
}

// insert runs a statement for each of rows. What a row refers to may come after it.
func insert(ctx context.Context, w *sql.Tx, text string, rows [][]any) error {
	if _, err := w.ExecContext(ctx, `PRAGMA defer_foreign_keys = on`); err != nil {
		return err
	}
	s, err := w.PrepareContext(ctx, text)
	if err != nil {
		return err
	}
	defer s.Close()
	for _, row := range rows {
		if _, err := s.ExecContext(ctx, row...); err != nil {
			return err
		}
	}
	return nil
}
