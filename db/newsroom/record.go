package newsroom

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"courant/db/record"
	"courant/db/sqlrow"
)

// LogQuery selects lines of the log of actions; the latest come first.
type LogQuery struct {
	Actor, Kind, Ref string // empty: any
	Before           int64  // only lines with a smaller number; 0: from the latest
	Limit            int
}

// LogLine is a line of the log, with its number and the headline of the article that
// it is about, where it is about one.
type LogLine struct {
	Number int64
	record.Action
	Headline string
}

// Log returns the lines that q selects. No line is ever changed, and none goes.
func (r *Room) Log(ctx context.Context, q LogQuery) ([]LogLine, error) {
	where, args := []string{"1 = 1"}, []any{}
	add := func(column string, value any) {
		args = append(args, value)
		where = append(where, fmt.Sprintf("%s $%d", column, len(args)))
	}
	if q.Actor != "" {
		add("action.actor =", q.Actor)
	}
	if q.Kind != "" {
		add("action.kind =", q.Kind)
	}
	if q.Ref != "" {
		add("action.ref =", q.Ref)
	}
	if q.Before > 0 {
		add("action.id <", q.Before)
	}
	return sqlrow.Collect(ctx, r.engine.Reader(), func(row sqlrow.Row) (l LogLine, err error) {
		err = row.Scan(&l.Number, sqlrow.Time(&l.At), &l.Actor, &l.Kind, &l.Ref, &l.What, &l.Detail, &l.Before, &l.After, &l.Headline)
		return l, err
	}, `
		SELECT action.id, action.at, action.actor, action.kind, action.ref, action.what, action.detail, action.before, action.after,
			coalesce((SELECT headline FROM article WHERE action.kind = 'article' AND article.id = action.ref), '')
		FROM action WHERE `+strings.Join(where, " AND ")+fmt.Sprintf(" ORDER BY action.id DESC LIMIT %d", q.Limit), args...)
}

// Intake is what became of what a source sent. Nothing is counted beyond MostCounted.
type Intake struct {
	Incoming            int
	Published, Rejected int      // in the last four weeks
	Reasons             []Reason // of rejections in that time, the most frequent first
	Passes, NotModified int      // of its last answers
}

// Reason is one of rejections.
type Reason struct {
	Text  string
	Times int
}

const (
	// intakeDays is how far back is counted.
	intakeDays = 28
	// MostCounted is where the counts of an intake end. A page that counts that of some
	// tens of sources looks at some entries of indexes then, however many articles there
	// are.
	MostCounted = 1000
)

// intakes counts for each source of $1 what came since $2, up to MostCounted, and its
// last 200 answers.
const intakes = `
	SELECT value,
		(SELECT count(*) FROM (SELECT 1 FROM article WHERE source = value AND status = 'incoming' AND aside = 0 LIMIT 1000) AS waiting),
		(SELECT count(*) FROM (SELECT 1 FROM article WHERE source = value AND status = 'published' AND published >= $2 LIMIT 1000) AS shown),
		(SELECT count(*) FROM (SELECT 1 FROM article WHERE source = value AND status = 'rejected' AND first_seen >= $2 LIMIT 1000) AS refused),
		(SELECT count(*) FROM (SELECT status FROM pass WHERE source = value ORDER BY id DESC LIMIT 200) AS answers WHERE status > 0),
		(SELECT count(*) FROM (SELECT status FROM pass WHERE source = value ORDER BY id DESC LIMIT 200) AS answers WHERE status = 304)
	FROM json_each($1)`

// reasons counts why articles of the source $1 that came since $2 were rejected, of the
// last MostCounted.
const reasons = `
	SELECT reason, count(*) FROM (
		SELECT reason FROM article WHERE source = $1 AND status = 'rejected' AND first_seen >= $2 ORDER BY first_seen DESC LIMIT 1000) AS refused
	WHERE reason <> '' GROUP BY reason ORDER BY 2 DESC, 1`

// Intakes are those of some sources, by id.
func (r *Room) Intakes(ctx context.Context, sources []string) (map[string]Intake, error) {
	all, since := map[string]Intake{}, r.now().AddDate(0, 0, -intakeDays).UnixMilli()
	for row, err := range sqlrow.Each(ctx, r.engine.Reader(), func(row sqlrow.Row) (v struct {
		id string
		in Intake
	}, err error,
	) {
		err = row.Scan(&v.id, &v.in.Incoming, &v.in.Published, &v.in.Rejected, &v.in.Passes, &v.in.NotModified)
		return v, err
	}, intakes, sqlrow.Text(sources), since) {
		if err != nil {
			return nil, fmt.Errorf("count what sources sent: %w", err)
		}
		all[row.id] = row.in
	}
	for id, in := range all {
		if in.Rejected == 0 {
			continue
		}
		var err error
		if in.Reasons, err = sqlrow.Collect(ctx, r.engine.Reader(), func(row sqlrow.Row) (v Reason, err error) {
			err = row.Scan(&v.Text, &v.Times)
			return v, err
		}, reasons, id, since); err != nil {
			return nil, fmt.Errorf("reasons of rejections: %w", err)
		}
		all[id] = in
	}
	return all, nil
}

// ReasonAfter stands between the name of who moderated a comment and the reason.
const ReasonAfter = ": "

// RemovalReasons are those for which comments were removed or called spam in the last
// four weeks, the most frequent first.
func (r *Room) RemovalReasons(ctx context.Context) ([]Reason, error) {
	times := map[string]int{}
	for row, err := range sqlrow.Each(ctx, r.engine.Reader(), func(row sqlrow.Row) (v Reason, err error) {
		err = row.Scan(&v.Text, &v.Times)
		return v, err
	}, `
		SELECT reason, count(*) FROM comment WHERE status IN ('removed', 'spam') AND decided >= $1 GROUP BY reason`,
		r.now().AddDate(0, 0, -intakeDays).UnixMilli()) {
		if err != nil {
			return nil, fmt.Errorf("reasons of removals: %w", err)
		}
		if _, reason, is := strings.Cut(row.Text, ReasonAfter); is {
			times[reason] += row.Times
		}
	}
	var list []Reason
	for reason, n := range times {
		list = append(list, Reason{reason, n})
	}
	slices.SortFunc(list, func(a, b Reason) int {
		return cmp.Or(cmp.Compare(b.Times, a.Times), strings.Compare(a.Text, b.Text))
	})
	return list, nil
}
