package db

import (
	"context"

	"courant/db/diff"
	"courant/db/sqlrow"
)

// act adds a line to the append-only log.
func (t *tx) act(ctx context.Context, actor, kind, ref, what, detail string) error {
	return t.actChange(ctx, actor, kind, ref, what, detail, "", "")
}

// actChange is act with what was before and what is after, in words.
func (t *tx) actChange(ctx context.Context, actor, kind, ref, what, detail, before, after string) error {
	return t.later(ctx, `
		INSERT INTO action (at, actor, kind, ref, what, detail, before, after) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		sqlrow.Milli(t.now), actor, kind, ref, what, detail, before, after)
}

// significant is how many visible characters may change without readers being
// told (I22, I23).
const significant = 50

// distance is how many characters of headline and visible text differ between
// two versions; more than significant stands for all that is more (I22).
func distance(a, b Article) int {
	if a.Headline == b.Headline && a.Body == b.Body {
		return 0
	}
	return diff.Distance(a.Headline+"\n"+a.Body.PlainText(), b.Headline+"\n"+b.Body.PlainText(), significant)
}

// keep stores what an article was, before a change by actor (I22).
func (t *tx) keep(ctx context.Context, old Article, actor string, significant bool) error {
	_, err := t.ExecContext(ctx, `
		INSERT INTO revision (article, at, actor, significant, headline, summary, key_points, section, tags, slug, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		old.Seq, sqlrow.Milli(t.now), actor, significant, old.Headline, old.Summary, sqlrow.Text(old.KeyPoints), old.Section, sqlrow.Text(old.Tags), old.Slug, old.Body)
	return err
}
