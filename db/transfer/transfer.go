// Package transfer moves whole stores: between a file and a PostgreSQL server, both
// ways, into a file as a backup, and back (M9, M10). It knows no tables: which there
// are the schema says, so that one that is made later moves too. What is read is one
// snapshot of the source, whoever goes on writing; what was written is read again
// and compared with it, row for row, before anybody else can see it. Begin with To.
package transfer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"courant/db/engine"
	"courant/db/sqlrow"
	"courant/db/tables"
)

// Errors that callers act on.
var (
	// ErrNotEmpty means that there is something where a store was to be copied to.
	ErrNotEmpty = errors.New("there is something in it already")
	// ErrDiffers means that what was written is not what was read.
	ErrDiffers = errors.New("the copy is not what was copied")
)

// Table is what was copied of one.
type Table struct {
	Name string
	Rows int64
	Sum  string // over all its rows, the same in both stores; hexadecimal
}

// Step is how far a transfer has come.
type Step struct {
	What string // a table, or what is done to all of them
	Done int64  // rows
	All  int64  // rows; 0: unknown
}

// index begins the names of what the index of words is made of, which differs
// between engines: it is made anew from what it is an index of.
const index = "search_"

// plan is a copy that is to be made.
type plan struct {
	from, to *engine.DB
	source   *sql.Tx // the snapshot
	tables   []tables.Table
	rows     map[string]int64 // by table
	tell     func(Step)
	force    bool // whatever is in the target goes
	done     []Table
}

// copyAll copies all that from holds, as it is now, to the empty store to; with force
// in the place of what is there. It returns once that has been compared and can be
// seen by others.
func copyAll(ctx context.Context, from, to *engine.DB, force bool, tell func(Step)) ([]Table, error) {
	p := plan{from: from, to: to, rows: map[string]int64{}, tell: tell, force: force}
	var err error
	if p.source, err = snapshot(ctx, from); err != nil {
		return nil, fmt.Errorf("read %s: %w", from.Name(), err)
	}
	defer p.source.Rollback()
	if p.tables, err = p.same(ctx); err != nil {
		return nil, err
	}
	for _, t := range p.tables {
		var n int64
		if err := p.source.QueryRowContext(ctx, `SELECT count(*) FROM `+quoted(t.Name)).Scan(&n); err != nil {
			return nil, fmt.Errorf("count %s: %w", t.Name, err)
		}
		p.rows[t.Name] = n
	}
	write := p.toFile
	if to.Path() == "" {
		write = p.toServer
	}
	if err := write(ctx); err != nil {
		return nil, fmt.Errorf("copy to %s: %w", to.Name(), err)
	}
	return p.done, p.indexWords(ctx)
}

// snapshot is a transaction that sees the store as it is now, whatever is written
// while it lasts.
func snapshot(ctx context.Context, d *engine.DB) (*sql.Tx, error) {
	o := &sql.TxOptions{ReadOnly: true}
	if d.Path() == "" {
		o.Isolation = sql.LevelRepeatableRead
	}
	t, err := d.Reader().BeginTx(ctx, o)
	if err == nil && d.Path() == "" {
		err = alongKeys(ctx, t)
	}
	return t, err
}

// same are the tables of both stores, but for the index of words, which must be the
// same ones.
func (p *plan) same(ctx context.Context) ([]tables.Table, error) {
	theirs, err := Tables(ctx, p.from, p.source)
	if err != nil {
		return nil, err
	}
	ours, err := Tables(ctx, p.to, p.to.Reader())
	if err != nil {
		return nil, err
	}
	describe := func(t tables.Table) string { return t.Name + " (" + strings.Join(t.Names(), ", ") + ")" }
	var differ []string
	for _, pair := range [][2][]tables.Table{{theirs, ours}, {ours, theirs}} {
		for _, t := range pair[0] {
			if !slices.ContainsFunc(pair[1], func(o tables.Table) bool { return describe(o) == describe(t) }) {
				differ = append(differ, describe(t))
			}
		}
	}
	if len(differ) > 0 {
		return nil, fmt.Errorf("only one of %s and %s has %s", p.from.Name(), p.to.Name(), strings.Join(differ, ", "))
	}
	return ours, nil
}

// Tables are those of d that are copied, as q reads them, each after those that it
// refers to.
func Tables(ctx context.Context, d *engine.DB, q sqlrow.Queryer) ([]tables.Table, error) {
	list, err := tables.Of(ctx, d, q)
	return slices.DeleteFunc(list, func(t tables.Table) bool { return strings.HasPrefix(t.Name, index) }), err
}

// vacant gives ErrNotEmpty where a table has a row.
func (p *plan) vacant(ctx context.Context, q sqlrow.Queryer) error {
	var have []string
	for _, t := range p.tables {
		var has bool
		if err := q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM `+quoted(t.Name)+`)`).Scan(&has); err != nil {
			return err
		}
		if has {
			have = append(have, t.Name)
		}
	}
	if len(have) > 0 {
		return fmt.Errorf("%w: rows of %s", ErrNotEmpty, strings.Join(have, ", "))
	}
	return nil
}

// table copies one, by put, which is given some rows at a time, and notes what was
// read.
func (p *plan) table(ctx context.Context, t tables.Table, put func([][]any) error) error {
	p.tell(Step{t.Name, 0, p.rows[t.Name]})
	sum := newSum()
	var rows [][]any
	size := 0
	flush := func() error {
		if len(rows) == 0 {
			return nil
		}
		if err := put(rows); err != nil {
			return fmt.Errorf("write %s: %w", t.Name, blame(t, rows, err))
		}
		rows, size = nil, 0
		p.tell(Step{t.Name, sum.rows, p.rows[t.Name]})
		return nil
	}
	for row, err := range each(ctx, p.source, t) {
		if err != nil {
			return fmt.Errorf("read %s: %w", t.Name, err)
		}
		size += sum.add(row)
		if rows = append(rows, row); len(rows) == batchRows || size >= batchBytes {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	p.done = append(p.done, Table{t.Name, sum.rows, sum.String()})
	return nil
}

// compare reads what was written, and gives ErrDiffers where it is not what was
// read.
func (p *plan) compare(ctx context.Context, q sqlrow.Queryer) error {
	for i, t := range p.tables {
		sum := newSum()
		for row, err := range each(ctx, q, t) {
			if err != nil {
				return fmt.Errorf("compare %s: %w", t.Name, err)
			}
			if sum.add(row); sum.rows%compareStep == 0 {
				p.tell(Step{"compare " + t.Name, sum.rows, p.done[i].Rows})
			}
		}
		if got, want := (Table{t.Name, sum.rows, sum.String()}), p.done[i]; got != want {
			return fmt.Errorf("%w: %s has %d rows with the sum %s, and had %d with %s", ErrDiffers, t.Name, got.Rows, got.Sum, want.Rows, want.Sum)
		}
	}
	return nil
}

const (
	// batchRows and batchBytes bound what is held of the rows under way, and what one
	// statement to a server has.
	batchRows  = 1000
	batchBytes = 1 << 20
	// compareStep is after how many rows it is told how far the comparison has come.
	compareStep = 1000
)

// quoted is a name as SQL takes it whatever it is.
func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// quotedAll are names in a list.
func quotedAll(names []string) string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = quoted(name)
	}
	return strings.Join(list, ", ")
}
