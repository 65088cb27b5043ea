package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// List says how a list of articles or comments stands, as a whole.
type List struct {
	Updated time.Time // of the latest news in it: a significant change, a withdrawal; when the database was made where there is none
	Touched time.Time // of the latest change of any kind
	Known   bool      // whether anything was ever in it
}

// List returns how the list of the given scope stands. It never goes
// backwards, whatever leaves the list.
func (d *DB) List(ctx context.Context, scope string) (List, error) {
	l := List{Updated: d.created, Touched: d.created}
	var updated, touched time.Time
	err := d.r.QueryRowContext(ctx, `SELECT updated, touched FROM list WHERE scope = $1`, scope).
		Scan(msTime{&updated}, msTime{&touched})
	if errors.Is(err, sql.ErrNoRows) {
		return l, nil
	}
	if !updated.IsZero() {
		l.Updated = updated
	}
	l.Touched, l.Known = latest(touched, l.Touched), true
	return l, err
}

// saveLists writes what t did to lists. Articles have columns of their own for
// it, and would make the table as long as theirs.
func (t *tx) saveLists(ctx context.Context) error {
	for scope, at := range t.scopes {
		if strings.HasPrefix(scope, ScopeArticle("")) {
			continue
		}
		if _, err := t.ExecContext(ctx, `
			INSERT INTO list (scope, updated, touched) VALUES ($1, $2, $3)
			ON CONFLICT (scope) DO UPDATE SET
				updated = max(coalesce(updated, excluded.updated), coalesce(excluded.updated, updated)),
				touched = max(touched, excluded.touched)`, scope, ms(at), ms(latest(t.now, at))); err != nil {
			return err
		}
	}
	return nil
}

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

const noticesText = `
	SELECT notice.id, notice.kind, notice.text, notice.updated, ` + articleColumns + `
	FROM notice JOIN article ON article.seq = notice.article
	WHERE article.status = CASE notice.kind WHEN 'withdrawal' THEN 'withdrawn' ELSE 'published' END
	ORDER BY notice.updated DESC LIMIT $1`

// Notices returns the latest corrections of published articles and the
// withdrawals that stand, newest first, at most limit.
func (d *DB) Notices(ctx context.Context, limit int) ([]Notice, error) {
	rows, err := d.r.QueryContext(ctx, noticesText, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Notice
	for rows.Next() {
		var n Notice
		if err := scanArticle(after(rows, &n.ID, &n.Kind, &n.Text, msTime{&n.Updated}), &n.Article); err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, rows.Err()
}

// after scans the columns before those of an entity.
func after(rows *sql.Rows, first ...any) scanner { return scanner{rows, first} }

type scanner struct {
	rows  *sql.Rows
	first []any
}

// Scan reads the first columns and then dest.
func (s scanner) Scan(dest ...any) error { return s.rows.Scan(append(s.first, dest...)...) }

// Gone is an article or a comment that readers could see and no longer can.
type Gone struct {
	ID string // as in addresses
	At time.Time
}

// taggedLooked bounds how many withdrawals are looked through for a tag's:
// their tags are in no index.
const taggedLooked = 1000

// Withdrawn returns what was withdrawn of the published articles that q
// selects by Section, Source, Tag, From and To, newest first, at most q.Limit.
func (d *DB) Withdrawn(ctx context.Context, q ArticleQuery) ([]Gone, error) {
	text, args := q.withdrawnSQL()
	return d.gone(ctx, text, args...)
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
		return d.gone(ctx, `
			SELECT comment.id, comment.removed FROM comment JOIN article ON article.seq = comment.article
			WHERE article.id = $1 AND comment.removed IS NOT NULL ORDER BY comment.removed DESC LIMIT $2`, q.Article, q.Limit)
	case q.Under != "":
		return d.gone(ctx, `
			SELECT id, removed FROM comment WHERE seq IN (`+fmt.Sprintf(underText, "$1")+`) AND removed IS NOT NULL
			ORDER BY removed DESC LIMIT $2`, q.Under, q.Limit)
	}
	return d.gone(ctx, removedText, q.Limit)
}

func (d *DB) gone(ctx context.Context, text string, args ...any) ([]Gone, error) {
	rows, err := d.r.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Gone
	for rows.Next() {
		var g Gone
		if err := rows.Scan(&g.ID, msTime{&g.At}); err != nil {
			return nil, err
		}
		list = append(list, g)
	}
	return list, rows.Err()
}

// Addresses returns what the addresses of published articles need, of those
// that q selects by From, To and Limit, newest first: ID, Slug and Updated, and
// nothing else.
func (d *DB) Addresses(ctx context.Context, q ArticleQuery) ([]Article, error) {
	from, to := q.From, q.To
	if to.IsZero() {
		to = time.UnixMilli(1 << 52) // beyond all dates
	}
	rows, err := d.r.QueryContext(ctx, `
		SELECT id, slug, updated FROM article
		WHERE status = 'published' AND published >= $1 AND published < $2 ORDER BY published DESC, seq DESC LIMIT $3`,
		from.UnixMilli(), to.UnixMilli(), q.Limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Article
	for rows.Next() {
		var a Article
		if err := rows.Scan(&a.ID, &a.Slug, msTime{&a.Updated}); err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	return list, rows.Err()
}

// Day is a day, UTC, on which something was published.
type Day struct {
	Day     time.Time
	Touched time.Time // when its list last changed
}

// Days returns the days of which anything is published, newest first, at most
// limit.
func (d *DB) Days(ctx context.Context, limit int) ([]Day, error) {
	const prefix = "day:"
	// A day is left by withdrawals alone, and few days have any.
	rows, err := d.r.QueryContext(ctx, `
		SELECT scope, touched FROM (SELECT scope, touched,
			unixepoch(substr(scope, 5)) * 1000 AS begun, unixepoch(substr(scope, 5), '+1 day') * 1000 AS over
			FROM list WHERE scope >= $1 AND scope < $2)
		WHERE NOT EXISTS (SELECT 1 FROM article WHERE withdrawn IS NOT NULL AND published >= begun AND published < over)
		OR EXISTS (SELECT 1 FROM article WHERE status = 'published' AND published >= begun AND published < over)
		ORDER BY scope DESC LIMIT $3`, prefix, "day;", limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Day
	for rows.Next() {
		var scope string
		var day Day
		if err := rows.Scan(&scope, msTime{&day.Touched}); err != nil {
			return nil, err
		}
		if day.Day, err = time.Parse(time.DateOnly, strings.TrimPrefix(scope, prefix)); err != nil {
			return nil, err
		}
		list = append(list, day)
	}
	return list, rows.Err()
}
