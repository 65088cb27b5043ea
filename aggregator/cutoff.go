package aggregator

import (
	"context"
	"errors"
	"fmt"

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
		passes = append(passes, c.cutOff(newSubject(s), r))
	}
	results, err := a.store.Ingest(ctx, passes)
	for _, r := range results {
		err = errors.Join(err, r.Err)
	}
	if err = errors.Join(err, a.store.ForgetRequests(ctx, others)); err != nil {
		return fmt.Errorf("settle requests that were cut off: %w", err)
	}
	a.log.Info("the last process died over requests: their sources wait", "sources", len(passes))
	return nil
}

// cutOff is the pass of a request whose answer died with a process.
func (c *source) cutOff(s *subject, r db.OpenRequest) db.Pass {
	m, p := s.memory, s.Poll
	m.CutOffs++
	conditional := conditionalNext(p, r.At)
	wait := c.rules().CutOff(conditional || p.LastSuccess.IsZero(), m.CutOffs)
	if due := r.At.Add(wait.Wait); due.After(p.NextDue) {
		p.NextDue, p.Reason = due, wait.Name
	}
	if r.At.After(p.LastPass) {
		p.LastPass = r.At
	}
	p.Extra = m.Store()
	return db.Pass{
		Source: s.ID, At: r.At, URL: fetch.Redact(c.address(m)), Conditional: conditional, Outcome: OutcomeCutOff,
		Error: "the program died before the answer was stored", Poll: p,
	}
}
