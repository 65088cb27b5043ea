package dbtest

import (
	"context"
	"database/sql"
	"fmt"

	"courant/db"
)

// FillThread stores n approved comments on an article, a second apart from its
// publication on, each second one a reply to the one before, and each with so many
// letters beside the few that tell them apart. It writes past the store, whose every comment is a transaction of its own: drop what was
// rendered before.
func FillThread(ctx context.Context, d *db.DB, article string, n, letters int) error {
	raw, err := sql.Open("sqlite", "file:"+d.Path()+"?_pragma=busy_timeout(5000)")
	if err != nil {
		return err
	}
	defer raw.Close()
	for _, text := range []string{
		`WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < $2)
		INSERT INTO comment (id, article, parent, name, email, text, body, visitor, status, reason, created, updated, digest)
		SELECT printf('filled%06d', n), article.seq, CASE n % 2 WHEN 0 THEN (SELECT coalesce(max(seq), 0) FROM comment) + n - 1 END,
			'Reader ' || n, '', 'Comment number ' || n || more, '<p>Comment number ' || n || more || '</p>', '', 'approved', '',
			article.published + n * 1000, article.published + n * 1000, randomblob(32)
		FROM (SELECT n, CASE $3 WHEN 0 THEN '' ELSE ' ' || hex(randomblob($3 / 2)) END AS more FROM number), article
		WHERE article.id = $1 ORDER BY n`,
		`UPDATE article SET comments = $2, comments_updated = published + $2 * 1000 WHERE id = $1`,
	} {
		if _, err := raw.ExecContext(ctx, text, article, n, letters); err != nil {
			return fmt.Errorf("fill thread of %s: %w", article, err)
		}
	}
	return nil
}
