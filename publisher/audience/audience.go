// Package audience hears what those say of themselves who fetch a feed for many: how
// many subscribers they do it for, in their User-Agent. Begin with Said; an Audience
// has what was heard kept, off the way of any answer.
package audience

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"courant/db/audience"
	"courant/db/text"
)

const (
	// most is the largest number that is believed: more than any feed has.
	most = 100_000_000
	// nameLength bounds the name of a fetcher, in characters.
	nameLength = 60
	// said is what a User-Agent holds that says it.
	said = "subscriber"
)

var (
	// count is how it is said: "12 subscribers".
	count = text.Pattern(`\b(\d{1,9}) subscribers?\b`)
	// between parts the fields in a User-Agent.
	between = text.Pattern(`[;()]`)
)

// Said reads from a User-Agent for how many subscribers it fetches, and who does: the
// product without its version, which services change, or, behind the "Mozilla" that
// many begin with, the last field before the number that is no address. ok is false where it does not say.
func Said(agent string) (fetcher string, subscribers int, ok bool) {
	if !strings.Contains(agent, said) {
		return "", 0, false // nearly all, and this is asked for each answer
	}
	at := count().FindStringSubmatchIndex(agent)
	if at == nil {
		return "", 0, false
	}
	n, err := strconv.Atoi(agent[at[2]:at[3]])
	if err != nil || n > most {
		return "", 0, false
	}
	product := func(s string) string {
		s, _, _ = strings.Cut(strings.TrimSpace(s), "/")
		s, _, _ = strings.Cut(s, " ")
		return s
	}
	before := between().Split(agent[:at[0]], -1)
	name := product(before[0])
	if strings.EqualFold(name, "Mozilla") {
		for _, field := range before[1:] {
			if strings.Contains(field, "://") {
				continue // where it says more of itself
			}
			if field = product(field); field != "" && !strings.EqualFold(field, "compatible") {
				name = field
			}
		}
	}
	name = text.Cut(text.Line(name), nameLength)
	return name, n, name != ""
}

const (
	// every is how soon after one note another is made, and atOnce how many claims it
	// holds: a flood of made-up names is a hundred small writes a second.
	every  = time.Second
	atOnce = 100
	// again is how soon the same claim is noted once more, to say that it still holds.
	again = time.Hour
	// remembered bounds the claims of which it is known when they were noted; beyond it
	// all are forgotten, and noted anew.
	remembered = 4096
	// patience is how long a note may take.
	patience = 5 * time.Second
)

// Audience has kept what is heard. Safe for concurrent use.
type Audience struct {
	keep func(ctx context.Context, claims []audience.Claim) error
	now  func() time.Time

	mu      sync.Mutex
	waiting map[place]int // subscribers
	noted   map[place]noted
	busy    bool // somebody notes
}

// place is a fetcher of a feed.
type place struct{ feed, fetcher string }

type noted struct {
	subscribers int
	at          time.Time
}

// New returns an Audience that has claims kept by keep; now is the clock.
func New(keep func(ctx context.Context, claims []audience.Claim) error, now func() time.Time) *Audience {
	return &Audience{keep: keep, now: now, waiting: map[place]int{}, noted: map[place]noted{}}
}

// Heard notes that fetcher fetched the feed at a path for so many. It waits for
// nothing: a claim that cannot be kept is made again by the next request.
func (a *Audience) Heard(feed, fetcher string, subscribers int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := place{feed, fetcher}
	if was, is := a.noted[p]; is && was.subscribers == subscribers && a.now().Sub(was.at).Abs() < again {
		return
	}
	if _, is := a.waiting[p]; !is && len(a.waiting) >= atOnce {
		return
	}
	a.waiting[p] = subscribers
	if !a.busy {
		a.busy = true
		go a.note()
	}
}

// note notes until nothing waits.
func (a *Audience) note() {
	for {
		time.Sleep(every)
		claims := a.take()
		if len(claims) == 0 {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		if err := a.keep(ctx, claims); err != nil {
			a.forget(claims) // it is not worth a line in the log
		}
		cancel()
	}
}

// take is what waits, in order, and says that it is noted.
func (a *Audience) take() []audience.Claim {
	a.mu.Lock()
	defer a.mu.Unlock()
	claims := make([]audience.Claim, 0, len(a.waiting))
	if len(a.noted)+len(a.waiting) > remembered {
		clear(a.noted)
	}
	for p, n := range a.waiting {
		claims = append(claims, audience.Claim{Feed: p.feed, Fetcher: p.fetcher, Subscribers: n})
		a.noted[p] = noted{n, a.now()}
	}
	clear(a.waiting)
	a.busy = len(claims) > 0
	slices.SortFunc(claims, func(x, y audience.Claim) int {
		return cmp.Or(strings.Compare(x.Feed, y.Feed), strings.Compare(x.Fetcher, y.Fetcher))
	})
	return claims
}

// forget takes back that claims were noted.
func (a *Audience) forget(claims []audience.Claim) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range claims {
		delete(a.noted, place{c.Feed, c.Fetcher})
	}
}
