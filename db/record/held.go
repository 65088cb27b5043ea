package record

import (
	"context"
	"time"

	"courant/db/sqlrow"
)

// Held is how many articles of a source readers see, and how many they do not
// see yet.
type Held struct {
	Published int
	Waiting   int // incoming
	Old       int // of those that wait: older than a window when they came
}

// HeldOf is what is held of a source. window is that of Held.Old.
func HeldOf(ctx context.Context, s Store, source string, window time.Duration) (h Held, err error) {
	err = s.Reader().QueryRowContext(ctx, `SELECT `+heldColumns+` FROM article WHERE source = $2`, window.Milliseconds(), source).
		Scan(&h.Published, &h.Waiting, &h.Old)
	return h, err
}

// Helds is HeldOf for every source that has articles, by id.
func Helds(ctx context.Context, s Store, window time.Duration) (map[string]Held, error) {
	helds := map[string]Held{}
	var id string
	for h, err := range sqlrow.Each(ctx, s.Reader(), func(r sqlrow.Row) (h Held, err error) {
		err = r.Scan(&h.Published, &h.Waiting, &h.Old, &id)
		return h, err
	}, `SELECT `+heldColumns+`, source FROM article GROUP BY source`, window.Milliseconds()) {
		if err != nil {
			return nil, err
		}
		helds[id] = h
	}
	return helds, nil
}

const heldColumns = `count(*) FILTER (WHERE status = 'published'), count(*) FILTER (WHERE status = 'incoming'),
	count(*) FILTER (WHERE status = 'incoming' AND source_published < first_seen - $1)`

// AnyWaiting reports whether an article of any source is incoming.
func AnyWaiting(ctx context.Context, s Store) (waits bool, err error) {
	err = s.Reader().QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM article WHERE status = 'incoming')`).Scan(&waits)
	return waits, err
}
