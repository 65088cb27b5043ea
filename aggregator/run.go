package aggregator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/robfig/cron/v3"

	"courant/aggregator/fetch"
	"courant/db"
	"courant/db/state"
)

const (
	// askEvery is how often a running worker looks whether another process
	// asks for passes: it takes them up within 1 s.
	askEvery = 500 * time.Millisecond
	// late is how much later than planned a look for due sources may come
	// before we take it that the machine slept.
	late = 10 * time.Minute
	// pruneAfter is how long the rows of passes are kept: long enough to see
	// what a quarter's polling was like.
	pruneAfter = 90 * 24 * time.Hour
	// shrinkSteps bounds what of the file is given back at one look for due
	// sources: some MiB.
	shrinkSteps = 32
)

// Run looks for due sources by Config.Schedule, and at once, until ctx ends; then
// fetches under way are given a few seconds and all that came is stored. It
// returns nil when told to stop.
func (a *Aggregator) Run(ctx context.Context) error {
	if err := a.begin(ctx); err != nil {
		return err
	}
	planned, err := cron.ParseStandard(a.c.Schedule)
	if err != nil {
		return fmt.Errorf("schedule: %w", err)
	}
	e, release := a.use()
	defer release()
	a.network.resume(a.now())

	l := &lookout{a: a, engine: e, planned: planned, ctx: ctx}
	// A job that panics must give its token back, so the one that recovers
	// stands inside the one that skips.
	logger := cronLog{a.log}
	c := cron.New(cron.WithLocation(time.UTC), cron.WithLogger(logger),
		cron.WithChain(cron.SkipIfStillRunning(logger), cron.Recover(logger)))
	tick := c.Schedule(realTime{planned}, cron.FuncJob(l.tick))
	c.Start()
	defer func() {
		<-c.Stop().Done()
		a.mu.Lock()
		a.look = 0
		a.mu.Unlock()
	}()
	c.Entry(tick).WrappedJob.Run() // now, not only when the schedule says so

	var beside sync.WaitGroup
	beside.Go(func() { a.dig(ctx, e) })
	beside.Go(func() { a.follow(ctx) })
	beside.Go(func() { a.listen(ctx, e) })
	defer beside.Wait()

	asks := time.NewTicker(askEvery)
	defer asks.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-asks.C:
			if err := l.answer(); err != nil && ctx.Err() == nil {
				a.log.Error("passes not taken up", "err", err)
			}
			if err := l.deliveries(); err != nil && ctx.Err() == nil {
				a.log.Error("deliveries not taken up", "err", err)
			}
		case <-a.wake: // there are more sources
			l.tick()
		}
	}
}

// Overdue is for how long a running worker should have looked for due sources
// already: 0 while the schedule goes on as it should, or where Run does not.
func (a *Aggregator) Overdue() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.look == 0 {
		return 0
	}
	return max(0, a.sources.elapsed()-a.look)
}

// lookout is one Run: it looks for sources that are due, and for passes that
// other processes ask for.
type lookout struct {
	a       *Aggregator
	engine  *engine
	planned cron.Schedule
	ctx     context.Context // of Run: a cron job takes no argument
	mu      sync.Mutex      // held by a tick
	last    time.Time       // of the last tick
	probes  int             // ticks during outages
	pruned  time.Time       // when old passes were last forgotten
	taking  atomic.Int32    // deliveries that are being taken in
}

// tick queues the sources that are due.
func (l *lookout) tick() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ctx.Err() != nil {
		return
	}
	now := l.a.now()
	if !l.last.IsZero() && (now.After(l.planned.Next(l.last).Add(late)) || now.Before(l.last)) {
		l.a.network.resume(now)
		l.a.log.Info("the machine slept or its clock was set", "last", l.last)
	}
	l.last = now
	l.a.mu.Lock()
	l.a.look = l.a.sources.elapsed() + l.planned.Next(now).Sub(now)
	l.a.mu.Unlock()
	jobs, err := l.a.due(l.ctx, now)
	if err != nil {
		if l.ctx.Err() == nil {
			l.a.log.Error("no look for due sources", "err", err)
		}
		return
	}
	l.a.client.Hosts.Sweep()
	for _, j := range l.a.spread(group(l.probe(jobs))) {
		l.engine.add(j)
	}
	l.prune(now)
	if err := l.a.store.Shrink(l.ctx, shrinkSteps); err != nil && l.ctx.Err() == nil {
		l.a.log.Error("the database file does not shrink", "err", err)
	}
}

// prune forgets old passes and entries, and pauses of hosts that never came back,
// once a day.
func (l *lookout) prune(now time.Time) {
	if now.Sub(l.pruned) < 24*time.Hour {
		return
	}
	l.pruned = now
	if _, err := l.a.store.PrunePasses(l.ctx, now.Add(-pruneAfter)); err != nil && l.ctx.Err() == nil {
		l.a.log.Error("old passes not forgotten", "err", err)
	}
	if _, err := l.a.store.PrunePauses(l.ctx, now.Add(-fetch.MaxRetryAfter)); err != nil && l.ctx.Err() == nil {
		l.a.log.Error("old pauses not forgotten", "err", err)
	}
	if err := l.a.inbox.PruneInbox(l.ctx, deliveryKept); err != nil && l.ctx.Err() == nil {
		l.a.log.Error("old deliveries not forgotten", "err", err)
	}
	if err := l.purge(now); err != nil && l.ctx.Err() == nil {
		l.a.log.Error("old entries not purged", "err", err)
	}
}

// purge deletes what left its feed long ago, of sources that bring nothing new
// too, and forgets the keys that nobody has asked for since (I28).
func (l *lookout) purge(now time.Time) error {
	if keep := l.a.c.Retention.Duration; keep > 0 {
		list, err := l.a.store.Sources(l.ctx)
		if err != nil {
			return err
		}
		for _, s := range list {
			if !l.a.held.owns(s.Shard) {
				continue
			}
			n, err := l.a.store.Purge(l.ctx, s.ID, now.Add(-keep))
			if err != nil {
				return err
			}
			if n > 0 {
				l.a.log.Info("old entries purged", "source", s.ID, "entries", n)
			}
		}
	}
	return l.a.store.PruneTombstones(l.ctx)
}

// probe is what to poll of jobs, or while no host can be reached one of them,
// another each time; the others stay due (P42).
func (l *lookout) probe(jobs []*job) []*job {
	if !l.a.network.isDown() || len(jobs) == 0 {
		return jobs
	}
	l.probes++
	return jobs[l.probes%len(jobs):][:1]
}

// answer takes up the passes that other processes ask for.
func (l *lookout) answer() error {
	asks, err := l.a.store.OpenAsks(l.ctx)
	asks = slices.DeleteFunc(asks, func(ask db.Ask) bool { return !l.a.held.owns(ask.Shard) })
	if err != nil || len(asks) == 0 {
		return err
	}
	now := l.a.now()
	var ids []string
	var done []Result
	last := map[string]time.Time{} // of the asks for a source
	for _, ask := range asks {
		switch c := l.a.sources.source(ask.Source); {
		case l.engine.queue.hasten(ask.Source): // its pass will be the answer
		case c != nil && l.a.served(c, ask, now): // it could not be stored; not at once again
		case c == nil:
			done = append(done, Result{Source: ask.Source, Outcome: state.OutcomePaused, Err: "the running worker has no such source: reload its configuration"})
		default:
			ids, last[ask.Source] = append(ids, ask.Source), ask.At
		}
	}
	var jobs []*job
	if len(ids) > 0 { // none selects those that are due
		var refused []Result
		if jobs, refused, err = l.a.selected(l.ctx, Select{IDs: ids}); err != nil {
			return err
		}
		done = append(done, refused...)
	}
	for _, j := range jobs { // a pass may have answered since the asks were read
		j.asked = last[j.ids[0]]
	}
	l.note(now, done...)
	noPass := func(r Result) {
		switch r.Outcome {
		case state.OutcomeDelayed, state.OutcomeTooSoon, state.OutcomePaused, state.OutcomeOutage:
			l.note(now, r)
		}
	}
	for _, j := range group(jobs) {
		j.results = append(j.results, noPass)
		l.engine.add(j)
	}
	return nil
}

// served reports whether a source was asked for an ask just now.
func (a *Aggregator) served(c *source, ask db.Ask, now time.Time) bool {
	ago, asked := a.sources.askedAgo(c.ID)
	return asked && ago < a.c.ManualGap.Duration && !now.Add(-ago).Before(ask.At)
}

// note answers asks that led to no request: their sources stay as they are.
func (l *lookout) note(now time.Time, results ...Result) {
	if len(results) == 0 {
		return
	}
	ctx := context.WithoutCancel(l.ctx)
	byID := make(map[string]Result, len(results)) // one may be asked for twice
	ids := make([]string, len(results))
	for i, r := range results {
		byID[r.Source], ids[i] = r, r.Source
	}
	var passes []db.Pass
	var err error
	for s, failed := range l.a.store.EachNamed(ctx, ids) {
		if err = failed; err != nil {
			break
		}
		r := byID[s.ID]
		passes = append(passes, db.Pass{Source: s.ID, At: now, URL: s.URL, Outcome: r.Outcome, Error: r.Err, Poll: s.Poll})
	}
	for part := range slices.Chunk(passes, batchPasses) {
		if err == nil {
			_, err = l.a.store.Ingest(ctx, part)
		}
	}
	if err != nil {
		l.a.log.Error("asks not answered", "asks", len(results), "err", err)
	}
}

// cronLog gives what cron says to our log.
type cronLog struct{ log *slog.Logger }

// Info implements cron.Logger; cron tells of every wake-up.
func (l cronLog) Info(msg string, args ...any) { l.log.Debug("cron "+msg, args...) }

// Error implements cron.Logger.
func (l cronLog) Error(err error, msg string, args ...any) {
	if err == nil {
		err = errors.New(msg)
	}
	l.log.Error("cron "+msg, append([]any{"err", err}, args...)...)
}
