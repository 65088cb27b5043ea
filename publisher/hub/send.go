package hub

import (
	"context"
	"sync"
	"time"

	"courant/db/push"
)

// How much is under way at once. A subscriber that answers at once takes
// milliseconds; one that never does holds its place until sendTimeout. So each lane
// has places of its own: those who fell behind keep nobody waiting, nor do callbacks
// that were never asked before. 256 places of some 50 KiB each are 13 MiB.
func places(lane push.Lane) int {
	if lane == push.News {
		return 256
	}
	return 48
}

const (
	// perHost is how many requests one host has to answer at once.
	perHost = 64
	// slowAfter is when a request counts as one that waits, and frees its place at its
	// host for the next: else a few that never answer would keep all others of a large
	// host waiting.
	slowAfter = time.Second
	// sendTimeout is how long a subscriber may take: it is to store and answer.
	sendTimeout = 10 * time.Second
	// drainTime is how long requests may go on once we are told to stop.
	drainTime = 5 * time.Second
	// docsHeld is how many topics are held while they are delivered, at most 512 KiB
	// each.
	docsHeld = 32
)

// flight is what is under way.
type flight struct {
	mu    sync.Mutex
	lanes [push.Lanes]int
	hosts map[string]int // those that have not waited for slowAfter
	wait  sync.WaitGroup
}

// enter counts a job in.
func (f *flight) enter(lane push.Lane, host string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lanes[lane]++
	f.hosts[host]++
}

// leaveHost takes a job's place at its host back, leave that in its lane.
func (f *flight) leaveHost(host string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.hosts[host]--; f.hosts[host] == 0 {
		delete(f.hosts, host)
	}
}

func (f *flight) leave(lane push.Lane) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lanes[lane]--
}

// empty reports whether nothing is under way.
func (f *flight) empty() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.lanes == [push.Lanes]int{}
}

// room is how many more may enter a lane, and the hosts that take no more. A host
// takes half of perHost at a time, so that what is claimed for it fits.
func (f *flight) room(lane push.Lane) (n int, full []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for host, n := range f.hosts {
		if n > perHost/2 {
			full = append(full, host)
		}
	}
	return places(lane) - f.lanes[lane], full
}

// sendTurn settles what was done, and begins what is due.
func (h *Hub) sendTurn(ctx context.Context) error {
	if err := h.settle(ctx); err != nil {
		return err
	}
	for lane := range push.Lanes {
		for ctx.Err() == nil {
			n, full := h.flight.room(lane)
			if n <= 0 {
				break
			}
			jobs, err := h.store.Claim(ctx, lane, min(n, perHost), perHost/2, full)
			if err != nil {
				return err
			}
			if len(jobs) == 0 {
				break
			}
			for _, j := range jobs {
				h.begin(ctx, lane, j)
			}
		}
	}
	if h.flight.empty() {
		h.docs.forget()
	}
	return nil
}

// begin does a job beside all others.
func (h *Hub) begin(ctx context.Context, lane push.Lane, j push.Job) {
	h.flight.enter(lane, j.Host)
	// What is under way may end after we are told to stop, see drain.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendTimeout)
	h.flight.wait.Go(func() {
		defer cancel()
		var once sync.Once
		free := func() {
			once.Do(func() {
				h.flight.leaveHost(j.Host)
				poke(h.send)
			})
		}
		slow := time.AfterFunc(slowAfter, free)
		d := h.do(ctx, j)
		slow.Stop()
		h.doneMu.Lock()
		h.done = append(h.done, d)
		h.doneMu.Unlock()
		free()
		h.flight.leave(lane)
		poke(h.send)
	})
}

// settle writes down what was done since it was last called: what many were sent is
// one transaction.
func (h *Hub) settle(ctx context.Context) error {
	h.doneMu.Lock()
	done := h.done
	h.done = nil
	h.doneMu.Unlock()
	err := h.store.Settle(context.WithoutCancel(ctx), done)
	if err != nil {
		h.doneMu.Lock()
		h.done = append(done, h.done...)
		h.doneMu.Unlock()
	}
	return err
}

// drain gives what is under way some time, and settles what came of it.
func (h *Hub) drain(ctx context.Context) {
	all := make(chan struct{})
	go func() {
		h.flight.wait.Wait()
		close(all)
	}()
	select {
	case <-all:
	case <-time.After(drainTime):
	}
	if err := h.settle(ctx); err != nil {
		h.Log.Warn("deliveries not settled", "err", err) // their claims run out
	}
}

// backoff is how long who did not take something n times in a row is left alone.
func backoff(n int) time.Duration {
	return min(firstWait<<(2*min(n, 8)), mostWait)
}

const (
	// A subscriber that restarts is back within firstWait; each further failure makes
	// the wait four times as long, up to mostWait.
	firstWait = 10 * time.Second
	mostWait  = 6 * time.Hour
	// mostTries is after how many failures in a row a subscriber is taken to have gone
	// for good: some three days.
	mostTries = 16
	// askTries is how often a callback is asked what it wants: some minutes.
	askTries = 4
)

// version is a topic as it was when its news came.
type version struct {
	topic string
	n     int64
}

// documents holds the topics that are just delivered, so that each is rendered once
// and is in memory once, however many subscribers it has.
type documents struct {
	mu   sync.Mutex
	held map[version]*rendering
}

// forget forgets them all: nobody is being sent one.
func (d *documents) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.held)
}

type rendering struct {
	once sync.Once
	doc  Document
	err  error
}

// document is the topic of j.
func (h *Hub) document(ctx context.Context, j push.Job) (Document, error) {
	key := version{j.Topic, j.Version}
	h.docs.mu.Lock()
	r := h.docs.held[key]
	if r == nil {
		if len(h.docs.held) >= docsHeld {
			clear(h.docs.held)
		}
		r = new(rendering)
		h.docs.held[key] = r
	}
	h.docs.mu.Unlock()
	r.once.Do(func() { r.doc, r.err = h.Topics.Topic(ctx, j.Topic, true) })
	if r.err != nil { // for the next one to try
		h.docs.mu.Lock()
		if h.docs.held[key] == r {
			delete(h.docs.held, key)
		}
		h.docs.mu.Unlock()
	}
	return r.doc, r.err
}
