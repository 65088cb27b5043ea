package aggregator

import (
	"context"
	"fmt"
	"slices"
	"time"

	"courant/aggregator/fetch"
	"courant/aggregator/poll"
	"courant/db"
	"courant/db/state"
)

// spreadStep is how far apart on average overdue sources are asked after a
// silence of ours, but within their min_interval.
const spreadStep = 5 * time.Second

// Select says which sources a Fetch is for. The zero value means those that are
// due.
type Select struct {
	IDs []string // these, due or not
	All bool     // every active source
}

// selected is what sel selects, a job for each source, and the results of what
// needs no request.
func (a *Aggregator) selected(ctx context.Context, sel Select) (jobs []*job, done []Result, err error) {
	now := a.now()
	if len(sel.IDs) == 0 && !sel.All {
		jobs, err = a.due(ctx, now)
		return jobs, nil, err
	}
	for _, id := range sel.IDs {
		if !a.sources.Has(id) {
			return nil, nil, fmt.Errorf("source %s: %w", id, db.ErrNotFound)
		}
	}
	list := a.store.EachActive(ctx)
	if len(sel.IDs) > 0 {
		list = a.store.EachNamed(ctx, sel.IDs)
	}
	for stored, err := range list {
		if err != nil {
			return jobs, done, err
		}
		s := a.sources.subject(stored)
		if s.Config == nil || !a.held.owns(s.Shard) || len(sel.IDs) == 0 && poll.Over(s.State) {
			continue
		}
		if r, ok := a.sources.refused(s, now); ok {
			done = append(done, r)
		} else {
			jobs = append(jobs, a.job(s, now))
		}
	}
	slices.SortFunc(jobs, func(i, j *job) int { return i.place - j.place })
	return jobs, done, nil
}

// due are the jobs of the sources to ask now. Those that the store calls due
// although they must wait get a new due time.
func (a *Aggregator) due(ctx context.Context, now time.Time) (jobs []*job, err error) {
	var later []db.Due
	for stored, err := range a.store.EachDue(ctx, now, a.held.numbers(), state.Gone, state.Merged) {
		if err != nil {
			return nil, fmt.Errorf("select sources: %w", err)
		}
		if a.busy(stored.ID) {
			continue
		}
		s := a.sources.subject(stored)
		if s.Config == nil || !s.Config.Is(stored) {
			continue
		}
		// By now, not by when the look began: a pass that was stored meanwhile is not
		// ahead of the clock.
		switch d, wait := a.sources.wait(s, a.now()); {
		case !wait:
			jobs = append(jobs, a.job(s, time.Time{}))
		case !d.At.Equal(s.NextDue):
			d.Was = s.LastPass
			later = append(later, d)
		}
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
	return e != nil && e.queue.has(id)
}

// job makes the job of one source, which was asked for by hand then; zero: it was not.
func (a *Aggregator) job(s *poll.Subject, asked time.Time) *job {
	j := &job{ids: []string{s.ID}, shard: s.Shard, asked: asked, failing: s.Errors > 0}
	r := s.Config.Request
	r.URL = s.Config.Address(s.Memory)
	c := a.sources.source(s.ID)
	if c != nil {
		j.place = c.place
	}
	if c != nil && r.URL == c.URL {
		j.host = c.host // the same bytes for each of its jobs
	} else {
		j.host = fetch.Host(r.URL)
	}
	if c != nil && a.sources.twinsOf(c) != nil {
		j.key = key(r)
	}
	j.overdue = a.network.overdue(s.NextDue)
	return j
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
		c := a.sources.source(id)
		if j.key == "" || c == nil {
			take = append(take, j)
			continue
		}
		hold, was, queued := db.Due{}, time.Time{}, false
		for twin, err := range a.store.EachNamed(ctx, a.sources.twinsOf(c)) {
			if err != nil {
				return nil, nil, err
			}
			if queued = queued || a.busy(twin.ID); twin.ID == id {
				was = twin.LastPass
			}
			if !have[twin.ID] && twin.Active() && twin.NextDue.After(now) && twin.NextDue.After(hold.At) {
				hold = db.Due{Source: id, At: twin.NextDue, Reason: "together with " + twin.ID + ", which has the same address"}
			}
		}
		switch {
		case queued: // the next look finds when the address is due
		case hold.Source == "":
			take = append(take, j)
		default:
			hold.Was = was
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
		if c := a.sources.source(j.ids[0]); c != nil && j.overdue {
			j.notBefore = time.Now().Add(c.rules().Spread(min(time.Duration(n)*spreadStep, c.rules().Min)))
		}
	}
	return jobs
}
