package record

import (
	"context"
	"fmt"
	"time"

	"courant/db/sqlrow"
	"courant/db/state"
)

// Stats is what an operator watches of a store.
type Stats struct {
	Articles map[state.Article]int
	Comments map[state.Comment]int
	Sources  map[string]int // configured ones, by state; "paused" where nobody polls them
	Due      int            // sources that wait to be polled
	Lag      time.Duration  // how long the one that waits longest has been due
	Bytes    int64          // of the database file
	LogBytes int64          // of its write-ahead log
}

// Running is a store with its clock: an open db.DB.
type Running interface {
	Store
	Now() time.Time
	Sizes(ctx context.Context) (data, log int64)
}

// StatsOf reads them, at the cost of a few index scans.
func StatsOf(ctx context.Context, d Running) (Stats, error) {
	s := Stats{}
	var err error
	if s.Articles, err = counts[state.Article](ctx, d, `
		SELECT status, count(*) FROM article WHERE status <> 'published' GROUP BY status
		UNION ALL SELECT 'published', count(*) FROM article WHERE status = 'published' HAVING count(*) > 0`); err != nil {
		return s, err
	}
	if s.Comments, err = counts[state.Comment](ctx, d, `SELECT status, count(*) FROM comment GROUP BY status`); err != nil {
		return s, err
	}
	if s.Sources, err = counts[string](ctx, d, `
		SELECT CASE WHEN paused + paused_config = 0 THEN state ELSE 'paused' END AS shown, count(*)
		FROM source WHERE configured = 1 GROUP BY shown`); err != nil {
		return s, err
	}
	var first time.Time
	now := d.Now()
	if err := d.Reader().QueryRowContext(ctx, `
		SELECT count(*), min(next_due) FROM source
		WHERE configured = 1 AND paused = 0 AND paused_config = 0 AND (next_due IS NULL OR next_due <= $1) AND state NOT IN ($2, $3)`, sqlrow.Milli(now), state.Gone, state.Merged).Scan(&s.Due, sqlrow.Time(&first)); err != nil {
		return s, fmt.Errorf("count: %w", err)
	}
	if !first.IsZero() {
		s.Lag = now.Sub(first)
	}
	s.Bytes, s.LogBytes = d.Sizes(ctx)
	return s, nil
}

// counts are the rows of a query that counts by name.
func counts[K ~string](ctx context.Context, d Store, text string) (map[K]int, error) {
	byName := map[K]int{}
	var n int
	for name, err := range sqlrow.Each(ctx, d.Reader(), func(r sqlrow.Row) (name K, err error) {
		err = r.Scan(&name, &n)
		return name, err
	}, text) {
		if err != nil {
			return nil, fmt.Errorf("count: %w", err)
		}
		byName[name] = n
	}
	return byName, nil
}
