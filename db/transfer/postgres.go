package transfer

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"courant/db/sqlrow"
	"courant/db/tables"
)

// alongKeys has rows be read along the indexes of their keys: to sort a table first
// would take as much of the server's disk again.
func alongKeys(ctx context.Context, t *sql.Tx) error {
	_, err := t.ExecContext(ctx, `SET LOCAL enable_sort = off`)
	return err
}

// toServer writes all in one transaction, in which it is compared as well: others
// see the whole store or none. Nobody else writes to its tables meanwhile.
func (p *plan) toServer(ctx context.Context) error {
	return p.to.Tx(ctx, func(w *sql.Tx) error {
		p.done = nil // it may run twice
		// What is read from the source may take longer than others may be idle.
		if _, err := w.ExecContext(ctx, `SET LOCAL idle_in_transaction_session_timeout = 0`); err != nil {
			return err
		}
		if err := p.clear(ctx, w); err != nil {
			return err
		}
		for _, t := range p.tables {
			text := insertMany(t)
			if err := p.table(ctx, t, func(rows [][]any) error {
				_, err := w.ExecContext(ctx, text, columns(t, rows)...)
				return err
			}); err != nil {
				return err
			}
			if err := goOn(ctx, w, t); err != nil {
				return err
			}
		}
		if err := p.queueWords(ctx, w); err != nil {
			return err
		}
		if _, err := w.ExecContext(ctx, `ANALYZE `+quotedAll(namesOf(p.tables))); err != nil {
			return err
		}
		if err := alongKeys(ctx, w); err != nil {
			return err
		}
		return p.compare(ctx, w)
	}, nil)
}

func namesOf(list []tables.Table) []string {
	names := make([]string, len(list))
	for i, t := range list {
		names[i] = t.Name
	}
	return names
}

// clear waits for whoever writes to the tables and keeps others from it. They must
// have no rows, or with force lose them, those of the index of words too.
func (p *plan) clear(ctx context.Context, w *sql.Tx) error {
	all := quotedAll(namesOf(p.tables))
	if !p.force {
		if _, err := w.ExecContext(ctx, `LOCK TABLE `+all+` IN SHARE ROW EXCLUSIVE MODE`); err != nil {
			return err
		}
		return p.vacant(ctx, w)
	}
	every, err := tables.Of(ctx, p.to, w)
	if err != nil {
		return err
	}
	_, err = w.ExecContext(ctx, `TRUNCATE `+quotedAll(namesOf(every))+` RESTART IDENTITY`)
	return err
}

// insertMany is a statement that takes a list of each column's values.
func insertMany(t tables.Table) string {
	kinds := map[tables.Kind]string{tables.Whole: "BIGINT", tables.Text: "TEXT", tables.Bytes: "BYTEA"}
	lists := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		lists[i] = fmt.Sprintf("CAST($%d AS %s[])", i+1, kinds[c.Kind])
	}
	return `INSERT INTO ` + quoted(t.Name) + ` (` + quotedAll(t.Names()) + `) SELECT * FROM unnest(` + strings.Join(lists, ", ") + `)`
}

// columns are the values of rows, column by column.
func columns(t tables.Table, rows [][]any) []any {
	lists := make([]any, len(t.Columns))
	for i, c := range t.Columns {
		switch c.Kind {
		case tables.Whole:
			lists[i] = column[int64](rows, i)
		case tables.Text:
			lists[i] = column[string](rows, i)
		default:
			list := make([][]byte, len(rows))
			for n, row := range rows {
				list[n], _ = row[i].([]byte) // nil stays nil
			}
			lists[i] = list
		}
	}
	return lists
}

// column are the values of one column, nil for NULL.
func column[T any](rows [][]any, i int) []*T {
	list := make([]*T, len(rows))
	for n, row := range rows {
		if v, is := row[i].(T); is {
			list[n] = &v
		}
	}
	return list
}

// goOn has the next row that the store itself numbers come after those that are
// there.
func goOn(ctx context.Context, q sqlrow.Queryer, t tables.Table) error {
	if t.Numbered == "" {
		return nil
	}
	var next int64
	return q.QueryRowContext(ctx, `
		SELECT setval(pg_get_serial_sequence($1, $2), coalesce(max(`+quoted(t.Numbered)+`), 0) + 1, false) FROM `+quoted(t.Name),
		quoted(t.Name), t.Numbered).Scan(&next)
}
