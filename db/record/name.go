package record

import (
	"context"

	"courant/db/sqlrow"
)

// ArticleIDs returns the ids of articles that begin with a prefix, in their
// order, at most limit.
func ArticleIDs(ctx context.Context, s Store, prefix string, limit int) ([]string, error) {
	return idsFrom(ctx, s, "article", prefix, limit)
}

// CommentIDs is ArticleIDs for comments.
func CommentIDs(ctx context.Context, s Store, prefix string, limit int) ([]string, error) {
	return idsFrom(ctx, s, "comment", prefix, limit)
}

// idsFrom is what begins with a prefix in a table whose ids are its own index.
func idsFrom(ctx context.Context, s Store, table, prefix string, limit int) ([]string, error) {
	const last = "\U0010FFFF" // sorts behind whatever goes on
	return sqlrow.Collect(ctx, s.Reader(), sqlrow.Column[string],
		`SELECT id FROM `+table+` WHERE id >= $1 AND id < $2 ORDER BY id LIMIT $3`, prefix, prefix+last, limit)
}
