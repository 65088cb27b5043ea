package db

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"courant/db/content"
)

// CommentStatus is where a comment stands.
type CommentStatus string

// The states of a comment (PRODUCT.md, Words).
const (
	Pending  CommentStatus = "pending"
	Approved CommentStatus = "approved"
	Spam     CommentStatus = "spam"
	Removed  CommentStatus = "removed"
)

var commentTransitions = map[CommentStatus][]CommentStatus{
	Pending:  {Approved, Spam, Removed},
	Approved: {Spam, Removed},
	Spam:     {Approved},
	Removed:  {Approved},
}

// CanBecome reports whether a comment may go from s to next.
func (s CommentStatus) CanBecome(next CommentStatus) bool {
	return slices.Contains(commentTransitions[s], next)
}

// Valid reports whether s is a state at all.
func (s CommentStatus) Valid() bool { _, ok := commentTransitions[s]; return ok }

// Comment is one contribution to an article's thread.
type Comment struct {
	Seq     int64
	ID      string // public, random, for ever
	Article string // id
	Parent  string // id of the comment it answers, or empty
	Name    string // plain text
	Email   string // never shown
	Text    string // as typed
	Body    content.HTML
	Visitor string // who wrote it, by the signed cookie
	Status  CommentStatus
	Reason  string    // what decided the status
	Created time.Time // when it was accepted
	Updated time.Time // of the last significant change; no two alike
	Removed time.Time // when readers could see it no more
	Replies int       // approved ones

	ParentName string // of the comment it answers, empty where readers cannot see that one
	Headline   string // of the article
	Slug       string // of the article
	Thread     int    // approved comments of the article
}

// ArticlePath is the address of c's article below site.url.
func (c Comment) ArticlePath() string { return Article{ID: c.Article, Slug: c.Slug}.Path() }

// Path is the address of c in its thread, below site.url.
func (c Comment) Path() string { return c.ArticlePath() + "#c-" + c.ID }

// Tombstone reports whether only the place of c is shown.
func (c Comment) Tombstone() bool {
	return c.Replies > 0 && (c.Status == Removed || c.Status == Spam)
}

const commentColumns = `comment.seq, comment.id, article.id, coalesce(parent.id, ''), comment.name, comment.email, comment.text,
	comment.body, comment.visitor, comment.status, comment.reason, comment.created, comment.updated, comment.removed,
	(SELECT count(*) FROM comment AS reply WHERE reply.parent = comment.seq AND reply.status = 'approved'),
	CASE WHEN parent.status = 'approved' THEN parent.name ELSE '' END, article.headline, article.slug, article.comments`

const commentFrom = ` FROM comment
	JOIN article ON article.seq = comment.article
	LEFT JOIN comment AS parent ON parent.seq = comment.parent `

func scanComment(row interface{ Scan(...any) error }) (Comment, error) {
	var c Comment
	err := row.Scan(&c.Seq, &c.ID, &c.Article, &c.Parent, &c.Name, &c.Email, &c.Text,
		&c.Body, &c.Visitor, &c.Status, &c.Reason, msTime{&c.Created}, msTime{&c.Updated}, msTime{&c.Removed}, &c.Replies,
		&c.ParentName, &c.Headline, &c.Slug, &c.Thread)
	if errors.Is(err, sql.ErrNoRows) {
		return Comment{}, ErrNotFound
	}
	return c, err
}

// Comment returns the comment with the given id in whatever state, or ErrNotFound.
func (d *DB) Comment(ctx context.Context, id string) (Comment, error) {
	return comment(ctx, d.r, id)
}

func comment(ctx context.Context, q queryer, id string) (Comment, error) {
	return scanComment(q.QueryRowContext(ctx, `SELECT `+commentColumns+commentFrom+`WHERE comment.id = $1`, id))
}

// CommentQuery selects comments, newest first unless OldestFirst.
type CommentQuery struct {
	Article     string // id; empty: of all articles
	Parent      string // id: the replies to this comment
	Under       string // id: the replies to this comment, and theirs, and so on
	Status      CommentStatus
	All         bool   // of every state; otherwise Status, and where that is empty, approved ones
	Public      bool   // only under articles that are published
	Visitor     string // also this visitor's own pending ones
	Tombstones  bool   // also removed ones that have approved replies
	OldestFirst bool
	Before      int64 // only those with a smaller Seq; 0: from the newest
	Limit       int   // 0: unbounded
	Offset      int   // skip that many
}

// Comments returns the comments that q selects.
func (d *DB) Comments(ctx context.Context, q CommentQuery) ([]Comment, error) {
	text, args := q.sql()
	rows, err := d.r.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Comment
	for rows.Next() {
		c, err := scanComment(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

func (q CommentQuery) sql() (string, []any) {
	var where []string
	var args []any
	bind := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	if q.Article != "" {
		where = append(where, "article.id = "+bind(q.Article))
	}
	if q.Parent != "" {
		where = append(where, "parent.id = "+bind(q.Parent))
	}
	if q.Under != "" {
		where = append(where, "comment.seq IN ("+fmt.Sprintf(underText, bind(q.Under))+")")
	}
	if q.Public {
		where = append(where, "article.status = 'published'")
	}
	if !q.All {
		status := q.Status
		if status == "" {
			status = Approved
		}
		any := []string{"comment.status = " + bind(string(status))}
		if q.Visitor != "" {
			any = append(any, "(comment.status = 'pending' AND comment.visitor = "+bind(q.Visitor)+")")
		}
		if q.Tombstones {
			any = append(any, `(comment.status IN ('removed', 'spam') AND EXISTS (
				SELECT 1 FROM comment AS reply WHERE reply.parent = comment.seq AND reply.status = 'approved'))`)
		}
		where = append(where, "("+strings.Join(any, " OR ")+")")
	}
	if q.Before > 0 {
		where = append(where, "comment.seq < "+bind(q.Before))
	}
	text := `SELECT ` + commentColumns + commentFrom
	if len(where) > 0 {
		text += "WHERE " + strings.Join(where, " AND ")
	}
	text += " ORDER BY comment.seq"
	if !q.OldestFirst {
		text += " DESC"
	}
	if q.Limit > 0 || q.Offset > 0 {
		limit := q.Limit
		if limit == 0 {
			limit = -1
		}
		text += " LIMIT " + bind(limit) + " OFFSET " + bind(q.Offset)
	}
	return text, args
}

// DeepComments returns which of list stand at least depth levels below a comment
// that answers none, by their ids.
func (d *DB) DeepComments(ctx context.Context, list []Comment, depth int) (map[string]bool, error) {
	replies := []int64{}
	for _, c := range list {
		if c.Parent != "" {
			replies = append(replies, c.Seq)
		}
	}
	deep := map[string]bool{}
	if len(replies) == 0 {
		return deep, nil
	}
	seqs, err := json.Marshal(replies)
	if err != nil {
		return nil, err
	}
	ids, err := d.ids(ctx, `
		WITH RECURSIVE up (id, parent, above) AS (
			SELECT id, parent, 0 FROM comment WHERE seq IN (SELECT value FROM json_each($1))
			UNION ALL
			SELECT up.id, comment.parent, up.above + 1 FROM up JOIN comment ON comment.seq = up.parent WHERE up.above < $2
		) SELECT id FROM up WHERE above = $2`, string(seqs), depth)
	for _, id := range ids {
		deep[id] = true
	}
	return deep, err
}

// underText selects what was answered to a comment, at any depth.
const underText = `
	WITH RECURSIVE under (seq) AS (
		SELECT reply.seq FROM comment AS top JOIN comment AS reply ON reply.parent = top.seq WHERE top.id = %s
		UNION ALL
		SELECT reply.seq FROM under JOIN comment AS reply ON reply.parent = under.seq
	) SELECT seq FROM under`

// Replies returns how many approved comments answer the given one, at any
// depth, and when one of them last came, changed or went; zero for never.
func (d *DB) Replies(ctx context.Context, id string) (n int, updated time.Time, err error) {
	err = d.r.QueryRowContext(ctx, `
		SELECT count(*) FILTER (WHERE status = 'approved'), max(updated) FROM comment
		WHERE seq IN (`+fmt.Sprintf(underText, "$1")+`) AND (status = 'approved' OR removed IS NOT NULL)`, id).
		Scan(&n, msTime{&updated})
	return n, updated, err
}

func (c Comment) digest() []byte {
	h := sha256.New()
	for _, part := range []string{c.Article, c.Parent, c.Name, c.Text} {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		h.Write(size[:])
		h.Write([]byte(part))
	}
	return h.Sum(nil)
}

// sameCommentWithin is how long the same text by the same name in the same
// place counts as one comment (PRODUCT.md, Addresses).
const sameCommentWithin = 24 * time.Hour

// AddComment stores c, of which Article, Parent, Name, Email, Text, Body,
// Visitor, Status and Reason are read. It is on disk when AddComment returns.
// The same comment again, within a day, gives the stored one and added false.
// An article that readers cannot see gives ErrNotFound or ErrWithdrawn, and so
// does a parent that is not an approved comment of that article.
func (d *DB) AddComment(ctx context.Context, c Comment) (stored Comment, added bool, err error) {
	err = d.inTx(ctx, func(t *tx) error {
		a, err := article(ctx, t, c.Article)
		if err != nil {
			return err
		}
		switch a.Status {
		case Published:
		case Withdrawn:
			return ErrWithdrawn
		default:
			return ErrNotFound
		}
		digest := c.digest()
		var known string
		err = t.QueryRowContext(ctx, `
			SELECT id FROM comment WHERE digest = $1 AND created > $2 ORDER BY created DESC LIMIT 1`,
			digest, ms(t.now.Add(-sameCommentWithin))).Scan(&known)
		if err == nil {
			stored, err = comment(ctx, t, known)
			return err
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		parent, err := t.parentOf(ctx, c)
		if err != nil {
			return err
		}
		if stored, err = t.insertComment(ctx, c, a, parent, digest); err != nil {
			return err
		}
		added = true
		if stored.Status == Approved {
			if err := t.threadChanged(ctx, a, stored.Updated); err != nil {
				return err
			}
		}
		return t.act(ctx, "visitor", "comment", stored.ID, string(stored.Status), stored.Reason)
	})
	if err != nil {
		return Comment{}, false, fmt.Errorf("comment on %s: %w", c.Article, err)
	}
	return stored, added, nil
}

func (t *tx) parentOf(ctx context.Context, c Comment) (seq any, err error) {
	if c.Parent == "" {
		return nil, nil
	}
	p, err := comment(ctx, t, c.Parent)
	if err != nil {
		return nil, err
	}
	if p.Article != c.Article || p.Status != Approved {
		return nil, ErrNotFound
	}
	return p.Seq, nil
}

func (t *tx) insertComment(ctx context.Context, c Comment, a Article, parent any, digest []byte) (Comment, error) {
	updated, err := t.freeMoment(ctx, "comment", t.now)
	if err != nil {
		return Comment{}, err
	}
	c.ID, c.Created, c.Updated = randomID(idChars), t.now, updated
	err = t.QueryRowContext(ctx, `
		INSERT INTO comment (id, article, parent, name, email, text, body, visitor, status, reason, created, updated, digest)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING seq`,
		c.ID, a.Seq, parent, c.Name, c.Email, c.Text, c.Body, c.Visitor, string(c.Status), c.Reason,
		ms(c.Created), ms(c.Updated), digest).Scan(&c.Seq)
	return c, err
}

// threadChanged recounts an article's approved comments and touches what shows
// the count.
func (t *tx) threadChanged(ctx context.Context, a Article, at time.Time) error {
	if _, err := t.ExecContext(ctx, `
		UPDATE article SET comments_updated = max(coalesce(comments_updated, 0), $2), comments = (
			SELECT count(*) FROM comment WHERE comment.article = article.seq AND comment.status = 'approved')
		WHERE seq = $1`, a.Seq, ms(at)); err != nil {
		return err
	}
	t.scopes.add(articleScopes(a)...)
	t.scopes.addAt(at, ScopeComments)
	return nil
}

// SetCommentStatus moves a comment to another state. A move that the states do
// not allow gives a *TransitionError.
func (d *DB) SetCommentStatus(ctx context.Context, id string, to CommentStatus, actor, reason string) (Comment, error) {
	var c Comment
	err := d.inTx(ctx, func(t *tx) (err error) {
		if c, err = comment(ctx, t, id); err != nil {
			return err
		}
		from := c.Status
		if !from.CanBecome(to) {
			return &TransitionError{"comment", id, string(from), string(to)}
		}
		a, err := article(ctx, t, c.Article)
		if err != nil {
			return err
		}
		c.Status, c.Reason = to, reason
		if c.Updated, err = t.freeMoment(ctx, "comment", latest(t.now, c.Updated)); err != nil {
			return err
		}
		c.Removed = time.Time{}
		if from == Approved {
			c.Removed = c.Updated
		}
		if _, err := t.ExecContext(ctx, `
			UPDATE comment SET status = $2, reason = $3, updated = $4, removed = $5 WHERE seq = $1`,
			c.Seq, string(to), reason, ms(c.Updated), ms(c.Removed)); err != nil {
			return err
		}
		if from == Approved || to == Approved {
			if err := t.threadChanged(ctx, a, c.Updated); err != nil {
				return err
			}
		}
		return t.act(ctx, actor, "comment", id, string(to), reason)
	})
	if err != nil {
		return Comment{}, fmt.Errorf("comment %s: %w", id, err)
	}
	return c, nil
}

// KnownVisitor reports whether a visitor has an approved comment.
func (d *DB) KnownVisitor(ctx context.Context, visitor string) (bool, error) {
	if visitor == "" {
		return false, nil
	}
	var known bool
	err := d.r.QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1 FROM comment WHERE visitor = $1 AND status = 'approved')`, visitor).Scan(&known)
	return known, err
}
