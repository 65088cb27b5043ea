package db

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"courant/db/conduct"
	"courant/db/content"
	"courant/db/scope"
	"courant/db/sqlrow"
	"courant/db/state"
	"courant/db/text"
)

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
	Network string // where it came from: a keyed hash that changes daily, or empty
	Around  string // the networks around that one, likewise
	Status  state.Comment
	Reason  string    // what decided the status
	Flagged string    // why an editor should look at it, or empty
	Taken   bool      // back by its author
	Created time.Time // when it was accepted
	Updated time.Time // of the last significant change; no two alike
	Removed time.Time // when readers could see it no more
	Edited  time.Time // when its author last changed it
	Decided time.Time // when an editor last decided on it
	Replies int       // approved ones

	// Of one from the thread that its article has at its source: that source, what it
	// is called, the comment's id there, and its page there or nothing. Empty of others.
	Origin, OriginName, External, Link string

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
	return c.Replies > 0 && (c.Status == state.Removed || c.Status == state.Spam)
}

const commentColumns = `comment.seq, comment.id, article.id, coalesce(parent.id, ''), comment.name, comment.email, comment.text,
	comment.body, comment.visitor, comment.network, comment.around, comment.status, comment.reason, comment.flagged, comment.taken,
	comment.created, comment.updated, comment.removed, comment.edited, comment.decided,
	(SELECT count(*) FROM comment AS reply WHERE reply.parent = comment.seq AND reply.status = 'approved'),
	CASE WHEN parent.status = 'approved' THEN parent.name ELSE '' END, article.headline, article.slug, article.comments,
	comment.origin, coalesce(nullif(source.title, ''), nullif(source.feed_title, ''), comment.origin), comment.external, comment.link`

const commentFrom = ` FROM comment
	JOIN article ON article.seq = comment.article
	LEFT JOIN comment AS parent ON parent.seq = comment.parent
	LEFT JOIN source ON source.id = comment.origin AND comment.origin <> '' `

func scanComment(row sqlrow.Row) (Comment, error) {
	var c Comment
	err := row.Scan(&c.Seq, &c.ID, &c.Article, &c.Parent, &c.Name, &c.Email, &c.Text,
		&c.Body, &c.Visitor, &c.Network, &c.Around, &c.Status, &c.Reason, &c.Flagged, &c.Taken,
		sqlrow.Time(&c.Created), sqlrow.Time(&c.Updated), sqlrow.Time(&c.Removed), sqlrow.Time(&c.Edited), sqlrow.Time(&c.Decided), &c.Replies,
		&c.ParentName, &c.Headline, &c.Slug, &c.Thread, &c.Origin, &c.OriginName, &c.External, &c.Link)
	if errors.Is(err, sql.ErrNoRows) {
		return Comment{}, ErrNotFound
	}
	return c, err
}

// Comment returns the comment with the given id in whatever state, or ErrNotFound.
func (d *DB) Comment(ctx context.Context, id string) (Comment, error) {
	return comment(ctx, d.r, id)
}

func comment(ctx context.Context, q sqlrow.Queryer, id string) (Comment, error) {
	return scanComment(q.QueryRowContext(ctx, `SELECT `+commentColumns+commentFrom+`WHERE comment.id = $1`, id))
}

// comment is the comment with the given id, which no other transaction changes until
// t ends: whoever changes one has its article, for the count.
func (t *tx) comment(ctx context.Context, id string) (Comment, error) {
	if err := t.Lock(ctx, `SELECT seq FROM article WHERE seq = (SELECT article FROM comment WHERE id = $1)`, id); err != nil {
		return Comment{}, err
	}
	return comment(ctx, t, id)
}

// digest is the same for the same comment, however it was typed: in capitals,
// with other spaces and signs, in letters that look alike.
func (c Comment) digest() []byte {
	h := sha256.New()
	for _, part := range []string{c.Article, c.Parent, text.Essence(c.Name), text.Essence(c.Text)} {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		h.Write(size[:])
		h.Write([]byte(part))
	}
	return h.Sum(nil)
}

// newComment is c as it is to be stored now.
func (t *tx) newComment(ctx context.Context, c Comment, seq int64) (_ Comment, err error) {
	if c.Updated, err = t.freeMoment(ctx, "comment", t.now); err != nil {
		return c, err
	}
	if c.Seq, c.ID = seq, randomID(idChars); c.Created.IsZero() {
		c.Created = t.now
	}
	return c, nil
}

const insertComment = `
	INSERT INTO comment (seq, id, article, parent, name, email, text, body, visitor, network, around, status, reason, flagged, created, updated,
		digest, same, origin, external, link)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)`

// row is c for insertComment.
func (c Comment) row(a Article, parent any, digest []byte) []any {
	return []any{
		c.Seq, c.ID, a.Seq, parent, c.Name, c.Email, c.Text, c.Body, c.Visitor, c.Network, c.Around, string(c.Status), c.Reason, c.Flagged,
		sqlrow.Milli(c.Created), sqlrow.Milli(c.Updated), digest, conduct.TextKey(c.Text), c.Origin, c.External, c.Link,
	}
}

// Author is the actor of what a comment's own author does to it.
const Author = "author"

// moveComment stores how c stands now, and that it is in another state, if it is.
func (t *tx) moveComment(ctx context.Context, c Comment, to state.Comment) (Comment, error) {
	from := c.Status
	if c.Status = to; from != to {
		var err error
		if c.Updated, err = t.freeMoment(ctx, "comment", latest(t.now, c.Updated)); err != nil {
			return c, err
		}
		c.Removed = time.Time{}
		if from == state.Approved {
			c.Removed = c.Updated
		}
	}
	if _, err := t.ExecContext(ctx, `
		UPDATE comment SET status = $2, reason = $3, flagged = $4, taken = $5, updated = $6, removed = $7, decided = $8 WHERE seq = $1`,
		c.Seq, string(to), c.Reason, c.Flagged, c.Taken, sqlrow.Milli(c.Updated), sqlrow.Milli(c.Removed), sqlrow.Milli(c.Decided)); err != nil {
		return c, err
	}
	return c, t.commentChanged(ctx, c, from, from != to)
}

// commentChanged touches what shows c: its author's own pages, and where readers see
// it, or saw it when it stood as from says, its thread, if that shows the change.
func (t *tx) commentChanged(ctx context.Context, c Comment, from state.Comment, shows bool) error {
	t.scopes.add(scope.Visitor(c.Visitor))
	is, was := c.Status == state.Approved, from == state.Approved
	if !shows || (!is && !was) {
		return nil
	}
	a, err := article(ctx, t, c.Article)
	if err != nil {
		return err
	}
	more := 0
	switch {
	case is && !was:
		more = 1
	case was && !is:
		more = -1
	}
	return t.threadChanged(ctx, a, c.Updated, more)
}

// CommentQuery selects comments, newest first unless OldestFirst.
type CommentQuery struct {
	Article     string // id; empty: of all articles
	Parent      string // id: the replies to this comment
	Under       string // id: the replies to this comment, and theirs, and so on
	Status      state.Comment
	All         bool   // of every state; otherwise Status, and where that is empty, approved ones
	Public      bool   // only under articles that are published and have a thread
	Flagged     bool   // only those that an editor should look at
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
	return sqlrow.Collect(ctx, d.r, scanComment, text, args...)
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
		where = append(where, "article.status = 'published' AND article.thread <> 'off'")
	}
	if q.Flagged {
		where = append(where, "comment.flagged <> ''")
	}
	if !q.All {
		status := q.Status
		if status == "" {
			status = state.Approved
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
			limit = math.MaxInt32 // more than there are
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
	ids, err := sqlrow.Collect(ctx, d.r, sqlrow.Column[string], `
		WITH RECURSIVE up (id, parent, above) AS (
			SELECT id, parent, 0 FROM comment WHERE seq IN (SELECT CAST(value AS BIGINT) FROM json_each($1))
			UNION ALL
			SELECT up.id, comment.parent, up.above + 1 FROM up JOIN comment ON comment.seq = up.parent WHERE up.above < $2
		) SELECT id FROM up WHERE above = $2`, sqlrow.Text(replies), depth)
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
		Scan(&n, sqlrow.Time(&updated))
	return n, updated, err
}

// HasOwn reports whether a visitor has what nobody else is shown: a comment that
// waits for an editor, or one that was posted after since, which they may change.
func (d *DB) HasOwn(ctx context.Context, visitor string, since time.Time) (has bool, err error) {
	err = d.r.QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1 FROM comment WHERE visitor = $1 AND (status = 'pending' OR (status = 'approved' AND created > $2)))`,
		visitor, sqlrow.Milli(since)).Scan(&has)
	return has, err
}

// Outline is what a visitor sees of an article's thread, oldest first: the Seq
// of each comment, and beside it that of the one it answers, 0 for none. Those
// that were removed are there where approved ones answer them. It is what a
// place in a thread is counted from: of 10,000 comments, whose texts may be
// 50 MB, it reads an index of some hundred kilobytes.
func (d *DB) Outline(ctx context.Context, article, visitor string) (seqs, parents []int64, err error) {
	scan := func(r sqlrow.Row) (pair [2]int64, err error) {
		err = r.Scan(&pair[0], &pair[1])
		return pair, err
	}
	for pair, err := range sqlrow.Each(ctx, d.r, scan, outlineText, article, visitor) {
		if err != nil {
			return nil, nil, err
		}
		seqs, parents = append(seqs, pair[0]), append(parents, pair[1])
	}
	return seqs, parents, nil
}

const outlineText = `
	SELECT comment.seq, coalesce(comment.parent, 0) FROM article JOIN comment ON comment.article = article.seq
	WHERE article.id = $1 AND (comment.status = 'approved' OR (comment.status = 'pending' AND $2 <> '' AND comment.visitor = $2)
		OR (comment.status IN ('removed', 'spam') AND EXISTS (
			SELECT 1 FROM comment AS reply WHERE reply.parent = comment.seq AND reply.status = 'approved')))
	ORDER BY comment.seq`

// CommentsOf returns the comments with the given Seqs, whole, oldest first.
func (d *DB) CommentsOf(ctx context.Context, seqs []int64) ([]Comment, error) {
	return sqlrow.Collect(ctx, d.r, scanComment,
		`SELECT `+commentColumns+commentFrom+`WHERE comment.seq IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) ORDER BY comment.seq`, sqlrow.Text(seqs))
}
