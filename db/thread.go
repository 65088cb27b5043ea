package db

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"courant/db/scope"
	"courant/db/sqlrow"
	"courant/db/state"
	"courant/db/text"
)

// sameCommentWithin is how long the same text by the same name in the same
// place counts as one comment (PRODUCT.md, Addresses).
const sameCommentWithin = 24 * time.Hour

// ErrCrowded means that too many comments wait for an editor already.
var ErrCrowded = errors.New("too many comments wait for an editor")

// How many comments nobody sees may be kept. An editor can look through some
// hundred a day; what is far beyond that fills the disk.
const (
	maxPending        = 5000
	maxPendingNetwork = 50 // of one network, on one day
	maxSpam           = 5000
)

// AddComment stores c, of which Article, Parent, Name, Email, Text, Body,
// Visitor, Network, Status and Reason are read. It is on disk when AddComment
// returns. The same comment again, within a day, gives the stored one and added
// false, where readers see it or the same visitor wrote it: what a stranger
// posted to be held must not stand in another's way. Where too many wait
// already it gives ErrCrowded; of spam the oldest goes. An article that readers
// cannot see gives ErrNotFound or ErrWithdrawn, and so does a parent that is not
// an approved comment of that article.
func (d *DB) AddComment(ctx context.Context, c Comment) (stored Comment, added bool, err error) {
	type outcome struct {
		stored Comment
		added  bool
	}
	o, err := write(ctx, d, func(t *tx) (o outcome, err error) {
		a, err := t.visible(ctx, c.Article)
		if err != nil {
			return o, err
		}
		digest := c.digest()
		var known string
		err = t.QueryRowContext(ctx, `
			SELECT id FROM comment WHERE digest = $1 AND created > $2
			AND (status = 'approved' OR visitor = $3 OR (network <> '' AND network = $4))
			ORDER BY created DESC LIMIT 1`,
			digest, sqlrow.Milli(t.now.Add(-sameCommentWithin)), c.Visitor, c.Network).Scan(&known)
		if err == nil {
			o.stored, err = comment(ctx, t, known)
			return o, err
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return o, err
		}
		parent, err := t.parentOf(ctx, c)
		if err != nil {
			return o, err
		}
		if err := t.makeRoom(ctx, c); err != nil {
			return o, err
		}
		if o.stored, err = t.insertComment(ctx, c, a, parent, digest); err != nil {
			return o, err
		}
		o.added = true
		t.scopes.add(scope.Visitor(c.Visitor))
		if o.stored.Status == state.Approved {
			if err := t.threadChanged(ctx, a, o.stored.Updated); err != nil {
				return o, err
			}
		}
		return o, t.act(ctx, "visitor", "comment", o.stored.ID, string(o.stored.Status), o.stored.Reason)
	})
	if err != nil {
		return Comment{}, false, fmt.Errorf("comment on %s: %w", c.Article, err)
	}
	return o.stored, o.added, nil
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

// makeRoom sees to it that c does not make too many comments that nobody sees.
func (t *tx) makeRoom(ctx context.Context, c Comment) error {
	switch c.Status {
	case state.Pending:
		var all, network int
		err := t.QueryRowContext(ctx, `
			SELECT count(*), count(*) FILTER (WHERE network <> '' AND network = $1) FROM comment WHERE status = 'pending'`,
			c.Network).Scan(&all, &network)
		if err == nil && (all >= maxPending || network >= maxPendingNetwork) {
			err = ErrCrowded
		}
		return err
	case state.Spam:
		_, err := t.ExecContext(ctx, `
			DELETE FROM comment WHERE status = 'spam' AND NOT EXISTS (SELECT 1 FROM comment AS reply WHERE reply.parent = comment.seq)
			AND seq <= (SELECT seq FROM comment WHERE status = 'spam' ORDER BY seq DESC LIMIT 1 OFFSET $1)`, maxSpam-1)
		return err
	}
	return nil
}

func (t *tx) parentOf(ctx context.Context, c Comment) (seq any, err error) {
	if c.Parent == "" {
		return nil, nil
	}
	p, err := comment(ctx, t, c.Parent)
	if err != nil {
		return nil, err
	}
	if p.Article != c.Article || p.Status != state.Approved {
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
		INSERT INTO comment (id, article, parent, name, email, text, body, visitor, network, status, reason, created, updated, digest)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING seq`,
		c.ID, a.Seq, parent, c.Name, c.Email, c.Text, c.Body, c.Visitor, c.Network, string(c.Status), c.Reason,
		sqlrow.Milli(c.Created), sqlrow.Milli(c.Updated), digest).Scan(&c.Seq)
	return c, err
}

// threadChanged recounts an article's approved comments and touches what shows
// the count.
func (t *tx) threadChanged(ctx context.Context, a Article, at time.Time) error {
	if _, err := t.ExecContext(ctx, `
		UPDATE article SET comments_updated = CASE WHEN comments_updated > $2 THEN comments_updated ELSE $2 END, comments = (
			SELECT count(*) FROM comment WHERE comment.article = article.seq AND comment.status = 'approved')
		WHERE seq = $1`, a.Seq, sqlrow.Milli(at)); err != nil {
		return err
	}
	t.scopes.add(articleScopes(a)...)
	t.scopes.addAt(at, scope.Comments)
	return nil
}

// SetCommentStatus moves a comment to another state. A move that the states do
// not allow gives a *TransitionError.
func (d *DB) SetCommentStatus(ctx context.Context, id string, to state.Comment, actor, reason string) (Comment, error) {
	c, err := write(ctx, d, func(t *tx) (Comment, error) {
		c, err := comment(ctx, t, id)
		if err != nil {
			return c, err
		}
		from := c.Status
		if !from.CanBecome(to) {
			return c, &state.TransitionError{Kind: "comment", ID: id, From: string(from), To: string(to)}
		}
		a, err := article(ctx, t, c.Article)
		if err != nil {
			return c, err
		}
		c.Status, c.Reason = to, reason
		if c.Updated, err = t.freeMoment(ctx, "comment", latest(t.now, c.Updated)); err != nil {
			return c, err
		}
		c.Removed = time.Time{}
		if from == state.Approved {
			c.Removed = c.Updated
		}
		if _, err := t.ExecContext(ctx, `
			UPDATE comment SET status = $2, reason = $3, updated = $4, removed = $5 WHERE seq = $1`,
			c.Seq, string(to), reason, sqlrow.Milli(c.Updated), sqlrow.Milli(c.Removed)); err != nil {
			return c, err
		}
		t.scopes.add(scope.Visitor(c.Visitor))
		if from == state.Approved || to == state.Approved {
			if err := t.threadChanged(ctx, a, c.Updated); err != nil {
				return c, err
			}
		}
		return c, t.act(ctx, actor, "comment", id, string(to), reason)
	})
	if err != nil {
		return Comment{}, of("comment", id, err)
	}
	return c, nil
}
