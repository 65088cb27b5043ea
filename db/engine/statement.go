package engine

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"strconv"
	"strings"
)

// keptWriting and keptReading bound what a connection keeps prepared, which is a few
// KiB of SQLite's memory each. A batch of passes or a comment takes some thirty
// statements. There is one writer, but a pool of readers, and what they read most is
// kept as pages.
const (
	keptWriting = 40
	keptReading = 8
)

// preparing opens connections that keep what they prepared. To prepare a statement
// costs as much as to run a small one, and the same few dozen run all day: a driver
// for PostgreSQL keeps them by itself, SQLite's does not.
type preparing struct {
	driver.Connector
	most int // that a connection keeps
}

// Connect implements driver.Connector.
func (p preparing) Connect(ctx context.Context) (driver.Conn, error) {
	made, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	full, is := made.(fullConn)
	if !is {
		return nil, errors.Join(errors.New("the driver's connections lack what keeps statements"), made.Close())
	}
	return &keepingConn{fullConn: full, kept: map[string]*keptStatement{}, most: p.most}, nil
}

// fullConn is what of a connection database/sql asks for.
type fullConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// keepingConn is a connection that prepares each statement once. Like all that
// database/sql works with, it is used by one goroutine at a time.
type keepingConn struct {
	fullConn
	kept map[string]*keptStatement // by text
	most int                       // that are kept
	uses int                       // so far
}

type keptStatement struct {
	runnable
	text string
	busy bool // its rows are being read
	used int  // at which of the connection's uses
}

// runnable is what of a statement a connection needs.
type runnable interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// take returns the statement of a text, for one use. Of one whose rows are being read
// there is a second, which is not kept.
func (c *keepingConn) take(ctx context.Context, text string) (*keptStatement, error) {
	c.uses++
	old := c.kept[text]
	if old != nil && !old.busy {
		old.busy, old.used = true, c.uses
		return old, nil
	}
	made, err := c.PrepareContext(ctx, unnamed(text))
	if err != nil {
		return nil, err
	}
	r, is := made.(runnable)
	if !is {
		return nil, errors.Join(errors.New("the driver's statements cannot be cut short"), made.Close())
	}
	s := &keptStatement{runnable: r, text: text, busy: true, used: c.uses}
	if old == nil && c.makeRoom() {
		c.kept[text] = s
	}
	return s, nil
}

// unnamed is text with ? for its parameters where these are $1, $2 and so on, in that
// order: at each run the driver asks SQLite for the name of each that has one.
func unnamed(text string) string {
	var b strings.Builder
	last, quote := 0, byte(0)
	for i, n := 0, 1; i < len(text); i++ {
		switch c := text[i]; {
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case c == quote:
			quote = 0
		case c == '?':
			return text
		case c == '$':
			name := strconv.Itoa(n)
			end := i + 1 + len(name)
			if quote != 0 || !strings.HasPrefix(text[i+1:], name) || end < len(text) && '0' <= text[end] && text[end] <= '9' {
				return text
			}
			b.WriteString(text[last:i])
			b.WriteByte('?')
			last, n = end, n+1
		}
	}
	b.WriteString(text[last:])
	return b.String()
}

// makeRoom lets go of what was not used for longest where no more may be kept. false:
// all are being read.
func (c *keepingConn) makeRoom() bool {
	if len(c.kept) < c.most {
		return true
	}
	var oldest *keptStatement
	for _, s := range c.kept {
		if !s.busy && (oldest == nil || s.used < oldest.used) {
			oldest = s
		}
	}
	if oldest == nil {
		return false
	}
	delete(c.kept, oldest.text)
	return oldest.Close() == nil
}

// give takes a statement back. One that failed is made anew next time.
func (c *keepingConn) give(s *keptStatement, failed bool) error {
	s.busy = false
	if c.kept[s.text] == s {
		if !failed {
			return nil
		}
		delete(c.kept, s.text)
	}
	return s.Close()
}

// ExecContext implements driver.ExecerContext.
func (c *keepingConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.take(ctx, text)
	if err != nil {
		return nil, err
	}
	res, err := s.ExecContext(ctx, args)
	return res, cmp.Or(err, c.give(s, err != nil))
}

// QueryContext implements driver.QueryerContext.
func (c *keepingConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.take(ctx, text)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		return nil, cmp.Or(err, c.give(s, true))
	}
	return &keptRows{rows, c, s}, nil
}

// Close ends the connection. SQLite would stay open for what is still prepared.
func (c *keepingConn) Close() error {
	var errs []error
	for _, s := range c.kept {
		errs = append(errs, s.Close())
	}
	clear(c.kept)
	return errors.Join(append(errs, c.fullConn.Close())...)
}

// keptRows gives its statement back once it is read.
type keptRows struct {
	driver.Rows
	conn *keepingConn
	s    *keptStatement
}

// Close implements driver.Rows.
func (r *keptRows) Close() error {
	err := r.Rows.Close()
	return cmp.Or(err, r.conn.give(r.s, err != nil))
}
