package main

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
)

// ledger is what everybody was told, and what went wrong.
type ledger struct {
	mu       sync.Mutex
	faults   []string
	said     map[string]*posted           // by text
	bodies   map[string][sha256.Size]byte // by address and ETag
	ids      map[string]string            // what a reader saw → its id
	open     []place                      // articles to comment on
	threads  map[string]int               // comments sent to each article
	touched  map[string]bool              // articles with comments since the last check
	decided  map[string][]string          // article → states it may be in: an editor's last word
	answered func()                       // called when a comment is acknowledged

	reads, backups atomic.Int64
	sentAway       atomic.Int64 // comments that were told to come again
}

// posted is a comment that somebody sent.
type posted struct {
	text, article, parent string
	id                    string // as acknowledged; empty: nobody knows
	name                  string
}

// place is an article that readers can see.
type place struct{ id, path string }

func newLedger() *ledger {
	return &ledger{
		said: map[string]*posted{}, bodies: map[string][sha256.Size]byte{}, ids: map[string]string{},
		threads: map[string]int{}, touched: map[string]bool{}, decided: map[string][]string{},
	}
}

func (l *ledger) fault(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = append(l.faults, fmt.Sprintf(format, args...))
}

func (l *ledger) takeFaults() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := l.faults
	l.faults = nil
	return list
}

func (l *ledger) setAnswered(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answered = f
}

// comments counts what was sent.
func (l *ledger) comments() (acknowledged, unknown int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.said {
		if r.id != "" {
			acknowledged++
		} else {
			unknown++
		}
	}
	return acknowledged, unknown
}

func (l *ledger) differentBodies() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.bodies)
}

// saw notes that a reader saw id for what never changes its id.
func (l *ledger) saw(what, id string) {
	l.mu.Lock()
	known, ok := l.ids[what]
	if !ok {
		l.ids[what] = id
	}
	l.mu.Unlock()
	if ok && known != id {
		l.fault("%s had the id %s and now has %s", what, known, id)
	}
}

// sameBody notes the body that came with an ETag: there is never another.
func (l *ledger) sameBody(address, tag string, body []byte) {
	sum := sha256.Sum256(body)
	key := address + " " + tag
	l.mu.Lock()
	known, ok := l.bodies[key]
	l.bodies[key] = sum
	l.mu.Unlock()
	if ok && known != sum {
		l.fault("%s: two bodies with the ETag %s", address, tag)
	}
}

// threadLimit is how many comments an article gets: they all stand on one page
// and in one feed.
const threadLimit = 40

// choose picks an article to comment on, one of the newest, or ok false.
func (l *ledger) choose(rng *rand.Rand) (p place, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = slices.DeleteFunc(l.open, func(p place) bool { return l.threads[p.id] >= threadLimit })
	if len(l.open) == 0 {
		return place{}, false
	}
	const newest = 6
	p = l.open[rng.IntN(min(newest, len(l.open)))]
	l.threads[p.id]++
	return p, true
}

// parent picks an acknowledged comment of an article to answer, or "".
func (l *ledger) parent(rng *rand.Rand, article string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var ids []string
	for _, r := range l.said {
		if r.article == article && r.id != "" && r.parent == "" {
			ids = append(ids, r.id)
		}
	}
	if len(ids) == 0 || rng.IntN(3) > 0 {
		return ""
	}
	slices.Sort(ids)
	return ids[rng.IntN(len(ids))]
}
