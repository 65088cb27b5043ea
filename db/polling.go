package db

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"courant/db/sqlrow"
)

// active is what makes a source one that is polled at all; the states named are
// those of package state that end polling until somebody acts.
const active = `configured = 1 AND paused = 0 AND paused_config = 0`

// isDue selects the sources that are due at $1: by the time that their last
// pass wrote down, whichever process that was in (P30). NULL: never polled.
const isDue = `(next_due IS NULL OR next_due <= $1 OR last_pass > $1)`

// EachDue is the active sources that are due by now, the longest due first, and
// those whose last pass lies in the future: the clock was set back, so that what
// is stored of them says little. Only those in one of shards count, which are all
// where shards is nil, and none in one of the states of never. Of each there is what
// dueColumns name, and no more.
func (d *DB) EachDue(ctx context.Context, now time.Time, shards []int, never ...string) iter.Seq2[Source, error] {
	return sqlrow.Each(ctx, d.r, sqlrow.Into(scannedDue), `
		SELECT `+dueColumns+` FROM source
		WHERE `+active+` AND `+isDue+`
			AND state NOT IN (SELECT value FROM json_each($2))
			AND (CAST($3 AS BIGINT) = 1 OR coalesce(shard, 0) IN (SELECT CAST(value AS BIGINT) FROM json_each($4)))
		ORDER BY next_due NULLS FIRST, position`, sqlrow.Milli(now), sqlrow.Text(never), shards == nil, sqlrow.Text(shards))
}

// EachActive is the sources that are polled at all, as EachDue has them, in no order:
// to sort all of them takes as long as to read them, and memory for each.
func (d *DB) EachActive(ctx context.Context) iter.Seq2[Source, error] {
	return sqlrow.Each(ctx, d.r, sqlrow.Into(scannedDue), `SELECT `+dueColumns+` FROM source WHERE `+active)
}

// DueIDs is EachDue for whom the ids are enough.
func (d *DB) DueIDs(ctx context.Context, now time.Time, never ...string) ([]string, error) {
	return sqlrow.Collect(ctx, d.r, sqlrow.Column[string], `
		SELECT id FROM source
		WHERE `+active+` AND `+isDue+`
			AND state NOT IN (SELECT value FROM json_each($2))
		ORDER BY next_due NULLS FIRST, position`, sqlrow.Milli(now), sqlrow.Text(never))
}

// ActiveIDs is EachActive for whom the ids are enough.
func (d *DB) ActiveIDs(ctx context.Context) ([]string, error) {
	return sqlrow.Collect(ctx, d.r, sqlrow.Column[string], `SELECT id FROM source WHERE `+active+` ORDER BY position`)
}

// SourcesIn returns the active sources in one of the given states.
func (d *DB) SourcesIn(ctx context.Context, states ...string) ([]Source, error) {
	return sqlrow.Collect(ctx, d.r, sqlrow.Into(scannedSource), `
		SELECT `+sourceColumns+` FROM source
		WHERE `+active+` AND state IN (SELECT value FROM json_each($1)) ORDER BY position`, sqlrow.Text(states))
}

// Due is a new due time of a source that no pass has set.
type Due struct {
	Source   string
	Was      time.Time // its last pass, as it was read; zero: it had none
	At       time.Time
	Reason   string
	LastPass time.Time // zero: as it was
	State    string    // empty: as it was
}

// Reschedule sets due times without a pass, for sources of which no request is
// under way, but for those that another worker has by now (see Fence), and those of
// which a pass was stored since they were read: what that says of them holds.
func (d *DB) Reschedule(ctx context.Context, list []Due) error {
	if len(list) == 0 {
		return nil
	}
	return d.inTx(ctx, func(t *tx) error {
		ids := make([]string, len(list))
		for i, due := range list {
			ids[i] = due.Source
		}
		lost, err := t.fenced(ctx, d, ids)
		if err != nil {
			return err
		}
		return t.reschedule(ctx, slices.DeleteFunc(slices.Clone(list), func(due Due) bool { return lost[due.Source] != nil }))
	})
}

func (t *tx) reschedule(ctx context.Context, list []Due) error {
	var set []string
	for _, due := range list {
		told := func(rows int64) {
			if rows > 0 {
				set = append(set, due.Source)
			}
		}
		if err := t.laterTold(ctx, told, `
			UPDATE source SET next_due = $2, reason = $3, last_pass = coalesce($4, last_pass),
				state = CASE WHEN $5 = '' THEN state ELSE $5 END
			WHERE id = $1 AND last_pass IS NOT DISTINCT FROM CAST($6 AS BIGINT)`,
			due.Source, sqlrow.Milli(due.At), due.Reason, sqlrow.Milli(due.LastPass), due.State, sqlrow.Milli(due.Was)); err != nil {
			return fmt.Errorf("reschedule %s: %w", due.Source, err)
		}
	}
	if err := t.Flush(ctx); err != nil {
		return fmt.Errorf("reschedule %d sources: %w", len(list), err)
	}
	return t.closeRequests(ctx, set)
}

// Ask asks the worker for a pass over a source. It is answered by the first
// pass whose request was made after it.
type Ask struct {
	ID     int64
	Source string
	Shard  int // of the source
	At     time.Time
}

// AskPasses asks the worker for a pass over each source.
func (d *DB) AskPasses(ctx context.Context, sources []string) ([]Ask, error) {
	return write(ctx, d, func(t *tx) ([]Ask, error) {
		asks := make([]Ask, len(sources))
		for i, id := range sources {
			asks[i] = Ask{Source: id, At: t.now}
			if err := t.QueryRowContext(ctx,
				`INSERT INTO ask (source, at) VALUES ($1, $2) RETURNING id`, id, sqlrow.Milli(t.now)).Scan(&asks[i].ID); err != nil {
				return nil, fmt.Errorf("ask for %s: %w", id, err)
			}
		}
		return asks, nil
	})
}

// OpenAsks returns the asks that no pass has answered yet, oldest first.
func (d *DB) OpenAsks(ctx context.Context) ([]Ask, error) {
	return sqlrow.Collect(ctx, d.r, func(r sqlrow.Row) (a Ask, err error) {
		err = r.Scan(&a.ID, &a.Source, &a.Shard, sqlrow.Time(&a.At))
		return a, err
	}, `
		SELECT ask.id, ask.source, coalesce(source.shard, 0), ask.at FROM ask JOIN source ON source.id = ask.source
		WHERE ask.pass IS NULL ORDER BY ask.id`)
}

// askKept is how long an answered ask waits for whoever asked.
const askKept = time.Hour

// answerAsks gives the pass that was just stored to those who asked for it. It is the
// source's latest: its row is ours to write, and held since saveSource.
func (t *tx) answerAsks(ctx context.Context, p Pass) error {
	if err := t.later(ctx, `
		UPDATE ask SET pass = (SELECT max(pass.id) FROM pass WHERE pass.source = $1) WHERE source = $1 AND pass IS NULL AND (at <= $2 OR at > $3)`,
		p.Source, sqlrow.Milli(p.At), sqlrow.Milli(t.now)); err != nil { // one to come was asked before the clock was set back
		return err
	}
	return t.later(ctx, `DELETE FROM ask WHERE pass IS NOT NULL AND at < $1`, sqlrow.Milli(t.now.Add(-askKept)))
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
	for p, err := range sqlrow.Each(ctx, d.r, func(r sqlrow.Row) (PassRow, error) { return scanPass(r, &id) }, `
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

// OpenRequest is a request that went out and whose pass is not stored.
type OpenRequest struct {
	Source string
	Shard  int // of the source
	At     time.Time
}

// OpenRequests returns the requests that are under way; before a worker begins, those
// in its shards are the ones over which the last one died.
func (d *DB) OpenRequests(ctx context.Context) ([]OpenRequest, error) {
	return outlasting(ctx, func() ([]OpenRequest, error) {
		return sqlrow.Collect(ctx, d.r, func(r sqlrow.Row) (o OpenRequest, err error) {
			err = r.Scan(&o.Source, &o.Shard, sqlrow.Time(&o.At))
			return o, err
		}, `
			SELECT request.source, coalesce(source.shard, 0), request.at FROM request JOIN source ON source.id = request.source
			ORDER BY request.at, request.source`)
	})
}

// ForgetRequests takes back that requests of the given sources went out, but of those
// that another worker has by now (see Fence).
func (d *DB) ForgetRequests(ctx context.Context, sources []string) error {
	if len(sources) == 0 {
		return nil
	}
	return d.inTx(ctx, func(t *tx) error {
		lost, err := t.fenced(ctx, d, sources)
		if err != nil {
			return err
		}
		return t.closeRequests(ctx, slices.DeleteFunc(slices.Clone(sources), func(id string) bool { return lost[id] != nil }))
	})
}

func (t *tx) openRequests(ctx context.Context, sources []string) error {
	if len(sources) == 0 {
		return nil
	}
	return t.later(ctx, `
		INSERT INTO request (source, at) SELECT value, $2 FROM json_each($1) WHERE true
		ON CONFLICT (source) DO UPDATE SET at = excluded.at`, sqlrow.Text(sources), sqlrow.Milli(t.now))
}

func (t *tx) closeRequests(ctx context.Context, sources []string) error {
	return t.later(ctx, `DELETE FROM request WHERE source IN (SELECT value FROM json_each($1))`, sqlrow.Text(sources))
}

// HostPause is a host, or a registrable domain, that asked to be left alone.
type HostPause struct {
	Host    string
	Until   time.Time // zero: over
	Strikes int       // how often in a row it named no time
}

// HostPauses returns the pauses that were stored and not ended.
func (d *DB) HostPauses(ctx context.Context) ([]HostPause, error) {
	return outlasting(ctx, func() ([]HostPause, error) {
		return sqlrow.Collect(ctx, d.r, func(r sqlrow.Row) (p HostPause, err error) {
			err = r.Scan(&p.Host, sqlrow.Time(&p.Until), &p.Strikes)
			return p, err
		}, `SELECT host, until, strikes FROM host`)
	})
}

// PrunePauses forgets the pauses that were over before the given moment, of hosts
// that nobody has asked since, and returns how many.
func (d *DB) PrunePauses(ctx context.Context, before time.Time) (n int64, err error) {
	return write(ctx, d, func(t *tx) (int64, error) {
		res, err := t.ExecContext(ctx, `DELETE FROM host WHERE until < $1`, sqlrow.Milli(before))
		if err != nil {
			return 0, err
		}
		return res.RowsAffected()
	})
}

func (t *tx) savePause(ctx context.Context, p HostPause) error {
	if p.Until.IsZero() {
		return t.later(ctx, `DELETE FROM host WHERE host = $1`, p.Host)
	}
	return t.later(ctx, `
		INSERT INTO host (host, until, strikes) VALUES ($1, $2, $3)
		ON CONFLICT (host) DO UPDATE SET until = excluded.until, strikes = excluded.strikes`,
		p.Host, sqlrow.Milli(p.Until), p.Strikes)
}
