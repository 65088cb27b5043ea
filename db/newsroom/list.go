package newsroom

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"courant/db/content"
	"courant/db/text"
)

// Shelf is one of the lists of the desk.
type Shelf string

// The shelves. What is kept for later is incoming too, and lies on the bin alone.
const (
	Incoming  Shelf = "incoming"
	Scheduled Shelf = "scheduled"
	Published Shelf = "published"
	Rejected  Shelf = "rejected"
	Bin       Shelf = "bin"
	Withdrawn Shelf = "withdrawn"
)

// The orders of a list.
const (
	NewestFirst    = "new"
	OldestFirst    = "old"
	NominatedFirst = "nominated"
)

// Query selects what a page of a list shows.
type Query struct {
	Shelf    Shelf
	ID       string // of the one article that is wanted; empty: all
	Source   string // id
	Section  string // id
	Text     string // words that the headline has, in whatever case
	Found    string // of Published: articles that have the words anywhere, a JSON list of Seqs; empty: none are known
	Language string // BCP 47; "en" is "en-GB" too
	Rule     string // that decided
	Order    string // empty: NewestFirst; on Scheduled what comes next is first
	Offset   int    // skip that many rows
	Limit    int    // rows
}

// Row is an article on a list, or a group of articles that are the same.
type Row struct {
	Seq         int64
	ID          string
	Slug        string
	Status      string
	Headline    string
	Link        string
	Author      string
	Source      string // id
	SourceName  string
	Section     string
	Language    string
	KeyPoints   []string
	Summary     string
	Start       string // of the text, without markup
	Words       int
	Dated       time.Time // by its source, else when we first saw it
	Published   time.Time
	Scheduled   time.Time
	Reason      string // of a rejection or withdrawal
	Corrected   bool
	Decision    string // of the rules: publish, reject, hold, or none
	Rule        string // that decided
	RuleReason  string
	Nominations int
	Notes       int
	Pinned      bool
	Marks       string // letters
	Others      int    // how many others it stands for: incoming ones that are the same, and what is attached to it
	Actor       string // who moved it last, to another list or to this one: worker, shell, an editor's name; empty: nobody
	Act         string // what that was
}

const (
	// startBytes is how much of a body is read for its beginning.
	startBytes = 2 << 10
	// startChars is how much of it is shown.
	startChars = 500
)

// List returns the rows that q selects. Few are ever nominated: they are looked at by
// themselves, and the rest comes after them, the newest first.
func (r *Room) List(ctx context.Context, q Query) ([]Row, error) {
	if q.Order != NominatedFirst {
		return r.list(ctx, q, "")
	}
	n, err := r.count(ctx, q, isNominated, q.Offset+q.Limit)
	if err != nil {
		return nil, err
	}
	list, err := r.list(ctx, q, isNominated)
	if err != nil || len(list) == q.Limit {
		return list, err
	}
	q.Order, q.Limit, q.Offset = NewestFirst, q.Limit-len(list), max(0, q.Offset-n)
	rest, err := r.list(ctx, q, "NOT "+isNominated)
	return append(list, rest...), err
}

const isNominated = `EXISTS (SELECT 1 FROM nomination WHERE nomination.article = article.seq)`

func (r *Room) list(ctx context.Context, q Query, also string) ([]Row, error) {
	s := q.statement(also)
	rows, err := r.engine.Reader().QueryContext(ctx, s.text, s.args...)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", q.Shelf, err)
	}
	defer rows.Close()
	var list []Row
	for rows.Next() {
		row, err := scanRow(rows)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", q.Shelf, err)
		}
		list = append(list, row)
	}
	return list, rows.Err()
}

// Count is how many rows q selects, at most most: beyond that it is not counted on.
func (r *Room) Count(ctx context.Context, q Query, most int) (int, error) {
	return r.count(ctx, q, "", most)
}

func (r *Room) count(ctx context.Context, q Query, also string, most int) (n int, err error) {
	s := q.counting(also, most)
	if err := r.engine.Reader().QueryRowContext(ctx, s.text, s.args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count %s: %w", q.Shelf, err)
	}
	return n, nil
}

// Sizes are how many comments wait for an editor, how many sources there are, and how
// many lines the log has, each at most most.
func (r *Room) Sizes(ctx context.Context, most int) (comments, sources, lines int, err error) {
	err = r.engine.Reader().QueryRowContext(ctx, `
		SELECT (SELECT count(*) FROM (SELECT 1 FROM comment WHERE status = 'pending' LIMIT $1) AS waiting),
			(SELECT count(*) FROM (SELECT 1 FROM source WHERE id <> '`+Source+`' LIMIT $1) AS known),
			(SELECT count(*) FROM (SELECT 1 FROM action LIMIT $1) AS done)`, most).Scan(&comments, &sources, &lines)
	return comments, sources, lines, err
}

// statement is a query while it is put together.
type statement struct {
	text   string
	tables string
	where  []string
	args   []any
}

// cond adds a condition; each ? stands for the next value.
func (s *statement) cond(format string, values ...any) {
	for _, v := range values {
		s.args = append(s.args, v)
		format = strings.Replace(format, "?", fmt.Sprintf("$%d", len(s.args)), 1)
	}
	s.where = append(s.where, format)
}

// isStoodFor holds for an article that another one stands for, which readers see or
// will.
const isStoodFor = `EXISTS (SELECT 1 FROM attached JOIN article AS head ON head.seq = attached.head
	AND head.status || '' IN ('published', 'scheduled') WHERE attached.article = article.seq)`

// isLike holds for text that has a word in whatever case, as a value whose number is to
// be put in; both sides are folded alike.
const isLike = `lower(article.headline) LIKE $%d ESCAPE '\'`

// from puts tables and conditions together. The states are written out, for the
// partial indexes want them so.
func (s *statement) from(q Query, also string) {
	s.tables = "article"
	incoming := "article.status = 'incoming'"
	if also == isNominated || q.Shelf == Bin {
		incoming = "article.status || '' = 'incoming'" // what is nominated or kept is few: begin with that
	}
	if also != "" {
		s.cond(also)
	}
	if also == isNominated {
		s.tables = "(SELECT article, count(*) AS nominated FROM nomination GROUP BY article) AS named JOIN article ON article.seq = named.article"
	}
	if q.Rule != "" {
		if also == isNominated {
			s.tables += " JOIN ruling ON ruling.article = article.seq"
		} else {
			s.tables = "ruling CROSS JOIN article" // what one rule decided is a part of what lies there
			s.cond("article.seq = ruling.article")
		}
		s.cond("ruling.rule = ?", q.Rule)
	}
	switch q.Shelf {
	case Scheduled:
		s.cond("article.scheduled IS NOT NULL")
	case Published:
		s.cond("article.status = 'published'")
	case Withdrawn:
		s.cond("article.withdrawn IS NOT NULL")
	case Rejected:
		s.cond("article.status = 'rejected' AND article.status <> 'published'") // as the index has it
		s.cond("NOT " + isStoodFor)
	case Bin:
		// Little lies there: a plan that began with the articles would read them all.
		s.tables = "bin CROSS JOIN " + s.tables
		s.cond("bin.article = article.seq")
		s.cond(incoming)
		s.cond("article.aside = 1")
	default:
		s.cond(incoming)
		s.cond("article.aside = 0")
	}
	if q.ID != "" {
		s.cond("article.id = ?", q.ID)
	}
	if q.Source != "" {
		s.cond("article.source = ?", q.Source)
	}
	if q.Section != "" {
		s.cond("article.section = ? AND article.section <> ''", q.Section) // as the index has it
	}
	if q.Language != "" {
		s.cond("(article.language = ? OR article.language LIKE ? ESCAPE '\\')", q.Language, likeLiteral(q.Language)+"-%")
	}
	words := strings.Fields(q.Text)
	if len(words) == 0 {
		return
	}
	var like []string
	for _, word := range words {
		s.args = append(s.args, "%"+likeLiteral(lowerASCII(word))+"%")
		like = append(like, fmt.Sprintf(isLike, len(s.args)))
	}
	if of, is := latestOf[q.Shelf]; is {
		latest := "SELECT article FROM (" + of.text + fmt.Sprintf(" LIMIT %d) AS newest", of.most)
		if q.Found != "" {
			s.args = append(s.args, q.Found)
			found := "SELECT CAST(value AS BIGINT) AS article FROM " + fmt.Sprintf("json_each($%d)", len(s.args))
			latest += " UNION " + found
			like = []string{"(" + strings.Join(like, " AND ") + " OR article.seq IN (" + found + "))"}
		}
		s.tables = "(" + latest + ") AS latest CROSS JOIN " + s.tables
		s.cond("article.seq = latest.article")
	}
	s.where = append(s.where, like...)
}

const (
	// mostPublished is how many of what is published have their headlines looked through for
	// words, the latest: Query.Found has what readers find, however old.
	mostPublished = 2000
	// MostRejected is the same of what was rejected, which no index has: some 40
	// milliseconds of a CPU, of the 60 that a filter may cost.
	MostRejected = 20_000
)

// latestOf selects what of a list that never ends is looked through, and of that the most.
var latestOf = map[Shelf]struct {
	text string
	most int
}{
	Published: {"SELECT seq AS article FROM article WHERE status = 'published' ORDER BY published DESC, seq DESC", mostPublished},
	Rejected:  {"SELECT seq AS article FROM article WHERE status = 'rejected' AND status <> 'published' ORDER BY seq DESC", MostRejected},
}

// lowerASCII is what SQL's lower makes of text on every engine at least.
func lowerASCII(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'A' && c <= 'Z' {
			return c + 'a' - 'A'
		}
		return c
	}, s)
}

// likeLiteral is s for a LIKE that means it letter by letter.
func likeLiteral(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

func (q Query) statement(also string) (s statement) {
	s.from(q, also)
	order := "article.seq DESC"
	picked := "article.seq"
	switch {
	case also == isNominated:
		order, picked = "nominated DESC, article.seq DESC", "article.seq, named.nominated"
	case q.Order == OldestFirst && q.Shelf == Published:
		order = "article.published, article.seq"
	case q.Order == OldestFirst:
		order = "article.seq"
	case q.Shelf == Scheduled:
		order = "article.scheduled, article.seq"
	case q.Shelf == Published:
		order = "article.published DESC, article.seq DESC"
	}
	s.text = `WITH picked AS (SELECT ` + picked + ` FROM ` + s.tables + ` WHERE ` + strings.Join(s.where, " AND ") +
		` ORDER BY ` + order + fmt.Sprintf(` LIMIT %d OFFSET %d)`, q.Limit, q.Offset) +
		` SELECT ` + rowColumns + ` FROM picked JOIN article ON article.seq = picked.seq LEFT JOIN ruling ON ruling.article = article.seq
		ORDER BY ` + order
	return s
}

// counting counts the rows of q, at most most.
func (q Query) counting(also string, most int) (s statement) {
	s.from(q, also)
	order := ""
	if q.Shelf == Published { // it has an index; who looks for any finds them sooner in the table, or never
		order = " ORDER BY article.published"
	}
	s.text = `SELECT count(*) FROM (SELECT 1 FROM ` + s.tables + ` WHERE ` + strings.Join(s.where, " AND ") + order + fmt.Sprintf(" LIMIT %d) AS counted", most)
	return s
}

var rowColumns = `article.seq, article.id, article.slug, article.status, article.headline, article.link, article.author, article.source,
	article.section, article.language, article.key_points, article.summary, substr(article.body, 1, ` + fmt.Sprint(startBytes) + `), article.words,
	coalesce(article.source_published, article.first_seen), article.published, article.scheduled, article.reason, article.corrected,
	coalesce(ruling.decision, ''), coalesce(ruling.rule, ''), coalesce(ruling.reason, ''),
	(SELECT count(*) FROM nomination WHERE nomination.article = article.seq), (SELECT count(*) FROM note WHERE note.article = article.seq),
	EXISTS (SELECT 1 FROM pin WHERE pin.article = article.seq),
	(SELECT count(*) FROM same JOIN same AS other ON other.head = same.head AND other.article <> same.article
		JOIN article AS twin ON twin.seq = other.article AND twin.status || '' = article.status
		WHERE same.article = article.seq AND article.status = 'incoming')
		+ (SELECT count(*) FROM attached WHERE attached.head = article.seq),
	coalesce((SELECT coalesce(nullif(source.title, ''), nullif(source.feed_title, ''), source.id) FROM source WHERE source.id = article.source), ''),
	coalesce((SELECT actor || '
' || what FROM action WHERE kind = 'article' AND ref = article.id
		AND (what = 'add' OR after IN ('incoming', '` + binned + `', 'published', 'rejected', 'withdrawn') OR after LIKE 'scheduled for %' OR after LIKE '` + attachedTo + `%') ORDER BY action.id DESC LIMIT 1), '')`

func scanRow(rows *sql.Rows) (v Row, err error) {
	var points, act string
	var start content.HTML // cut anywhere: only its text is of use
	var came int64
	var published, scheduled, corrected sql.NullInt64
	if err = rows.Scan(&v.Seq, &v.ID, &v.Slug, &v.Status, &v.Headline, &v.Link, &v.Author, &v.Source, &v.Section, &v.Language,
		&points, &v.Summary, &start, &v.Words, &came, &published, &scheduled, &v.Reason, &corrected,
		&v.Decision, &v.Rule, &v.RuleReason, &v.Nominations, &v.Notes, &v.Pinned, &v.Others, &v.SourceName, &act); err != nil {
		return v, err
	}
	v.Dated, v.Published, v.Scheduled, v.Corrected = at(came), maybe(published), maybe(scheduled), corrected.Valid
	v.Actor, v.Act, _ = strings.Cut(act, "\n")
	v.Start = text.Cut(start.PlainText(), startChars)
	return v, json.Unmarshal([]byte(points), &v.KeyPoints)
}

// maybe is a stored moment that may be none.
func maybe(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return at(ms.Int64)
}

// Twins are the other articles that a row stands for, the first that came first:
// those of its group that are incoming as it is, and those that are attached to it.
func (r *Room) Twins(ctx context.Context, seqs []int64) (map[int64][]Twin, error) {
	twins := map[int64][]Twin{}
	for _, seq := range seqs { // a page has a handful of groups
		list, err := r.twins(ctx, seq)
		if err != nil {
			return nil, fmt.Errorf("what is the same: %w", err)
		}
		twins[seq] = list
	}
	return twins, nil
}

// Twin is an article that is the same as another.
type Twin struct {
	ID, Headline, Source, Link string
	Came                       time.Time
}

func (r *Room) twins(ctx context.Context, seq int64) (list []Twin, err error) {
	rows, err := r.engine.Reader().QueryContext(ctx, `
		SELECT article.id, article.headline, article.source, article.link, article.first_seen
		FROM same JOIN same AS other ON other.head = same.head AND other.article <> same.article
		JOIN article ON article.seq = other.article JOIN article AS first ON first.seq = same.article
		WHERE same.article = $1 AND article.status = 'incoming' AND first.status = 'incoming'
		UNION ALL
		SELECT article.id, article.headline, article.source, article.link, article.first_seen
		FROM attached JOIN article ON article.seq = attached.article WHERE attached.head = $1 ORDER BY 5, 1`, seq)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var t Twin
		var came int64
		if err := rows.Scan(&t.ID, &t.Headline, &t.Source, &t.Link, &came); err != nil {
			return nil, err
		}
		t.Came = at(came)
		list = append(list, t)
	}
	return list, rows.Err()
}
