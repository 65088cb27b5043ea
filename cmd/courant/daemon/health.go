package daemon

import (
	"context"
	"sync"
	"time"

	"courant/db"
	"courant/db/engine"
)

const (
	// probeEvery is how often at most /readyz has the disk written to: anybody
	// may ask for it, and each probe is an fsync.
	probeEvery = 2 * time.Second
	// standsStill is how late the look for due sources may be before the
	// schedule counts as stopped; a busy machine delays it by less.
	standsStill = time.Minute
)

// health says what keeps a daemon from working in full.
type health struct {
	store   *db.DB
	overdue func() time.Duration // of the look for due sources; nil without that half

	mu     sync.Mutex
	probed time.Time
	disk   string // what the last probe found, "" for nothing
}

// degraded is in a few words what is wrong, or "".
func (h *health) degraded(ctx context.Context) string {
	if h.overdue != nil && h.overdue() > standsStill {
		return "the schedule stands still"
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if now := time.Now(); h.probed.IsZero() || now.Sub(h.probed) >= probeEvery {
		h.probed, h.disk = now, ""
		// Whoever asked may be gone before the disk answers; others ask too.
		probe, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeEvery)
		defer cancel()
		switch err := h.store.Probe(probe); {
		case engine.Full(err):
			h.disk = "the disk takes no writes"
		case err != nil:
			h.disk = "the database takes no writes"
		}
	}
	return h.disk
}
