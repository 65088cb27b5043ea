package ruling

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"time"

	"courant/db/content"
	"courant/db/likeness"
	"courant/db/sqlrow"
	"courant/db/state"
)

// Store is where articles stand: an open db.DB.
type Store interface{ Reader() *sql.DB }

// Stored is an article as rules see it, with what they said of it.
type Stored struct {
	Seq          int64
	ID, Source   string
	Status       state.Article
	Headline     string
	Link, Author string
	Language     string
	Section      string
	Tags         []string
	KeyPoints    []string
	Summary      string
	Image        bool
	Enclosure    bool
	Words        int
	Date         time.Time // the source's, else when it was first seen
	Curated      []string
	Ruling       Ruling
	Body         content.HTML // empty where bodies are not asked for

	TitleHash, LinkHash int64 // see package identity
	Sketch              likeness.Sketch
}

// page is how many articles one statement reads, so that no long read keeps the
// store from tidying up behind writers.
const page = 500

// columns are those that scan reads.
const columns = `
	article.seq, article.id, article.source, article.status, article.headline, article.link, article.author, article.language,
	article.section, article.tags, article.key_points, article.summary, article.image NOT IN ('', '{}'), article.enclosures <> '[]',
	article.words, coalesce(article.source_published, article.first_seen), article.curated,
	coalesce(ruling.decision, ''), coalesce(ruling.rule, ''), coalesce(ruling.reason, ''), coalesce(ruling.added, ''),
	coalesce(entry.title, 0), coalesce(entry.link, 0), entry.sketch`

func scan(r sqlrow.Row) (s Stored, err error) {
	err = r.Scan(&s.Seq, &s.ID, &s.Source, &s.Status, &s.Headline, &s.Link, &s.Author, &s.Language,
		&s.Section, sqlrow.JSON(&s.Tags), sqlrow.JSON(&s.KeyPoints), &s.Summary, &s.Image, &s.Enclosure,
		&s.Words, sqlrow.Time(&s.Date), sqlrow.JSON(&s.Curated),
		&s.Ruling.Decision, &s.Ruling.Rule, &s.Ruling.Reason, sqlrow.JSON(&s.Ruling.Added),
		&s.TitleHash, &s.LinkHash, (*[]byte)(&s.Sketch), &s.Body)
	return s, err
}

// tables is what columns are of, a page of it.
const tables = `
	FROM article LEFT JOIN ruling ON ruling.article = article.seq LEFT JOIN entry ON entry.article = article.seq
	WHERE article.seq > $1 ORDER BY article.seq LIMIT $2`

// A page of articles, without their bodies and with them.
const (
	bare  = `SELECT ` + columns + `, ''` + tables
	whole = `SELECT ` + columns + `, article.body` + tables
)

// Each is all articles in the order of their arrival, read one at a time; with
// their bodies, which are most of what there is to read, where bodies is set.
func Each(ctx context.Context, s Store, bodies bool) iter.Seq2[Stored, error] {
	text := bare
	if bodies {
		text = whole
	}
	return func(yield func(Stored, error) bool) {
		for last, n := int64(0), page; n == page; {
			n = 0
			for a, err := range sqlrow.Each(ctx, s.Reader(), scan, text, last, page) {
				if err != nil {
					yield(Stored{}, fmt.Errorf("read articles for rules: %w", err))
					return
				}
				if !yield(a, nil) {
					return
				}
				last, n = a.Seq, n+1
			}
		}
	}
}

// DecidedBy are those of articles, by id, on which an editor has decided.
func DecidedBy(ctx context.Context, s Store, ids []string) (map[string]bool, error) {
	list, err := sqlrow.Collect(ctx, s.Reader(), sqlrow.Column[string], `
		SELECT DISTINCT action.ref FROM action WHERE `+decision+` AND action.ref IN (SELECT value FROM json_each($1))`, sqlrow.Text(ids))
	if err != nil {
		return nil, fmt.Errorf("read what editors decided: %w", err)
	}
	decided := make(map[string]bool, len(list))
	for _, id := range list {
		decided[id] = true
	}
	return decided, nil
}

// IsDecided reports whether an editor has decided on an article.
func IsDecided(ctx context.Context, q sqlrow.Queryer, id string) (decided bool, err error) {
	err = q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM action WHERE `+decision+` AND action.ref = $1)`, id).Scan(&decided)
	return decided, err
}

// mostAlike bounds how many articles with one link or title are looked at.
const mostAlike = 1000

// alike selects the articles of other sources than $1 with link $2 or title $3.
const alike = `
	SELECT entry.sketch, entry.link = $2 AND entry.link <> 0, coalesce(article.source_published, article.first_seen)
	FROM entry JOIN article ON article.seq = entry.article
	WHERE entry.source <> $1 AND entry.article IN (
		SELECT article FROM (SELECT article FROM entry WHERE link = $2 AND link <> 0 LIMIT $4) AS linked
		UNION SELECT article FROM (SELECT article FROM entry WHERE title = $3 AND title <> 0 LIMIT $4) AS titled)`

// Similar is how many articles of other sources than its own are the same as one
// with the given hashes of link and title and sketch, which came at a time.
func Similar(ctx context.Context, s Store, source string, link, title int64, sketch likeness.Sketch, at time.Time) (n int, err error) {
	if link == 0 && title == 0 {
		return 0, nil
	}
	type other struct {
		sketch   likeness.Sketch
		sameLink bool
		at       time.Time
	}
	for o, err := range sqlrow.Each(ctx, s.Reader(), func(r sqlrow.Row) (o other, err error) {
		err = r.Scan((*[]byte)(&o.sketch), &o.sameLink, sqlrow.Time(&o.at))
		return o, err
	}, alike, source, link, title, mostAlike) {
		if err != nil {
			return 0, fmt.Errorf("look for the same article: %w", err)
		}
		if o.sameLink || likeness.Same(sketch, o.sketch, o.at.Sub(at)) {
			n++
		}
	}
	return n, nil
}
