// Package rate bounds what the visitors of one network may have us do: a Limiter
// gives each network tokens, so many at once and so many in a time, and takes
// what something cost. What it remembers is bounded, whoever comes from wherever.
package rate

import (
	"math"
	"net/netip"
	"sync"
	"time"

	"courant/db/setting"
)

// Rows bounds each generation of a table of addresses: at about 100 bytes a row,
// two of them are a few megabytes, and more addresses than a site has
// visitors at once that cost it work. A flood of addresses makes old rows be
// forgotten, never memory grow.
const Rows = 1 << 15

// Table remembers something of each of the latest keys. When a generation is
// full, the one before it is forgotten. Not safe for concurrent use.
type Table[K comparable, V any] struct{ young, old map[K]V }

// Get is what is remembered of k.
func (t *Table[K, V]) Get(k K) (v V, ok bool) {
	if v, ok = t.young[k]; ok {
		return v, true
	}
	if v, ok = t.old[k]; ok {
		t.Put(k, v)
	}
	return v, ok
}

// Put remembers v of k.
func (t *Table[K, V]) Put(k K, v V) {
	if t.young == nil || len(t.young) >= Rows {
		t.old, t.young = t.young, make(map[K]V)
	}
	t.young[k] = v
}

// Len is how many rows are held.
func (t *Table[K, V]) Len() int { return len(t.young) + len(t.old) }

// Network is what counts as one address: an IPv6 household has a /64.
func Network(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // fails for the zero Addr alone, which then is a key as good as any
	return p
}

// Around is the first address of the networks around a's: what one household, firm
// or rented rack has many of. Its Network stands for them all.
func Around(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	bits := 24
	if a.Is6() {
		bits = 48
	}
	p, _ := a.Prefix(bits) // fails for the zero Addr alone, as in Network
	return p.Addr()
}

// Limiter is a bucket of tokens for each network: a burst of Rate.Count,
// filled again evenly in Rate.Per. Safe for concurrent use.
type Limiter struct {
	rate setting.Rate
	mu   sync.Mutex
	rows Table[netip.Prefix, bucket]
}

type bucket struct {
	tokens float64
	at     time.Time
}

// Len is how many networks it remembers.
func (l *Limiter) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rows.Len()
}

// Rate is what it lets through.
func (l *Limiter) Rate() setting.Rate { return l.rate }

// New returns a Limiter of full buckets.
func New(r setting.Rate) *Limiter { return &Limiter{rate: r} }

// Take takes a token of a's network, or says after how long there is one.
func (l *Limiter) Take(a netip.Addr, now time.Time) (wait time.Duration, ok bool) {
	return l.take(a, now, 1)
}

// Ready says whether a's network has a token, or after how long it will, and
// takes none: for what costs so much as is only known afterwards, see Spend.
func (l *Limiter) Ready(a netip.Addr, now time.Time) (wait time.Duration, ok bool) {
	return l.take(a, now, 0)
}

// Recall takes from a's network what it had at the given times, the oldest first, where
// that leaves less than is remembered: after a restart nothing is, and another
// process may have given some. The times go back no further than Rate.Per.
func (l *Limiter) Recall(a netip.Addr, times []time.Time, now time.Time) {
	if len(times) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	full := float64(l.rate.Count)
	spent := bucket{full, times[0]}
	for _, at := range times {
		spent = l.filled(spent, at)
		spent.tokens = math.Max(0, spent.tokens-1)
	}
	b := l.bucket(a, now)
	b.tokens = math.Min(b.tokens, l.filled(spent, now).tokens)
	l.rows.Put(Network(a), b)
}

// Spend takes what something cost, in tokens, which may be more than there are:
// then they have to come first.
func (l *Limiter) Spend(a netip.Addr, now time.Time, cost float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(a, now)
	b.tokens -= cost
	l.rows.Put(Network(a), b)
}

func (l *Limiter) take(a netip.Addr, now time.Time, cost float64) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(a, now)
	if ok = b.tokens >= 1; ok {
		b.tokens -= cost
	} else {
		wait = time.Duration((1 - b.tokens) / l.perSecond() * float64(time.Second))
	}
	l.rows.Put(Network(a), b)
	return wait, ok
}

func (l *Limiter) perSecond() float64 { return float64(l.rate.Count) / l.rate.Per.Seconds() }

// bucket is that of a's network as it is now.
func (l *Limiter) bucket(a netip.Addr, now time.Time) bucket {
	b, known := l.rows.Get(Network(a))
	if !known {
		return bucket{float64(l.rate.Count), now}
	}
	return l.filled(b, now)
}

// filled is b with what came into it since.
func (l *Limiter) filled(b bucket, now time.Time) bucket {
	if passed := now.Sub(b.at).Seconds(); passed > 0 {
		b.tokens = math.Min(float64(l.rate.Count), b.tokens+passed*l.perSecond())
		b.at = now
	}
	return b
}
