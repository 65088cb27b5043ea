package db

import (
	"context"
	"fmt"
	"os"
	"time"
)

// Stats is what an operator watches of a store.
type Stats struct {
	Articles map[Status]int
	Comments map[CommentStatus]int
	Sources  map[string]int // configured ones, by state; "paused" where nobody polls them
	Due      int            // sources that wait to be polled
	Lag      time.Duration  // how long the one that waits longest has been due
	Bytes    int64          // of the database file
	LogBytes int64          // of its write-ahead log
}

// Stats reads them, at the cost of a few index scans.
func (d *DB) Stats(ctx context.Context) (Stats, error) {
	s := Stats{Comments: map[CommentStatus]int{}, Sources: map[string]int{}}
	var err error
	if s.Articles, err = d.CountArticles(ctx); err != nil {
		return s, fmt.Errorf("count: %w", err)
	}
	if err := d.count(ctx, `SELECT status, count(*) FROM comment GROUP BY status`, func(name string, n int) {
		s.Comments[CommentStatus(name)] = n
	}); err != nil {
		return s, fmt.Errorf("count: %w", err)
	}
	if err := d.count(ctx, `
		SELECT CASE WHEN paused + paused_config = 0 THEN state ELSE 'paused' END AS shown, count(*)
		FROM source WHERE configured = 1 GROUP BY shown`, func(name string, n int) {
		s.Sources[name] = n
	}); err != nil {
		return s, fmt.Errorf("count: %w", err)
	}
	var first time.Time
	now := d.Now()
	if err := d.r.QueryRowContext(ctx, `
		SELECT count(*), min(next_due) FROM source
		WHERE `+active+` AND (next_due IS NULL OR next_due <= $1) AND state NOT IN ('gone', 'merged')`, ms(now)).Scan(&s.Due, msTime{&first}); err != nil {
		return s, fmt.Errorf("count: %w", err)
	}
	if !first.IsZero() {
		s.Lag = now.Sub(first)
	}
	if info, err := os.Stat(d.path); err == nil {
		s.Bytes = info.Size()
	}
	if info, err := os.Stat(d.path + "-wal"); err == nil {
		s.LogBytes = info.Size()
	}
	return s, nil
}

// count calls f with each row of a query that counts by name.
func (d *DB) count(ctx context.Context, query string, f func(name string, n int)) error {
	rows, err := d.r.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var n int
		if err := rows.Scan(&name, &n); err != nil {
			return err
		}
		f(name, n)
	}
	return rows.Err()
}

// Probe writes a little to the disk, to see whether it takes writes.
func (d *DB) Probe(ctx context.Context) error {
	return d.inTx(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, `
			INSERT INTO meta (key, value) VALUES ('probed', $1)
			ON CONFLICT (key) DO UPDATE SET value = excluded.value`, fmt.Sprint(t.now.UnixMilli()))
		if err != nil {
			return fmt.Errorf("probe the disk: %w", err)
		}
		return nil
	})
}
