package aggregator

import (
	"context"
	"sync"
	"time"

	"courant/aggregator/fetch"
	"courant/aggregator/poll"
	"courant/db/lease"
)

// holding is which shards of the sources are ours to poll, and how many of their
// sources have a job: a shard is given away once none has. It is safe for concurrent
// use.
type holding struct {
	mu      sync.Mutex
	whole   bool // nobody deals: all are ours
	mine    lease.Set
	leaving lease.Set         // of mine, those that take no jobs any more
	jobs    [lease.Shards]int // by shard: sources in the queue or under way
	until   time.Time         // when others may have taken what is ours; zero: never
}

// owns reports whether sources of a shard may have new jobs.
func (h *holding) owns(shard int) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.whole || h.mine[shard] && !h.leaving[shard]
}

// enter notes that a source of a shard has a job, if it may.
func (h *holding) enter(shard int) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.whole && (!h.mine[shard] || h.leaving[shard]) {
		return false
	}
	h.jobs[shard]++
	return true
}

// leave notes that a source's job has ended.
func (h *holding) leave(shard int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.jobs[shard]--
}

// numbers are the shards whose sources may have new jobs, nil where all may.
func (h *holding) numbers() []int {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.whole {
		return nil
	}
	ours := h.mine.Minus(h.leaving)
	if ours == lease.All() {
		return nil
	}
	return append([]int{-1}, ours.Numbers()...) // none, where there are none
}

// fresh reports whether what was ours still is, whatever others believe. A process
// that was frozen finds here that it was, by either clock: one of them stands still
// while a machine sleeps.
func (h *holding) fresh() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	return h.until.IsZero() || now.Before(h.until) && now.Round(0).Before(h.until.Round(0))
}

// choose has n shards take no jobs any more, those that are empty first, and where
// that is not pressing only those.
func (h *holding) choose(n int, pressing bool) lease.Set {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.leaving = lease.Set{}
	for _, empty := range []bool{true, false} {
		for shard, mine := range h.mine {
			if n > 0 && mine && !h.leaving[shard] && (h.jobs[shard] == 0) == empty && (empty || pressing) {
				h.leaving[shard] = true
				n--
			}
		}
	}
	return h.leaving
}

// empty takes from ours what takes no jobs and has none, and returns it.
func (h *holding) empty() (given lease.Set) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for shard := range h.leaving {
		if h.leaving[shard] && h.jobs[shard] == 0 {
			given[shard] = true
		}
	}
	h.mine, h.leaving = h.mine.Minus(given), h.leaving.Minus(given)
	return given
}

// Hold has us poll the sources of the given shards and of no others, until a moment
// by our own clock after which others may have taken them; zero: for ever. Whoever
// never calls it polls all. What was under way of a shard that is new here when its
// last worker died is settled first: its servers may have been asked (P30, M5).
func (a *Aggregator) Hold(ctx context.Context, shards lease.Set, until time.Time) error {
	a.held.mu.Lock()
	was := a.held.mine
	a.held.mu.Unlock()
	added := shards.Minus(was)
	if added != (lease.Set{}) {
		if err := a.settle(ctx, added); err != nil {
			return err
		}
	}
	a.held.mu.Lock()
	a.held.whole, a.held.mine, a.held.until = false, shards, until
	a.held.leaving = a.held.leaving.Minus(lease.All().Minus(shards))
	a.held.mu.Unlock()
	if added != (lease.Set{}) {
		select {
		case a.wake <- struct{}{}:
		default:
		}
	}
	return nil
}

// settle is what is done of shards before their sources are polled here.
func (a *Aggregator) settle(ctx context.Context, shards lease.Set) error {
	if err := a.restore(ctx); err != nil {
		return err
	}
	if err := a.cutOff(ctx, shards); err != nil {
		return err
	}
	return a.unlock(ctx, func(shard int) bool { return shards[shard] })
}

// Yield has n of our shards take no jobs any more, and returns those of which nothing
// is in flight: they are ours no longer. It is called again for the others. What only
// waits for its turn is dropped, for whoever has the shard next finds it due, but not
// what a Fetch waits for.
func (a *Aggregator) Yield(n int) lease.Set {
	a.mu.Lock()
	e, pressing := a.engine, a.fetches == 0
	a.mu.Unlock()
	leaving := a.held.choose(n, pressing)
	if e != nil && pressing && leaving != (lease.Set{}) {
		var clearing sync.WaitGroup
		e.parking.unlessClosed(func() { // then its writer is open as long as its workers work
			clearing.Add(1)
			e.workers.Go(func() {
				defer clearing.Done()
				e.clear(leaving)
			})
		})
		clearing.Wait()
	}
	return a.held.empty()
}

// clear ends the jobs in shards whose requests were not made: those that wait for
// their turn, and those that wait for a verdict on the network, of which nobody heard.
func (e *engine) clear(shards lease.Set) {
	e.leave(e.queue.take(func(j *job) bool { return shards[j.shard] }))
	for _, p := range e.parking.those(func(p parked) bool { return shards[p.job.shard] }) {
		e.stop(p.job)
	}
}

// Holds reports how many shards we poll, and whether we may: not where we fell silent
// for so long that others may have taken them.
func (a *Aggregator) Holds() (shards int, fresh bool) {
	a.held.mu.Lock()
	shards = a.held.mine.Len()
	if a.held.whole {
		shards = lease.Shards
	}
	a.held.mu.Unlock()
	return shards, a.held.fresh()
}

// shardOf is the shard of a host, for whom a gap, a pause and a request at a time are
// kept, or where a pause is for a whole domain of that.
func (r *roster) shardOf(host string) int {
	return lease.ShardOf(fetch.PauseKey(host, r.c.DomainPause))
}

// Shard implements poll.Roster.
func (r *roster) Shard(id, address string) int {
	if s := r.source(id); s != nil && s.URL == address {
		return int(s.shard)
	}
	return r.shardOf(fetch.Host(address))
}

var _ poll.Roster = (*roster)(nil)
