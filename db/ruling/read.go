package ruling

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"courant/db/content"
	"courant/db/likeness"
	"courant/db/sqlrow"
	"courant/db/state"
)

// Store is where articles stand: an open db.DB.
type Store interface{ Reader() *sql.DB }

// Stored is an article as rules see it, with what they said of it: as much of it as was
// read.
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
	Body         content.HTML

	TitleHash, LinkHash int64 // see package identity
	Sketch              likeness.Sketch
}

// page is how many articles one statement reads, so that no long read keeps the
// store from tidying up behind writers.
const page = 500

// column is one of a table of articles, and where it goes.
type column struct {
	text  string
	into  func(*Stored) any
	field []string // of rules, that need it; none: each look does
}

// columns are those of articles. What takes no rule to see is read by each look: the
// less of an article is read, the more of them are in a second.
var columns = []column{
	{"article.seq", func(s *Stored) any { return &s.Seq }, nil},
	{"article.source", func(s *Stored) any { return &s.Source }, nil},
	{"article.status", func(s *Stored) any { return (*string)(&s.Status) }, nil},
	{"article.section", func(s *Stored) any { return &s.Section }, nil},
	{"article.tags", func(s *Stored) any { return sqlrow.JSON(&s.Tags) }, nil},
	{"article.headline", func(s *Stored) any { return &s.Headline }, []string{"title"}},
	{"article.link", func(s *Stored) any { return &s.Link }, []string{"link", "host"}},
	{"article.author", func(s *Stored) any { return &s.Author }, []string{"author"}},
	{"article.language", func(s *Stored) any { return &s.Language }, []string{"language"}},
	{"article.summary", func(s *Stored) any { return &s.Summary }, []string{"summary"}},
	{"article.image NOT IN ('', '{}')", func(s *Stored) any { return &s.Image }, []string{"has_image"}},
	{"article.enclosures <> '[]'", func(s *Stored) any { return &s.Enclosure }, []string{"has_enclosure"}},
	{"article.words", func(s *Stored) any { return &s.Words }, []string{"words"}},
	{"coalesce(article.source_published, article.first_seen)", func(s *Stored) any { return sqlrow.Time(&s.Date) }, []string{"published", "age", "similar"}},
	{"article.key_points", func(s *Stored) any { return sqlrow.JSON(&s.KeyPoints) }, []string{"text"}},
	{"article.body", func(s *Stored) any { return &s.Body }, []string{"text"}},
}

// look is a way through all articles, for rules that read some of their fields.
type look struct {
	store   Store
	columns []column
	text    string
	similar bool
}

func newLook(s Store, uses func(field string) bool) look {
	l := look{store: s, similar: uses("similar")}
	var texts []string
	for _, c := range columns {
		if c.field == nil || slices.ContainsFunc(c.field, uses) {
			l.columns = append(l.columns, c)
			texts = append(texts, c.text)
		}
	}
	l.text = `SELECT ` + strings.Join(texts, ", ") + ` FROM article WHERE article.seq > $1 ORDER BY article.seq LIMIT $2`
	return l
}

// Each is all articles in the order of their arrival, some at a time: with what uses
// says that rules read, and what they said last. What else there is of them Rest reads,
// of those that it is wanted of.
func Each(ctx context.Context, s Store, uses func(field string) bool) iter.Seq2[[]Stored, error] {
	l := newLook(s, uses)
	return func(yield func([]Stored, error) bool) {
		for last, n := int64(0), page; n == page; {
			list, err := l.after(ctx, last)
			if err != nil {
				yield(nil, fmt.Errorf("read articles for rules: %w", err))
				return
			}
			if n = len(list); n == 0 || !yield(list, nil) {
				return
			}
			last = list[n-1].Seq
		}
	}
}

// after is a page of articles.
func (l look) after(ctx context.Context, last int64) ([]Stored, error) {
	list, into := make([]Stored, 0, page), make([]any, len(l.columns))
	for _, err := range sqlrow.Each(ctx, l.store.Reader(), func(r sqlrow.Row) (none struct{}, err error) {
		list = append(list, Stored{})
		for i, c := range l.columns {
			into[i] = c.into(&list[len(list)-1])
		}
		return none, r.Scan(into...)
	}, l.text, last, page) {
		if err != nil {
			return nil, err
		}
	}
	if len(list) == 0 {
		return nil, nil
	}
	if err := l.rulings(ctx, list); err != nil || !l.similar {
		return list, err
	}
	return list, l.hashes(ctx, list)
}

// rulings adds what rules said of articles: of most, nothing.
func (l look) rulings(ctx context.Context, list []Stored) error {
	for _, err := range sqlrow.Each(ctx, l.store.Reader(), func(r sqlrow.Row) (none struct{}, err error) {
		var seq int64
		var v Ruling
		if err = r.Scan(&seq, (*string)(&v.Decision), &v.Rule, &v.Reason, sqlrow.JSON(&v.Added)); err == nil {
			put(list, seq, func(s *Stored) { s.Ruling = v })
		}
		return none, err
	}, `SELECT article, decision, rule, reason, added FROM ruling WHERE article >= $1 AND article <= $2`, list[0].Seq, list[len(list)-1].Seq) {
		if err != nil {
			return err
		}
	}
	return nil
}

// hashes adds what articles are held against each other by.
func (l look) hashes(ctx context.Context, list []Stored) error {
	for _, err := range sqlrow.Each(ctx, l.store.Reader(), func(r sqlrow.Row) (none struct{}, err error) {
		var seq, title, link int64
		var sketch []byte
		if err = r.Scan(&seq, &title, &link, &sketch); err == nil {
			put(list, seq, func(s *Stored) { s.TitleHash, s.LinkHash, s.Sketch = title, link, sketch })
		}
		return none, err
	}, `SELECT article, title, link, sketch FROM entry WHERE article >= $1 AND article <= $2`, list[0].Seq, list[len(list)-1].Seq) {
		if err != nil {
			return err
		}
	}
	return nil
}

// put has f change the one of list, which is in order, that has a number.
func put(list []Stored, seq int64, f func(*Stored)) {
	if i, is := slices.BinarySearchFunc(list, seq, func(s Stored, seq int64) int { return cmp.Compare(s.Seq, seq) }); is {
		f(&list[i])
	}
}

// Rest reads the ids, headlines and curated fields of articles, in the order of their
// arrival. One that was purged meanwhile has no ID.
func Rest(ctx context.Context, s Store, list []Stored) error {
	seqs := make([]int64, len(list))
	for i := range list {
		seqs[i], list[i].ID = list[i].Seq, ""
	}
	for _, err := range sqlrow.Each(ctx, s.Reader(), func(r sqlrow.Row) (none struct{}, err error) {
		var v Stored
		if err = r.Scan(&v.Seq, &v.ID, &v.Headline, sqlrow.JSON(&v.Curated)); err == nil {
			put(list, v.Seq, func(s *Stored) { s.ID, s.Headline, s.Curated = v.ID, v.Headline, v.Curated })
		}
		return none, err
	}, `SELECT seq, id, headline, curated FROM article WHERE seq IN (SELECT CAST(value AS BIGINT) FROM json_each($1))`, sqlrow.Text(seqs)) {
		if err != nil {
			return fmt.Errorf("read articles for rules: %w", err)
		}
	}
	return nil
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
