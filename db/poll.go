package db

import (
	"context"
	"fmt"
	"time"
)

// active is what makes a source one that is polled at all; the states named are
// those of aggregator/schedule that end polling until somebody acts.
const active = `configured = 1 AND paused = 0 AND paused_config = 0`

// isDue selects the sources that are due at $1: by the time that their last
// pass wrote down, whichever process that was in (P30). NULL: never polled.
const isDue = `(next_due IS NULL OR next_due <= $1 OR last_pass > $1)`

// EachDue calls f, until it fails, with each active source that is due by now,
// the longest due first, and those whose last pass lies in the future: the
// clock was set back, so that what is stored of them says little. Those in one
// of the states of never are left out.
func (d *DB) EachDue(ctx context.Context, now time.Time, f func(Source) error, never ...string) error {
	return d.eachSource(ctx, f, `
		SELECT `+sourceColumns+` FROM source
		WHERE `+active+` AND `+isDue+`
			AND state NOT IN (SELECT value FROM json_each($2))
		ORDER BY next_due, position`, ms(now), toJSON(never))
}

// EachActive calls f with each source that is polled at all, in their order,
// until it fails.
func (d *DB) EachActive(ctx context.Context, f func(Source) error) error {
	return d.eachSource(ctx, f, `SELECT `+sourceColumns+` FROM source WHERE `+active+` ORDER BY position`)
}

// DueIDs is EachDue for whom the ids are enough.
func (d *DB) DueIDs(ctx context.Context, now time.Time, never ...string) ([]string, error) {
	return d.ids(ctx, `
		SELECT id FROM source
		WHERE `+active+` AND `+isDue+`
			AND state NOT IN (SELECT value FROM json_each($2))
		ORDER BY next_due, position`, ms(now), toJSON(never))
}

// ActiveIDs is EachActive for whom the ids are enough.
func (d *DB) ActiveIDs(ctx context.Context) ([]string, error) {
	return d.ids(ctx, `SELECT id FROM source WHERE `+active+` ORDER BY position`)
}

// ids is the one column that text selects.
func (d *DB) ids(ctx context.Context, text string, args ...any) (ids []string, err error) {
	rows, err := d.r.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// EachNamed calls f with each source that has one of the given ids, in their
// order, until it fails; ids that do not exist are left out.
func (d *DB) EachNamed(ctx context.Context, ids []string, f func(Source) error) error {
	return d.eachSource(ctx, f, `
		SELECT `+sourceColumns+` FROM source
		WHERE id IN (SELECT value FROM json_each($1)) ORDER BY position`, toJSON(ids))
}

// SourcesIn returns the active sources in one of the given states.
func (d *DB) SourcesIn(ctx context.Context, states ...string) (list []Source, err error) {
	err = d.eachSource(ctx, func(s Source) error {
		list = append(list, s)
		return nil
	}, `
		SELECT `+sourceColumns+` FROM source
		WHERE `+active+` AND state IN (SELECT value FROM json_each($1)) ORDER BY position`, toJSON(states))
	return list, err
}

func (d *DB) eachSource(ctx context.Context, f func(Source) error, text string, args ...any) error {
	rows, err := d.r.QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		s, err := scanSource(rows)
		if err != nil {
			return err
		}
		if err := f(s); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Due is a new due time of a source that no pass has set.
type Due struct {
	Source   string
	At       time.Time
	Reason   string
	LastPass time.Time // zero: as it was
	State    string    // empty: as it was
}

// Reschedule sets due times without a pass, for sources of which no request is
// under way.
func (d *DB) Reschedule(ctx context.Context, list []Due) error {
	if len(list) == 0 {
		return nil
	}
	return d.inTx(ctx, func(t *tx) error {
		for _, due := range list {
			if _, err := t.ExecContext(ctx, `
				UPDATE source SET next_due = $2, reason = $3, last_pass = coalesce($4, last_pass),
					state = CASE WHEN $5 = '' THEN state ELSE $5 END
				WHERE id = $1`, due.Source, ms(due.At), due.Reason, ms(due.LastPass), due.State); err != nil {
				return fmt.Errorf("reschedule %s: %w", due.Source, err)
			}
		}
		ids := make([]string, len(list))
		for i, due := range list {
			ids[i] = due.Source
		}
		return t.closeRequests(ctx, ids)
	})
}

// OpenRequest is a request that went out and whose pass is not stored.
type OpenRequest struct {
	Source string
	At     time.Time
}

// OpenRequests returns the requests that are under way; before a worker begins,
// those over which the last one died.
func (d *DB) OpenRequests(ctx context.Context) ([]OpenRequest, error) {
	rows, err := d.r.QueryContext(ctx, `SELECT source, at FROM request ORDER BY at, source`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []OpenRequest
	for rows.Next() {
		var r OpenRequest
		if err := rows.Scan(&r.Source, msTime{&r.At}); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// ForgetRequests takes back that requests of the given sources went out.
func (d *DB) ForgetRequests(ctx context.Context, sources []string) error {
	if len(sources) == 0 {
		return nil
	}
	return d.inTx(ctx, func(t *tx) error { return t.closeRequests(ctx, sources) })
}

func (t *tx) openRequests(ctx context.Context, sources []string) error {
	if len(sources) == 0 {
		return nil
	}
	_, err := t.ExecContext(ctx, `
		INSERT INTO request (source, at) SELECT value, $2 FROM json_each($1) WHERE true
		ON CONFLICT (source) DO UPDATE SET at = excluded.at`, toJSON(sources), ms(t.now))
	return err
}

func (t *tx) closeRequests(ctx context.Context, sources []string) error {
	_, err := t.ExecContext(ctx, `DELETE FROM request WHERE source IN (SELECT value FROM json_each($1))`, toJSON(sources))
	return err
}

// HostPause is a host, or a registrable domain, that asked to be left alone.
type HostPause struct {
	Host    string
	Until   time.Time // zero: over
	Strikes int       // how often in a row it named no time
}

// HostPauses returns the pauses that were stored and not ended.
func (d *DB) HostPauses(ctx context.Context) ([]HostPause, error) {
	rows, err := d.r.QueryContext(ctx, `SELECT host, until, strikes FROM host`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []HostPause
	for rows.Next() {
		var p HostPause
		if err := rows.Scan(&p.Host, msTime{&p.Until}, &p.Strikes); err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, rows.Err()
}

func (t *tx) savePause(ctx context.Context, p HostPause) error {
	if p.Until.IsZero() {
		_, err := t.ExecContext(ctx, `DELETE FROM host WHERE host = $1`, p.Host)
		return err
	}
	_, err := t.ExecContext(ctx, `
		INSERT INTO host (host, until, strikes) VALUES ($1, $2, $3)
		ON CONFLICT (host) DO UPDATE SET until = excluded.until, strikes = excluded.strikes`,
		p.Host, ms(p.Until), p.Strikes)
	return err
}

// KnowsEntry reports whether the source has an article with one of the guids or
// links.
func (d *DB) KnowsEntry(ctx context.Context, source string, guids, links []string) (known bool, err error) {
	err = d.r.QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1 FROM article WHERE source = $1 AND guid IN (SELECT value FROM json_each($2)))
			OR EXISTS (SELECT 1 FROM article WHERE source = $1 AND link IN (SELECT value FROM json_each($3)))`,
		source, toJSON(guids), toJSON(links)).Scan(&known)
	return known, err
}
