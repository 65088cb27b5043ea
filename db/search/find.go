package search

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"courant/db/content"
	"courant/db/search/query"
	"courant/db/sqlrow"
)

const (
	// Most is how many articles or comments a search finds, the best of them first.
	// Who wants others says more of what is wanted: nobody reads on from here.
	Most = 200
	// maxEndings is how many words a word stands for besides itself, and maxOpen how
	// many one does that ends in *.
	maxEndings = 24
	maxOpen    = 128
	// mostRead is how many candidates are read where phrases are looked for in each.
	mostRead = 5000
	// firstYear is before all dates of publication.
	firstYear = 1990
)

// Options are what Find needs besides the query.
type Options struct {
	Now time.Time // which age is counted from
	// Newest has the newest first, whatever they have to do with the query, and
	// looks for no others.
	Newest bool
	News   bool          // no articles that came from their source's past
	Most   int           // at most so many; 0: Most
	Budget time.Duration // after which no more is looked for; 0: none
}

// Hit is what was found.
type Hit struct {
	Seq int64
	At  time.Time // of its publication
	// score is how well it fits, from 0 to 1, less what its age costs.
	score float64
}

// Result is what Find found.
type Result struct {
	Hits []Hit
	// Cut means that there may be older ones, which were not looked at: there were
	// enough, or the time was up. Oldest is when the oldest that was looked at was
	// published.
	Cut    bool
	Oldest time.Time
}

// Find looks for q, which must want something (not query.Query.Empty).
//
// Candidates are the newest that have all the words, and of articles those too,
// however old, that have all of them in the headline. They are read, so that what
// readers cannot see any more is left out whatever the index says yet, phrases
// are looked for in the text, and they are weighed. How long that takes depends
// on how many candidates are read, not on how many there are.
func (x Index) Find(ctx context.Context, r sqlrow.Queryer, q query.Query, o Options) (Result, error) {
	f := finder{engine: x.engine, r: r, q: q, o: o, kind: Articles, until: time.Now().Add(o.Budget)}
	if o.Most == 0 {
		f.o.Most = Most
	}
	if q.Comments {
		f.kind = Comments
	}
	res, err := f.find(ctx)
	if err != nil {
		return Result{}, fmt.Errorf("search: %w", err)
	}
	return res, nil
}

type finder struct {
	engine engine
	r      sqlrow.Queryer
	q      query.Query
	o      Options
	kind   Kind
	until  time.Time
}

func (f *finder) find(ctx context.Context) (Result, error) {
	clauses, err := f.clauses(ctx, "")
	if err != nil {
		return Result{}, err
	}
	hits, cut, err := f.walk(ctx, clauses)
	if err != nil {
		return Result{}, err
	}
	res := Result{Cut: cut}
	for _, h := range hits {
		if res.Oldest.IsZero() || h.At.Before(res.Oldest) {
			res.Oldest = h.At
		}
	}
	// Where all were found that there are, those with the words in the headline are
	// among them.
	if cut && f.kind == Articles && !f.o.Newest && len(f.q.Terms) > 0 && !f.late() {
		top, err := f.clauses(ctx, markHeadline)
		if err != nil {
			return Result{}, err
		}
		more, _, err := f.walk(ctx, top)
		if err != nil {
			return Result{}, err
		}
		for _, h := range more {
			if !slices.ContainsFunc(hits, func(other Hit) bool { return other.Seq == h.Seq }) {
				hits = append(hits, h)
			}
		}
	}
	slices.SortFunc(hits, func(a, b Hit) int {
		if !f.o.Newest && a.score != b.score {
			return cmp.Compare(b.score, a.score)
		}
		if c := b.At.Compare(a.At); c != 0 {
			return c
		}
		return cmp.Compare(b.Seq, a.Seq)
	})
	res.Hits = hits[:min(len(hits), f.o.Most)]
	return res, nil
}

func (f *finder) late() bool { return f.o.Budget > 0 && time.Now().After(f.until) }

// clauses are what q wants of the words of a document. Words are looked for
// behind mark.
func (f *finder) clauses(ctx context.Context, mark string) ([]clause, error) {
	var list []clause
	for _, t := range f.q.Terms {
		if t.Not && len(t.Words) > 1 {
			continue // the words may be there; Matches looks how they stand
		}
		last := len(t.Words) - 1
		for _, w := range t.Words[:last] {
			list = append(list, clause{words: []string{mark + w}})
		}
		words, err := f.endings(ctx, t, mark)
		if err != nil {
			return nil, err
		}
		list = append(list, clause{words: words, not: t.Not})
	}
	for _, filter := range f.q.Filters {
		list = append(list, filterClause(filter))
	}
	if within := months(f.q.After, f.q.Before, f.o.Now); within != nil {
		list = append(list, clause{words: within})
	}
	return list, nil
}

// endings are the words that the last word of t stands for, behind mark. The
// shortest come first where there are too many: they are the nearest.
func (f *finder) endings(ctx context.Context, t query.Term, mark string) ([]string, error) {
	stem := t.Words[len(t.Words)-1]
	list := []string{mark + stem}
	most := maxEndings
	switch {
	case t.Open:
		most = maxOpen
	case t.Exact:
		return list, nil
	}
	found, err := f.engine.endings(ctx, f.r, f.kind, mark+stem, maxOpen)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(found, func(a, b string) int { return len(a) - len(b) })
	for _, w := range found {
		w = strings.TrimPrefix(w, mark)
		if len(list) <= most && w != stem && t.Stands(w) {
			list = append(list, mark+w)
		}
	}
	return list, nil
}

// filterClause is what a filter wants.
func filterClause(f query.Filter) clause {
	c := clause{not: f.Not, all: true}
	switch f.Field {
	case query.Source:
		c.words = []string{markSource + oneWord(f.Value)}
	case query.Section:
		c.words = []string{markSection + oneWord(f.Value)}
	case query.Tag:
		c.words = []string{markTag + tagWord(f.Value)}
	case query.Author:
		for w := range query.Words(f.Value) {
			c.words = append(c.words, markAuthor+w.Text)
		}
	}
	if len(c.words) == 0 {
		c.words = []string{markAuthor} // nobody is called so
	}
	return c
}

// months are words for all months between two moments, whole years by one word:
// a little more than was asked for. They are nil where both moments are zero.
func months(after, before, now time.Time) []string {
	if after.IsZero() && before.IsZero() {
		return nil
	}
	from := time.Date(firstYear, 1, 1, 0, 0, 0, 0, time.UTC)
	if after.After(from) {
		from = after.UTC()
	}
	to := now.UTC()
	if !before.IsZero() && before.Before(to) {
		to = before.UTC()
	}
	list := []string{}
	for at := time.Date(from.Year(), from.Month(), 1, 0, 0, 0, 0, time.UTC); !at.After(to); {
		if year := at.AddDate(1, 0, 0); at.Month() == time.January && !year.After(to) {
			list = append(list, yearWord(at.Year()))
			at = year
			continue
		}
		list = append(list, monthWord(at.Year(), int(at.Month())))
		at = at.AddDate(0, 1, 0)
	}
	if len(list) == 0 {
		list = append(list, yearWord(0)) // nothing is of this time
	}
	return list
}

// walk reads the newest that have what clauses want, and q's phrases, until there
// are enough or the time is up: then it was cut.
func (f *finder) walk(ctx context.Context, clauses []clause) (list []Hit, cut bool, err error) {
	stretches := []stretch{{}}
	if n := f.engine.newest(); n > 0 {
		last, err := sqlrow.Collect(ctx, f.r, sqlrow.Column[int64], "SELECT coalesce(max("+f.engine.number(f.kind)+"), 0) FROM search_"+string(f.kind))
		if err != nil {
			return nil, false, err
		}
		stretches = []stretch{{from: last[0] - n + 1}, {until: last[0] - n + 1}}
	}
	for _, s := range stretches {
		more, cut, err := f.read(ctx, clauses, s, f.o.Most-len(list))
		list = append(list, more...)
		if err != nil || cut {
			return list, cut, err
		}
	}
	return list, false, nil
}

// stretch is documents from one number on, or until before another; the zero one
// is all.
type stretch struct{ from, until int64 }

// read is walk in a stretch, for at most so many hits.
func (f *finder) read(ctx context.Context, clauses []clause, s stretch, hits int) (list []Hit, cut bool, err error) {
	most := hits
	if f.q.Careful() {
		most = mostRead
	}
	limited := ctx
	if f.o.Budget > 0 {
		// An engine that finds nothing for long returns to nobody: it is stopped.
		var cancel context.CancelFunc
		limited, cancel = context.WithDeadline(ctx, f.until.Add(f.o.Budget))
		defer cancel()
	}
	text, args := f.text(clauses, s, most)
	read := 0
	for c, err := range sqlrow.Each(limited, f.r, f.weigh, text, args...) {
		if err != nil {
			if limited.Err() != nil && ctx.Err() == nil {
				return list, true, nil
			}
			return nil, false, err
		}
		if c.ok {
			list = append(list, c.Hit)
		}
		if read++; len(list) == hits || read == most || f.late() {
			return list, true, nil
		}
	}
	return list, false, nil
}

// text selects candidates of a stretch, newest first, at most so many.
func (f *finder) text(clauses []clause, s stretch, most int) (string, []any) {
	condition, arg := f.engine.match(f.kind, "$1", clauses, s.from != 0)
	args := []any{arg}
	table, number := "search_"+string(f.kind), f.engine.number(f.kind)
	columns, joins, dated := "article.seq, article.published, article.headline, article.summary, article.key_points, article.body",
		" JOIN article ON article.seq = "+number, "article.published"
	if f.kind == Comments {
		columns, dated = "comment.seq, comment.created, comment.name, comment.body", "comment.created"
		joins = " JOIN comment ON comment.seq = " + number + " JOIN article ON article.seq = comment.article"
		condition += " AND comment.status = 'approved' AND article.thread <> 'off'"
	} else if !f.q.Careful() {
		columns = strings.TrimSuffix(columns, ", article.body") // it is long
	}
	condition += " AND article.status = 'published'"
	if f.o.News && f.kind == Articles {
		condition += " AND NOT EXISTS (SELECT 1 FROM history WHERE history.article = article.seq)"
	}
	if s.from != 0 {
		args = append(args, s.from)
		condition += fmt.Sprintf(" AND %s >= $%d", number, len(args))
	}
	if s.until != 0 {
		args = append(args, s.until)
		condition += fmt.Sprintf(" AND %s < $%d", number, len(args))
	}
	if !f.q.After.IsZero() {
		args = append(args, f.q.After.UnixMilli())
		condition += fmt.Sprintf(" AND %s >= $%d", dated, len(args))
	}
	if !f.q.Before.IsZero() {
		args = append(args, f.q.Before.UnixMilli())
		condition += fmt.Sprintf(" AND %s < $%d", dated, len(args))
	}
	args = append(args, most)
	return "SELECT " + columns + " FROM " + table + joins + " WHERE " + condition + " ORDER BY " + number + " DESC" + fmt.Sprintf(" LIMIT $%d", len(args)), args
}

// candidate is what has the words that are looked for.
type candidate struct {
	Hit
	ok bool // and the phrases
}

// weigh reads a candidate, and says how well it fits.
func (f *finder) weigh(s sqlrow.Row) (h candidate, err error) {
	var headline, summary string
	var points []string
	var body content.HTML
	dest := []any{&h.Seq, sqlrow.Time(&h.At), &headline}
	if f.kind == Articles {
		dest = append(dest, &summary, sqlrow.JSON(&points))
	}
	if f.kind == Comments || f.q.Careful() {
		dest = append(dest, &body)
	}
	if err := s.Scan(dest...); err != nil {
		return h, err
	}
	if f.q.Careful() {
		texts := said(body, summary, points)
		if f.kind == Articles {
			texts = append(texts, headline)
		}
		if !f.q.Matches(texts...) {
			return h, nil
		}
	}
	if f.kind == Articles && !f.o.Newest {
		h.score = aged(f.q.Score(headline, summary+"\n"+strings.Join(points, "\n")), f.o.Now.Sub(h.At))
	}
	h.ok = true
	return h, nil
}

const (
	// inText is the score of what has the words in its text alone.
	inText = 0.25
	// halfLife is the age at which news counts for half: an old headline of just
	// that is worth a mention of last week.
	halfLife = 90 * 24 * time.Hour
)

// aged is a match, from 0 to 1, less what age costs.
func aged(match float64, age time.Duration) float64 {
	return (inText + (1-inText)*match) / (1 + max(0, age.Hours())/halfLife.Hours())
}
