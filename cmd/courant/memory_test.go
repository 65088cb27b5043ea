package main

import (
	"runtime/debug"
	"testing"
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
