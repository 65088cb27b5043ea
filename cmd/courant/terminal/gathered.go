package terminal

import (
	"io"
	"sync"
	"time"
)

const (
	// gatherFor is how long a line waits for others where no person watches: each that is
	// written by itself wakes whoever reads them.
	gatherFor = 100 * time.Millisecond
	// gatherMost is how many bytes wait at most: as many as a pipe takes in one piece.
	gatherMost = 4 << 10
)

// Gathered writes what it is given a moment later, together with what comes meanwhile. It
// is safe for concurrent use.
type Gathered struct {
	mu    sync.Mutex
	to    io.Writer
	held  []byte
	waits bool // somebody will write what is held
	err   error
}

// NewGathered returns a Gathered that writes to w. What it holds at last is to be written by
// Flush.
func NewGathered(w io.Writer) *Gathered { return &Gathered{to: w} }

// Write implements io.Writer. Its error may be that of something written before.
func (g *Gathered) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held = append(g.held, p...)
	switch {
	case len(g.held) >= gatherMost:
		g.out()
	case !g.waits:
		g.waits = true
		time.AfterFunc(gatherFor, func() {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.waits = false
			g.out()
		})
	}
	return len(p), g.err
}

// Flush writes what is held.
func (g *Gathered) Flush() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.out()
	return g.err
}

// out writes what is held. g.mu is held.
func (g *Gathered) out() {
	if len(g.held) > 0 && g.err == nil {
		_, g.err = g.to.Write(g.held)
	}
	g.held = g.held[:0]
}
