package aggregator

import (
	"log/slog"
	"slices"
	"sync"
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

// network is what we know of our own way to the hosts (P42). It is safe for
// concurrent use.
type network struct {
	log *slog.Logger
	now func() time.Time

	mu          sync.Mutex
	unreachable map[string]bool // hosts that could not be reached since one was
	down        bool
	nextProbe   time.Time
	probeWait   time.Duration
	// resumed is the moment after a silence of ours: sources that fell due
	// before it come back one by one, not all at once (P41, P42).
	resumed time.Time
}

// reach is what a request says of the network as a whole.
type reach int

const (
	silent   reach = iota // nothing either way
	reached               // we reach a host, so where others fail theirs is the fault
	outage                // no host can be reached: the fault is ours
	doubtful              // this one could not be reached: others have to show whose fault that is
)

// observe takes note of a request to a host; hosts is how many different ones
// there are.
func (n *network) observe(host string, v *poll.Visit, hosts int) reach {
	if !v.Answer.Sent || v.Err != nil && v.Err.Kind == fetch.Temporary && v.Err.Status == 0 {
		return silent
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if v.Err == nil || v.Err.Kind != fetch.Network || len(v.Answer.Hops) > 0 {
		if n.down {
			n.log.Info("the network is back", "host", host)
			n.resumed = n.now()
		}
		n.unreachable, n.down, n.nextProbe, n.probeWait = nil, false, time.Time{}, 0
		return reached
	}
	if n.unreachable == nil {
		n.unreachable = map[string]bool{}
	}
	n.unreachable[host] = true
	enough := min(outageHosts, hosts)
	if !n.down && len(n.unreachable) >= enough && enough > 1 {
		n.down, n.probeWait, n.nextProbe = true, firstProbe, n.now().Add(firstProbe)
		n.log.Warn("the network is down: sources wait", "err", v.Err.Error())
	}
	switch {
	case n.down:
		return outage
	case enough > 1:
		return doubtful
	}
	return silent
}

// shut reports whether a request has to wait for the network, and lets one
// through as a probe now and then; those asked for by hand always.
func (n *network) shut(manual bool) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := n.now()
	if !n.down || manual {
		return false
	}
	if now.Before(n.nextProbe) {
		return true
	}
	n.probeWait = min(2*n.probeWait, lastProbe)
	n.nextProbe = now.Add(n.probeWait)
	return false
}

func (n *network) isDown() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.down
}

// resume notes that a silence of ours ends.
func (n *network) resume(now time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.resumed = now
}

// overdue reports whether what was due then fell due in a silence of ours.
func (n *network) overdue(due time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return !due.IsZero() && due.Before(n.resumed)
}

// parked is a visit to a host that could not be reached, and nobody knows yet
// whose fault that is.
type parked struct {
	job   *job
	visit *poll.Visit
}

// parking holds what is parked until there is a verdict, at most for parkTime.
type parking struct {
	late func() // called in time, from its own goroutine, but not once closed

	mu     sync.Mutex
	list   []parked
	timer  *time.Timer
	closed bool
}

func (p *parking) add(one parked) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.list = append(p.list, one)
	if p.timer == nil && !p.closed {
		p.timer = time.AfterFunc(parkTime, p.late)
	}
}

// take empties the parking.
func (p *parking) take() []parked { return p.takeIf(func([]parked) bool { return true }) }

// takeIf empties the parking if what is in it is as ok says.
func (p *parking) takeIf(ok func([]parked) bool) []parked {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.list) == 0 || !ok(p.list) {
		return nil
	}
	list := p.list
	p.list = nil
	if p.timer != nil {
		p.timer.Stop()
		p.timer = nil
	}
	return list
}

// those takes out what is as ok says.
func (p *parking) those(ok func(parked) bool) (taken []parked) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.list = slices.DeleteFunc(p.list, func(one parked) bool {
		out := ok(one)
		if out {
			taken = append(taken, one)
		}
		return out
	})
	if len(p.list) == 0 && p.timer != nil {
		p.timer.Stop()
		p.timer = nil
	}
	return taken
}

// close ends the waiting: late is called no more.
func (p *parking) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.timer != nil {
		p.timer.Stop()
	}
}

// unlessClosed calls f, which must be quick, unless the parking is closed.
func (p *parking) unlessClosed(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		f()
	}
}
