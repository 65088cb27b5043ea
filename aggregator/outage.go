package aggregator

import (
	"time"

	"courant/aggregator/fetch"
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

// observe takes note of what a request says of the network as a whole, and
// marks t where its failure is ours.
func (a *Aggregator) observe(j *job, t *taken) {
	if !t.answer.Sent {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	h := &a.health
	if t.err == nil || t.err.Kind != fetch.Network || len(t.answer.Hops) > 0 {
		if h.down {
			a.log.Info("the network is back", "host", j.host)
			a.resumed.from = a.now()
		}
		*h = health{}
		return
	}
	if h.unreachable == nil {
		h.unreachable = map[string]bool{}
	}
	h.unreachable[j.host] = true
	if !h.down && len(h.unreachable) >= outageHosts {
		h.down, h.probeWait, h.nextProbe = true, firstProbe, a.now().Add(firstProbe)
		a.log.Warn("the network is down: sources wait", "err", t.err.Error())
	}
	t.outage = h.down
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
