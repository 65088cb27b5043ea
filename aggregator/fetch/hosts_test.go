package fetch

import (
	"fmt"
	"testing"
	"time"
)

// Nothing is kept of hosts that never come back.
func TestSweep(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	h := NewHosts(0, false, func() time.Time { return now })
	for i := range 1000 {
		release, err := h.Acquire(t.Context(), fmt.Sprintf("h%d.example", i))
		if err != nil {
			t.Fatal(err)
		}
		release()
	}
	h.Restore([]Pause{
		{Host: "gone.example", Until: now.Add(-8 * 24 * time.Hour), Strikes: 3},
		{Host: "lately.example", Until: now.Add(-time.Hour), Strikes: 3},
	})
	h.Hold("asks.example", 0)
	h.Hold("long.example", 30*24*time.Hour)
	if h.Sweep(); len(h.hosts) != 0 || len(h.pauses) != 3 {
		t.Errorf("%d hosts and the pauses %v are kept", len(h.hosts), h.pauses)
	}
	now = now.Add(24 * time.Hour)
	if h.Sweep(); h.pauses["lately.example"].Strikes != 3 {
		t.Error("a host that said no yesterday is a stranger")
	}
	now = now.Add(14 * 24 * time.Hour)
	if h.Sweep(); len(h.pauses) != 0 {
		t.Errorf("the pauses %v are kept", h.pauses)
	}
}
