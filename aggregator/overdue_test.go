package aggregator

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"courant/db/dbtest"
)

// While the schedule goes on nothing is overdue; once it stands still, more and
// more is.
func TestOverdue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &Aggregator{sources: &roster{began: time.Now()}, now: time.Now}
		if got := a.Overdue(); got != 0 {
			t.Errorf("before Run: %v", got)
		}
		a.look = a.sources.elapsed() + 5*time.Minute
		time.Sleep(4 * time.Minute)
		if got := a.Overdue(); got != 0 {
			t.Errorf("before its time: %v", got)
		}
		time.Sleep(3 * time.Minute)
		if got := a.Overdue(); got != 2*time.Minute {
			t.Errorf("after its time: %v, want 2m", got)
		}
	})
}

// Run keeps the moment of its next look, and forgets it when it ends.
func TestOverdueRun(t *testing.T) {
	a, err := New(dbtest.New(t), DefaultConfig(), nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	look := func() time.Duration {
		a.mu.Lock()
		defer a.mu.Unlock()
		return a.look
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	for deadline := time.Now().Add(10 * time.Second); look() == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("Run never looked for due sources")
		}
	}
	cancel()
	if err := <-ended; err != nil || look() != 0 {
		t.Errorf("after Run: error %v, next look %v", err, look())
	}
}
