package aggregator

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"courant/aggregator/discover"
	"courant/aggregator/fetch"
	"courant/aggregator/identity"
	"courant/aggregator/rules"
	"courant/db"
	"courant/db/lease"
	"courant/db/push"
	"courant/db/state"
	"courant/db/text"
)

// Options are what New needs besides store and configuration.
type Options struct {
	Log       *slog.Logger      // nil: nothing is logged
	Version   string            // for the User-Agent
	Contact   string            // for the User-Agent, where the configuration names none
	Site      string            // site.url: entries that lead there are our own (I37); empty: none do
	Rules     []rules.Config    // what articles are judged by, until SetRules names others
	Now       func() time.Time  // nil: time.Now
	Transport http.RoundTripper // nil: the network
	// Callback is where hubs deliver to the subscription with a token; nil: nothing is
	// subscribed to.
	Callback func(token string) string
	// Moderator decides on the comments of sources' threads; nil: none are followed.
	Moderator Moderator
	// Observe is told of every Result, from many goroutines; nil: nobody is.
	Observe func(Result)
}

// Aggregator pulls the configured sources into the store. It is safe for
// concurrent use. One process at a time may work on a database, or several of which
// each polls the shards that it holds: see Hold.
type Aggregator struct {
	store     *db.DB
	c         Config
	log       *slog.Logger
	now       func() time.Time
	observe   func(Result) // told of every result
	client    *fetch.Client
	reader    *Reader
	sources   *roster
	ours      identity.Ours
	rules     atomic.Pointer[rules.Set]
	network   *network
	held      *holding
	wake      chan struct{} // there is more to look for than a moment ago
	inbox     push.Inbox
	found     chan string // sources that name a hub
	follows   follows
	moderator Moderator // may be nil

	mu      sync.Mutex
	engine  *engine
	users   int           // of engine
	fetches int           // under way
	look    time.Duration // when due sources are looked for next, by roster.elapsed; 0: Run does not
}

// New returns an Aggregator of the given sources, nil where SetSources is to
// name them.
func New(store *db.DB, c Config, sources []SourceConfig, o Options) (*Aggregator, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Observe == nil {
		o.Observe = func(Result) {}
	}
	held := &holding{whole: true}
	client, err := newClient(c, o, func() error {
		if !held.fresh() {
			return lease.ErrLost
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	a := &Aggregator{
		held: held, wake: make(chan struct{}, 1),
		store: store, c: c, log: o.Log, now: o.Now, observe: o.Observe, client: client, reader: newReader(client, o.Now),
		ours:    identity.Ours{Tag: store.Tag().Prefix(), Site: o.Site},
		sources: &roster{c: c, began: time.Now()}, network: &network{log: o.Log, now: o.Now},
		moderator: o.Moderator,
		inbox:     push.NewInbox(store), found: make(chan string, foundAtOnce),
	}
	if a.follows, err = newFollows(c, o); err != nil {
		return nil, err
	}
	_, apply, err := a.sources.configure(sources)
	if err != nil {
		return nil, err
	}
	apply()
	return a, a.SetRules(o.Rules)
}

// use starts the engine, unless it runs already, and returns what stops it with
// its last user: within a little more than drainTime.
func (a *Aggregator) use() (*engine, func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.users++
	if a.engine == nil {
		asking := a.c.Workers
		if a.store.OneMachine() {
			asking = 1
		}
		a.engine = newEngine(a.c.Workers, visitor{
			store: a.store, held: a.held, client: a.client, reader: a.reader, sources: a.sources, ours: a.ours, rules: &a.rules, network: a.network, log: a.log, now: a.now, observe: a.observe,
			inbox: a.inbox, found: a.found,
			parses: make(chan struct{}, runtime.GOMAXPROCS(0)), asking: make(chan struct{}, asking), timeout: a.c.Timeout.Duration,
		})
	}
	e := a.engine
	return e, func() {
		a.mu.Lock()
		a.users--
		last := a.users == 0
		if last {
			a.engine = nil
		}
		a.mu.Unlock()
		if last {
			e.drain()
		}
	}
}

// Discover returns the feeds of the site at address, the likeliest first, asked
// for as politely as everything else.
func Discover(ctx context.Context, c Config, o Options, address string) ([]discover.Feed, error) {
	client, err := newClient(c, o, nil)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	return discover.Find(ctx, getter(client, address), address)
}

// SetSources makes the polled sources those of list, here and in the store: at
// start and at each reload. What is known of the polling of a source whose
// address stays is kept, so a reload makes no request (P46). What cannot be
// stored is not taken over.
func (a *Aggregator) SetSources(ctx context.Context, list []SourceConfig) error {
	made, apply, err := a.sources.configure(list)
	if err != nil {
		return err
	}
	stored := func(yield func(db.Source) bool) {
		for i, s := range list {
			s = s.WithDefaults()
			if !yield(db.Source{
				ID: s.ID, URL: text.Redact(s.URL), Title: s.Title, Section: s.Section, Tags: s.Tags,
				Rights: s.Rights, Canonical: s.Canonical, License: s.License, PausedConfig: s.Paused,
				Poll: db.Poll{Shard: int(made[i].shard)},
			}) {
				return
			}
		}
	}
	if err := a.store.SetSources(ctx, stored); err != nil {
		return fmt.Errorf("set sources: %w", err)
	}
	apply()
	return a.unlock(ctx, a.held.owns)
}

// unlock makes sources of shards that are ours due that wanted credentials and have
// other ones now (P72), and those that were merged into a source that is no more
// (P67).
func (a *Aggregator) unlock(ctx context.Context, ours func(shard int) bool) error {
	list, err := a.store.SourcesIn(ctx, state.Locked, state.Merged)
	if err != nil {
		return fmt.Errorf("set sources: %w", err)
	}
	var due []db.Due
	for _, s := range list {
		subject := a.sources.subject(s)
		c, m := subject.Config, subject.Memory
		switch {
		case c == nil || !ours(s.Shard):
		case s.State == state.Locked && !c.Settled(m):
			due = append(due, db.Due{Source: s.ID, Was: s.LastPass, At: a.now(), Reason: "its credentials changed", State: state.Active})
		case s.State == state.Merged && !a.sources.Has(m.MergedInto):
			due = append(due, db.Due{Source: s.ID, Was: s.LastPass, At: a.now(), Reason: m.MergedInto + ", which polled its address, is no more", State: state.Active})
		}
	}
	if err := a.store.Reschedule(ctx, due); err != nil {
		return fmt.Errorf("set sources: %w", err)
	}
	return nil
}

// restore brings back what hosts asked for before this process began.
func (a *Aggregator) restore(ctx context.Context) error {
	stored, err := a.store.HostPauses(ctx)
	if err != nil {
		return fmt.Errorf("read the pauses of hosts: %w", err)
	}
	pauses := make([]fetch.Pause, len(stored))
	for i, p := range stored {
		pauses[i] = fetch.Pause(p)
	}
	a.client.Hosts.Restore(pauses)
	return nil
}

// Stuck is for how long some poll has gone on beyond the time that it may take:
// 0 while all go on as they should.
func (a *Aggregator) Stuck() time.Duration {
	a.mu.Lock()
	e := a.engine
	a.mu.Unlock()
	if e == nil {
		return 0
	}
	return e.steps.late()
}
