package db

import (
	"context"
	"fmt"
	"time"
)

// Ask asks the worker for a pass over a source. It is answered by the first
// pass whose request was made after it.
type Ask struct {
	ID     int64
	Source string
	At     time.Time
}

// AskPasses asks the worker for a pass over each source.
func (d *DB) AskPasses(ctx context.Context, sources []string) ([]Ask, error) {
	return write(ctx, d, func(t *tx) ([]Ask, error) {
		asks := make([]Ask, len(sources))
		for i, id := range sources {
			asks[i] = Ask{Source: id, At: t.now}
			if err := t.QueryRowContext(ctx,
				`INSERT INTO ask (source, at) VALUES ($1, $2) RETURNING id`, id, ms(t.now)).Scan(&asks[i].ID); err != nil {
				return nil, fmt.Errorf("ask for %s: %w", id, err)
			}
		}
		return asks, nil
	})
}

// OpenAsks returns the asks that no pass has answered yet, oldest first.
func (d *DB) OpenAsks(ctx context.Context) ([]Ask, error) {
	return collect(ctx, d.r, func(r row) (a Ask, err error) {
		err = r.Scan(&a.ID, &a.Source, msTime{&a.At})
		return a, err
	}, `SELECT id, source, at FROM ask WHERE pass IS NULL ORDER BY id`)
}

// askKept is how long an answered ask waits for whoever asked.
const askKept = time.Hour

// anyAsks reports whether a pass may have to answer one, so that a transaction
// of many passes looks once.
func (t *tx) anyAsks(ctx context.Context) (open bool, err error) {
	err = t.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM ask WHERE pass IS NULL)`).Scan(&open)
	return open, err
}

// answerAsks gives the pass to those who asked for it.
func (t *tx) answerAsks(ctx context.Context, p Pass, pass int64) error {
	if _, err := t.ExecContext(ctx, `
		UPDATE ask SET pass = $2 WHERE source = $1 AND pass IS NULL AND (at <= $3 OR at > $4)`,
		p.Source, pass, ms(p.At), ms(t.now)); err != nil { // one to come was asked before the clock was set back
		return err
	}
	_, err := t.ExecContext(ctx, `DELETE FROM ask WHERE pass IS NOT NULL AND at < $1`, ms(t.now.Add(-askKept)))
	return err
}

// Answers returns, by the id of the ask, the passes that have answered so far.
func (d *DB) Answers(ctx context.Context, asks []Ask) (map[int64]PassRow, error) {
	answers := map[int64]PassRow{}
	if len(asks) == 0 {
		return answers, nil
	}
	lowest, mine := asks[0].ID, map[int64]bool{}
	for _, a := range asks {
		lowest, mine[a.ID] = min(lowest, a.ID), true
	}
	var id int64
	for p, err := range each(ctx, d.r, func(r row) (PassRow, error) { return scanPass(r, &id) }, `
		SELECT ask.id, `+passColumns+` FROM ask JOIN pass ON pass.id = ask.pass WHERE ask.id >= $1`, lowest) {
		if err != nil {
			return nil, err
		}
		if mine[id] {
			answers[id] = p
		}
	}
	return answers, nil
}
