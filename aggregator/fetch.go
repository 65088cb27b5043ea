package aggregator

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

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
	OutcomePaused      = "paused"    // no request: the source is paused, or the worker has none of that id
	OutcomeOutage      = "outage"    // no host can be reached: our fault, not the source's
	OutcomeStopped     = "stopped"   // no request: the worker stopped first
	OutcomeCutOff      = "cut_off"   // the process ended before the answer was stored
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
	if err := a.cutOff(ctx); err != nil {
		return Summary{}, err
	}
	jobs, done, err := a.selected(ctx, sel)
	if err != nil {
		return Summary{}, err
	}
	e, release := a.use()
	defer release()

	var mu sync.Mutex
	var sum Summary
	waiting := len(jobs) + len(done)
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
	for _, r := range done {
		take(r)
	}
	for _, j := range group(jobs) {
		j.results = append(j.results, take)
		e.add(j)
	}
	select {
	case <-all:
	case <-ctx.Done():
		err = ctx.Err()
	}
	mu.Lock()
	defer mu.Unlock()
	return sum, err
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

// selected is what sel selects, a job for each source, and the results of what
// needs no request.
func (a *Aggregator) selected(ctx context.Context, sel Select) (jobs []*job, done []Result, err error) {
	now := a.now()
	if len(sel.IDs) == 0 && !sel.All {
		jobs, err = a.due(ctx, now)
		return jobs, nil, err
	}
	take := func(stored db.Source) error {
		c := a.source(stored.ID)
		s := newSubject(stored, c)
		if c == nil || len(sel.IDs) == 0 && never(s.State) {
			return nil
		}
		if r, ok := a.refused(s, now); ok {
			done = append(done, r)
		} else {
			jobs = append(jobs, a.job(c, s, true))
		}
		return nil
	}
	if len(sel.IDs) == 0 {
		err = a.store.EachActive(ctx, take)
		return jobs, done, err
	}
	for _, id := range sel.IDs {
		if a.source(id) == nil {
			return nil, nil, fmt.Errorf("source %s: %w", id, db.ErrNotFound)
		}
	}
	err = a.store.EachNamed(ctx, sel.IDs, take)
	return jobs, done, err
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

// hasTwin reports whether another source is configured with the same address.
func (a *Aggregator) hasTwin(c *source) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.twins) > 0 && len(a.twins[c.key(c.URL)]) > 1
}
