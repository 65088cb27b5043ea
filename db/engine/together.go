package engine

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Statement is one that gives no rows.
type Statement struct {
	Text string
	Args []any
	Rows [][]any          // where Text inserts one row and ends with its values: those of more, and Args of none
	Done func(rows int64) // told how many rows it touched; may be nil
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
}

// beginTries is how many connections are tried that broke while nobody used them: as
// many as database/sql tries by itself, the last of them a new one.
const beginTries = 3

// beginServer begins a transaction on a server.
func (d *DB) beginServer(ctx context.Context) (l *link, err error) {
	for range beginTries {
		l = &link{d: d}
		if l.conn, err = d.w.Conn(ctx); err != nil {
			return nil, err
		}
		if l.tx, err = d.kind.begin(ctx, l.conn); err == nil {
			d.links.Store(l.tx, l)
			return l, nil
		}
		l.conn.Close()
		if !errors.Is(err, driver.ErrBadConn) {
			break
		}
	}
	return nil, err
}

// end takes back what is not committed and gives the connection back. It may be called
// again.
func (l *link) end() {
	l.tx.Rollback()
	l.d.links.Delete(l.tx)
	l.conn.Close()
}

func (l *link) together(ctx context.Context, list []Statement) error {
	return l.conn.Raw(func(c any) error {
		conn := c.(*stdlib.Conn).Conn()
		switch {
		case conn.IsClosed():
			return driver.ErrBadConn
		case conn.PgConn().TxStatus() == 'I':
			return sql.ErrTxDone // taken back, as whoever waited for it gave up: outside of it each would be stored
		}
		batch := &pgx.Batch{}
		var parts []Statement
		for _, s := range list {
			parts = append(parts, s.parts()...)
		}
		for _, s := range parts {
			batch.Queue(s.Text, s.Args...)
		}
		answers := conn.SendBatch(ctx, batch)
		for _, s := range parts {
			tag, err := answers.Exec()
			if err != nil {
				answers.Close()
				return err
			}
			if s.Done != nil {
				s.Done(tag.RowsAffected())
			}
		}
		return answers.Close()
	})
}
