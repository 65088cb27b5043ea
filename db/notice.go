package db

import (
	"context"
	"fmt"
	"strings"
	"time"

	"courant/db/scope"
	"courant/db/sqlrow"
	"courant/db/state"
)

// Notice tells readers of a correction or of a withdrawal.
type Notice struct {
	ID      string // public, random, for ever
	Kind    state.Notice
	Text    string    // what was wrong, or why it went; may be empty
	Updated time.Time // when it was told, no two alike
	Article Article   // without its body
}

// addNotice tells of something that just happened to a, and returns the notice's id.
func (t *tx) addNotice(ctx context.Context, a Article, kind state.Notice, text string) (id string, err error) {
	id = randomID(idChars)
	return id, t.tell(ctx, id, a, kind, text)
}

// tell tells readers of something that just happened to a, under an id.
func (t *tx) tell(ctx context.Context, id string, a Article, kind state.Notice, text string) error {
	at, err := t.freeMoment(ctx, "notice", t.now)
	if err != nil {
		return err
	}
	t.scopes.addAt(at, scope.Corrections)
	_, err = t.ExecContext(ctx, `
		INSERT INTO notice (id, article, kind, text, updated) VALUES ($1, $2, $3, $4, $5)`,
		id, a.Seq, string(kind), text, sqlrow.Milli(at))
	return err
}

// dropWithdrawal takes back the news of a withdrawal that was taken back.
func (t *tx) dropWithdrawal(ctx context.Context, a Article) error {
	_, err := t.ExecContext(ctx, `DELETE FROM notice WHERE article = $1 AND kind = 'withdrawal'`, a.Seq)
	return err
}

// retellWithdrawal gives the news of a withdrawal that stands another reason.
func (t *tx) retellWithdrawal(ctx context.Context, a Article, text string) error {
	at, err := t.freeMoment(ctx, "notice", t.now)
	if err != nil {
		return err
	}
	t.scopes.addAt(at, scope.Corrections)
	_, err = t.ExecContext(ctx, `
		UPDATE notice SET text = $2, updated = $3 WHERE article = $1 AND kind = 'withdrawal'`, a.Seq, text, sqlrow.Milli(at))
	return err
}

const noticesText = `
	SELECT notice.id, notice.kind, notice.text, notice.updated, ` + articleColumns + `
	FROM notice JOIN article ON article.seq = notice.article
	WHERE article.status = CASE notice.kind WHEN 'withdrawal' THEN 'withdrawn' ELSE 'published' END
	ORDER BY notice.updated DESC LIMIT $1`

// Notices returns the latest corrections of published articles and the
// withdrawals that stand, newest first, at most limit.
func (d *DB) Notices(ctx context.Context, limit int) ([]Notice, error) {
	return sqlrow.Collect(ctx, d.r, func(r sqlrow.Row) (n Notice, err error) {
		err = scanArticle(sqlrow.After(r, &n.ID, &n.Kind, &n.Text, sqlrow.Time(&n.Updated)), &n.Article)
		return n, err
	}, noticesText, limit)
}

// Gone is an article or a comment that readers could see and no longer can.
type Gone struct {
	ID string // as in addresses
	At time.Time
}

func scanGone(r sqlrow.Row) (g Gone, err error) {
	err = r.Scan(&g.ID, sqlrow.Time(&g.At))
	return g, err
}

// taggedLooked bounds how many withdrawals are looked through for a tag's:
// their tags are in no index.
const taggedLooked = 1000

// Withdrawn returns what was withdrawn of the published articles that q
// selects by Section, Source, Tag, From and To, newest first, at most q.Limit.
func (d *DB) Withdrawn(ctx context.Context, q ArticleQuery) ([]Gone, error) {
	text, args := q.withdrawnSQL()
	return sqlrow.Collect(ctx, d.r, scanGone, text, args...)
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
		from = `(SELECT id, withdrawn, tags FROM article WHERE withdrawn IS NOT NULL ORDER BY withdrawn DESC LIMIT $3) AS latest`
		where = []string{"EXISTS (SELECT 1 FROM json_each(tags) WHERE value = $2)"}
		args = append(args, q.Tag, taggedLooked)
	case !q.From.IsZero() || !q.To.IsZero():
		where, args = append(where, "published >= $2 AND published < $3"), append(args, sqlrow.Milli(q.From), sqlrow.Milli(q.To))
	}
	return `SELECT id, withdrawn FROM ` + from + ` WHERE ` + strings.Join(where, " AND ") + ` ORDER BY withdrawn DESC LIMIT $1`, args
}

// removedText begins with the comments, of which few were removed: left to
// itself, SQLite begins with the published articles, which are all.
const removedText = `
	SELECT comment.id, comment.removed FROM comment CROSS JOIN article
	WHERE article.seq = comment.article AND comment.removed IS NOT NULL AND article.status = 'published' ORDER BY comment.removed DESC LIMIT $1`

// RemovedComments returns those that readers could see and no longer can of the
// comments that q selects by Article or by Under, or of all on published
// articles, newest first, at most q.Limit.
func (d *DB) RemovedComments(ctx context.Context, q CommentQuery) ([]Gone, error) {
	switch {
	case q.Article != "":
		return sqlrow.Collect(ctx, d.r, scanGone, `
			SELECT comment.id, comment.removed FROM comment JOIN article ON article.seq = comment.article
			WHERE article.id = $1 AND comment.removed IS NOT NULL ORDER BY comment.removed DESC LIMIT $2`, q.Article, q.Limit)
	case q.Under != "":
		return sqlrow.Collect(ctx, d.r, scanGone, `
			SELECT id, removed FROM comment WHERE seq IN (`+fmt.Sprintf(underText, "$1")+`) AND removed IS NOT NULL
			ORDER BY removed DESC LIMIT $2`, q.Under, q.Limit)
	}
	return sqlrow.Collect(ctx, d.r, scanGone, removedText, q.Limit)
}
