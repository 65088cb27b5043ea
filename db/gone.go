package db

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Gone is an article or a comment that readers could see and no longer can.
type Gone struct {
	ID string // as in addresses
	At time.Time
}

func scanGone(r row) (g Gone, err error) {
	err = r.Scan(&g.ID, msTime{&g.At})
	return g, err
}

// taggedLooked bounds how many withdrawals are looked through for a tag's:
// their tags are in no index.
const taggedLooked = 1000

// Withdrawn returns what was withdrawn of the published articles that q
// selects by Section, Source, Tag, From and To, newest first, at most q.Limit.
func (d *DB) Withdrawn(ctx context.Context, q ArticleQuery) ([]Gone, error) {
	text, args := q.withdrawnSQL()
	return collect(ctx, d.r, scanGone, text, args...)
}

func (q ArticleQuery) withdrawnSQL() (string, []any) {
	args := []any{q.Limit}
	from, where := "article", []string{"withdrawn IS NOT NULL"}
	switch {
	case q.Section != "":
		where, args = append(where, "section = $2"), append(args, q.Section)
	case q.Source != "":
		where, args = append(where, "source = $2"), append(args, q.Source)
	case q.Tag != "":
		from = `(SELECT id, withdrawn, tags FROM article WHERE withdrawn IS NOT NULL ORDER BY withdrawn DESC LIMIT $3)`
		where = []string{"EXISTS (SELECT 1 FROM json_each(tags) WHERE value = $2)"}
		args = append(args, q.Tag, taggedLooked)
	case !q.From.IsZero() || !q.To.IsZero():
		where, args = append(where, "published >= $2 AND published < $3"), append(args, ms(q.From), ms(q.To))
	}
	return `SELECT id, withdrawn FROM ` + from + ` WHERE ` + strings.Join(where, " AND ") + ` ORDER BY withdrawn DESC LIMIT $1`, args
}

// removedText begins with the comments, of which few were removed: left to
// itself, SQLite begins with the published articles, which are all.
const removedText = `
	SELECT comment.id, comment.removed FROM comment CROSS JOIN article ON article.seq = comment.article
	WHERE comment.removed IS NOT NULL AND article.status = 'published' ORDER BY comment.removed DESC LIMIT $1`

// RemovedComments returns those that readers could see and no longer can of the
// comments that q selects by Article or by Under, or of all on published
// articles, newest first, at most q.Limit.
func (d *DB) RemovedComments(ctx context.Context, q CommentQuery) ([]Gone, error) {
	switch {
	case q.Article != "":
		return collect(ctx, d.r, scanGone, `
			SELECT comment.id, comment.removed FROM comment JOIN article ON article.seq = comment.article
			WHERE article.id = $1 AND comment.removed IS NOT NULL ORDER BY comment.removed DESC LIMIT $2`, q.Article, q.Limit)
	case q.Under != "":
		return collect(ctx, d.r, scanGone, `
			SELECT id, removed FROM comment WHERE seq IN (`+fmt.Sprintf(underText, "$1")+`) AND removed IS NOT NULL
			ORDER BY removed DESC LIMIT $2`, q.Under, q.Limit)
	}
	return collect(ctx, d.r, scanGone, removedText, q.Limit)
}
