// Package record reads what is on record of articles, comments and sources,
// for people who ask: what was done to them, what they were before, where they
// come from, how many wait.
package record

import (
	"cmp"
	"context"
	"database/sql"
	"strings"
	"time"

	"courant/db/sqlrow"
)

// Store is where the records stand: an open db.DB.
type Store interface{ Reader() *sql.DB }

// Action is a line of the append-only log.
type Action struct {
	At                             time.Time
	Actor, Kind, Ref, What, Detail string
	Before, After                  string // what it changed, in words; of an article's, a field a line: its name, a tab, its text
}

// Changes are what a says it changed, each as "before → after"; of an article's words a
// field each, as "headline: before → after". say is how a state is told, nil: as it stands.
func (a Action) Changes(say func(string) string) (list []string) {
	if a.Before == "" && a.After == "" {
		return nil
	}
	after := strings.Split(a.After, "\n")
	for i, was := range strings.Split(a.Before, "\n") {
		name, was, named := strings.Cut(was, "\t")
		if !named {
			name, was = "", name
		}
		is := ""
		if i < len(after) {
			is = strings.TrimPrefix(after[i], name+"\t")
		}
		if say != nil && !named {
			was, is = say(was), say(is)
		}
		if named {
			name += ": "
		}
		list = append(list, name+cmp.Or(was, "nothing")+" → "+cmp.Or(is, "nothing"))
	}
	return list
}

// Actions returns what was done to one article, comment or source, oldest first.
func Actions(ctx context.Context, s Store, kind, ref string) ([]Action, error) {
	return sqlrow.Collect(ctx, s.Reader(), func(r sqlrow.Row) (a Action, err error) {
		err = r.Scan(sqlrow.Time(&a.At), &a.Actor, &a.Kind, &a.Ref, &a.What, &a.Detail, &a.Before, &a.After)
		return a, err
	}, `
		SELECT at, actor, kind, ref, what, detail, before, after FROM action WHERE kind = $1 AND ref = $2 ORDER BY id`, kind, ref)
}
