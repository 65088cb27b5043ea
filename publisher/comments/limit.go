package comments

import (
	"hash/fnv"
	"math"
	"net/netip"
	"sync"
	"time"

	"courant/db/setting"
)

// tableRows bounds each table of addresses: at about 100 bytes a row, two
// generations of it are a few megabytes, and more addresses than a site has
// commenters at once. A flood of addresses makes old rows be forgotten, never
// memory grow.
const tableRows = 1 << 15

// table remembers something of each of the latest keys. When a generation is
// full, the one before it is forgotten. Not safe for concurrent use.
type table[K comparable, V any] struct{ young, old map[K]V }

func (t *table[K, V]) get(k K) (v V, ok bool) {
	if v, ok = t.young[k]; ok {
		return v, true
	}
	if v, ok = t.old[k]; ok {
		t.put(k, v)
	}
	return v, ok
}

func (t *table[K, V]) put(k K, v V) {
	if t.young == nil || len(t.young) >= tableRows {
		t.old, t.young = t.young, make(map[K]V)
	}
	t.young[k] = v
}

// network is what counts as one address: an IPv6 household has a /64.
func network(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // fails for the zero Addr alone, which then is a key as good as any
	return p
}

// limiter is a bucket of tokens for each network: a burst of Rate.Count,
// filled again evenly in Rate.Per.
type limiter struct {
	rate setting.Rate
	mu   sync.Mutex
	rows table[netip.Prefix, bucket]
}

type bucket struct {
	tokens float64
	at     time.Time
}

// take takes a token of a's network, or says after how long there is one.
func (l *limiter) take(a netip.Addr, now time.Time) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	full := float64(l.rate.Count)
	k := network(a)
	b, known := l.rows.get(k)
	if !known {
		b = bucket{full, now}
	}
	perSecond := full / l.rate.Per.Seconds()
	if passed := now.Sub(b.at).Seconds(); passed > 0 {
		b.tokens = math.Min(full, b.tokens+passed*perSecond)
		b.at = now
	}
	if b.tokens < 1 {
		l.rows.put(k, b)
		return time.Duration((1 - b.tokens) / perSecond * float64(time.Second)), false
	}
	b.tokens--
	l.rows.put(k, b)
	return 0, true
}

// visits remembers when a network last got an article's page.
type visits struct {
	mu   sync.Mutex
	rows table[visit, time.Time]
}

// visit is of a hash of the article's id, for an address may name what it likes,
// at any length.
type visit struct {
	from    netip.Prefix
	article uint64
}

func visitOf(a netip.Addr, article string) visit {
	h := fnv.New64a()
	h.Write([]byte(article))
	return visit{network(a), h.Sum64()}
}

func (v *visits) note(a netip.Addr, article string, now time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.rows.put(visitOf(a, article), now)
}

func (v *visits) last(a netip.Addr, article string) (time.Time, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.rows.get(visitOf(a, article))
}
