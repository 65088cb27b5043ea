package aggregator

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/robfig/cron/v3"

	"courant/aggregator/fetch"
	"courant/aggregator/schedule"
	"courant/db"
)

// Options are what New needs besides store and configuration.
type Options struct {
	Log       *slog.Logger      // nil: nothing is logged
	Version   string            // for the User-Agent
	Contact   string            // for the User-Agent, where the configuration names none
	Now       func() time.Time  // nil: time.Now
	Transport http.RoundTripper // nil: the network
	// Observe is told of every Result, from many goroutines; nil: nobody is.
	Observe func(Result)
}

// Aggregator pulls the configured sources into the store. It is safe for
// concurrent use. One process at a time may work on a database.
type Aggregator struct {
	store  *db.DB
	c      Config
	log    *slog.Logger
	now    func() time.Time
	told   func(Result) // of every result
	client *fetch.Client
	parses chan struct{} // one for each document being parsed: as many as cores
	began  time.Time     // what elapsed counts from

	mu        sync.Mutex
	sources   map[string]*source       // by id, as configured
	twins     map[string][]string      // ids of sources that one request serves, by key
	addresses map[string]string        // ids by configured address
	polled    map[string]time.Duration // when each source was last asked, by elapsed
	engine    *engine
	users     int           // of engine
	look      time.Duration // when due sources are looked for next, by elapsed; 0: Run does not
	hosts     int           // different ones that sources are configured with
	health    health
	resumed   resumption
}

// source is a configured source with what is made of its keys once.
type source struct {
	SourceConfig
	rules           schedule.Rules
	password        string
	settings        string // digest of what its validators depend on
	host, canonical string // of URL
}

// New returns an Aggregator of the given sources.
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
	client, err := newClient(c, o)
	if err != nil {
		return nil, err
	}
	a := &Aggregator{
		store: store, c: c, log: o.Log, now: o.Now, told: o.Observe, client: client, began: time.Now(),
		parses: make(chan struct{}, runtime.GOMAXPROCS(0)), polled: map[string]time.Duration{},
	}
	if err := a.configure(sources); err != nil {
		return nil, err
	}
	return a, nil
}

func newClient(c Config, o Options) (*fetch.Client, error) {
	contact := c.Contact
	if contact == "" {
		contact = o.Contact
	}
	client, err := fetch.New(fetch.Config{
		UserAgent: userAgent(o.Version, contact),
		Timeout:   c.Timeout.Duration, MaxBody: c.MaxBody.Bytes, Workers: c.Workers, AllowPrivate: c.AllowPrivateNetworks,
		Proxy: c.Proxy, HostGap: c.PerHostGap.Duration, DomainPause: c.DomainPause, Now: o.Now, Transport: o.Transport,
	})
	if err != nil {
		return nil, fmt.Errorf("make the client: %w", err)
	}
	return client, nil
}

// userAgent is what we are called everywhere (P03).
func userAgent(version, contact string) string {
	if version == "" {
		version = "devel"
	}
	if contact == "" {
		return "courant/" + version
	}
	return "courant/" + version + " (+" + contact + ")"
}

// elapsed is a clock that no setting of the time moves.
func (a *Aggregator) elapsed() time.Duration { return time.Since(a.began) }

// SetSources makes the polled sources those of list, here and in the store: at
// start and at each reload. What is known of the polling of a source whose
// address stays is kept, so a reload makes no request (P46).
func (a *Aggregator) SetSources(ctx context.Context, list []SourceConfig) error {
	if err := a.configure(list); err != nil {
		return err
	}
	stored := make([]db.Source, len(list))
	for i, s := range list {
		s = s.WithDefaults()
		stored[i] = db.Source{
			ID: s.ID, URL: fetch.Redact(s.URL), Title: s.Title, Section: s.Section, Tags: s.Tags,
			Rights: s.Rights, Canonical: s.Canonical, License: s.License, PausedConfig: s.Paused,
		}
	}
	if err := a.store.SetSources(ctx, stored); err != nil {
		return fmt.Errorf("set sources: %w", err)
	}
	return a.unlock(ctx)
}

// unlock makes sources due that wanted credentials and have other ones now (P72),
// and those that were merged into a source that is no more (P67).
func (a *Aggregator) unlock(ctx context.Context) error {
	list, err := a.store.SourcesIn(ctx, schedule.Locked, schedule.Merged)
	if err != nil {
		return fmt.Errorf("set sources: %w", err)
	}
	var due []db.Due
	for _, s := range list {
		c := a.source(s.ID)
		if c == nil {
			continue
		}
		m := schedule.Recall(s.Extra)
		switch {
		case s.State == schedule.Locked && m.Settings != c.settings:
			due = append(due, db.Due{Source: s.ID, At: a.now(), Reason: "its credentials changed", State: schedule.Active})
		case s.State == schedule.Merged && a.source(m.MergedInto) == nil:
			due = append(due, db.Due{Source: s.ID, At: a.now(), Reason: m.MergedInto + ", which polled its address, is no more", State: schedule.Active})
		}
	}
	if err := a.store.Reschedule(ctx, due); err != nil {
		return fmt.Errorf("set sources: %w", err)
	}
	return nil
}

// configure makes what is needed of list and then takes it over, all or none.
func (a *Aggregator) configure(list []SourceConfig) error {
	sources, addresses, shared := make(map[string]*source, len(list)), make(map[string]string, len(list)), map[string]bool{}
	hosts := map[string]bool{}
	var errs []error
	for _, s := range list {
		made, err := a.make(s.WithDefaults())
		if err != nil {
			errs = append(errs, fmt.Errorf("source %s: %w", s.ID, err))
			continue
		}
		sources[s.ID] = made
		hosts[made.host] = true
		if _, twin := addresses[made.canonical]; twin {
			shared[made.canonical] = true
		} else if !s.Paused {
			addresses[made.canonical] = s.ID
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	twins := map[string][]string{}
	for _, s := range list {
		if made := sources[s.ID]; shared[made.canonical] { // most share theirs with none
			twins[made.key(s.URL)] = append(twins[made.key(s.URL)], s.ID)
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for id, s := range sources {
		if old := a.sources[id]; old != nil && old.URL != s.URL {
			delete(a.polled, id) // what was asked was another address
		}
	}
	a.sources, a.twins, a.addresses, a.hosts = sources, twins, addresses, len(hosts)
	return nil
}

func (a *Aggregator) make(s SourceConfig) (*source, error) {
	made := &source{SourceConfig: s, rules: schedule.Rules{ID: s.ID, Min: a.c.MinInterval.Duration, Max: a.c.MaxInterval.Duration}}
	if s.MinInterval != nil {
		made.rules.Min, made.rules.OwnMin = s.MinInterval.Duration, true
	}
	var err error
	if s.Schedule != "" {
		if made.rules.Cron, err = cron.ParseStandard(s.Schedule); err != nil {
			return nil, fmt.Errorf("schedule: %w", err)
		}
	}
	if s.PasswordFile != "" {
		data, err := os.ReadFile(s.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("password_file: %w", err)
		}
		made.password = strings.TrimRight(string(data), "\r\n")
	}
	made.settings = made.digest()
	made.host, made.canonical = fetch.Host(s.URL), fetch.Canonical(s.URL)
	return made, nil
}

// digest is of everything that decides what the server answers and what we
// make of it: when it changes, the validators say nothing any more (P19).
func (s *source) digest() string {
	h := sha256.New()
	names := make([]string, 0, len(s.Headers))
	for name := range s.Headers {
		names = append(names, name)
	}
	slices.Sort(names)
	fmt.Fprintf(h, "%q %q %q %q %q %d", s.URL, s.Username, s.password, s.UserAgent, s.KeyPoints, s.MaxItems)
	for _, name := range names {
		fmt.Fprintf(h, " %q %q", name, s.Headers[name])
	}
	const enough = 12 // bytes: it only has to differ from the one before
	return hex.EncodeToString(h.Sum(nil)[:enough])
}

// key is equal for sources that one request serves (P44).
func (s *source) key(address string) string {
	var headers []string
	for name, value := range s.Headers {
		headers = append(headers, name+"\x00"+value)
	}
	slices.Sort(headers)
	return strings.Join(append([]string{fetch.Canonical(address), s.Username, s.password, s.UserAgent}, headers...), "\x00")
}

// source is the configured source with the given id, nil for none.
func (a *Aggregator) source(id string) *source {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.sources[id]
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
