package search

import (
	"context"
	"database/sql"

	"courant/db/sqlrow"
)

// engine is what differs between engines: how words are stored and how a walk
// through them is asked for.
type engine interface {
	// put stores documents in the place of those with the same numbers.
	put(ctx context.Context, t *sql.Tx, kind Kind, list []document) error
	// remove takes documents out; such as are not there are no error.
	remove(ctx context.Context, t *sql.Tx, kind Kind, seqs []int64) error
	// number is the SQL of a document's number in the table of kind, which is called
	// search_ and kind.
	number(kind Kind) string
	// newest is how many of the newest documents are looked at first, one after the
	// other, as match with each set says; 0: the engine gives the newest first
	// whatever it begins with.
	newest() int64
	// match is the condition that a document has the words of c, of which the
	// parameter is called by its name: "$1".
	match(kind Kind, parameter string, c []clause, each bool) (condition string, argument any)
	// endings returns words that begin with stem, at most so many, in no order.
	endings(ctx context.Context, r sqlrow.Queryer, kind Kind, stem string, most int) ([]string, error)
}

// clause wants one of some words in a document, or all of them, or that this is
// not so.
type clause struct {
	words []string
	all   bool
	not   bool
}
