package comments

import (
	"hash/fnv"
	"net/netip"
	"sync"
	"time"

	"courant/publisher/rate"
)

// visits remembers when a network last got an article's page.
type visits struct {
	mu   sync.Mutex
	rows rate.Table[visit, time.Time]
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
	return visit{rate.Network(a), h.Sum64()}
}

func (v *visits) note(a netip.Addr, article string, now time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.rows.Put(visitOf(a, article), now)
}

func (v *visits) last(a netip.Addr, article string) (time.Time, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.rows.Get(visitOf(a, article))
}
