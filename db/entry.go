package db

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"courant/db/text"
)

// Entry is an entry as it arrived and the article it makes. Article.GUID is its
// identity within the source.
type Entry struct {
	Fingerprint []byte // of what counts as a change (I17)
	Raw         []byte // compressed
	Article     Article
}

// KnowsEntry reports whether the source has an article with one of the guids or
// links.
func (d *DB) KnowsEntry(ctx context.Context, source string, guids, links []string) (known bool, err error) {
	err = d.r.QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1 FROM article WHERE source = $1 AND guid IN (SELECT value FROM json_each($2)))
			OR EXISTS (SELECT 1 FROM article WHERE source = $1 AND link IN (SELECT value FROM json_each($3)))`,
		source, toJSON(guids), toJSON(links)).Scan(&known)
	return known, err
}

// significant is how many visible characters may change without readers being
// told (I22, I23).
const significant = 50

// update takes over what the source changed, but for what an editor set (I23).
// The article's id, address and publication stay (I24).
func (in *ingest) update(ctx context.Context, seq int64, e Entry) error {
	var old Article
	if err := scanArticle(in.QueryRowContext(ctx, `
		SELECT `+articleColumns+`, article.body FROM article WHERE seq = $1`, seq), &old, &old.Body); err != nil {
		return err
	}
	in.scopes.add(articleScopes(old)...)
	a := merged(old, e.Article)
	if !a.Published.IsZero() && changedBy(old.Body.PlainText(), a.Body.PlainText()) > significant {
		var err error
		if a.Updated, err = in.freeMoment(ctx, "article", latest(in.now, a.Updated)); err != nil {
			return err
		}
	}
	if err := in.saveWords(ctx, a); err != nil {
		return err
	}
	in.scopes.addAt(a.Updated, articleScopes(a)...)
	_, err := in.ExecContext(ctx, `
		UPDATE entry SET fingerprint = $2, changed = $3, raw = $4 WHERE article = $1`,
		seq, e.Fingerprint, ms(in.now), e.Raw)
	return err
}

// merged is old with what the source says now, where no editor decided.
func merged(old, fresh Article) Article {
	a := old
	kept := func(field string) bool { return slices.Contains(old.Curated, field) }
	if !kept("headline") {
		a.Headline = fresh.Headline
		if a.Published.IsZero() {
			a.Slug = text.ArticleSlug(a.Headline)
		}
	}
	if !kept("key_points") {
		a.KeyPoints = fresh.KeyPoints
	}
	if !kept("body") {
		a.Body, a.Words, a.Summary = fresh.Body, fresh.Words, fresh.Summary
	}
	a.Link, a.Author, a.Language = fresh.Link, fresh.Author, fresh.Language
	a.Image, a.Enclosures = fresh.Image, fresh.Enclosures
	a.SourceUpdated = fresh.SourceUpdated
	if a.SourcePublished.IsZero() {
		a.SourcePublished = fresh.SourcePublished
	}
	return a
}

// changedBy is how many characters differ between a and b once what they begin
// and end with alike is set aside: the longer of the two remainders.
func changedBy(a, b string) int {
	x, y := []rune(a), []rune(b)
	for len(x) > 0 && len(y) > 0 && x[0] == y[0] {
		x, y = x[1:], y[1:]
	}
	for len(x) > 0 && len(y) > 0 && x[len(x)-1] == y[len(y)-1] {
		x, y = x[:len(x)-1], y[:len(y)-1]
	}
	return max(len(x), len(y))
}

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
		list, err := collect(ctx, d.r, func(r row) (k Kept, err error) {
			err = r.Scan(&k.seq, &k.ID, &k.Source, &k.Raw)
			return k, err
		}, `
			SELECT article.seq, article.id, article.source, entry.raw FROM article JOIN entry ON entry.article = article.seq
			WHERE article.seq > $1 ORDER BY article.seq LIMIT $2`, last, keptPage)
		if err != nil || len(list) == 0 {
			return err
		}
		if err := f(list); err != nil {
			return err
		}
		last = list[len(list)-1].seq
	}
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
	return write(ctx, d, func(t *tx) (changed int, err error) {
		for _, r := range list {
			did, err := t.reprocess(ctx, r, actor)
			if err != nil {
				return 0, fmt.Errorf("article %s: %w", r.ID, err)
			}
			if did {
				changed++
			}
		}
		return changed, nil
	})
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
