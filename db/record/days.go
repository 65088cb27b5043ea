package record

import (
	"context"
	"fmt"
	"time"

	"courant/db/sqlrow"
)

// Day is what readers got on a day.
type Day struct {
	Begins   time.Time // its midnight, in the zone that was asked for
	Articles int       // that were published on it
	Sources  int       // that those are of
	Comments int       // that were written on it and can be read
}

// Days are the last so many days up to now in a zone, the newest first.
func Days(ctx context.Context, s Store, now time.Time, zone *time.Location, days int) ([]Day, error) {
	y, m, d := now.In(zone).Date()
	midnight := func(back int) time.Time { return time.Date(y, m, d-back, 0, 0, 0, 0, zone) }
	list, sources := make([]Day, days), make([]map[string]bool, days)
	index := map[string]int{}
	for i := range list {
		list[i].Begins, sources[i] = midnight(i), map[string]bool{}
		index[list[i].Begins.Format(time.DateOnly)] = i
	}
	first, end := sqlrow.Milli(midnight(days-1)), sqlrow.Milli(midnight(-1))
	var at time.Time
	for source, err := range sqlrow.Each(ctx, s.Reader(), func(r sqlrow.Row) (source string, err error) {
		err = r.Scan(sqlrow.Time(&at), &source)
		return source, err
	}, `SELECT published, source FROM article WHERE status = 'published' AND published >= $1 AND published < $2`, first, end) {
		if err != nil {
			return nil, fmt.Errorf("count articles by day: %w", err)
		}
		if i, is := index[at.In(zone).Format(time.DateOnly)]; is {
			list[i].Articles++
			sources[i][source] = true
		}
	}
	for at, err := range sqlrow.Each(ctx, s.Reader(), func(r sqlrow.Row) (at time.Time, err error) {
		err = r.Scan(sqlrow.Time(&at))
		return at, err
	}, `SELECT created FROM comment WHERE status = 'approved' AND created >= $1 AND created < $2`, first, end) {
		if err != nil {
			return nil, fmt.Errorf("count comments by day: %w", err)
		}
		if i, is := index[at.In(zone).Format(time.DateOnly)]; is {
			list[i].Comments++
		}
	}
	for i := range list {
		list[i].Sources = len(sources[i])
	}
	return list, nil
}
