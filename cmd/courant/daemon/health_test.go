package daemon

import (
	"testing"
	"time"

	"courant/db/dbtest"
)

// A schedule that stands still is told of; a busy machine is not.
func TestDegraded(t *testing.T) {
	late := time.Duration(0)
	h := &health{store: dbtest.New(t), overdue: func() time.Duration { return late }}
	for _, c := range []struct {
		late time.Duration
		want string
	}{{0, ""}, {standsStill / 2, ""}, {2 * standsStill, "the schedule stands still"}, {0, ""}} {
		late = c.late
		if got := h.degraded(t.Context()); got != c.want {
			t.Errorf("%v late: degraded() = %q, want %q", c.late, got, c.want)
		}
	}
	// So is a poll that goes on long beyond its time.
	late = 0
	stuck := time.Duration(0)
	h.stuck = func() time.Duration { return stuck }
	for _, c := range []struct {
		stuck time.Duration
		want  string
	}{{0, ""}, {standsStill / 2, ""}, {2 * standsStill, "a poll stands still"}, {0, ""}} {
		stuck = c.stuck
		if got := h.degraded(t.Context()); got != c.want {
			t.Errorf("a poll %v beyond its time: degraded() = %q, want %q", c.stuck, got, c.want)
		}
	}
	// A publisher alone has no schedule to stand still.
	if got := (&health{store: dbtest.New(t)}).degraded(t.Context()); got != "" {
		t.Errorf("degraded() = %q", got)
	}
}
