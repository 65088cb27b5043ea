package terminal

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Lines go on together within a moment, or as soon as there are many; nothing is lost
// and nothing changes its place.
func TestGathered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out counted
		g := NewGathered(&out)
		for _, line := range []string{"a\n", "b\n"} {
			if n, err := g.Write([]byte(line)); n != len(line) || err != nil {
				t.Fatalf("Write = %d, %v", n, err)
			}
		}
		want := func(when, text string, writes int) {
			t.Helper()
			if got, n := out.saw(); got != text || n != writes {
				t.Errorf("%s: %d bytes in %d writes, want %d in %d", when, len(got), n, len(text), writes)
			}
		}
		want("at once", "", 0)
		time.Sleep(gatherFor)
		synctest.Wait()
		want("after a moment", "a\nb\n", 1)
		long := strings.Repeat("c", gatherMost) + "\n"
		g.Write([]byte(long))
		g.Write([]byte("d\n"))
		want("as there are many", "a\nb\n"+long, 2)
		if err := g.Flush(); err != nil {
			t.Error(err)
		}
		want("at the end", "a\nb\n"+long+"d\n", 3)
		time.Sleep(gatherFor)
		synctest.Wait()
		want("after the end", "a\nb\n"+long+"d\n", 3)
	})
}

// That nobody reads any more is said by the next write, or by the last.
func TestGatheredFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := errors.New("no space left")
		g := NewGathered(failing{full})
		if _, err := g.Write([]byte("a\n")); err != nil {
			t.Errorf("Write: %v before anything was written", err)
		}
		if err := g.Flush(); !errors.Is(err, full) {
			t.Errorf("Flush: %v", err)
		}
		if _, err := g.Write([]byte("b\n")); !errors.Is(err, full) {
			t.Errorf("Write: %v", err)
		}
	})
}

type counted struct {
	mu     sync.Mutex
	text   string
	writes int
}

// Write implements io.Writer.
func (c *counted) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.text, c.writes = c.text+string(p), c.writes+1
	return len(p), nil
}

// saw is what was written, in how many writes.
func (c *counted) saw() (string, int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text, c.writes
}

type failing struct{ err error }

// Write implements io.Writer.
func (f failing) Write([]byte) (int, error) { return 0, f.err }
