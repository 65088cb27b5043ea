package newsroom

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

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

// Intake is what became of what a source sent.
type Intake struct {
	Published, Incoming, Rejected int
	Reasons                       []Reason // of rejections, the most frequent first
	Passes, NotModified           int      // of the last four weeks
	LastItem                      time.Time
}

// Reason is one of rejections.
type Reason struct {
	Text  string
	Times int
}

// intakeDays is how far back passes are counted.
const intakeDays = 28

// Intakes are those of all sources that sent anything, by id.
func (r *Room) Intakes(ctx context.Context) (map[string]Intake, error) {
	all := map[string]Intake{}
	for row, err := range sqlrow.Each(ctx, r.engine.Reader(), func(row sqlrow.Row) (v struct {
		id string
		in Intake
	}, err error,
	) {
		err = row.Scan(&v.id, &v.in.Published, &v.in.Incoming, &v.in.Rejected, sqlrow.Time(&v.in.LastItem))
		return v, err
	}, `
		SELECT source, count(*) FILTER (WHERE status = 'published'), count(*) FILTER (WHERE status = 'incoming'),
			count(*) FILTER (WHERE status = 'rejected'), max(first_seen) FROM article GROUP BY source`) {
		if err != nil {
			return nil, err
		}
		all[row.id] = row.in
	}
	since := r.now().AddDate(0, 0, -intakeDays).UnixMilli()
	for row, err := range sqlrow.Each(ctx, r.engine.Reader(), func(row sqlrow.Row) (v struct {
		id           string
		passes, same int
	}, err error,
	) {
		err = row.Scan(&v.id, &v.passes, &v.same)
		return v, err
	}, `SELECT source, count(*), count(*) FILTER (WHERE status = 304) FROM pass WHERE at >= $1 AND status > 0 GROUP BY source`, since) {
		if err != nil {
			return nil, err
		}
		in := all[row.id]
		in.Passes, in.NotModified = row.passes, row.same
		all[row.id] = in
	}
	for row, err := range sqlrow.Each(ctx, r.engine.Reader(), func(row sqlrow.Row) (v struct {
		id     string
		reason Reason
	}, err error,
	) {
		err = row.Scan(&v.id, &v.reason.Text, &v.reason.Times)
		return v, err
	}, `SELECT source, reason, count(*) FROM article WHERE status = 'rejected' AND status <> 'published' AND reason <> '' GROUP BY source, reason ORDER BY 3 DESC, 2`) {
		if err != nil {
			return nil, err
		}
		in := all[row.id]
		in.Reasons = append(in.Reasons, row.reason)
		all[row.id] = in
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
