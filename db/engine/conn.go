package engine

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// linking opens connections to a server by whose transactions few ways there and back
// are made: see serverConn.
type linking struct{ driver.Connector }

// Connect implements driver.Connector.
func (l linking) Connect(ctx context.Context) (driver.Conn, error) {
	made, err := l.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &serverConn{Conn: made.(*stdlib.Conn)}, nil
}

// serverConn is a connection whose transactions at READ COMMITTED, which are those that
// write, begin with the first that is done in them, and are committed with the last: a
// way to the server and back less for each, and what the last statements lock, such as
// the counter of changes that all who write wait for, is let go of by the server itself,
// and not once this process has had its turn on a busy machine. Like all that
// database/sql works with, it is used by one goroutine at a time.
type serverConn struct {
	*stdlib.Conn
	begins  bool      // a transaction of which the server knows nothing yet
	opening Statement // goes with its begin
	refused error     // why it is not to go on, as Done of opening found
	last    []Statement
}

const beginText = `begin isolation level read committed`

// BeginTx implements driver.ConnBeginTx.
func (c *serverConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	if sql.IsolationLevel(o.Isolation) != sql.LevelReadCommitted || o.ReadOnly {
		return c.Conn.BeginTx(ctx, o)
	}
	if c.Conn.Conn().IsClosed() {
		return nil, driver.ErrBadConn
	}
	c.begins, c.opening, c.refused, c.last = true, Statement{}, nil, nil
	return serverTx{ctx, c}, nil
}

// ExecContext implements driver.ExecerContext.
func (c *serverConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	if err := c.begin(ctx); err != nil {
		return nil, err
	}
	return c.Conn.ExecContext(ctx, text, args)
}

// QueryContext implements driver.QueryerContext.
func (c *serverConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	if err := c.begin(ctx); err != nil {
		return nil, err
	}
	return c.Conn.QueryContext(ctx, text, args)
}

// PrepareContext implements driver.ConnPrepareContext.
func (c *serverConn) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	if err := c.begin(ctx); err != nil {
		return nil, err
	}
	return c.Conn.PrepareContext(ctx, text)
}

// begin has the server know of the transaction.
func (c *serverConn) begin(ctx context.Context) error {
	if !c.begins {
		return nil
	}
	return c.send(ctx, nil, false)
}

// send has the server run statements in their order, up to the first that fails, and
// after them commit the transaction, where it is to.
func (c *serverConn) send(ctx context.Context, list []Statement, commit bool) error {
	conn := c.Conn.Conn()
	switch {
	case conn.IsClosed():
		return driver.ErrBadConn
	case !c.begins && conn.PgConn().TxStatus() == 'I':
		return sql.ErrTxDone // taken back, as whoever waited for it gave up: outside of it each would be stored
	}
	var parts []Statement
	if c.begins {
		parts = append(parts, Statement{Text: beginText, Done: func(int64) { c.begins = false }})
		if c.opening.Text != "" {
			parts = append(parts, c.opening)
		}
	}
	for _, s := range list {
		parts = append(parts, s.parts()...)
	}
	if commit {
		parts = append(parts, Statement{Text: `commit`})
	}
	batch := &pgx.Batch{}
	for _, s := range parts {
		batch.Queue(s.Text, s.Args...)
	}
	answers := conn.SendBatch(ctx, batch)
	for _, s := range parts {
		if err := c.answer(answers, s); err != nil {
			answers.Close()
			return err
		}
	}
	return answers.Close()
}

// answer takes what the server says to a statement.
func (c *serverConn) answer(answers pgx.BatchResults, s Statement) error {
	if s.Each != nil {
		rows, err := answers.Query()
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := s.Each(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	}
	tag, err := answers.Exec()
	if err != nil {
		return err
	}
	if s.Done != nil {
		s.Done(tag.RowsAffected())
	}
	return c.refused
}

// serverTx is a transaction of a serverConn.
type serverTx struct {
	ctx context.Context // of the transaction, as database/sql has it
	c   *serverConn
}

// Commit implements driver.Tx. It runs what is to go with it.
func (t serverTx) Commit() error {
	if t.c.begins && len(t.c.last) == 0 {
		t.c.begins = false
		return nil // nothing was done
	}
	err := t.c.send(t.ctx, t.c.last, true)
	t.c.last = nil // they may hold whole articles
	if err != nil {
		return errors.Join(err, t.Rollback())
	}
	return nil
}

// Rollback implements driver.Tx.
func (t serverTx) Rollback() error {
	conn := t.c.Conn.Conn()
	if t.c.begins {
		t.c.begins = false
		return nil
	}
	if conn.IsClosed() || conn.PgConn().TxStatus() == 'I' {
		return nil // there is nothing left of it
	}
	_, err := conn.Exec(t.ctx, `rollback`)
	if err != nil {
		conn.Close(t.ctx) // in whatever state it is: the server takes back what was on it
	}
	return err
}
