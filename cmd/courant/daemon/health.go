package daemon

import (
	"context"
	"sync/atomic"
	"time"

	"courant/db"
	"courant/db/engine"
)

const (
	// probeEvery is how often the disk is written to, to see whether it takes
	// writes: as often as a worker renews its lease, which is a write too.
	probeEvery = 5 * time.Second
	// standsStill is how late the look for due sources may be before the
	// schedule counts as stopped, and how much longer than it may a poll can take
	// before it counts as one that will not end; a busy machine delays both by less.
	standsStill = time.Minute
)

// health says what keeps a daemon from working in full.
type health struct {
	store   *db.DB
	overdue func() time.Duration            // of the look for due sources; nil without that half
	stuck   func() time.Duration            // of the poll that goes on longest beyond its time; nil as well
	holds   func() (shards int, fresh bool) // of the worker; nil as well

	disk atomic.Value // string: what the last probe found, "" for nothing
}

// watch probes the disk until ctx ends. Whoever asks how we are makes nothing be
// written (V32).
func (h *health) watch(ctx context.Context) {
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for {
		h.probe(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (h *health) probe(ctx context.Context) {
	limited, cancel := context.WithTimeout(ctx, probeEvery)
	defer cancel()
	found := ""
	switch err := h.store.Probe(limited); {
	case ctx.Err() != nil:
		return // we stop
	case engine.Full(err):
		found = "the disk takes no writes"
	case engine.Gone(err):
		found = "the database cannot be reached"
	case err != nil:
		found = "the database takes no writes"
	}
	h.disk.Store(found)
}

// degraded is in a few words what is wrong, or "".
func (h *health) degraded(context.Context) string {
	if h.overdue != nil && h.overdue() > standsStill {
		return "the schedule stands still"
	}
	if h.stuck != nil && h.stuck() > standsStill {
		return "a poll stands still"
	}
	if h.holds != nil {
		if _, fresh := h.holds(); !fresh {
			return "the worker cannot say that it is there, so others poll what it polled"
		}
	}
	found, _ := h.disk.Load().(string)
	return found
}
