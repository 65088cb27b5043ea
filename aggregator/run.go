package aggregator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
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
	if err := a.cutOff(ctx); err != nil {
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
			if err := w.answer(); err != nil && ctx.Err() == nil {
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
}

// tick queues the sources that are due.
func (w *worker) tick() {
	if w.ctx.Err() != nil {
		return
	}
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
	jobs, err := w.a.due(w.ctx, now)
	if err != nil {
		if w.ctx.Err() == nil {
			w.a.log.Error("no look for due sources", "err", err)
		}
		return
	}
	w.a.client.Hosts.Sweep()
	for _, j := range w.a.spread(group(w.probe(jobs))) {
		w.engine.add(j)
	}
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

// probe is what to poll of jobs, or while no host can be reached one of them,
// another each time; the others stay due (P42).
func (w *worker) probe(jobs []*job) []*job {
	w.a.mu.Lock()
	down := w.a.health.down
	w.a.mu.Unlock()
	if !down || len(jobs) == 0 {
		return jobs
	}
	w.probes++
	return jobs[w.probes%len(jobs):][:1]
}

// due are the jobs of the sources to ask now. Those that the store calls due
// although they must wait get a new due time.
func (a *Aggregator) due(ctx context.Context, now time.Time) (jobs []*job, err error) {
	var later []db.Due
	err = a.store.EachDue(ctx, now, func(stored db.Source) error {
		c := a.source(stored.ID)
		s := newSubject(stored, c)
		if c == nil || a.busy(s.ID) {
			return nil
		}
		if d, wait := a.wait(c, s, now); wait {
			later = append(later, d)
		} else {
			jobs = append(jobs, a.job(c, s, false))
		}
		return nil
	}, schedule.Gone, schedule.Merged)
	if err != nil {
		return nil, fmt.Errorf("select sources: %w", err)
	}
	jobs, twins, err := a.withTwins(ctx, jobs, now)
	if err != nil {
		return nil, fmt.Errorf("select sources: %w", err)
	}
	return jobs, a.store.Reschedule(ctx, append(later, twins...))
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
	floor := c.rules().Floor(conditionalNext(s.Poll, now) || s.LastSuccess.IsZero())
	decided, why := s.NextDue.Sub(s.LastPass), s.Reason+", although the clock was set"
	if s.NextDue.IsZero() { // what came of the first request could not be stored
		decided, why = floor.Wait, floor.Name
	}
	// What was decided is a length of real time, whatever the clock was set to
	// meanwhile (P30).
	if ago, asked := a.askedAgo(c); asked && decided-ago > clockSlack {
		return db.Due{Source: s.ID, At: now.Add(decided - ago), Reason: why, LastPass: now.Add(-ago)}, true
	}
	// A due time that was set under a shorter min_interval holds no more.
	if !s.NextDue.IsZero() && now.Sub(s.LastPass) < floor.Wait {
		return db.Due{Source: s.ID, At: s.LastPass.Add(floor.Wait), Reason: floor.Name}, true
	}
	if m := s.memory; m.Skips(now) {
		d := c.rules().Wait(m, now)
		return db.Due{Source: s.ID, At: d, Reason: "skipHours, skipDays"}, true
	}
	return db.Due{}, false
}

// askedAgo is how long ago this process asked a source, if it did.
func (a *Aggregator) askedAgo(c *source) (ago time.Duration, asked bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.elapsed() - c.asked, c.asked != 0
}

// withTwins leaves out the sources that share their address with one that must
// not be asked yet, or that waits for its turn already: the address decides (P44,
// P30).
func (a *Aggregator) withTwins(ctx context.Context, list []*job, now time.Time) (take []*job, later []db.Due, err error) {
	have := map[string]bool{}
	for _, j := range list {
		if j.key != "" {
			have[j.ids[0]] = true
		}
	}
	for _, j := range list {
		id := j.ids[0]
		c := a.source(id)
		if j.key == "" || c == nil {
			take = append(take, j)
			continue
		}
		a.mu.Lock()
		ids := a.twins[c.key(c.URL)]
		a.mu.Unlock()
		hold, queued := db.Due{}, false
		if err := a.store.EachNamed(ctx, ids, func(twin db.Source) error {
			queued = queued || a.busy(twin.ID)
			if !have[twin.ID] && twin.Active() && twin.NextDue.After(now) && twin.NextDue.After(hold.At) {
				hold = db.Due{Source: id, At: twin.NextDue, Reason: "together with " + twin.ID + ", which has the same address"}
			}
			return nil
		}); err != nil {
			return nil, nil, err
		}
		switch {
		case queued: // the next look finds when the address is due
		case hold.Source == "":
			take = append(take, j)
		default:
			later = append(later, hold)
		}
	}
	return take, later, nil
}

// spread puts off the jobs that fell due before our silence ended, each to its
// own place in a window that grows with their number.
func (a *Aggregator) spread(jobs []*job) []*job {
	n := 0
	for _, j := range jobs {
		if j.overdue {
			n++
		}
	}
	for _, j := range jobs {
		if c := a.source(j.ids[0]); c != nil && j.overdue {
			j.notBefore = time.Now().Add(c.rules().Spread(min(time.Duration(n)*spreadStep, c.rules().Min)))
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
	now := w.a.now()
	var ids []string
	var done []Result
	for _, ask := range asks {
		switch c := w.a.source(ask.Source); {
		case w.engine.hasten(ask.Source): // its pass will be the answer
		case c != nil && w.a.served(c, ask, now): // it could not be stored; not at once again
		case c == nil:
			done = append(done, Result{Source: ask.Source, Outcome: OutcomePaused, Err: "the running worker has no such source: reload its configuration"})
		default:
			ids = append(ids, ask.Source)
		}
	}
	var jobs []*job
	if len(ids) > 0 { // none selects those that are due
		var refused []Result
		if jobs, refused, err = w.a.selected(w.ctx, Select{IDs: ids}); err != nil {
			return err
		}
		done = append(done, refused...)
	}
	w.note(now, done...)
	noPass := func(r Result) {
		switch r.Outcome {
		case OutcomeDelayed, OutcomeTooSoon, OutcomePaused, OutcomeOutage:
			w.note(now, r)
		}
	}
	for _, j := range group(jobs) {
		j.results = append(j.results, noPass)
		w.engine.add(j)
	}
	return nil
}

// served reports whether a source was asked for an ask just now.
func (a *Aggregator) served(c *source, ask db.Ask, now time.Time) bool {
	ago, asked := a.askedAgo(c)
	return asked && ago < a.c.ManualGap.Duration && !now.Add(-ago).Before(ask.At)
}

// note answers asks that led to no request: their sources stay as they are.
func (w *worker) note(now time.Time, results ...Result) {
	if len(results) == 0 {
		return
	}
	ctx := context.WithoutCancel(w.ctx)
	byID := make(map[string]Result, len(results)) // one may be asked for twice
	ids := make([]string, len(results))
	for i, r := range results {
		byID[r.Source], ids[i] = r, r.Source
	}
	var passes []db.Pass
	err := w.a.store.EachNamed(ctx, ids, func(s db.Source) error {
		r := byID[s.ID]
		passes = append(passes, db.Pass{Source: s.ID, At: now, URL: s.URL, Outcome: r.Outcome, Error: r.Err, Poll: s.Poll})
		return nil
	})
	for part := range slices.Chunk(passes, batchPasses) {
		if err == nil {
			_, err = w.a.store.Ingest(ctx, part)
		}
	}
	if err != nil {
		w.a.log.Error("asks not answered", "asks", len(results), "err", err)
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
