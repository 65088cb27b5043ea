package db

import (
	"context"
	"slices"
)

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
			a.Slug = Slug(a.Headline)
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
