// Package linear is for tests that reading what a stranger sends costs what it
// is long: a scan that starts over at each of many marks costs the square of it,
// and a few kilobytes then stand on a core for hours. Begin with Check.
package linear

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"courant/db/dbtest/cpu"
)

const (
	// maxRatio is what reading twice as much may cost: twice as much, and a little
	// for what is beside the reading.
	maxRatio = 2.3
	// enough is how long a run must take for a clock to tell, and longest how long
	// an input may get for it. shortest is beyond what depths and counts are bounded
	// by: within the bounds a cost may grow as it likes.
	enough   = 150 * time.Microsecond
	shortest = 16 << 10
	longest  = 1 << 20
	// perByte is what is little enough for any byte of a megabyte: what starts over
	// costs many times that, and caches that overflow make the rest uneven.
	perByte = 3 * time.Nanosecond
	// rounds is how often two inputs are held against each other, for the machine
	// has others to serve.
	rounds = 100
)

// Check fails the test where doubling an input makes run cost more than 2.3 times
// as much. input makes one of that many repetitions. It is doubled twice, so that
// a clock can tell, and is so short that some of many runs come through without a
// pause, however busy the machine: one that is near enough is proof, for what is
// not linear has none. Where a cache is left between two lengths, it costs a step
// once, so four times as much is asked as well: what starts over is dearer there.
func Check(t *testing.T, input func(n int) string, run func([]byte)) {
	t.Helper()
	n := 64
	for ; n < longest; n *= 2 {
		if in := []byte(input(n)); len(in) >= longest || len(in) >= shortest && best(3, in, run) >= enough {
			break
		}
	}
	var said string
	for range 2 {
		small, large := []byte(input(n)), []byte(input(4*n))
		few, many := time.Duration(1<<62), time.Duration(1<<62)
		for range rounds {
			few, many = min(few, best(3, small, run)), min(many, best(3, large, run))
			if float64(many) <= maxRatio*maxRatio*float64(few) || many <= perByte*time.Duration(len(large)) {
				return
			}
		}
		said += fmt.Sprintf("%d bytes cost %v, %d bytes %v: %.1f times as much\n", len(small), few, len(large), many, float64(many)/float64(few))
		n *= 4
	}
	t.Error(said)
}

// best is the shortest of some runs, in processor time of the thread that makes
// them: other tests and processes take their turns meanwhile. The collector, which
// works when it likes, has its own after each of them, or nothing would be collected
// at all.
func best(runs int, input []byte, run func([]byte)) time.Duration {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	shortest := time.Duration(1 << 62)
	for range runs {
		begin := cpu.Thread()
		run(input)
		shortest = min(shortest, cpu.Thread()-begin)
		runtime.GC()
	}
	return shortest
}
