// Package tables says what a store is made of, as its engine tells it: which tables
// there are, their columns, keys and references. Whoever does the same to every
// table asks here, so that one that is made later is not forgotten. Begin with Of.
package tables

import (
	"context"
	"fmt"
	"slices"

	"courant/db/engine"
	"courant/db/sqlrow"
)

// Kind is what the values of a column are, beside NULL.
type Kind int

// The kinds of values, with what they are in Go.
const (
	Other Kind = iota // what one engine alone has
	Whole             // int64
	Text              // string
	Bytes             // []byte
)

// Column is a column of a table.
type Column struct {
	Name string
	Kind Kind
}

// Reference says that rows of a table each refer to one of another: these columns
// to those of To, but where one of them is NULL.
type Reference struct {
	From []string
	To   string // table
	Keys []string
}

// Table is a table of the store.
type Table struct {
	Name       string
	Columns    []Column // as they stand in it
	Key        []string // columns
	Numbered   string   // the column whose numbers a sequence of PostgreSQL gives; empty: none
	References []Reference
}

// Of are the tables of d, as q reads them, each after those that it refers to. What
// says something of this database alone is none of them (see engine.DB.Keeps).
func Of(ctx context.Context, d *engine.DB, q sqlrow.Queryer) ([]Table, error) {
	read := sqlite
	if d.Path() == "" {
		read = postgres
	}
	list, err := read(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("read the schema of %s: %w", d.Name(), err)
	}
	return inOrder(slices.DeleteFunc(list, func(t Table) bool { return d.Keeps(t.Name) }))
}

// Names are the names of t's columns.
func (t Table) Names() []string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return names
}

// inOrder puts each table behind those that it refers to.
func inOrder(list []Table) (ordered []Table, err error) {
	waits := func(t Table) bool {
		return slices.ContainsFunc(t.References, func(r Reference) bool {
			return r.To != t.Name && !slices.ContainsFunc(ordered, func(o Table) bool { return o.Name == r.To })
		})
	}
	for len(list) > 0 {
		i := slices.IndexFunc(list, func(t Table) bool { return !waits(t) })
		if i < 0 {
			return nil, fmt.Errorf("table %s and others refer to each other in a circle", list[0].Name)
		}
		ordered = append(ordered, list[i])
		list = slices.Delete(list, i, i+1)
	}
	return ordered, nil
}

// refer adds a column of a reference, which are told one after the other: those
// with the same number belong together.
func (t *Table) refer(last *int64, number int64, from, to, key string) {
	if number != *last {
		*last = number
		t.References = append(t.References, Reference{To: to})
	}
	r := &t.References[len(t.References)-1]
	r.From, r.Keys = append(r.From, from), append(r.Keys, key)
}
