package daemon

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"courant/aggregator"
	"courant/db"
	"courant/db/dbtest"
	"courant/db/lease"
	"courant/db/setting"
	"courant/db/state"
)

// crew is several workers of one store, whose leases are kept by hand, and the
// servers that they ask.
type crew struct {
	t       *testing.T
	store   *db.DB
	sources []aggregator.SourceConfig

	interval time.Duration // min_interval

	mu    sync.Mutex
	asked map[string][]int         // by source, the workers that asked
	wrong int                      // requests of a worker for what it did not hold
	stall map[string]chan struct{} // answers that are held back, by source
}

// hand is one of the workers.
type hand struct {
	*keeper
	n     int
	store *db.DB
	ended chan error
	stop  context.CancelFunc
}

const crewSources = 40

func newCrew(t *testing.T) *crew {
	c := &crew{t: t, store: dbtest.New(t), asked: map[string][]int{}, stall: map[string]chan struct{}{}, interval: time.Hour}
	if c.store.OneMachine() {
		t.Skip("on one machine one worker holds all")
	}
	for i := range crewSources {
		id := fmt.Sprint("s", i)
		c.sources = append(c.sources, aggregator.SourceConfig{ID: id, URL: "http://" + id + ".example/feed"})
	}
	return c
}

// trip is a way to the servers for a worker.
type trip struct {
	c     *crew
	n     int
	lease *lease.Lease
}

// RoundTrip implements http.RoundTripper.
func (v trip) RoundTrip(r *http.Request) (*http.Response, error) {
	id := strings.TrimSuffix(r.URL.Hostname(), ".example")
	v.c.mu.Lock()
	v.c.asked[id] = append(v.c.asked[id], v.n)
	if !v.lease.Held()[lease.ShardOf(r.URL.Hostname())] {
		v.c.wrong++
	}
	held := v.c.stall[id]
	v.c.mu.Unlock()
	if held != nil {
		select {
		case <-held:
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	body := fmt.Sprintf(`<rss version="2.0"><channel><title>%s</title><item><title>News</title><guid>%s</guid></item></channel></rss>`, id, id)
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// join starts a worker beside the others.
func (c *crew) join(n int) *hand {
	c.t.Helper()
	h := &hand{n: n, store: dbtest.Again(c.t, c.store, db.Options{}), ended: make(chan error, 1)}
	l, err := lease.Join(c.t.Context(), h.store)
	if err != nil {
		c.t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(c.t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})).With("worker", n)
	config := aggregator.DefaultConfig()
	config.Timeout, config.MinInterval = setting.Every(10*time.Minute), setting.Every(c.interval)
	config.Schedule = "@every 1000h" // it looks when it holds more than before
	worker, err := aggregator.New(h.store, config, nil, aggregator.Options{Transport: trip{c, n, l}, Log: log})
	if err == nil {
		err = worker.SetSources(c.t.Context(), c.sources)
	}
	if err == nil {
		err = worker.Hold(c.t.Context(), l.Held(), l.Until())
	}
	if err != nil {
		c.t.Fatal(err)
	}
	h.keeper = &keeper{lease: l, worker: worker, log: log}
	ctx, cancel := context.WithCancel(c.t.Context())
	h.stop = sync.OnceFunc(func() {
		cancel()
		<-h.ended
	})
	go func() { h.ended <- worker.Run(ctx) }()
	c.t.Cleanup(h.stop)
	return h
}

// beat has workers beat until nothing more is dealt by it.
func (c *crew) beat(list ...*hand) {
	c.t.Helper()
	for range 3 {
		for _, h := range list {
			if err := h.beat(c.t.Context()); err != nil {
				c.t.Fatal(err)
			}
		}
	}
}

// hold has the server of a source not answer before the returned function is called.
func (c *crew) hold(id string) (answer func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	held := make(chan struct{})
	c.stall[id] = held
	return sync.OnceFunc(func() {
		close(held)
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.stall, id)
	})
}

func (c *crew) until(what string, holds func() bool) {
	c.t.Helper()
	for end := time.Now().Add(time.Minute); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			c.t.Fatalf("never: %s", what)
		}
	}
}

// askers are the workers that asked a source so far.
func (c *crew) askers(id string) []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]int(nil), c.asked[id]...)
}

// passes are the outcomes of a source's passes, the first first.
func (c *crew) passes(id string) (outcomes []string) {
	c.t.Helper()
	for p, err := range c.store.EachPass(c.t.Context(), time.Time{}) {
		if err != nil {
			c.t.Fatal(err)
		}
		if p.Source == id {
			outcomes = append(outcomes, p.Outcome)
		}
	}
	return outcomes
}

// done reports whether at least n sources have a pass.
func (c *crew) done(n int) bool {
	c.t.Helper()
	polled := map[string]bool{}
	for p, err := range c.store.EachPass(c.t.Context(), time.Time{}) {
		if err != nil {
			c.t.Fatal(err)
		}
		polled[p.Source] = true
	}
	return len(polled) >= n
}

func (c *crew) source(id string) db.Source {
	c.t.Helper()
	s, err := c.store.Source(c.t.Context(), id)
	if err != nil {
		c.t.Fatal(err)
	}
	return s
}

// dueAgain has all sources fall due just now, long after they were asked.
func (c *crew) dueAgain() {
	c.t.Helper()
	if _, err := dbtest.Raw(c.t, c.store).ExecContext(c.t.Context(), `
		UPDATE source SET next_due = $1, last_pass = last_pass - 1000000000`, time.Now().UnixMilli()); err != nil {
		c.t.Fatal(err)
	}
}

// Each source is asked by the worker that has its shard and by no other; one that is
// asked just now is not given away before its pass is stored.
func shared(t *testing.T) {
	c := newCrew(t)
	c.interval = time.Second
	answer := c.hold("s7")
	a := c.join(1)
	c.until("the first worker asks all", func() bool { return c.done(crewSources-1) && len(c.askers("s7")) == 1 })
	b := c.join(2)
	c.beat(a, b)
	if n, m := a.lease.Held().Len(), b.lease.Held().Len(); n != 128 || m != 128 {
		t.Errorf("two workers hold %d and %d shards", n, m)
	}
	if !a.lease.Held()[c.source("s7").Shard] {
		t.Error("the shard of a source that was being asked was given away")
	}
	answer()
	c.until("the last pass is stored", func() bool { return len(c.passes("s7")) == 1 })
	// Each asks its own.
	third := c.join(3)
	c.dueAgain()
	c.beat(a, b, third)
	c.until("the new one asks", func() bool {
		for _, s := range c.sources {
			if third.lease.Held()[c.source(s.ID).Shard] && !slices.Contains(c.askers(s.ID), 3) {
				return false
			}
		}
		return true
	})
	for _, h := range []*hand{a, b, third} {
		h.stop()
		if err := h.lease.Release(t.Context()); err != nil {
			t.Error(err)
		}
	}
	for _, s := range c.sources {
		if askers, n := c.askers(s.ID), len(c.passes(s.ID)); len(askers) != n {
			t.Errorf("%s was asked by %v and has %d passes", s.ID, askers, n)
		}
	}
	if c.wrong > 0 {
		t.Errorf("%d times a worker asked what it did not hold", c.wrong)
	}
}

// A worker that is frozen over a request, until others have taken its sources, stores
// nothing when it wakes, asks for nothing, and takes back nothing that they wrote.
// The source waits as after any poll (P30).
func frozen(t *testing.T) {
	c := newCrew(t)
	answer := c.hold("s7")
	a := c.join(1)
	c.until("the first worker asks all", func() bool { return c.done(crewSources-1) && len(c.askers("s7")) == 1 })
	b := c.join(2)
	// It is silent from now on. The database's clock goes on for it.
	if _, err := dbtest.Raw(t, c.store).ExecContext(t.Context(), `
		UPDATE worker SET seen = seen - 60000, expires = expires - 60000 WHERE since = (SELECT min(since) FROM worker)`); err != nil {
		t.Fatal(err)
	}
	c.until("its shards are taken over", func() bool {
		c.beat(b)
		return b.lease.Held() == lease.All()
	})
	if got := fmt.Sprint(c.passes("s7")); got != "["+state.OutcomeCutOff+"]" {
		t.Errorf("the passes of a source that was asked when its worker died are %s", got)
	}
	due := c.source("s7").NextDue
	if wait := time.Until(due); wait < 55*time.Minute {
		t.Errorf("it is asked again in %v, where min_interval is an hour", wait)
	}
	answer() // it wakes
	if err := a.beat(t.Context()); err == nil {
		t.Error("it goes on as if it were a worker")
	}
	a.stop()
	if got := fmt.Sprint(c.passes("s7")); got != "["+state.OutcomeCutOff+"]" {
		t.Errorf("after it woke, the passes are %s", got)
	}
	if s := c.source("s7"); s.Entries != 0 || !s.NextDue.Equal(due) {
		t.Errorf("after it woke, the source has %d entries and is due at %v, not %v", s.Entries, s.NextDue, due)
	}
	if got := fmt.Sprint(c.askers("s7")); got != "[1]" {
		t.Errorf("it was asked by %s", got)
	}
	// What it would take back is the other's by now.
	if _, err := b.store.Ingest(t.Context(), nil, "s7"); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"forget":     a.store.ForgetRequests(t.Context(), []string{"s7"}),
		"reschedule": a.store.Reschedule(t.Context(), []db.Due{{Source: "s7", Was: c.source("s7").LastPass, At: time.Now(), Reason: "woke"}}),
	} {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	open, err := c.store.OpenRequests(t.Context())
	if err != nil || len(open) != 1 || !c.source("s7").NextDue.Equal(due) {
		t.Errorf("it took back that another asks: %v %v, due %v", open, err, c.source("s7").NextDue)
	}
}

// What a host asked of the worker before is known to the one that takes over, and so
// is what was noted of requests that had gone out.
func settled(t *testing.T) {
	c := newCrew(t)
	if err := c.store.SetSources(t.Context(), func(yield func(db.Source) bool) {
		for _, s := range c.sources {
			if !yield(db.Source{ID: s.ID, URL: s.URL, Poll: db.Poll{Shard: lease.ShardOf(s.ID + ".example")}}) {
				return
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	b := c.join(2)
	c.until("all are asked", func() bool { return c.done(crewSources) })
	a := c.join(1)
	c.beat(b, a)
	mine := c.sources[0].ID
	for _, s := range c.sources {
		if a.lease.Held()[c.source(s.ID).Shard] {
			mine = s.ID
		}
	}
	// a says that a request of its own goes out, and what another host asked for, and
	// is gone.
	if _, err := a.store.Ingest(t.Context(), nil, mine); err != nil {
		t.Fatal(err)
	}
	raw := dbtest.Raw(t, c.store)
	until := time.Now().Add(time.Hour)
	if _, err := raw.ExecContext(t.Context(), `INSERT INTO host (host, until, strikes) VALUES ('`+mine+`.example', $1, 1)`, until.UnixMilli()); err != nil {
		t.Fatal(err)
	}
	a.stop()
	if err := a.lease.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.beat(b)
	if got := c.passes(mine); got[len(got)-1] != state.OutcomeCutOff {
		t.Errorf("the passes of %s are %v", mine, got)
	}
	x, err := b.worker.Explain(t.Context(), mine)
	if err != nil || !strings.Contains(fmt.Sprint(x.Notes), "its host asked to be left alone") {
		t.Errorf("the pause of its host: %v, %v", x.Notes, err)
	}
}
