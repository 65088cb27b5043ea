package engine

import (
	"slices"
	"testing"
)

// Rows go to a server as many at once as there are, in the order they are in, by few
// different texts.
func TestParts(t *testing.T) {
	for values, want := range map[int]string{
		1: `INSERT INTO t (a) VALUES ($1), ($2), ($3), ($4)`,
		3: `INSERT INTO t (a) VALUES ($1, $2, $3), ($4, $5, $6), ($7, $8, $9), ($10, $11, $12)`,
	} {
		text := map[int]string{1: `INSERT INTO t (a) VALUES ($1)`, 3: `INSERT INTO t (a) VALUES ($1, $2, $3)`}[values]
		if got := severalRows(text, values, 4); got != want {
			t.Errorf("%d values: %s", values, got)
		}
	}
	var rows [][]any
	var all []any
	for i := range 2*mostRows + 11 {
		rows = append(rows, []any{i, "x"})
		all = append(all, i, "x")
	}
	var sizes []int
	var args []any
	for _, p := range (Statement{Text: `INSERT INTO t (a, b) VALUES ($1, $2)`, Rows: rows}).parts() {
		sizes, args = append(sizes, len(p.Args)/2), append(args, p.Args...)
	}
	if !slices.Equal(sizes, []int{mostRows, mostRows, 8, 2, 1}) || !slices.Equal(args, all) {
		t.Errorf("%v", sizes)
	}
	if one := (Statement{Text: `SELECT 1`, Args: []any{7}}).parts(); len(one) != 1 || len(one[0].Args) != 1 {
		t.Errorf("%v", one)
	}
}
