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
	asks := make([]Ask, len(sources))
	err := d.inTx(ctx, func(t *tx) error {
		for i, id := range sources {
			asks[i] = Ask{Source: id, At: t.now}
			if err := t.QueryRowContext(ctx,
				`INSERT INTO ask (source, at) VALUES ($1, $2) RETURNING id`, id, ms(t.now)).Scan(&asks[i].ID); err != nil {
				return fmt.Errorf("ask for %s: %w", id, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return asks, nil
}

// OpenAsks returns the asks that no pass has answered yet, oldest first.
func (d *DB) OpenAsks(ctx context.Context) ([]Ask, error) {
	rows, err := d.r.QueryContext(ctx, `SELECT id, source, at FROM ask WHERE pass IS NULL ORDER BY id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Ask
	for rows.Next() {
		var a Ask
		if err := rows.Scan(&a.ID, &a.Source, msTime{&a.At}); err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	return list, rows.Err()
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
	rows, err := d.r.QueryContext(ctx, `
		SELECT ask.id, `+passColumns+` FROM ask JOIN pass ON pass.id = ask.pass WHERE ask.id >= $1`, lowest)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		p, err := scanPass(rows, &id)
		if err != nil {
			return nil, err
		}
		if mine[id] {
			answers[id] = p
		}
	}
	return answers, rows.Err()
}
