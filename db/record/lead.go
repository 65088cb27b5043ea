package record

import (
	"context"
	"errors"

	"courant/db/sqlrow"
)

// Lead is the id of the published article that was pinned last, which leads the
// front page; "" where none is pinned.
func Lead(ctx context.Context, s Store) (id string, err error) {
	err = sqlrow.One(s.Reader().QueryRowContext(ctx, `
		SELECT article.id FROM pin JOIN article ON article.seq = pin.article
		WHERE article.status = 'published' ORDER BY pin.at DESC, article.published DESC, article.seq DESC LIMIT 1`), &id)
	if errors.Is(err, sqlrow.ErrNotFound) {
		return "", nil
	}
	return id, err
}
