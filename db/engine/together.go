package engine

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Statement is one that gives no rows.
type Statement struct {
	Text string
	Args []any
	Done func(rows int64) // told how many rows it touched; may be nil
}

// Together runs statements of t in their order, up to the first that fails. To a
// server they go all at once, and their answers come back all at once: a way there
// and back each, and not the work, is what many small ones cost most.
func (d *DB) Together(ctx context.Context, t *sql.Tx, list []Statement) error {
	if l, is := d.links.Load(t); is {
		return l.(*link).together(ctx, list)
	}
	for _, s := range list {
		res, err := t.ExecContext(ctx, s.Text, s.Args...)
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
		for _, s := range list {
			batch.Queue(s.Text, s.Args...)
		}
		answers := conn.SendBatch(ctx, batch)
		for _, s := range list {
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
