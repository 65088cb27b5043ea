package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"strings"
	"time"

	"courant/db/content"
	"courant/db/podcast"
	"courant/db/sqlrow"
	"courant/db/state"
)

// Article is an article as we hold it.
type Article struct {
	Seq  int64  // order of arrival; ours alone
	ID   string // public, random, for ever
	GUID string // the entry's identity within its source

	Source   string // id
	Status   state.Article
	Slug     string
	Headline string // plain text
	Link     string // of the original, absolute, or empty
	Author   string // plain text, several joined by ", "
	Language string // BCP 47, or empty
	Section  string // id, or empty
	Tags     []string

	KeyPoints  []string // plain text, at most five
	Summary    string   // plain text, one or two sentences
	Image      Image
	Enclosures []Enclosure
	Words      int // of the body

	SourcePublished time.Time // the source's own dates, as it gave them
	SourceUpdated   time.Time
	FirstSeen       time.Time
	Published       time.Time // zero until readers could see it
	Updated         time.Time // of the last significant change
	Scheduled       time.Time
	Withdrawn       time.Time
	Reason          string // of the withdrawal, for readers
	Correction      string // the latest, for readers
	Corrected       time.Time
	Curated         []string // fields that an editor set

	Comments        int // approved ones
	CommentsUpdated time.Time
	Thread          state.Thread // as an editor would have it
	Note            string       // from the desk, for readers, or empty

	Body content.HTML // empty in lists that did not ask for it
}

// Image is an article's lead picture.
type Image struct {
	URL    string `json:"url,omitempty"` // absolute, http or https
	Alt    string `json:"alt,omitempty"`
	Credit string `json:"credit,omitempty"`
	Width  int    `json:"width,omitempty"` // pixels, 0: unknown
	Height int    `json:"height,omitempty"`
}

// Enclosure is a file that belongs to an article.
type Enclosure struct {
	URL    string `json:"url"` // absolute, http or https
	Type   string `json:"type,omitempty"`
	Length int64  `json:"length,omitempty"` // bytes, 0: unknown
	Title  string `json:"title,omitempty"`

	Episode *podcast.Episode `json:"episode,omitempty"` // what is said of a recording; nil: nothing
}

// Path is the article's address below site.url.
func (a Article) Path() string {
	if a.Slug == "" {
		return "/article/" + a.ID
	}
	return "/article/" + url.PathEscape(a.Slug) + "-" + a.ID
}

const articleColumns = `article.seq, article.id, article.source, article.guid, article.status, article.slug, article.headline,
	article.link, article.author, article.language, article.section, article.tags, article.key_points, article.summary,
	article.image, article.enclosures, article.words, article.source_published, article.source_updated, article.first_seen,
	article.published, article.updated, article.scheduled, article.withdrawn, article.reason, article.correction,
	article.corrected, article.curated, article.comments, article.comments_updated, article.thread, article.note`

// scanArticle reads articleColumns and then whatever more names.
func scanArticle(row sqlrow.Row, a *Article, more ...any) error {
	err := row.Scan(append([]any{
		&a.Seq, &a.ID, &a.Source, &a.GUID, &a.Status, &a.Slug, &a.Headline,
		&a.Link, &a.Author, &a.Language, &a.Section,
		sqlrow.JSON(&a.Tags),
		sqlrow.JSON(&a.KeyPoints),
		&a.Summary,
		sqlrow.JSON(&a.Image),
		sqlrow.JSON(&a.Enclosures),
		&a.Words,
		sqlrow.Time(&a.SourcePublished),
		sqlrow.Time(&a.SourceUpdated),
		sqlrow.Time(&a.FirstSeen),
		sqlrow.Time(&a.Published),
		sqlrow.Time(&a.Updated),
		sqlrow.Time(&a.Scheduled),
		sqlrow.Time(&a.Withdrawn),
		&a.Reason, &a.Correction,
		sqlrow.Time(&a.Corrected),
		sqlrow.JSON(&a.Curated),
		&a.Comments,
		sqlrow.Time(&a.CommentsUpdated),
		&a.Thread, &a.Note,
	}, more...)...)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

// Article returns the article with the given id in whatever state, body
// included, or ErrNotFound.
func (d *DB) Article(ctx context.Context, id string) (Article, error) {
	return article(ctx, d.r, id)
}

func article(ctx context.Context, q sqlrow.Queryer, id string) (a Article, err error) {
	err = scanArticle(q.QueryRowContext(ctx, `
		SELECT `+articleColumns+`, article.body FROM article WHERE id = $1`, id), &a, &a.Body)
	return a, err
}

// Seen is the article with the given id, body included, where readers can see it or
// could until it was withdrawn, and else ErrNotFound. Of one that they may not know of
// nothing but its state is read, so that it takes as long as where there is none.
func (d *DB) Seen(ctx context.Context, id string) (a Article, err error) {
	err = scanArticle(d.r.QueryRowContext(ctx, `
		SELECT `+articleColumns+`, article.body FROM article WHERE id = $1 AND status IN ('published', 'withdrawn')`, id), &a, &a.Body)
	return a, err
}

// article is the article with the given id, which no other transaction changes until
// t ends: what is changed of it follows from what is read.
func (t *tx) article(ctx context.Context, id string) (Article, error) {
	if err := t.Lock(ctx, `SELECT seq FROM article WHERE id = $1`, id); err != nil {
		return Article{}, err
	}
	return article(ctx, t, id)
}

// visible is the article with the given id where readers can see it, else
// ErrWithdrawn or ErrNotFound.
func (t *tx) visible(ctx context.Context, id string) (Article, error) {
	a, err := t.article(ctx, id)
	if err == nil {
		err = a.seen()
	}
	return a, err
}

// seen gives ErrWithdrawn or ErrNotFound where readers cannot see a.
func (a Article) seen() error {
	switch a.Status {
	case state.Published:
		return nil
	case state.Withdrawn:
		return ErrWithdrawn
	}
	return ErrNotFound
}

// ArticleQuery selects articles. Published ones come newest first by their
// publication; where Status is set to another, or All, by arrival.
type ArticleQuery struct {
	Status  state.Article // empty: published
	All     bool          // of every state
	Section string
	Source  string
	Tag     string    // published articles only
	From    time.Time // published, or in other lists first seen, at or after
	To      time.Time // the same, before
	Before  *Article  // only those that come after this one in the list
	Bodies  bool      // read bodies too
	News    bool      // without what came from its source's past
	Limit   int       // 0: unbounded
	Order   Order     // empty: as above; Before wants it empty
	// OldestFirst turns the list round; Before then still means what comes
	// after that one in the list that is newest first.
	OldestFirst bool
}

// Order is what a list of articles is sorted by, where not by its own order.
type Order string

// The orders, each the newest, most or first letter first.
const (
	ByDate     Order = "date" // of publication, else when it was first seen
	ByUpdate   Order = "updated"
	BySource   Order = "source"
	ByHeadline Order = "headline"
	ByComments Order = "comments"
)

// itsDate is when readers, or else we, first saw an article.
const itsDate = `coalesce(article.published, article.first_seen)`

var orders = map[Order]string{
	ByDate:     itsDate + " DESC, article.seq DESC",
	ByUpdate:   "coalesce(article.updated, article.first_seen) DESC, article.seq DESC",
	BySource:   "article.source, " + itsDate + " DESC, article.seq DESC",
	ByHeadline: "lower(article.headline), article.seq",
	ByComments: "article.comments DESC, " + itsDate + " DESC, article.seq DESC",
}

// Valid reports whether o is an order at all.
func (o Order) Valid() bool { return o == "" || orders[o] != "" }

// Articles returns the articles that q selects.
func (d *DB) Articles(ctx context.Context, q ArticleQuery) ([]Article, error) {
	text, args := q.sql()
	return sqlrow.Collect(ctx, d.r, q.scan, text, args...)
}

// EachArticle is the articles that q selects, each read when it is asked for.
func (d *DB) EachArticle(ctx context.Context, q ArticleQuery) iter.Seq2[Article, error] {
	text, args := q.sql()
	return sqlrow.Each(ctx, d.r, q.scan, text, args...)
}

// scan reads a row of what sql selects.
func (q ArticleQuery) scan(r sqlrow.Row) (a Article, err error) {
	if q.Bodies {
		err = scanArticle(r, &a, &a.Body)
	} else {
		err = scanArticle(r, &a)
	}
	return a, err
}

func (q ArticleQuery) sql() (string, []any) {
	var where []string
	var args []any
	cond := func(format string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			format = strings.Replace(format, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		where = append(where, format)
	}
	from, published, seq := "article", "article.published", "article.seq"
	byArrival := q.All || (q.Status != "" && q.Status != state.Published)
	if q.Tag != "" {
		from = "article_tag JOIN article ON article.seq = article_tag.article"
		published, seq = "article_tag.published", "article_tag.article"
		cond("article_tag.tag = ?", q.Tag)
	}
	switch {
	case q.All:
	case byArrival:
		cond("article.status = ?", string(q.Status))
		cond("article.status <> 'published'") // as the index of the others has it
	default:
		cond("article.status = 'published'") // a literal: the partial indexes want it
	}
	if q.News {
		cond("NOT EXISTS (SELECT 1 FROM history WHERE history.article = article.seq)")
	}
	if q.Section != "" {
		cond("article.section = ?", q.Section)
		cond("article.section <> ''")
	}
	if q.Source != "" {
		cond("article.source = ?", q.Source)
	}
	dated := published
	if byArrival {
		dated = itsDate
	}
	if !q.From.IsZero() {
		cond(dated+" >= ?", sqlrow.Milli(q.From))
	}
	if !q.To.IsZero() {
		cond(dated+" < ?", sqlrow.Milli(q.To))
	}
	order := published + " DESC, " + seq + " DESC"
	if byArrival {
		order = "article.seq DESC"
	}
	if own, ok := orders[q.Order]; ok {
		order = own
	}
	if q.OldestFirst {
		order = strings.ReplaceAll(order, " DESC", "")
	}
	if q.Before != nil {
		if byArrival {
			cond("article.seq < ?", q.Before.Seq)
		} else {
			cond("("+published+", "+seq+") < (?, ?)", sqlrow.Milli(q.Before.Published), q.Before.Seq)
		}
	}
	columns := articleColumns
	if q.Bodies {
		columns += ", article.body"
	}
	text := "SELECT " + columns + " FROM " + from
	if len(where) > 0 {
		text += " WHERE " + strings.Join(where, " AND ")
	}
	text += " ORDER BY " + order
	if q.Limit > 0 {
		args = append(args, q.Limit)
		text += fmt.Sprintf(" LIMIT $%d", len(args))
	}
	return text, args
}

// Addresses returns what the addresses of published articles need, of those
// that q selects by From, To and Limit, newest first: ID, Slug and Updated, and
// nothing else.
func (d *DB) Addresses(ctx context.Context, q ArticleQuery) ([]Article, error) {
	from, to := q.From, q.To
	if to.IsZero() {
		to = time.UnixMilli(1 << 52) // beyond all dates
	}
	return sqlrow.Collect(ctx, d.r, func(r sqlrow.Row) (a Article, err error) {
		err = r.Scan(&a.ID, &a.Slug, sqlrow.Time(&a.Updated))
		return a, err
	}, `
		SELECT id, slug, updated FROM article
		WHERE status = 'published' AND published >= $1 AND published < $2 ORDER BY published DESC, seq DESC LIMIT $3`,
		from.UnixMilli(), to.UnixMilli(), q.Limit)
}
