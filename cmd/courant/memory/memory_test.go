package memory

import (
	"math"
	"runtime"
	"runtime/debug"
	"testing"
	"testing/synctest"
	"time"
)

// What the operator sets stands; what they do not is ours.
func TestTune(t *testing.T) {
	t.Cleanup(func(percent int, limit int64) func() {
		return func() { debug.SetGCPercent(percent); debug.SetMemoryLimit(limit) }
	}(debug.SetGCPercent(100), debug.SetMemoryLimit(1<<40)))
	set := map[string]string{"GOGC": "100", "GOMEMLIMIT": "1TiB"}
	Tune(func(name string) string { return set[name] })
	if percent, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(-1); percent != 100 || limit != 1<<40 {
		t.Errorf("with both set: %d %%, %d bytes", percent, limit)
	}
	Tune(func(string) string { return "" })
	if percent, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(-1); percent != collectAt || limit != goal {
		t.Errorf("with neither set: %d %%, %d bytes", percent, limit)
	}
}

// The limit is no nearer to what is in use than half of it, as far as it yields.
func TestLimitFor(t *testing.T) {
	for _, c := range []struct {
		used uint64
		want int64
	}{
		{0, goal},
		{20 << 20, goal},
		{goal / 2, goal},
		{goal/2 + 1, goal + 8<<20},
		{most / 2, most},
		{most/2 + 1, most},
		{math.MaxUint64, most},
	} {
		if got := limitFor(c.used); got != c.want {
			t.Errorf("limitFor(%d) = %d, want %d", c.used, got, c.want)
		}
	}
}

// The goal yields to work that needs more, and comes back once it is done; a
// limit of the operator's does not.
func TestYield(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(goal))
	limit := func() int64 { return debug.SetMemoryLimit(-1) }
	Yield(t.Context(), func(string) string { return "1GiB" })
	synctest.Test(t, func(t *testing.T) {
		go Yield(t.Context(), func(string) string { return "" })
		held := make([]byte, goal)
		runtime.GC()
		time.Sleep(2 * lookEvery)
		synctest.Wait()
		if got := limit(); got != most {
			t.Errorf("with %d bytes in use the limit is %d", len(held), got)
		}
		runtime.KeepAlive(held)
		held = nil
		runtime.GC()
		time.Sleep(2 * lookEvery)
		synctest.Wait()
		if got := limit(); got != goal {
			t.Errorf("with nothing in use the limit is %d, want %d", got, goal)
		}
	})
}
