package db

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"courant/db/likeness"
	"courant/db/ruling"
	"courant/db/sqlrow"
	"courant/db/state"
)

// Entry is an entry as it arrived and the article it makes. Article.GUID is its
// identity within the source.
type Entry struct {
	Article     Article
	Fingerprint []byte // of what counts as a change (I17)
	Raw         []byte // compressed

	// Known is the article that the entry is a change of, by its Seq; 0: it is a
	// new one, unless the source has one with this GUID.
	Known int64
	Why   string // what it was known by, or what its GUID is made of
	Moved bool   // its date moved, so that this change counts anew (I21)

	Link, Path, Title int64           // hashes, see package identity
	Sketch            likeness.Sketch // of its text
	Given             []int64         // hashes of headline, key points and text as the source gives them, in the order of givenFields

	// Through is the pages that it was taken over from before its source did, the last
	// one first.
	Through []string

	// Ruling is what rules say of it. What they add to a new article's section and
	// tags Article has already.
	Ruling ruling.Ruling
}

// update takes over what the source changed, but for what an editor set (I23),
// and reports whether that changed the article. Its id, address and publication
// stay (I24). Of what an editor let through, a significant change waits, and so
// does one that a rule holds or rejects; by any other, rules judge the article anew.
func (in *ingest) update(ctx context.Context, p Pass, seq int64, e Entry) (changed bool, err error) {
	if err := in.e.Lock(ctx, in.flushed(ctx), `SELECT seq FROM article WHERE seq = $1`, seq); err != nil {
		return false, err
	}
	var old Article
	var given []int64
	switch err := scanArticle(in.QueryRowContext(ctx, `
		SELECT `+articleColumns+`, article.body, entry.given FROM article JOIN entry ON entry.article = article.seq
		WHERE article.seq = $1`, seq), &old, &old.Body, sqlrow.JSON(&given)); {
	case errors.Is(err, ErrNotFound):
		return false, nil // it was purged since we looked
	case err != nil:
		return false, err
	}
	if err := in.saveMarks(ctx, seq, e); err != nil {
		return false, err
	}
	a := merged(old, e.Article)
	far := distance(old, a)
	held := old.conflicts(given, e.Given)
	waits := false
	if far > significant && !old.Published.IsZero() {
		if waits, err = in.waits(ctx, p, old, e.Ruling); err != nil {
			return false, err
		}
	}
	if waits {
		held = changedFields(old, e.Article)
	}
	if err := in.savePending(ctx, old, e, held, far); err != nil || waits {
		return false, err
	}
	if changed = !sameArticle(old, a); changed {
		if err := in.accept(ctx, old, &a, far, "worker"); err != nil {
			return false, err
		}
	}
	if far > significant {
		if _, err := in.rule(ctx, a, e.Ruling, p.Publish.Auto); err != nil {
			return false, err
		}
	}
	e.Given = slices.Clone(e.Given) // this may be done once more
	for i, field := range givenFields {
		if i < len(given) && i < len(e.Given) && slices.Contains(held, field) {
			e.Given[i] = given[i] // what waits is not taken over
		}
	}
	_, err = in.ExecContext(ctx, `
		UPDATE entry SET fingerprint = $2, changed = $3, raw = $4, given = $5, updates = CASE WHEN $6 THEN 0 ELSE updates + 1 END
		WHERE article = $1`, seq, e.Fingerprint, sqlrow.Milli(in.now), e.Raw, sqlrow.Text(e.Given), e.Moved)
	return changed, err
}

// waits reports whether a significant change of what readers see waits for an
// editor: by what a rule says of the article as it is now, else of a review source
// (I23). What an editor let through no rule lets change.
func (in *ingest) waits(ctx context.Context, p Pass, old Article, is ruling.Ruling) (bool, error) {
	switch is.Decision {
	case ruling.None:
		return !p.Publish.Auto, nil
	case ruling.Publish:
		if p.Publish.Auto {
			return false, nil
		}
		return ruling.IsDecided(ctx, in, old.ID)
	}
	return true, nil
}

// accept replaces old by a, keeps what was, and tells readers of it where that is
// far from it.
func (t *tx) accept(ctx context.Context, old Article, a *Article, far int, actor string) (err error) {
	if err := t.keep(ctx, old, actor, far > significant); err != nil {
		return err
	}
	t.scopes.add(articleScopes(old)...)
	if !a.Published.IsZero() && far > significant {
		if a.Updated, err = t.freeMoment(ctx, "article", latest(t.now, a.Updated)); err != nil {
			return err
		}
	}
	if err := t.saveWords(ctx, *a); err != nil {
		return err
	}
	t.scopes.addAt(a.Updated, articleScopes(*a)...)
	if a.Status != state.Rejected {
		return nil
	}
	place, err := t.place(ctx, *a, actor, "")
	if err != nil {
		return err
	}
	return t.touch(ctx, place.Under) // which names it
}

// saveMarks stores what an entry is known again by.
func (in *ingest) saveMarks(ctx context.Context, seq int64, e Entry) error {
	_, err := in.ExecContext(ctx, `
		UPDATE entry SET link = $2, path = $3, title = $4, sketch = $5, why = $6 WHERE article = $1`,
		seq, e.Link, e.Path, e.Title, []byte(e.Sketch), e.Why)
	return err
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
		list, err := sqlrow.Collect(ctx, d.r, func(r sqlrow.Row) (k Kept, err error) {
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
	Given       []int64 // as Entry.Given
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
	old, err := t.article(ctx, r.ID)
	if err != nil {
		return false, err
	}
	var fingerprint []byte
	if err := t.QueryRowContext(ctx, `SELECT fingerprint FROM entry WHERE article = $1`, old.Seq).Scan(&fingerprint); err != nil {
		return false, err
	}
	if !bytes.Equal(fingerprint, r.Fingerprint) {
		// Else the next fetch would take better normalising for an update.
		if _, err := t.ExecContext(ctx, `
			UPDATE entry SET fingerprint = $2, given = CASE WHEN EXISTS (SELECT 1 FROM pending WHERE pending.article = $1) THEN given ELSE $3 END
			WHERE article = $1`, old.Seq, r.Fingerprint, sqlrow.Text(r.Given)); err != nil {
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
	// What it says is made of its entry by a program: a line each, of many at once, names
	// the fields alone.
	s, err := edited(old, a)
	if err != nil {
		return false, err
	}
	return true, t.act(ctx, actor, "article", a.ID, "reprocess", fmt.Sprint(s.Fields()))
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
	return a.Body == b.Body && sqlrow.Text(a) == sqlrow.Text(b)
}
