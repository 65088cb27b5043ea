package main

import (
	"math"
	"runtime"
	"runtime/debug"
	"testing"
	"testing/synctest"
	"time"
)

// What the operator sets stands; what they do not is ours.
func TestTuneMemory(t *testing.T) {
	t.Cleanup(func(percent int, limit int64) func() {
		return func() { debug.SetGCPercent(percent); debug.SetMemoryLimit(limit) }
	}(debug.SetGCPercent(100), debug.SetMemoryLimit(1<<40)))
	set := map[string]string{"GOGC": "100", "GOMEMLIMIT": "1TiB"}
	tuneMemory(func(name string) string { return set[name] })
	if percent, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(-1); percent != 100 || limit != 1<<40 {
		t.Errorf("with both set: %d %%, %d bytes", percent, limit)
	}
	tuneMemory(func(string) string { return "" })
	if percent, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(-1); percent != collectAt || limit != memoryGoal {
		t.Errorf("with neither set: %d %%, %d bytes", percent, limit)
	}
}

// The limit is no nearer to what is in use than half of it, as far as it yields.
func TestMemoryLimit(t *testing.T) {
	for _, c := range []struct {
		used uint64
		want int64
	}{
		{0, memoryGoal},
		{20 << 20, memoryGoal},
		{memoryGoal / 2, memoryGoal},
		{memoryGoal/2 + 1, memoryGoal + 8<<20},
		{memoryMost/2 + 1, memoryMost},
		{math.MaxUint64, memoryMost},
	} {
		if got := memoryLimit(c.used); got != c.want {
			t.Errorf("memoryLimit(%d) = %d, want %d", c.used, got, c.want)
		}
	}
}

// The goal yields to work that needs more, and comes back once it is done; a
// limit of the operator's does not.
func TestYieldMemory(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(memoryGoal))
	limit := func() int64 { return debug.SetMemoryLimit(-1) }
	yieldMemory(t.Context(), func(string) string { return "1GiB" })
	synctest.Test(t, func(t *testing.T) {
		go yieldMemory(t.Context(), func(string) string { return "" })
		held := make([]byte, memoryGoal)
		runtime.GC()
		time.Sleep(2 * memoryLook)
		synctest.Wait()
		if got := limit(); got != memoryMost {
			t.Errorf("with %d bytes in use the limit is %d", len(held), got)
		}
		runtime.KeepAlive(held)
		held = nil
		runtime.GC()
		time.Sleep(2 * memoryLook)
		synctest.Wait()
		if got := limit(); got != memoryGoal {
			t.Errorf("with nothing in use the limit is %d, want %d", got, memoryGoal)
		}
	})
}
