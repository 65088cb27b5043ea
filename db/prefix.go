package db

import "context"

// ArticleIDs returns the ids of articles that begin with a prefix, in their
// order, at most limit.
func (d *DB) ArticleIDs(ctx context.Context, prefix string, limit int) ([]string, error) {
	return d.idsFrom(ctx, "article", prefix, limit)
}

// CommentIDs is ArticleIDs for comments.
func (d *DB) CommentIDs(ctx context.Context, prefix string, limit int) ([]string, error) {
	return d.idsFrom(ctx, "comment", prefix, limit)
}

// idsFrom is what begins with a prefix in a table whose ids are its own index.
func (d *DB) idsFrom(ctx context.Context, table, prefix string, limit int) ([]string, error) {
	const last = "\U0010FFFF" // sorts behind whatever goes on
	return collect(ctx, d.r, column[string],
		`SELECT id FROM `+table+` WHERE id >= $1 AND id < $2 ORDER BY id LIMIT $3`, prefix, prefix+last, limit)
}
