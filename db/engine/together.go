package engine

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"courant/db/sqlrow"
)

// Statement is one that waits for others, to go to a server with them.
type Statement struct {
	Text string
	Args []any
	Rows [][]any          // where Text inserts one row and ends with its values: those of more, and Args of none
	Done func(rows int64) // told how many rows it touched; may be nil
	// Each is given each row of the answer, once all statements before it were run, and
	// has no bool of it; nil where nobody wants to know. Whatever it does must be of
	// the transaction's own, which may be run again.
	Each func(sqlrow.Row) error
}

// mostRows is how many rows go to a server in one statement. What a server does for a
// statement besides its rows, such as to make ready each index and each check of the
// table, is a multiple of what it does for a row.
const mostRows = 32

// parts are statements as a server runs them: of one with rows, as many rows in each as
// mostRows or a lesser power of two, so that few texts have to be prepared.
func (s Statement) parts() []Statement {
	if len(s.Rows) == 0 {
		return []Statement{s}
	}
	var list []Statement
	for rows, n := s.Rows, mostRows; len(rows) > 0; n /= 2 {
		for ; len(rows) >= n; rows = rows[n:] {
			list = append(list, Statement{Text: severalRows(s.Text, len(rows[0]), n), Args: slices.Concat(rows[:n]...), Done: s.Done})
		}
	}
	return list
}

// severalRows is text, which inserts one row of so many values, for n rows.
func severalRows(text string, values, n int) string {
	b := []byte(text)
	for next := values + 1; next <= values*n; next++ {
		before := ", "
		if next%values == 1 || values == 1 {
			before = "), ("
			b = bytes.TrimSuffix(b, []byte{')'})
		}
		b = fmt.Appendf(append(b, before...), "$%d", next)
		if next%values == 0 {
			b = append(b, ')')
		}
	}
	return string(b)
}

// Together runs statements of t in their order, up to the first that fails. To a
// server they go all at once, and their answers come back all at once: a way there
// and back each, and not the work, is what many small ones cost most.
func (d *DB) Together(ctx context.Context, t *sql.Tx, list []Statement) error {
	if l, is := d.links.Load(t); is {
		return l.(*link).together(ctx, list)
	}
	for _, s := range list {
		if s.Each != nil {
			for _, err := range sqlrow.Each(ctx, t, func(r sqlrow.Row) (struct{}, error) { return struct{}{}, s.Each(r) }, s.Text, s.Args...) {
				if err != nil {
					return err
				}
			}
			continue
		}
		if len(s.Rows) == 0 {
			s.Rows = [][]any{s.Args}
		}
		for _, args := range s.Rows {
			res, err := t.ExecContext(ctx, s.Text, args...)
			if err != nil {
				return err
			}
			if s.Done == nil {
				continue
			}
			n, err := res.RowsAffected()
			if err != nil {
				return err
			}
			s.Done(n)
		}
	}
	return nil
}

// link is a transaction on a server and the connection under it.
type link struct {
	d    *DB
	conn *sql.Conn
	tx   *sql.Tx
	raw  *serverConn
}

// beginServer begins a transaction on a server, which hears of it, and of what opens it,
// with the first that is done in it.
func (d *DB) beginServer(ctx context.Context) (l *link, err error) {
	l = &link{d: d}
	if l.conn, err = d.w.Conn(ctx); err != nil {
		return nil, err
	}
	if err = l.conn.Raw(func(c any) error {
		l.raw = c.(*serverConn)
		return nil
	}); err == nil {
		l.tx, err = d.kind.begin(ctx, l.conn)
	}
	if err != nil {
		l.conn.Close()
		return nil, err
	}
	d.links.Store(l.tx, l)
	return l, nil
}

// end takes back what is not committed and gives the connection back. It may be called
// again.
func (l *link) end() {
	l.tx.Rollback()
	l.d.links.Delete(l.tx)
	l.conn.Close()
}

// together does not tell database/sql of an error: where that says that the connection
// broke, Raw would wait for the end of the transaction that is on it, which is this one.
func (l *link) together(ctx context.Context, list []Statement) (err error) {
	if used := l.conn.Raw(func(any) error {
		err = l.raw.send(ctx, list, false)
		return nil
	}); used != nil {
		return used
	}
	return err
}
