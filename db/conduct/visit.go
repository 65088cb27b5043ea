package conduct

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"courant/db/sqlrow"
)

const (
	// visitsEvery is how soon after one note another is made: that many milliseconds
	// later at most every process knows who got a form, which is sooner than its answer
	// can come back, and however many readers there are, it is fifty small writes a
	// second at most.
	visitsEvery = 20 * time.Millisecond
	// visitsAtOnce bounds a note: five thousand a second are more readers than one
	// publisher has, and a flood of made-up addresses fills no disk. Whom it leaves out
	// is remembered by this process alone.
	visitsAtOnce = 100
	// visitsAgain is when a store that took no note is tried again.
	visitsAgain = time.Second
	// visitsSwept is how often what is too old to matter is deleted.
	visitsSwept = 10 * time.Second
)

// visits are those that are to be noted.
type visits struct {
	mu      sync.Mutex
	waiting map[string]bool // by name
	since   time.Time       // the first of them waits
	busy    bool            // somebody notes
	swept   time.Time
}

// Visited notes that who has the name got a form just now, for every process on
// the store, for as long as keep. It waits for nothing: what is served is served
// whatever becomes of the note.
func (c Conduct) Visited(name string, keep time.Duration) {
	v := c.visits
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.waiting == nil {
		v.waiting, v.since = map[string]bool{}, c.now()
	}
	if len(v.waiting) < visitsAtOnce {
		v.waiting[name] = true
	}
	if !v.busy {
		v.busy = true
		go c.note(keep)
	}
}

// note notes until nothing waits.
func (c Conduct) note(keep time.Duration) {
	v := c.visits
	for {
		v.mu.Lock()
		// What counts is when the form was got, not when that is written down.
		names, now := slices.Sorted(maps.Keys(v.waiting)), v.since
		sweep := now.Sub(v.swept).Abs() > visitsSwept
		if v.waiting = nil; len(names) == 0 {
			v.busy = false
			v.mu.Unlock()
			return
		}
		if sweep {
			v.swept = now
		}
		v.mu.Unlock()
		wait := visitsEvery
		if err := c.noteAll(names, now, sweep, keep); err != nil {
			wait = visitsAgain // a limit is not worth a line in the log for each reader
		}
		time.Sleep(wait)
	}
}

// noteAll notes names in their order, as two processes that want the same rows have to.
func (c Conduct) noteAll(names []string, now time.Time, sweep bool, keep time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), visitsAgain)
	defer cancel()
	if sweep {
		if err := c.engine.Note(ctx, `DELETE FROM visit WHERE at < $1`, sqlrow.Milli(now.Add(-keep))); err != nil {
			return err
		}
	}
	return c.engine.Note(ctx, `
		INSERT INTO visit (name, at) SELECT value, CAST($2 AS BIGINT) FROM json_each($1) ORDER BY value
		ON CONFLICT (name) DO UPDATE SET at = excluded.at`, sqlrow.Text(names), sqlrow.Milli(now))
}
