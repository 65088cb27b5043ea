package newsroom

import (
	"context"

	"courant/db/sqlrow"
)

// Source is the id of what the articles are of that editors add: pages that have no
// feed, and what they write themselves. No source of the configuration has it.
const Source = "desk"

// Added is the id of the article that an editor added under a GUID, or
// sqlrow.ErrNotFound.
func (r *Room) Added(ctx context.Context, guid string) (id string, err error) {
	err = sqlrow.One(r.engine.Reader().QueryRowContext(ctx, `SELECT id FROM article WHERE source = $1 AND guid = $2`, Source, guid), &id)
	return id, err
}
