package aggregator

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"courant/aggregator/poll"
	"courant/db"
	"courant/db/lease"
)

// begin is what is done before anything is polled, unless Hold does it, or something
// is polled already.
func (a *Aggregator) begin(ctx context.Context) error {
	if err := a.restore(ctx); err != nil {
		return err
	}
	a.mu.Lock()
	working := a.engine != nil
	a.mu.Unlock()
	a.held.mu.Lock()
	whole := a.held.whole
	a.held.mu.Unlock()
	if working || !whole {
		return nil // what is noted is under way here
	}
	return a.cutOff(ctx, lease.All())
}

// cutOff makes passes of the requests in shards that were under way when the process
// before this one died: their servers were asked, so their sources wait as after
// any poll (P30), longer each time that it happens in a row. A document that
// kills us is not asked for at every start.
func (a *Aggregator) cutOff(ctx context.Context, shards lease.Set) error {
	list, err := a.store.OpenRequests(ctx)
	list = slices.DeleteFunc(list, func(r db.OpenRequest) bool { return !shards[r.Shard] })
	if err != nil || len(list) == 0 {
		return err
	}
	passes := make([]db.Pass, 0, len(list))
	var subjects []*poll.Subject
	var others []string
	for _, r := range list {
		if !a.sources.Has(r.Source) {
			others = append(others, r.Source)
			continue
		}
		s, err := a.store.Source(ctx, r.Source)
		if err != nil {
			return fmt.Errorf("settle a request that was cut off: %w", err)
		}
		subject, at := a.sources.subject(s), r.At.Add(a.c.Timeout.Duration+aheadLate) // until then it may have waited for its turn
		if now := a.now(); now.Before(at) {
			at = now
		}
		subjects, passes = append(subjects, subject), append(passes, poll.CutOff(subject, at, true))
	}
	results, err := a.store.Ingest(ctx, passes)
	if err = errors.Join(err, a.store.ForgetRequests(ctx, others)); err != nil {
		return fmt.Errorf("settle requests that were cut off: %w", err)
	}
	for i, r := range results {
		if r.Err != nil { // it stays noted, and must not keep the others from their polls
			a.log.Error("pass not stored", "source", subjects[i].ID, "err", r.Err)
			a.sources.touch(subjects[i])
		}
	}
	a.log.Info("the last process died over requests: their sources wait", "sources", len(passes))
	return nil
}
