package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// use is what the program, and this test, hold at a moment that is the same in
// every measured round: a fresh process that has fetched everything and has
// answered the same readers.
type use struct {
	round                int
	memory               int // of the program, KiB
	goroutines, files    int
	ownGoroutines, ownFD int
}

// sampled is how many rounds are measured at the begin and at the end: a median
// of them says what a garbage collection more or less does not, which is up to
// 4 MiB between two rounds.
const sampled = 5

// firstMeasured is the first of them: what grows to its full size at the
// beginning has done so.
const firstMeasured = 5

// measured reports whether a round is measured.
func measured(round, rounds int) bool {
	return round >= firstMeasured && round < firstMeasured+sampled || round > rounds-sampled
}

// measure notes what is held, then has the process say what its goroutines are,
// which ends it, and starts another.
func (c *chaos) measure(round int) {
	c.t.Helper()
	c.crowd()
	u := use{round: round, memory: heldBy(c, c.daemon.cmd.Process.Pid), files: filesOf(c, c.daemon.cmd.Process.Pid)}
	c.daemon.cmd.Process.Signal(syscall.SIGQUIT)
	<-c.daemon.ended
	c.polls.died++
	u.goroutines = strings.Count("\n"+c.daemon.log.all(), "\ngoroutine ")
	c.checkCopy(time.Now())
	u.ownGoroutines, u.ownFD = runtime.NumGoroutine(), filesOf(c, os.Getpid())
	c.uses = append(c.uses, u)
	c.daemon = c.start()
	c.settle()
}

// crowd has the program answer many readers at once, so that each of its pools
// is full, and lets their connections go.
func (c *chaos) crowd() {
	const readers, times = 32, 40
	addresses := []string{"/feed.atom", "/", "/comments/feed.atom", "/source/s0/feed.rss", "/feed.json"}
	c.look(c.t.Context(), "/feed.json")
	p, _ := c.anyPlace(rand.New(rand.NewPCG(c.seed, 3)))
	var all sync.WaitGroup
	for n := range readers {
		all.Go(func() {
			for i := range times {
				if i%2 == 0 {
					c.pathOf(p.id) // looked up each time
					continue
				}
				address := fmt.Sprintf("%s?n=%d", addresses[(n+i/2)%len(addresses)], 1+(i*readers+n)%20)
				c.lookAs(c.t.Context(), address, n%2 == 0)
			}
		})
	}
	all.Wait()
	c.client.CloseIdleConnections()
	c.up.CloseClientConnections()
	time.Sleep(200 * time.Millisecond)
}

// looks is how often the memory of a process is looked at, and lookPause how
// long between two: a pass a second goes on meanwhile.
const (
	looks     = 40
	lookPause = 100 * time.Millisecond
)

// heldBy is the least that a process has in memory over a few seconds, in KiB:
// what it holds. What it has beside that is garbage that was not collected yet.
func heldBy(c *chaos, pid int) int {
	least := memoryOf(c, pid)
	for range looks {
		time.Sleep(lookPause)
		least = min(least, memoryOf(c, pid))
	}
	return least
}

// memoryOf is the resident memory of a process in KiB, without the files it maps.
func memoryOf(c *chaos, pid int) int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		c.t.Skipf("no /proc to measure by: %v", err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			n, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				c.t.Fatal(err)
			}
			return n
		}
	}
	c.t.Fatal("no RssAnon in /proc/PID/status")
	return 0
}

// filesOf is how many descriptors a process has open.
func filesOf(c *chaos, pid int) int {
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		c.t.Fatal(err)
	}
	return len(list)
}

// memoryRounds is from how many rounds on memory is judged. In fewer, the page
// caches still fill with what the visitors write, and the difference is theirs.
const memoryRounds = 100

// passing is how many of a few may come and go: a connection being closed.
const passing = 2

// compareUse holds the last measured rounds against the first ones: nothing
// may have grown by more than a tenth.
func (c *chaos) compareUse() {
	if len(c.uses) < 2*sampled {
		return
	}
	first, last := c.uses[:sampled], c.uses[len(c.uses)-sampled:]
	for _, what := range []struct {
		name string
		of   func(use) int
	}{
		{"KiB of memory", func(u use) int { return u.memory }},
		{"goroutines", func(u use) int { return u.goroutines }},
		{"descriptors", func(u use) int { return u.files }},
		{"goroutines of the test", func(u use) int { return u.ownGoroutines }},
		{"descriptors of the test", func(u use) int { return u.ownFD }},
	} {
		before, after := median(first, what.of), median(last, what.of)
		c.t.Logf("%s of each: %v", what.name, values(c.uses, what.of))
		c.t.Logf("%s: %d after %d rounds, %d at the end", what.name, before, firstMeasured, after)
		judged := what.name != "KiB of memory" || last[sampled-1].round >= memoryRounds
		if judged && after > before+max(before/10, passing) {
			c.t.Errorf("%s grew from %d to %d, by more than a tenth", what.name, before, after)
		}
	}
}

func values(list []use, of func(use) int) []int {
	values := make([]int, len(list))
	for i, u := range list {
		values[i] = of(u)
	}
	return values
}

func median(list []use, of func(use) int) int {
	sorted := slices.Sorted(slices.Values(values(list, of)))
	return sorted[len(sorted)/2]
}
