package db

import (
	"context"
	"slices"
	"time"

	"courant/db/sqlrow"
)

// nextPublished is now, but never before what was published last, so that a
// clock that steps back does not reorder the lists.
func (t *tx) nextPublished(ctx context.Context) (time.Time, error) {
	var newest time.Time
	err := t.laterEach(ctx, func(r sqlrow.Row) error { return r.Scan(sqlrow.Time(&newest)) },
		`SELECT max(published) FROM article WHERE status = 'published'`)
	if err == nil {
		err = t.Flush(ctx)
	}
	return latest(newest, t.now), err
}

// datesAlone has no other transaction give rows of table their dates until t ends:
// two that take many each would come upon each other's again and again, and each
// time do all their work anew. What is rare is not worth the wait: one that finds
// its moment taken by then is run again (see engine.Schema).
func (t *tx) datesAlone(ctx context.Context, table string) error {
	return t.Alone(ctx, "dates of "+table)
}

// freeMoment is the first millisecond from at on that no row of table has as
// its updated (A3).
func (t *tx) freeMoment(ctx context.Context, table string, at time.Time) (time.Time, error) {
	if t.free != nil && t.free.table == table { // what it gave may not be stored yet
		list, err := t.free.take(ctx, []time.Time{at})
		if err != nil {
			return time.Time{}, err
		}
		return list[0], nil
	}
	next := at.UnixMilli()
	for taken, err := range sqlrow.Each(ctx, t, sqlrow.Column[int64], `SELECT updated FROM `+table+` WHERE updated >= $1 ORDER BY updated`, next) {
		if err != nil {
			return time.Time{}, err
		}
		if taken != next {
			break
		}
		next++
	}
	return time.UnixMilli(next).UTC(), nil
}

// moments gives many rows of one transaction their updated, no two alike (A3).
// What it costs grows with how many it gives, however many want the same one: it
// looks at each stretch of time once, at many in one query, and remembers which
// moments are taken.
type moments struct {
	t      *tx
	table  string
	from   int64           // where the first stretch begins
	next   map[int64]int64 // of a taken moment: where to look on
	looked map[int64]int64 // of a stretch: from when on its taken moments are in next
}

// stretch is how many milliseconds are looked at together.
const stretch = 1024

func (t *tx) moments(table string) *moments {
	return &moments{t: t, table: table, next: map[int64]int64{}, looked: map[int64]int64{}}
}

// momentsFrom are moments of which none before at is asked for: nor is what is taken
// there looked at.
func (t *tx) momentsFrom(table string, at time.Time) *moments {
	m := t.moments(table)
	m.from = at.UnixMilli()
	return m
}

// take is, for each of some moments, the first millisecond from it on that no row has
// and that was not taken before.
func (m *moments) take(ctx context.Context, wanted []time.Time) ([]time.Time, error) {
	if err := m.look(ctx, wanted); err != nil {
		return nil, err
	}
	list := make([]time.Time, len(wanted))
	for i, at := range wanted {
		ms := m.free(at.UnixMilli())
		for !m.knows(ms) {
			if err := m.look(ctx, []time.Time{time.UnixMilli(ms)}); err != nil {
				return nil, err
			}
			ms = m.free(ms)
		}
		m.next[ms] = ms + 1
		list[i] = time.UnixMilli(ms).UTC()
	}
	return list, nil
}

// free follows next from ms to the first moment that is not known to be taken,
// and shortens the way for whoever asks again.
func (m *moments) free(ms int64) int64 {
	end := ms
	for next, taken := m.next[end]; taken; next, taken = m.next[end] {
		end = next
	}
	for ms != end {
		next := m.next[ms]
		m.next[ms] = end
		ms = next
	}
	return end
}

// knows reports whether the stretch that a moment is in was looked at from there on.
func (m *moments) knows(ms int64) bool {
	from, looked := m.looked[m.stretch(ms)]
	return looked && from <= ms
}

// stretch is the number of the one that a moment is in.
func (m *moments) stretch(ms int64) int64 { return (ms - m.from) / stretch }

// look looks at the stretches that some moments are in, or the first after them that
// are not known to be taken, from these on, unless it has: what is known to be taken
// before them may be as much as all that was stored ahead.
func (m *moments) look(ctx context.Context, list []time.Time) error {
	if asked, err := m.ask(ctx, list); err != nil || !asked {
		return err
	}
	return m.t.Flush(ctx)
}

// ask is look, with whatever is asked next, if there is anything to look at.
func (m *moments) ask(ctx context.Context, list []time.Time) (asked bool, err error) {
	wanted := make([]int64, len(list))
	for i, at := range list {
		wanted[i] = m.free(at.UnixMilli())
	}
	slices.Sort(wanted) // the first of a stretch covers it
	var starts []int64
	for _, ms := range slices.Compact(wanted) {
		if !m.knows(ms) {
			m.looked[m.stretch(ms)] = ms
			starts = append(starts, ms)
		}
	}
	if len(starts) == 0 {
		return false, nil
	}
	return true, m.t.laterEach(ctx, func(r sqlrow.Row) error {
		taken, err := sqlrow.Column[int64](r)
		m.next[taken] = taken + 1
		return err
	}, `
		SELECT taken.updated FROM json_each($1) AS start CROSS JOIN `+m.table+` AS taken
		WHERE taken.updated >= CAST(start.value AS BIGINT) AND taken.updated < CAST(start.value AS BIGINT) + $2`, sqlrow.Text(starts), stretch)
}

// firstDate is before the first page of the web. A date before it is a clock
// or a program gone wrong, most often by counting from 1970.
func firstDate() time.Time { return time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC) }

// plausible is t, or none where it cannot be right as seen at now.
func plausible(t, now time.Time) time.Time {
	if t.After(now) || t.Before(firstDate()) {
		return time.Time{}
	}
	return t
}

// sourceDate is the source's own date of an article where that can be right,
// else now.
func sourceDate(a Article, now time.Time) time.Time {
	if at := plausible(a.SourcePublished, now); !at.IsZero() {
		return at
	}
	return now
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
