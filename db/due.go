package db

import (
	"context"
	"fmt"
	"iter"
	"time"
)

// active is what makes a source one that is polled at all; the states named are
// those of aggregator/schedule that end polling until somebody acts.
const active = `configured = 1 AND paused = 0 AND paused_config = 0`

// isDue selects the sources that are due at $1: by the time that their last
// pass wrote down, whichever process that was in (P30). NULL: never polled.
const isDue = `(next_due IS NULL OR next_due <= $1 OR last_pass > $1)`

// EachDue is the active sources that are due by now, the longest due first, and
// those whose last pass lies in the future: the clock was set back, so that what
// is stored of them says little. Those in one of the states of never are left
// out.
func (d *DB) EachDue(ctx context.Context, now time.Time, never ...string) iter.Seq2[Source, error] {
	return each(ctx, d.r, scanSource, `
		SELECT `+sourceColumns+` FROM source
		WHERE `+active+` AND `+isDue+`
			AND state NOT IN (SELECT value FROM json_each($2))
		ORDER BY next_due, position`, ms(now), toJSON(never))
}

// EachActive is the sources that are polled at all, in their order.
func (d *DB) EachActive(ctx context.Context) iter.Seq2[Source, error] {
	return each(ctx, d.r, scanSource, `SELECT `+sourceColumns+` FROM source WHERE `+active+` ORDER BY position`)
}

// DueIDs is EachDue for whom the ids are enough.
func (d *DB) DueIDs(ctx context.Context, now time.Time, never ...string) ([]string, error) {
	return collect(ctx, d.r, column[string], `
		SELECT id FROM source
		WHERE `+active+` AND `+isDue+`
			AND state NOT IN (SELECT value FROM json_each($2))
		ORDER BY next_due, position`, ms(now), toJSON(never))
}

// ActiveIDs is EachActive for whom the ids are enough.
func (d *DB) ActiveIDs(ctx context.Context) ([]string, error) {
	return collect(ctx, d.r, column[string], `SELECT id FROM source WHERE `+active+` ORDER BY position`)
}

// SourcesIn returns the active sources in one of the given states.
func (d *DB) SourcesIn(ctx context.Context, states ...string) ([]Source, error) {
	return collect(ctx, d.r, scanSource, `
		SELECT `+sourceColumns+` FROM source
		WHERE `+active+` AND state IN (SELECT value FROM json_each($1)) ORDER BY position`, toJSON(states))
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
