package aggregator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"courant/aggregator/fetch"
	"courant/db"
)

// cutOff makes passes of the requests that were under way when the process
// before this one died: their servers were asked, so their sources wait as after
// any poll (P30), longer each time that it happens in a row. A document that
// kills us is not asked for at every start.
func (a *Aggregator) cutOff(ctx context.Context) error {
	a.mu.Lock()
	working := a.engine != nil
	a.mu.Unlock()
	if working {
		return nil // what is noted is under way here
	}
	list, err := a.store.OpenRequests(ctx)
	if err != nil || len(list) == 0 {
		return err
	}
	passes := make([]db.Pass, 0, len(list))
	var subjects []*subject
	var others []string
	for _, r := range list {
		c := a.source(r.Source)
		if c == nil {
			others = append(others, r.Source)
			continue
		}
		s, err := a.store.Source(ctx, r.Source)
		if err != nil {
			return fmt.Errorf("settle a request that was cut off: %w", err)
		}
		subject, at := newSubject(s, c), r.At.Add(a.c.Timeout.Duration) // until then it may have waited for a worker
		if now := a.now(); now.Before(at) {
			at = now
		}
		subjects, passes = append(subjects, subject), append(passes, subject.cutOff(at, true))
	}
	results, err := a.store.Ingest(ctx, passes)
	if err = errors.Join(err, a.store.ForgetRequests(ctx, others)); err != nil {
		return fmt.Errorf("settle requests that were cut off: %w", err)
	}
	for i, r := range results {
		if r.Err != nil { // it stays noted, and must not keep the others from their polls
			a.log.Error("pass not stored", "source", subjects[i].ID, "err", r.Err)
			a.touch(max(a.elapsed(), 1), subjects[i])
		}
	}
	a.log.Info("the last process died over requests: their sources wait", "sources", len(passes))
	return nil
}

// cutOff saves that a job's request was made when we stopped, if it was.
func (e *engine) cutOff(j *job, made bool, at time.Time) {
	if !made {
		e.forget(j.ids)
		e.drop(j, Result{Outcome: OutcomeStopped})
		return
	}
	for _, s := range j.sources {
		e.save(j, s, s.cutOff(at, false))
	}
}

// cutOff is the pass of a request whose answer we did not wait for: the process
// died over it, or was stopped. That is no failure of the source, but a poll.
func (s *subject) cutOff(at time.Time, died bool) db.Pass {
	c, m, p := s.c, s.memory, s.Poll
	conditional := conditionalNext(p, at)
	wait, why := c.rules().Floor(conditional || p.LastSuccess.IsZero()), "the program was stopped before the answer came"
	if died {
		m.CutOffs++
		wait, why = c.rules().CutOff(conditional || p.LastSuccess.IsZero(), m.CutOffs), "the program died before the answer was stored"
	}
	if due := at.Add(wait.Wait); due.After(p.NextDue) && !never(s.State) {
		p.NextDue, p.Reason = due, wait.Name
	}
	if at.After(p.LastPass) {
		p.LastPass = at
	}
	p.Extra = m.Store()
	return db.Pass{
		Source: s.ID, At: at, URL: fetch.Redact(c.address(m)), Conditional: conditional, Outcome: OutcomeCutOff, Error: why, Poll: p,
	}
}
