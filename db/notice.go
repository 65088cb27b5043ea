package db

import (
	"context"
	"time"
)

// NoticeKind says what a notice tells of.
type NoticeKind string

// The kinds of notices.
const (
	Correction NoticeKind = "correction"
	Withdrawal NoticeKind = "withdrawal"
)

// Notice tells readers of a correction or of a withdrawal.
type Notice struct {
	ID      string // public, random, for ever
	Kind    NoticeKind
	Text    string    // what was wrong, or why it went; may be empty
	Updated time.Time // when it was told, no two alike
	Article Article   // without its body
}

// addNotice tells of something that just happened to a.
func (t *tx) addNotice(ctx context.Context, a Article, kind NoticeKind, text string) error {
	at, err := t.freeMoment(ctx, "notice", t.now)
	if err != nil {
		return err
	}
	t.scopes.addAt(at, ScopeCorrections)
	_, err = t.ExecContext(ctx, `
		INSERT INTO notice (id, article, kind, text, updated) VALUES ($1, $2, $3, $4, $5)`,
		randomID(idChars), a.Seq, string(kind), text, ms(at))
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
	t.scopes.addAt(at, ScopeCorrections)
	_, err = t.ExecContext(ctx, `
		UPDATE notice SET text = $2, updated = $3 WHERE article = $1 AND kind = 'withdrawal'`, a.Seq, text, ms(at))
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
	return collect(ctx, d.r, func(r row) (n Notice, err error) {
		err = scanArticle(after(r, &n.ID, &n.Kind, &n.Text, msTime{&n.Updated}), &n.Article)
		return n, err
	}, noticesText, limit)
}
