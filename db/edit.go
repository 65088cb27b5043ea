package db

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"courant/db/content"
	"courant/db/newsroom"
	"courant/db/sqlrow"
	"courant/db/state"
	"courant/db/text"
)

// Edit is what an editor changes; nil leaves a field as it is.
type Edit struct {
	Headline  *string
	Slug      *string // as text.ArticleSlug makes it, or empty; only until readers see the article
	KeyPoints *[]string
	Section   *string
	Tags      *[]string
	Body      *content.HTML
	Summary   *string
	Image     *Image
	Note      *string // from the desk
	Thread    *state.Thread
	// Of is the version that the edit is of: ErrStale where the article is another by
	// now. nil edits whatever there is.
	Of *int64
	// Correction says to readers what was wrong; it moves Updated. Empty makes
	// the edit a minor one.
	Correction string
}

func (e Edit) fields() (names []string) {
	for name, set := range map[string]bool{
		"headline": e.Headline != nil, "key_points": e.KeyPoints != nil, "section": e.Section != nil, "slug": e.Slug != nil,
		"tags": e.Tags != nil, "body": e.Body != nil, "summary": e.Summary != nil, "image": e.Image != nil,
	} {
		if set {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// EditArticle applies e. The source changes the edited fields no more. The slug
// stays once readers have seen the article. The deed, by which it is undone, has no ID
// where nothing is another.
func (d *DB) EditArticle(ctx context.Context, id string, e Edit, actor string) (Article, newsroom.Deed, error) {
	return d.reword(ctx, id, actor, e.what(), func(t *tx) (Article, newsroom.Step, error) { return t.edit(ctx, id, e, actor) })
}

// what an edit is called in the log, and as a deed.
func (e Edit) what() string {
	if e.Correction != "" {
		return "correct"
	}
	return "edit"
}

// edit applies e to the article with an id, and is the step that is undone.
func (t *tx) edit(ctx context.Context, id string, e Edit, actor string) (a Article, s newsroom.Step, err error) {
	if e.Tags != nil {
		for _, tag := range *e.Tags {
			if err := text.CheckTag(tag); err != nil {
				return a, s, err
			}
		}
	}
	if a, err = t.article(ctx, id); err != nil {
		return a, s, err
	}
	if e.Slug != nil && *e.Slug != a.Slug && !a.Published.IsZero() {
		return a, s, errors.New("its slug stays, for readers have its address")
	}
	if e.Of != nil {
		if v, err := version(ctx, t, a.Seq); err != nil || v != *e.Of {
			return a, s, errors.Join(err, ErrStale)
		}
	}
	old := a
	if e.apply(&a); a.Thread != old.Thread {
		if err := t.saveThread(ctx, a); err != nil {
			return a, s, err
		}
		if err := t.actChange(ctx, actor, "article", id, "comments", "", saidThread(old.Thread), saidThread(a.Thread)); err != nil {
			return a, s, err
		}
	}
	notice := ""
	if e.words() {
		if err := t.keep(ctx, old, actor, e.Correction != "" || distance(old, a) > significant); err != nil {
			return a, s, err
		}
		if e.Correction != "" {
			if a.Published.IsZero() {
				return a, s, errors.New("a correction needs an article that was published")
			}
			a.Correction, a.Corrected = e.Correction, t.now
			if a.Updated, err = t.freeMoment(ctx, "article", latest(t.now, a.Updated)); err != nil {
				return a, s, err
			}
			if notice, err = t.addNotice(ctx, a, state.Correction, e.Correction); err != nil {
				return a, s, err
			}
		}
		if err := t.saveWords(ctx, a); err != nil {
			return a, s, err
		}
		before, after := saidWords(old, a)
		if err := t.actChange(ctx, actor, "article", id, "edit", strings.TrimSpace(fmt.Sprintf("%v %s", e.fields(), e.Correction)), before, after); err != nil {
			return a, s, err
		}
	}
	t.moveScopes(old, a)
	s, err = edited(old, a)
	s.Notice = notice
	return a, s, err
}

// words reports whether e is about more than the thread.
func (e Edit) words() bool {
	e.Thread, e.Of = nil, nil
	return e != Edit{}
}

func (e Edit) apply(a *Article) {
	if e.Headline != nil {
		a.Headline = *e.Headline
		a.nameAddress()
	}
	if e.Slug != nil {
		a.Slug = *e.Slug
	}
	if e.KeyPoints != nil {
		a.KeyPoints = *e.KeyPoints
	}
	if e.Section != nil {
		a.Section = *e.Section
	}
	if e.Tags != nil {
		a.Tags = *e.Tags
	}
	if e.Body != nil {
		a.Body = *e.Body
		a.Words = a.Body.Words()
	}
	if e.Summary != nil {
		a.Summary = *e.Summary
	}
	if e.Image != nil {
		a.Image = *e.Image
	}
	if e.Note != nil {
		a.Note = *e.Note
	}
	if e.Thread != nil {
		a.Thread = *e.Thread
	}
	for _, name := range e.fields() {
		if !slices.Contains(a.Curated, name) {
			a.Curated = append(a.Curated, name)
		}
	}
}

// nameAddress has an article's address say its headline, until readers see it or
// an editor says how it is to read.
func (a *Article) nameAddress() {
	if a.Published.IsZero() && !slices.Contains(a.Curated, "slug") {
		a.Slug = text.ArticleSlug(a.Headline)
	}
}

// saveWords writes all of a that an editor or its source may change.
func (t *tx) saveWords(ctx context.Context, a Article) error {
	if _, err := t.ExecContext(ctx, `
		UPDATE article SET slug = $2, headline = $3, link = $4, author = $5, language = $6, section = $7, tags = $8,
			key_points = $9, summary = $10, image = $11, enclosures = $12, words = $13, source_published = $14,
			source_updated = $15, updated = $16, correction = $17, corrected = $18, curated = $19, body = $20, note = $21
		WHERE seq = $1`,
		a.Seq, a.Slug, a.Headline, a.Link, a.Author, a.Language, a.Section, sqlrow.Text(a.Tags),
		sqlrow.Text(a.KeyPoints), a.Summary, sqlrow.Text(a.Image), sqlrow.Text(a.Enclosures), a.Words, sqlrow.Milli(a.SourcePublished),
		sqlrow.Milli(a.SourceUpdated), sqlrow.Milli(a.Updated), a.Correction, sqlrow.Milli(a.Corrected), sqlrow.Text(a.Curated), a.Body, a.Note); err != nil {
		return err
	}
	return t.saveTags(ctx, a)
}

// Version is which version an article is: another after each change of its words.
func (d *DB) Version(ctx context.Context, id string) (v int64, err error) {
	var seq int64
	if err := sqlrow.One(d.r.QueryRowContext(ctx, `SELECT seq FROM article WHERE id = $1`, id), &seq); err != nil {
		return 0, fmt.Errorf("article %s: %w", id, err)
	}
	return version(ctx, d.r, seq)
}

func version(ctx context.Context, q sqlrow.Queryer, seq int64) (v int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM revision WHERE article = $1`, seq).Scan(&v)
	return v, err
}

// Revert gives fields of an article back to its source: they are what r says, and
// the source changes them again. Others that an editor set stay.
func (d *DB) Revert(ctx context.Context, r Remade, fields []string, actor string) (Article, newsroom.Deed, error) {
	return d.reword(ctx, r.ID, actor, "revert", func(t *tx) (_ Article, s newsroom.Step, err error) {
		old, err := t.article(ctx, r.ID)
		if err != nil {
			return old, s, err
		}
		before, was := articleScopes(old), old
		curated := []string{}
		for _, name := range old.Curated {
			if !slices.Contains(fields, name) {
				curated = append(curated, name)
			}
		}
		old.Curated = curated
		a := merged(old, r.Article)
		if slices.Contains(fields, "section") {
			a.Section = r.Article.Section
		}
		if slices.Contains(fields, "tags") {
			a.Tags = r.Article.Tags
		}
		if err := t.keep(ctx, was, actor, distance(was, a) > significant); err != nil {
			return a, s, err
		}
		waited, err := newsroom.ReadSent(ctx, t, old.Seq)
		if err != nil {
			return a, s, err
		}
		if err := t.settled(ctx, old.Seq, r, fields); err != nil {
			return a, s, err
		}
		if err := t.saveWords(ctx, a); err != nil {
			return a, s, err
		}
		t.scopes.add(articleScopes(a)...)
		for _, scope := range before {
			t.scopes.addAt(t.now, scope) // it may have left this list, which must not look older than it did (A4)
		}
		wasSaid, isSaid := saidWords(was, a)
		if err := t.actChange(ctx, actor, "article", r.ID, "revert", fmt.Sprint(fields), wasSaid, isSaid); err != nil {
			return a, s, err
		}
		s, err = t.tookOver(ctx, was, a, waited)
		return a, s, err
	})
}

// keep stores what an article was, before a change by actor (I22).
func (t *tx) keep(ctx context.Context, old Article, actor string, significant bool) error {
	_, err := t.ExecContext(ctx, `
		INSERT INTO revision (article, at, actor, significant, headline, summary, key_points, section, tags, slug, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		old.Seq, sqlrow.Milli(t.now), actor, significant, old.Headline, old.Summary, sqlrow.Text(old.KeyPoints), old.Section, sqlrow.Text(old.Tags), old.Slug, old.Body)
	return err
}
