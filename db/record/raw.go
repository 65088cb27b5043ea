package record

import (
	"context"

	"courant/db/sqlrow"
)

// Raw is the entry that an article was made from, given by its seq, as it is kept, or
// sqlrow.ErrNotFound.
func Raw(ctx context.Context, s Store, seq int64) (raw []byte, err error) {
	err = sqlrow.One(s.Reader().QueryRowContext(ctx, `SELECT raw FROM entry WHERE article = $1`, seq), &raw)
	return raw, err
}
