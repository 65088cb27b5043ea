package aggregator

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"courant/aggregator/fetch"
	"courant/aggregator/schedule"
	"courant/db"
)

// Outcomes of a pass, besides those that db names: new, changed and unchanged.
const (
	OutcomeNotModified = "not_modified" // 304
	OutcomeFailed      = "failed"
	OutcomeThrottled   = "throttled" // the answer asked us to come later
	OutcomeDelayed     = "delayed"   // no request: its host asked to be left alone
	OutcomeTooSoon     = "too_soon"  // no request: asked for by hand within manual_gap
	OutcomePaused      = "paused"    // no request: the source is paused
	OutcomeOutage      = "outage"    // no host can be reached: our fault, not the source's
	OutcomeStopped     = "stopped"   // no request: the worker stopped first
)

// Select says which sources a Fetch is for. The zero value means those that are
// due.
type Select struct {
	IDs []string // these, due or not
	All bool     // every active source
}

// Result is what came of a pass over one source.
type Result struct {
	Source       string
	Outcome      string
	New, Changed int    // articles
	Err          string // why it failed, in plain words, without secrets
	NextDue      time.Time
	Reason       string        // the rule that set NextDue
	Took         time.Duration // of the request, 0 where none was made
}

// Summary counts Results.
type Summary struct {
	Sources      int // all of them, whatever their outcome
	New, Changed int // articles
	Unchanged    int // sources that were asked and had nothing new
	Failed       int // sources
}

// Add counts r.
func (s *Summary) Add(r Result) {
	s.Sources++
	s.New += r.New
	s.Changed += r.Changed
	switch r.Outcome {
	case db.OutcomeUnchanged, OutcomeNotModified:
		s.Unchanged++
	case OutcomeFailed, OutcomeThrottled, OutcomeOutage:
		s.Failed++
	}
}

// Fetch makes one pass now over what sel selects and calls each, from one
// goroutine at a time, with every Result; each may be nil. Requests stay
// conditional and obey what hosts asked for. What single sources do is no
// error; an unknown id is db.ErrNotFound, before anything is asked.
func (a *Aggregator) Fetch(ctx context.Context, sel Select, each func(Result)) (Summary, error) {
	if err := a.restore(ctx); err != nil {
		return Summary{}, err
	}
	chosen, done, err := a.selected(ctx, sel)
	if err != nil {
		return Summary{}, err
	}
	e, release := a.use()
	defer release()

	var mu sync.Mutex
	var sum Summary
	waiting := chosen.size() + len(done)
	if waiting == 0 {
		return sum, nil
	}
	all := make(chan struct{})
	take := func(r Result) {
		mu.Lock()
		defer mu.Unlock()
		sum.Add(r)
		if each != nil {
			each(r)
		}
		if waiting--; waiting == 0 {
			close(all)
		}
	}
	byHand := sel.All || len(sel.IDs) > 0
	prepare := func(j *job) {
		j.manual = byHand
		j.results = append(j.results, take)
	}
	for _, r := range done {
		take(r)
	}
	for _, j := range a.group(chosen.held, byHand) {
		prepare(j)
		e.add(j)
	}
	chosen.held = nil
	err = e.follow(ctx, chosen, prepare, all)
	mu.Lock()
	defer mu.Unlock()
	return sum, err
}

// feedEvery is how often a pass over very many sources looks for room.
const feedEvery = 20 * time.Millisecond

// follow queues the rest of l as there is room, until all is closed.
func (e *engine) follow(ctx context.Context, l *selection, prepare func(*job), all <-chan struct{}) error {
	var tick <-chan time.Time
	if len(l.rest) > 0 {
		t := time.NewTicker(feedEvery)
		defer t.Stop()
		tick = t.C
	}
	for {
		select {
		case <-all:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-tick:
			more, err := e.feed(ctx, l, prepare)
			if err != nil {
				return fmt.Errorf("select sources: %w", err)
			}
			if !more {
				tick = nil
			}
		}
	}
}

// Refresh makes one pass over one source now.
func (a *Aggregator) Refresh(ctx context.Context, id string) error {
	var last Result
	if _, err := a.Fetch(ctx, Select{IDs: []string{id}}, func(r Result) { last = r }); err != nil {
		return err
	}
	if last.Err != "" {
		return errors.New(last.Err)
	}
	return nil
}

// selected is what sel selects, and the results of what needs no request.
func (a *Aggregator) selected(ctx context.Context, sel Select) (chosen *selection, done []Result, err error) {
	now := a.now()
	if len(sel.IDs) == 0 && !sel.All {
		chosen, err = a.due(ctx, now)
		return chosen, nil, err
	}
	chosen = &selection{}
	take := func(s *subject) error {
		c := a.source(s.ID)
		if c == nil || len(sel.IDs) == 0 && never(s.State) {
			return nil
		}
		if r, ok := a.refused(s, now); ok {
			done = append(done, r)
		} else {
			chosen.add(s, a.hasTwin(c))
		}
		return nil
	}
	if len(sel.IDs) > 0 {
		list, err := a.named(ctx, sel.IDs)
		if err != nil {
			return nil, nil, err
		}
		for _, s := range list {
			take(s)
		}
		return chosen, done, nil
	}
	err = a.store.EachActive(ctx, func(s db.Source) error { return take(newSubject(s)) })
	return chosen, done, err
}

// named are the sources with the given ids, or db.ErrNotFound.
func (a *Aggregator) named(ctx context.Context, ids []string) (list []*subject, err error) {
	for _, id := range ids {
		if a.source(id) == nil {
			return nil, fmt.Errorf("source %s: %w", id, db.ErrNotFound)
		}
	}
	err = a.store.EachNamed(ctx, ids, func(s db.Source) error {
		list = append(list, newSubject(s))
		return nil
	})
	return list, err
}

// never reports whether sources in that state are asked only by name.
func never(state string) bool { return state == schedule.Gone || state == schedule.Merged }

// refused says why a source is not asked now, although it was asked for by hand.
func (a *Aggregator) refused(s *subject, now time.Time) (Result, bool) {
	r := Result{Source: s.ID, NextDue: s.NextDue, Reason: s.Reason}
	if !s.Active() {
		r.Outcome, r.Err = OutcomePaused, "the source is paused"
		return r, true
	}
	if until := schedule.Time(s.memory.RetryMS); until.After(now) { // P45
		r.Outcome, r.Reason = OutcomeDelayed, "its server asked not to be asked until "+until.Format(time.RFC3339)
		return r, true
	}
	due := s.NextDue.IsZero() && !never(s.State) || !s.NextDue.IsZero() && !s.NextDue.After(now)
	if age := now.Sub(s.LastPass); !due && !s.LastPass.IsZero() && age >= 0 && age < a.c.ManualGap.Duration {
		r.Outcome, r.Reason = OutcomeTooSoon, fmt.Sprintf("it was asked %s ago (manual_gap = %s)", schedule.Span(age), a.c.ManualGap)
		return r, true
	}
	return r, false
}

// group makes one job of the sources that one request serves (P44).
func (a *Aggregator) group(list []*subject, manual bool) []*job {
	jobs := make([]*job, 0, len(list))
	byKey := map[string]*job{}
	for _, s := range list {
		c := a.source(s.ID)
		address := c.address(s.memory)
		key := ""
		if a.hasTwin(c) {
			key = c.key(address)
			if j := byKey[key]; j != nil {
				j.sources = append(j.sources, s)
				continue
			}
		}
		host := c.host
		if address != c.URL {
			host = fetch.Host(address)
		}
		j := &job{sources: []*subject{s}, host: host, manual: manual}
		jobs = append(jobs, j)
		if key != "" {
			byKey[key] = j
		}
	}
	return jobs
}

// hasTwin reports whether another source is configured with the same address.
func (a *Aggregator) hasTwin(c *source) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.twins) > 0 && len(a.twins[c.key(c.URL)]) > 1
}
