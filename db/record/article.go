package record

import (
	"context"
	"fmt"
	"time"

	"courant/db/content"
	"courant/db/ruling"
	"courant/db/sqlrow"
)

// Provenance is where an article comes from.
type Provenance struct {
	Why        string    // what the entry was known by, or what its GUID is made of
	Aliases    []Alias   // further ids of the entry
	Document   Document  // that the kept entry came in
	Changed    time.Time // when the kept entry last changed
	Bytes      int       // of the kept entry, compressed
	Updates    int       // changes in a row that moved no date (I21)
	Gone       time.Time // when the entry left its feed; zero: it is there
	Retracted  time.Time // when the source took it back (I26)
	Resurfaced time.Time // when it came back after a month or more (I36)

	Ruling   ruling.Ruling // what rules said of it
	RuledAt  time.Time     // when that was; zero: none held
	PinnedBy string        // whom the log names for its pin; empty: it has none
	KeptBy   string        // the same for its place in the bin
}

// Alias is a further id of an entry.
type Alias struct {
	GUID string
	Why  string // what the entry was known by when it first had it
}

// Document is what a source answered; the zero value is one whose pass is no
// longer on record.
type Document struct {
	At    time.Time // when it was asked for
	URL   string    // the address that answered, without a password
	Bytes int64     // as it came over the wire
}

// ProvenanceOf returns where the article with the given id comes from, or
// ErrNotFound.
func ProvenanceOf(ctx context.Context, s Store, id string) (p Provenance, err error) {
	var seq int64
	if err = sqlrow.One(s.Reader().QueryRowContext(ctx, `
		SELECT article.seq, why, changed, length(raw), updates, seen, retracted, resurfaced
		FROM entry JOIN article ON article.seq = entry.article WHERE article.id = $1`, id),
		&seq, &p.Why, sqlrow.Time(&p.Changed), &p.Bytes, &p.Updates, sqlrow.Time(&p.Gone), sqlrow.Time(&p.Retracted), sqlrow.Time(&p.Resurfaced)); err != nil {
		return p, fmt.Errorf("where article %s comes from: %w", id, err)
	}
	if err = sqlrow.One(s.Reader().QueryRowContext(ctx, `
		SELECT ruling.at, coalesce(ruling.decision, ''), coalesce(ruling.rule, ''), coalesce(ruling.reason, ''), coalesce(ruling.added, ''), coalesce(pin.actor, ''), coalesce(bin.actor, '')
		FROM article LEFT JOIN ruling ON ruling.article = article.seq LEFT JOIN pin ON pin.article = article.seq LEFT JOIN bin ON bin.article = article.seq
		WHERE article.seq = $1`, seq),
		sqlrow.Time(&p.RuledAt), &p.Ruling.Decision, &p.Ruling.Rule, &p.Ruling.Reason, sqlrow.JSON(&p.Ruling.Added), &p.PinnedBy, &p.KeptBy); err != nil {
		return p, fmt.Errorf("what rules said of article %s: %w", id, err)
	}
	if p.Aliases, err = sqlrow.Collect(ctx, s.Reader(), func(r sqlrow.Row) (a Alias, err error) {
		err = r.Scan(&a.GUID, &a.Why)
		return a, err
	}, `SELECT guid, why FROM alias WHERE article = $1 ORDER BY guid`, seq); err != nil {
		return p, fmt.Errorf("the ids of article %s: %w", id, err)
	}
	list, err := sqlrow.Collect(ctx, s.Reader(), func(r sqlrow.Row) (d Document, err error) {
		err = r.Scan(sqlrow.Time(&d.At), &d.URL, &d.Bytes)
		return d, err
	}, `
		SELECT at, url, bytes FROM pass
		WHERE source = (SELECT source FROM article WHERE seq = $1) AND at <= $2 AND (new > 0 OR changed > 0) ORDER BY id DESC LIMIT 1`,
		seq, sqlrow.Milli(p.Changed))
	if err != nil {
		return p, fmt.Errorf("the document of article %s: %w", id, err)
	}
	if len(list) > 0 {
		p.Document = list[0]
	}
	return p, nil
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

// Revisions is what an article was before each of its changes, the oldest first.
func Revisions(ctx context.Context, s Store, id string) ([]Revision, error) {
	return sqlrow.Collect(ctx, s.Reader(), func(r sqlrow.Row) (v Revision, err error) {
		err = r.Scan(sqlrow.Time(&v.At), &v.Actor, &v.Significant, &v.Headline, &v.Summary, sqlrow.JSON(&v.KeyPoints), &v.Section,
			sqlrow.JSON(&v.Tags), &v.Slug, &v.Body)
		return v, err
	}, `
		SELECT revision.at, actor, significant, revision.headline, revision.summary, revision.key_points, revision.section,
			revision.tags, revision.slug, revision.body
		FROM revision JOIN article ON article.seq = revision.article WHERE article.id = $1 ORDER BY revision.seq`, id)
}
