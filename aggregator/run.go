package aggregator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/robfig/cron/v3"

	"courant/aggregator/schedule"
	"courant/db"
)

const (
	// askEvery is how often a running worker looks whether another process
	// asks for passes: it takes them up within 1 s.
	askEvery = 500 * time.Millisecond
	// After a silence of ours, overdue sources are asked spreadStep apart on
	// average, but within their min_interval.
	spreadStep = 5 * time.Second
	// late is how much later than planned a look for due sources may come
	// before we take it that the machine slept.
	late = 10 * time.Minute
	// passesKept is how long the rows of passes are kept: long enough to see
	// what a quarter's polling was like.
	passesKept = 90 * 24 * time.Hour
	// clockSlack is how far two clocks may drift apart unnoticed.
	clockSlack = 2 * time.Second
)

// Run looks for due sources by Config.Schedule, and at once, until ctx ends; then
// fetches under way are given a few seconds and all that came is stored. It
// returns nil when told to stop.
func (a *Aggregator) Run(ctx context.Context) error {
	if err := a.restore(ctx); err != nil {
		return err
	}
	planned, err := cron.ParseStandard(a.c.Schedule)
	if err != nil {
		return fmt.Errorf("schedule: %w", err)
	}
	e, release := a.use()
	defer release()
	a.mu.Lock()
	a.resumed.from = a.now()
	a.mu.Unlock()

	w := &worker{a: a, engine: e, planned: planned, ctx: ctx}
	// A job that panics must give its token back, so the one that recovers
	// stands inside the one that skips.
	logger := cronLog{a.log}
	c := cron.New(cron.WithLocation(time.UTC), cron.WithLogger(logger),
		cron.WithChain(cron.SkipIfStillRunning(logger), cron.Recover(logger)))
	tick := c.Schedule(realTime{planned}, cron.FuncJob(w.tick))
	c.Start()
	defer func() {
		<-c.Stop().Done()
		a.mu.Lock()
		a.look = 0
		a.mu.Unlock()
	}()
	c.Entry(tick).WrappedJob.Run() // now, not only when the schedule says so

	asks := time.NewTicker(askEvery)
	defer asks.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-asks.C:
			if err := errors.Join(w.answer(), w.feed()); err != nil && ctx.Err() == nil {
				a.log.Error("passes not taken up", "err", err)
			}
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
	return max(0, a.elapsed()-a.look)
}

// worker is one Run.
type worker struct {
	a       *Aggregator
	engine  *engine
	planned cron.Schedule
	ctx     context.Context // of Run: a cron job takes no argument
	last    time.Time       // of the last tick
	probes  int             // ticks during outages
	pruned  time.Time       // when old passes were last forgotten

	mu     sync.Mutex
	chosen selection // what the last tick found and the queue had no room for
}

// tick queues the sources that are due.
func (w *worker) tick() {
	if w.ctx.Err() != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.a.now()
	if !w.last.IsZero() && (now.After(w.planned.Next(w.last).Add(late)) || now.Before(w.last)) {
		w.a.mu.Lock()
		w.a.resumed.from = now
		w.a.mu.Unlock()
		w.a.log.Info("the machine slept or its clock was set", "last", w.last)
	}
	w.last = now
	w.a.mu.Lock()
	w.a.look = w.a.elapsed() + w.planned.Next(now).Sub(now)
	w.a.mu.Unlock()
	if len(w.chosen.rest) > 0 {
		return // the last look is not worked off
	}
	chosen, err := w.a.due(w.ctx, now)
	if err != nil {
		if w.ctx.Err() == nil {
			w.a.log.Error("no look for due sources", "err", err)
		}
		return
	}
	w.a.client.Hosts.Sweep()
	held := w.probe(chosen)
	for _, j := range w.a.spread(w.a.group(held, false)) {
		w.engine.add(j)
	}
	chosen.held = nil
	w.chosen = *chosen
	w.prune(now)
}

// prune forgets old passes once a day.
func (w *worker) prune(now time.Time) {
	if now.Sub(w.pruned) < 24*time.Hour {
		return
	}
	w.pruned = now
	if _, err := w.a.store.PrunePasses(w.ctx, now.Add(-passesKept)); err != nil && w.ctx.Err() == nil {
		w.a.log.Error("old passes not forgotten", "err", err)
	}
}

// feed queues more of what the last look for due sources found.
func (w *worker) feed() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, err := w.engine.feed(w.ctx, &w.chosen, func(j *job) { w.a.spread([]*job{j}) })
	return err
}

// probe is what to poll of chosen, or while no host can be reached one source
// of it, another each time; the others stay due (P42).
func (w *worker) probe(chosen *selection) []*subject {
	w.a.mu.Lock()
	down := w.a.health.down
	w.a.mu.Unlock()
	if !down || len(chosen.held) == 0 {
		return chosen.held
	}
	w.probes++
	chosen.rest = nil
	return chosen.held[w.probes%len(chosen.held):][:1]
}

// due are the sources to ask now. Those that the store calls due although they
// must wait get a new due time.
func (a *Aggregator) due(ctx context.Context, now time.Time) (*selection, error) {
	chosen := &selection{}
	var later []db.Due
	err := a.store.EachDue(ctx, now, func(stored db.Source) error {
		s, c := newSubject(stored), a.source(stored.ID)
		if c == nil || a.busy(s.ID) {
			return nil
		}
		if d, wait := a.wait(c, s, now); wait {
			later = append(later, d)
		} else {
			chosen.add(s, a.hasTwin(c))
		}
		return nil
	}, schedule.Gone, schedule.Merged)
	if err != nil {
		return nil, fmt.Errorf("select sources: %w", err)
	}
	twins := []db.Due(nil)
	if chosen.held, twins, err = a.withTwins(ctx, chosen.held, now); err != nil {
		return nil, fmt.Errorf("select sources: %w", err)
	}
	return chosen, a.store.Reschedule(ctx, append(later, twins...))
}

// busy reports whether a source is in the queue or under way (P43).
func (a *Aggregator) busy(id string) bool {
	a.mu.Lock()
	e := a.engine
	a.mu.Unlock()
	return e != nil && e.has(id)
}

// wait says when a source that the store calls due may really be asked, if not
// now: the clock was set back or forward since, or its feed wants silence in
// this hour.
func (a *Aggregator) wait(c *source, s *subject, now time.Time) (db.Due, bool) {
	if s.LastPass.After(now) {
		// The clock was set back. How long ago the last pass was nobody
		// knows, so the whole wait begins anew.
		left := max(s.NextDue.Sub(s.LastPass), 0)
		return db.Due{Source: s.ID, At: now.Add(left), Reason: "the clock was set back; " + s.Reason, LastPass: now}, left > 0
	}
	a.mu.Lock()
	at := c.asked
	a.mu.Unlock()
	// What was decided is a length of real time, whatever the clock was set to
	// meanwhile (P30).
	if left := s.NextDue.Sub(s.LastPass) - (a.elapsed() - at); at != 0 && left > clockSlack && !s.NextDue.IsZero() {
		return db.Due{Source: s.ID, At: now.Add(left), Reason: s.Reason + ", although the clock was set", LastPass: now.Add(at - a.elapsed())}, true
	}
	// A due time that was set under a shorter min_interval holds no more.
	if floor := c.rules.Floor(conditionalNext(s.Poll, now) || s.LastSuccess.IsZero()); !s.NextDue.IsZero() && now.Sub(s.LastPass) < floor.Wait {
		return db.Due{Source: s.ID, At: s.LastPass.Add(floor.Wait), Reason: floor.Name}, true
	}
	if m := s.memory; m.Skips(now) {
		d := c.rules.Wait(m, now)
		return db.Due{Source: s.ID, At: d, Reason: "skipHours, skipDays"}, true
	}
	return db.Due{}, false
}

// withTwins leaves out the sources that share their address with one that must
// not be asked yet: the address decides (P44, P30).
func (a *Aggregator) withTwins(ctx context.Context, list []*subject, now time.Time) (take []*subject, later []db.Due, err error) {
	have := make(map[string]bool, len(list))
	for _, s := range list {
		have[s.ID] = true
	}
	for _, s := range list {
		c := a.source(s.ID)
		if !a.hasTwin(c) {
			take = append(take, s)
			continue
		}
		a.mu.Lock()
		ids := a.twins[c.key(c.URL)]
		a.mu.Unlock()
		twins, err := a.named(ctx, ids)
		if err != nil {
			return nil, nil, err
		}
		hold := db.Due{}
		for _, twin := range twins {
			if !have[twin.ID] && twin.Active() && twin.NextDue.After(now) && twin.NextDue.After(hold.At) {
				hold = db.Due{Source: s.ID, At: twin.NextDue, Reason: "together with " + twin.ID + ", which has the same address"}
			}
		}
		if hold.Source == "" {
			take = append(take, s)
		} else {
			later = append(later, hold)
		}
	}
	return take, later, nil
}

// spread puts off the jobs that fell due before our silence ended, each to its
// own place in a window that grows with their number.
func (a *Aggregator) spread(jobs []*job) []*job {
	a.mu.Lock()
	from := a.resumed.from
	a.mu.Unlock()
	if from.IsZero() {
		return jobs
	}
	overdue := func(j *job) bool {
		due := j.sources[0].NextDue
		return !due.IsZero() && due.Before(from)
	}
	n := 0
	for _, j := range jobs {
		if overdue(j) {
			n++
		}
	}
	for _, j := range jobs {
		if c := a.source(j.sources[0].ID); c != nil && overdue(j) {
			j.notBefore = time.Now().Add(c.rules.Spread(min(time.Duration(n)*spreadStep, c.rules.Min)))
		}
	}
	return jobs
}

// answer takes up the passes that other processes ask for.
func (w *worker) answer() error {
	asks, err := w.a.store.OpenAsks(w.ctx)
	if err != nil || len(asks) == 0 {
		return err
	}
	var ids []string
	for _, ask := range asks {
		if w.a.source(ask.Source) != nil && !w.engine.has(ask.Source) {
			ids = append(ids, ask.Source)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	chosen, done, err := w.a.selected(w.ctx, Select{IDs: ids})
	if err != nil {
		return err
	}
	rest, err := w.a.named(w.ctx, chosen.rest) // who asks waits for them all
	if err != nil {
		return err
	}
	now := w.a.now()
	noPass := func(r Result) {
		switch r.Outcome {
		case OutcomeDelayed, OutcomeTooSoon, OutcomePaused, OutcomeOutage:
			w.note(r, now)
		}
	}
	for _, r := range done {
		noPass(r)
	}
	for _, j := range w.a.group(append(chosen.held, rest...), true) {
		j.results = append(j.results, noPass)
		w.engine.add(j)
	}
	return nil
}

// note answers an ask that led to no request: the source stays as it is.
func (w *worker) note(r Result, now time.Time) {
	ctx := context.WithoutCancel(w.ctx)
	s, err := w.a.store.Source(ctx, r.Source)
	if err == nil {
		_, err = w.a.store.Ingest(ctx, []db.Pass{{
			Source: s.ID, At: now, URL: s.URL, Outcome: r.Outcome, Error: r.Err, Poll: s.Poll,
		}})
	}
	if err != nil {
		w.a.log.Error("ask not answered", "source", r.Source, "err", err)
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
