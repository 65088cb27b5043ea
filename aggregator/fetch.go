package aggregator

import (
	"context"
	"errors"
	"sync"
)

// Fetch makes one pass now over what sel selects and calls each, from one
// goroutine at a time, with every Result; each may be nil. Requests stay
// conditional and obey what hosts asked for. What single sources do is no
// error; an unknown id is db.ErrNotFound, before anything is asked.
func (a *Aggregator) Fetch(ctx context.Context, sel Select, each func(Result)) (Summary, error) {
	if err := a.begin(ctx); err != nil {
		return Summary{}, err
	}
	jobs, done, err := a.selected(ctx, sel)
	if err != nil {
		return Summary{}, err
	}
	e, release := a.use()
	defer release()
	a.fetching(1)
	defer a.fetching(-1)

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

// fetching counts those who wait for a Fetch.
func (a *Aggregator) fetching(more int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fetches += more
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
