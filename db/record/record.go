// Package record reads what is on record of articles, comments and sources,
// for people who ask: what was done to them, what they were before, where they
// come from, how many wait.
package record

import (
	"context"
	"database/sql"
	"time"

	"courant/db/sqlrow"
)

// Store is where the records stand: an open db.DB.
type Store interface{ Reader() *sql.DB }

// Action is a line of the append-only log.
type Action struct {
	At                             time.Time
	Actor, Kind, Ref, What, Detail string
	Before, After                  string // what it changed, in words; empty where that stands elsewhere
}

// Actions returns what was done to one article, comment or source, oldest first.
func Actions(ctx context.Context, s Store, kind, ref string) ([]Action, error) {
	return sqlrow.Collect(ctx, s.Reader(), func(r sqlrow.Row) (a Action, err error) {
		err = r.Scan(sqlrow.Time(&a.At), &a.Actor, &a.Kind, &a.Ref, &a.What, &a.Detail, &a.Before, &a.After)
		return a, err
	}, `
		SELECT at, actor, kind, ref, what, detail, before, after FROM action WHERE kind = $1 AND ref = $2 ORDER BY id`, kind, ref)
}
