package aggregator

import (
	"time"

	"courant/aggregator/fetch"
	"courant/aggregator/poll"
)

const (
	// outageHosts is how many hosts in a row must be out of reach, with none
	// answering in between, before the fault is taken to be ours.
	outageHosts = 3
	// parkTime is how long one that is out of reach waits for that verdict.
	parkTime = 30 * time.Minute
	// probes go out firstProbe apart, then ever less often up to lastProbe.
	firstProbe = time.Minute
	lastProbe  = 10 * time.Minute
)

// health is what we know of our own way into the network (P42).
type health struct {
	unreachable map[string]bool // hosts that could not be reached since one was
	down        bool
	nextProbe   time.Time
	probeWait   time.Duration
}

// resumption is the moment after a silence of ours: sources that fell due
// before it come back one by one, not all at once (P41, P42).
type resumption struct{ from time.Time }

// parked is a request whose host could not be reached, and nobody knows yet
// whose fault that is.
type parked struct {
	j *job
	v *poll.Visit
}

// observe takes note of what a request says of the network as a whole. It
// marks v where its failure is ours. True means that this is still open: v is
// settled when other hosts have shown it.
func (e *engine) observe(j *job, v *poll.Visit) bool {
	if !v.Answer.Sent || v.Err != nil && v.Err.Kind == fetch.Temporary && v.Err.Status == 0 {
		return false // silence shows nothing either way
	}
	a := e.a
	a.mu.Lock()
	h := &a.health
	if v.Err == nil || v.Err.Kind != fetch.Network || len(v.Answer.Hops) > 0 {
		if h.down {
			a.log.Info("the network is back", "host", j.host)
			a.resumed.from = a.now()
		}
		*h = health{}
		a.mu.Unlock()
		e.unpark(false) // we reach a host, so theirs is the fault
		return false
	}
	if h.unreachable == nil {
		h.unreachable = map[string]bool{}
	}
	h.unreachable[j.host] = true
	enough := min(outageHosts, a.sources.hostCount())
	if !h.down && len(h.unreachable) >= enough && enough > 1 {
		h.down, h.probeWait, h.nextProbe = true, firstProbe, a.now().Add(firstProbe)
		a.log.Warn("the network is down: sources wait", "err", v.Err.Error())
	}
	v.Outage = h.down
	a.mu.Unlock()
	if v.Outage {
		e.unpark(true)
		return false
	}
	return enough > 1 && e.park(j, v)
}

// park leaves v until its verdict, at most for parkTime; not, where it is the
// last that somebody waits for.
func (e *engine) park(j *job, v *poll.Visit) bool {
	e.mu.Lock()
	e.parked = append(e.parked, parked{j, v})
	if e.parkTimer == nil {
		e.parkTimer = time.AfterFunc(parkTime, func() { e.unpark(false) })
	}
	e.mu.Unlock()
	e.unparkIdle()
	return true
}

// unparkIdle gives the verdict when nothing is under way that could show it and
// somebody waits.
func (e *engine) unparkIdle() {
	e.mu.Lock()
	held, awaited := 0, false
	for _, p := range e.parked {
		held += len(p.j.sources)
		awaited = awaited || len(p.j.results) > 0
	}
	idle := awaited && held == len(e.queued) && !e.closed
	if idle {
		e.settling.Add(1)
	}
	e.mu.Unlock()
	if idle {
		go func() { // not here: the writer, which may have called, would wait for itself
			defer e.settling.Done()
			e.unpark(false)
		}()
	}
}

// unpark settles what is parked: as an outage, or as failures.
func (e *engine) unpark(outage bool) {
	e.mu.Lock()
	list := e.parked
	e.parked = nil
	if e.parkTimer != nil {
		e.parkTimer.Stop()
		e.parkTimer = nil
	}
	if e.closed {
		list = nil
	}
	for _, p := range list {
		e.settling.Add(1)
		p.v.Outage = outage
	}
	e.mu.Unlock()
	for _, p := range list {
		e.settle(p.j, p.v)
		e.settling.Done()
	}
}

// held reports whether jobs wait for the network, and lets one through as a
// probe now and then.
func (a *Aggregator) held(j *job) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	h, now := &a.health, a.now()
	if !h.down || j.manual {
		return false
	}
	if now.Before(h.nextProbe) {
		return true
	}
	h.probeWait = min(2*h.probeWait, lastProbe)
	h.nextProbe = now.Add(h.probeWait)
	return false
}
