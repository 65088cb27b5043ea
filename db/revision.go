package db

import (
	"context"
	"time"

	"courant/db/content"
	"courant/db/diff"
)

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

// Revision is what an article was before a change.
type Revision struct {
	At          time.Time // of the change
	Actor       string    // who made it: worker, shell, an editor's name
	Significant bool      // whether it was
	Headline    string
	Summary     string
	KeyPoints   []string
	Section     string
	Tags        []string
	Slug        string
	Body        content.HTML
}

// keep stores what an article was, before a change by actor (I22).
func (t *tx) keep(ctx context.Context, old Article, actor string, significant bool) error {
	_, err := t.ExecContext(ctx, `
		INSERT INTO revision (article, at, actor, significant, headline, summary, key_points, section, tags, slug, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		old.Seq, ms(t.now), actor, significant, old.Headline, old.Summary, toJSON(old.KeyPoints), old.Section, toJSON(old.Tags), old.Slug, old.Body)
	return err
}

// Revisions is what an article was before each of its changes, the oldest first.
func (d *DB) Revisions(ctx context.Context, id string) ([]Revision, error) {
	return collect(ctx, d.r, func(r row) (v Revision, err error) {
		err = r.Scan(msTime{&v.At}, &v.Actor, &v.Significant, &v.Headline, &v.Summary, jsonText{&v.KeyPoints}, &v.Section,
			jsonText{&v.Tags}, &v.Slug, &v.Body)
		return v, err
	}, `
		SELECT revision.at, actor, significant, revision.headline, revision.summary, revision.key_points, revision.section,
			revision.tags, revision.slug, revision.body
		FROM revision JOIN article ON article.seq = revision.article WHERE article.id = $1 ORDER BY revision.seq`, id)
}
