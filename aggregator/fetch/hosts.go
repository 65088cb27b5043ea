package fetch

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/net/publicsuffix"
)

const (
	// MaxRetryAfter is the longest that a server can send us away (P52).
	MaxRetryAfter = 7 * 24 * time.Hour
	// A 429 that names no time pauses its host for firstPause, doubled at each
	// further one up to lastPause (P53).
	firstPause = 10 * time.Minute
	lastPause  = 24 * time.Hour
)

// Pause is a host, or with Config.DomainPause a registrable domain, that asked
// to be left alone.
type Pause struct {
	Host    string
	Until   time.Time // zero: over, and the host answers well again
	Strikes int       // how often in a row it named no time
}

// Hosts keeps what is owed to hosts: one request in flight each, a gap between
// two, and silence while a host is paused (P50–P54). A host is a name without
// port. It is safe for concurrent use.
type Hosts struct {
	gap      time.Duration
	byDomain bool
	now      func() time.Time

	mu     sync.Mutex
	hosts  map[string]*host
	pauses map[string]Pause // by host or domain
}

type host struct {
	token chan struct{} // holds one while a request is in flight
	users int           // requests in flight or waiting
	next  time.Time     // no request starts before, by real time: no setting of the clock moves it
}

// NewHosts returns a Hosts with the given gap. With byDomain a pause of one
// host holds for its registrable domain.
func NewHosts(gap time.Duration, byDomain bool, now func() time.Time) *Hosts {
	return &Hosts{gap: gap, byDomain: byDomain, now: now, hosts: map[string]*host{}, pauses: map[string]Pause{}}
}

// Acquire waits until a request to name may start and returns what ends it.
// A paused host gives an *Error of Kind Paused at once.
func (h *Hosts) Acquire(ctx context.Context, name string) (release func(), err error) {
	h.mu.Lock()
	e := h.hosts[name]
	if e == nil {
		e = &host{token: make(chan struct{}, 1)}
		h.hosts[name] = e
	}
	e.users++
	h.mu.Unlock()

	select {
	case e.token <- struct{}{}:
	case <-ctx.Done():
		h.leave(name, e)
		return nil, context.Cause(ctx)
	}
	if err := h.wait(ctx, name, e); err != nil {
		<-e.token
		h.leave(name, e)
		return nil, err
	}
	return func() {
		h.mu.Lock()
		e.next = time.Now().Add(h.gap)
		h.mu.Unlock()
		<-e.token
		h.leave(name, e)
	}, nil
}

func (h *Hosts) wait(ctx context.Context, name string, e *host) error {
	for {
		if until := h.PausedUntil(name); !until.IsZero() {
			return &Error{Kind: Paused, RetryAfter: until.Sub(h.now()), Err: errPaused}
		}
		h.mu.Lock()
		left := time.Until(e.next)
		h.mu.Unlock()
		if left <= 0 {
			return nil
		}
		t := time.NewTimer(left)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return context.Cause(ctx)
		}
	}
}

// leave forgets a host that nobody uses and that is owed no gap.
func (h *Hosts) leave(name string, e *host) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e.users--
	if e.users == 0 && !e.next.After(time.Now()) {
		delete(h.hosts, name)
	}
}

// Sweep forgets the hosts that nobody uses and that are owed no gap any more,
// and the pauses that are over and were never followed by an answer.
func (h *Hosts) Sweep() {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	for name, e := range h.hosts {
		if e.users == 0 && !e.next.After(now) {
			delete(h.hosts, name)
		}
	}
	for key, p := range h.pauses {
		if p.stale(h.now()) {
			delete(h.pauses, key)
		}
	}
}

// stale reports whether nobody has asked the host for so long that what it once
// said counts no more: it left the configuration, or moved away.
func (p Pause) stale(now time.Time) bool { return now.Sub(p.Until) > MaxRetryAfter }

// Ready is when the next request to name may start, were it not in use: the
// gap's end, or now, by real time.
func (h *Hosts) Ready(name string) time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	if e := h.hosts[name]; e != nil && e.next.After(now) {
		return e.next
	}
	return now
}

// PausedUntil is when the pause of name ends; zero where there is none.
func (h *Hosts) PausedUntil(name string) time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.pauses[h.key(name)]
	if p.Until.After(h.now()) {
		return p.Until
	}
	return time.Time{}
}

// key is what pauses are kept under.
func (h *Hosts) key(name string) string { return PauseKey(name, h.byDomain) }

// PauseKey is what pauses of a host are kept under: the host, or with byDomain its
// registrable domain, where it has one.
func PauseKey(name string, byDomain bool) string {
	if byDomain {
		if domain, err := publicsuffix.EffectiveTLDPlusOne(name); err == nil {
			return domain
		}
	}
	return name
}

// Hold pauses name for wait, or where that is 0 for as long as the strikes
// say, and returns the pause to be stored.
func (h *Hosts) Hold(name string, wait time.Duration) Pause {
	h.mu.Lock()
	defer h.mu.Unlock()
	key := h.key(name)
	p := h.pauses[key]
	p.Host = key
	if wait <= 0 {
		wait = min(firstPause<<min(p.Strikes, 16), lastPause)
		wait += time.Duration(rand.Int64N(int64(wait/10) + 1)) // jitter, never less
		p.Strikes++
	}
	if until := h.now().Add(min(wait, MaxRetryAfter)); until.After(p.Until) {
		p.Until = until
	}
	h.pauses[key] = p
	return p
}

// Clear notes that name answers well again and returns the pause to be
// stored, if there was one.
func (h *Hosts) Clear(name string) (p Pause, had bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	key := h.key(name)
	if p, had = h.pauses[key]; !had || p.Until.After(h.now()) {
		return Pause{}, false
	}
	delete(h.pauses, key)
	return Pause{Host: key}, true
}

// Restore brings back pauses that were stored, but for those that Sweep would
// forget. None can last longer than a server may ask for, whatever the clock
// did meanwhile.
func (h *Hosts) Restore(pauses []Pause) {
	h.mu.Lock()
	defer h.mu.Unlock()
	limit := h.now().Add(MaxRetryAfter)
	for _, p := range pauses {
		if p.Until.After(limit) {
			p.Until = limit
		}
		if !p.stale(h.now()) {
			h.pauses[p.Host] = p
		}
	}
}
