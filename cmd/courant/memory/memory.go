// Package memory sets how much memory the process gives for speed: how large its
// heap may grow before garbage is collected, and how far that yields to work that
// needs more. What the operator sets in Go's own variables stands. Begin with Tune.
package memory

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
	// goal is GOMEMLIMIT: near it garbage is collected sooner, whatever
	// collectAt says. What is kept of rendered documents (24 MiB) and the feeds
	// under way stay well below it, and the process under 128 MiB.
	goal = 64 << 20
	// room is how many times what is in use the goal must be, else it yields:
	// closer to it the collector does nothing but collect, and what costs memory for
	// a moment costs several times the CPU.
	room = 2
	// most is as far as it yields for the sake of CPU: with what is outside of
	// Go's heap the process stays under 128 MiB.
	most = 84 << 20
	// lookEvery is how often what is in use is looked at. Reading one figure
	// costs less than a microsecond.
	lookEvery = 250 * time.Millisecond
)

// Tune sets how much memory is given for speed, where the operator has
// not set Go's own variables for it.
func Tune(getenv func(string) string) {
	tuneCollection(getenv, collectAt)
	if getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(goal)
	}
}

// TuneForPass is Tune of the collector for a process that makes one pass and ends.
func TuneForPass(getenv func(string) string) { tuneCollection(getenv, collectInPass) }

func tuneCollection(getenv func(string) string, percent int) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}

// Yield raises the limit above goal while the work needs more, until
// ctx ends; where the operator has set a limit, that one stands.
func Yield(ctx context.Context, getenv func(string) string) {
	if getenv("GOMEMLIMIT") != "" {
		return
	}
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for limit := int64(goal); ; {
		if wanted := limitFor(inUse()); wanted != limit {
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

// limitFor is the limit for a process with so many bytes in use, in steps: to
// set one stops the world for a moment.
func limitFor(used uint64) int64 {
	const step = 8 << 20
	if used > most/room {
		return most
	}
	return min(most, max(goal, int64(room*used+step-1)/step*step))
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
