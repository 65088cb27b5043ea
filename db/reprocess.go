package db

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// keptPage is how many kept entries are read at a time, so that neither memory
// nor a long read stands in the way of writers.
const keptPage = 100

// Kept is the entry that an article was made from, as it arrived.
type Kept struct {
	ID     string // of the article
	Source string
	Raw    []byte // compressed

	seq int64
}

// EachKept calls f with the kept entries of the articles with the given ids, or
// of all articles where there are none, some at a time, until it fails. An id
// that no article has is ErrNotFound.
func (d *DB) EachKept(ctx context.Context, ids []string, f func([]Kept) error) error {
	if len(ids) > 0 {
		var list []Kept
		for _, id := range ids {
			k := Kept{ID: id}
			err := d.r.QueryRowContext(ctx, `
				SELECT article.seq, article.source, entry.raw FROM article JOIN entry ON entry.article = article.seq
				WHERE article.id = $1`, id).Scan(&k.seq, &k.Source, &k.Raw)
			if errors.Is(err, sql.ErrNoRows) {
				err = ErrNotFound
			}
			if err != nil {
				return fmt.Errorf("article %s: %w", id, err)
			}
			list = append(list, k)
		}
		return f(list)
	}
	for last := int64(0); ; {
		list, err := d.keptAfter(ctx, last)
		if err != nil || len(list) == 0 {
			return err
		}
		if err := f(list); err != nil {
			return err
		}
		last = list[len(list)-1].seq
	}
}

func (d *DB) keptAfter(ctx context.Context, seq int64) ([]Kept, error) {
	rows, err := d.r.QueryContext(ctx, `
		SELECT article.seq, article.id, article.source, entry.raw FROM article JOIN entry ON entry.article = article.seq
		WHERE article.seq > $1 ORDER BY article.seq LIMIT $2`, seq, keptPage)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Kept
	for rows.Next() {
		var k Kept
		if err := rows.Scan(&k.seq, &k.ID, &k.Source, &k.Raw); err != nil {
			return nil, err
		}
		list = append(list, k)
	}
	return list, rows.Err()
}

// Remade is an article made anew from its kept entry.
type Remade struct {
	ID          string
	Fingerprint []byte
	Article     Article // as Entry.Article
}

// Reprocess replaces what was made of entries before by what is made of them
// now, in one transaction. What an editor set stays (I23), and so do identity,
// address and every date (I24): the source has said nothing new. It returns how
// many articles were changed; those that come out the same are not written.
func (d *DB) Reprocess(ctx context.Context, list []Remade, actor string) (changed int, err error) {
	err = d.inTx(ctx, func(t *tx) error {
		changed = 0
		for _, r := range list {
			did, err := t.reprocess(ctx, r, actor)
			if err != nil {
				return fmt.Errorf("article %s: %w", r.ID, err)
			}
			if did {
				changed++
			}
		}
		return nil
	})
	return changed, err
}

func (t *tx) reprocess(ctx context.Context, r Remade, actor string) (changed bool, err error) {
	old, err := article(ctx, t, r.ID)
	if err != nil {
		return false, err
	}
	var fingerprint []byte
	if err := t.QueryRowContext(ctx, `SELECT fingerprint FROM entry WHERE article = $1`, old.Seq).Scan(&fingerprint); err != nil {
		return false, err
	}
	if !bytes.Equal(fingerprint, r.Fingerprint) {
		// Else the next fetch would take better normalising for an update.
		if _, err := t.ExecContext(ctx, `UPDATE entry SET fingerprint = $2 WHERE article = $1`, old.Seq, r.Fingerprint); err != nil {
			return false, err
		}
	}
	a := merged(old, r.Article)
	if sameArticle(old, a) {
		return false, nil
	}
	if err := t.saveWords(ctx, a); err != nil {
		return false, err
	}
	t.scopes.add(articleScopes(a)...)
	return true, t.act(ctx, actor, "article", a.ID, "reprocess", "")
}

// sameArticle compares what the store would hold: an empty list is none, and a
// moment is the same in whatever zone.
func sameArticle(a, b Article) bool {
	for _, x := range []*Article{&a, &b} {
		if len(x.KeyPoints) == 0 {
			x.KeyPoints = nil
		}
		if len(x.Enclosures) == 0 {
			x.Enclosures = nil
		}
		x.SourcePublished, x.SourceUpdated = x.SourcePublished.UTC(), x.SourceUpdated.UTC()
	}
	return a.Body == b.Body && toJSON(a) == toJSON(b)
}
