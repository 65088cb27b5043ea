package main

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// collectAt is GOGC: how far the heap may grow over what is in use before
	// garbage is collected, in percent. A publisher has some 3 MB in use, and
	// Go's own 100 has it collect every few hundred answers, which is a tenth
	// of all it does.
	collectAt = 400
	// collectInPass is collectAt for a process that makes one pass and answers
	// nobody: there more than this saves no time that can be measured.
	collectInPass = 200
	// memoryGoal is GOMEMLIMIT: near it garbage is collected sooner, whatever
	// collectAt says. What is kept of rendered documents (24 MiB) and the feeds
	// under way stay well below it, and the process under 128 MiB.
	memoryGoal = 64 << 20
	// memoryRoom is how many times what is in use the goal must be, else it yields:
	// closer to it the collector does nothing but collect, and what costs memory for
	// a moment costs several times the CPU.
	memoryRoom = 2
	// memoryMost is as far as it yields for the sake of CPU: with what is outside of
	// Go's heap the process stays under 128 MiB.
	memoryMost = 88 << 20
	// memoryLook is how often what is in use is looked at. Reading one figure
	// costs less than a microsecond.
	memoryLook = 250 * time.Millisecond
)

// tuneMemory sets how much memory is given for speed, where the operator has
// not set Go's own variables for it.
func tuneMemory(getenv func(string) string) {
	tuneCollection(getenv, collectAt)
	if getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryGoal)
	}
}

func tuneCollection(getenv func(string) string, percent int) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}

// yieldMemory raises the goal above memoryGoal while the work needs more, until
// ctx ends; where the operator has set a limit, that one stands.
func yieldMemory(ctx context.Context, getenv func(string) string) {
	if getenv("GOMEMLIMIT") != "" {
		return
	}
	look := time.NewTicker(memoryLook)
	defer look.Stop()
	for limit := int64(memoryGoal); ; {
		if wanted := memoryLimit(inUse()); wanted != limit {
			limit = wanted
			debug.SetMemoryLimit(limit)
		}
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
}

// memoryLimit is the limit for a process with so many bytes in use, in steps: to
// set one stops the world for a moment.
func memoryLimit(used uint64) int64 {
	const step = 8 << 20
	if used > memoryMost/memoryRoom {
		return memoryMost
	}
	return max(memoryGoal, int64(memoryRoom*used+step-1)/step*step)
}

// inUse is what the last collection found in use, and what the runtime keeps
// beside the heap.
func inUse() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	metrics.Read(s)
	var sum uint64
	for _, v := range s {
		if v.Value.Kind() == metrics.KindUint64 {
			sum += v.Value.Uint64()
		}
	}
	return sum
}
