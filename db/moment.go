package db

import (
	"context"
	"time"
)

// nextPublished is now, but never before what was published last, so that a
// clock that steps back does not reorder the lists.
func (t *tx) nextPublished(ctx context.Context) (time.Time, error) {
	var newest time.Time
	err := t.QueryRowContext(ctx,
		`SELECT max(published) FROM article WHERE status = 'published'`).Scan(msTime{&newest})
	if newest.After(t.now) {
		return newest, err
	}
	return t.now, err
}

// freeMoment is the first millisecond from at on that no row of table has as
// its updated (A3).
func (t *tx) freeMoment(ctx context.Context, table string, at time.Time) (time.Time, error) {
	next := at.UnixMilli()
	for taken, err := range each(ctx, t, column[int64], `SELECT updated FROM `+table+` WHERE updated >= $1 ORDER BY updated`, next) {
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
