// Package refresh makes one pass over sources now: here, as the worker meanwhile, or
// by the worker that runs beside this process, for whose results it waits. Begin
// with Now.
package refresh

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"courant/aggregator"
	"courant/cmd/courant/config"
	"courant/cmd/courant/daemon"
	"courant/cmd/courant/failure"
	"courant/db"
	"courant/db/lease"
	"courant/db/past"
	"courant/db/state"
	"courant/publisher"
	"courant/publisher/editing"
)

// Options say what to make a pass over and who hears of it.
type Options struct {
	Select  aggregator.Select
	Version string
	Log     *slog.Logger
	Editor  editing.Editor // asks the worker that runs beside

	Begin func(ids []string)      // hears first which sources the pass is for
	Each  func(aggregator.Result) // hears what came of each

	Walked func(past.Way) // hears how far the way into a source's past is gone
}

// Now makes the pass over the sources of c that o selects. A worker of this process
// takes them out of c: twenty thousand of them are not held twice.
func Now(ctx context.Context, store *db.DB, c *config.Config, o Options) (aggregator.Summary, error) {
	workers, err := lease.Workers(ctx, store)
	switch {
	case err != nil:
		return aggregator.Summary{}, err
	case len(workers) > 0:
		return ask(ctx, store, o)
	}
	return here(ctx, store, c, o)
}

// here makes the pass in this process.
func here(ctx context.Context, store *db.DB, c *config.Config, o Options) (sum aggregator.Summary, err error) {
	err = asWorker(ctx, store, c, o, func(ctx context.Context, w worker) error {
		ids, err := selected(ctx, store, o.Select)
		if err != nil {
			return err
		}
		o.Begin(ids)
		if sum, err = w.Fetch(ctx, o.Select, o.Each); err != nil || len(o.Select.IDs) > 0 {
			return err // who names sources wants no other server asked
		}
		return w.Listen(ctx)
	})
	return sum, err
}

// worker is what polls.
type worker = *aggregator.Aggregator

// asWorker has this process be the worker while do works.
func asWorker(ctx context.Context, store *db.DB, c *config.Config, o Options, do func(context.Context, worker) error) error {
	held, err := daemon.TakeLease(ctx, store)
	if err != nil {
		return err
	}
	w, err := newWorker(ctx, store, c, o)
	if err != nil {
		return errors.Join(err, held.Release(context.WithoutCancel(ctx)))
	}
	c.Sources = nil // the worker has its own
	return daemon.HoldLease(ctx, held, o.Log, w, func(ctx context.Context) error { return do(ctx, w) })
}

// newWorker makes the worker of this process, with its sources.
func newWorker(ctx context.Context, store *db.DB, c *config.Config, o Options) (*aggregator.Aggregator, error) {
	moderator, err := publisher.NewModerator(store, c.Settings, o.Log)
	if err != nil {
		return nil, err
	}
	worker, err := aggregator.New(store, c.Aggregator, nil, aggregator.Options{
		Log: o.Log, Version: o.Version, Contact: c.Site.Base(), Site: c.Site.Base(), Rules: c.Rules, Moderator: moderator,
	})
	if err != nil {
		return nil, err
	}
	return worker, worker.SetSources(ctx, c.Sources)
}

// selected are the sources that the pass is for.
func selected(ctx context.Context, store *db.DB, s aggregator.Select) ([]string, error) {
	if len(s.IDs) > 0 {
		return s.IDs, nil
	}
	if s.All {
		return store.ActiveIDs(ctx)
	}
	return store.DueIDs(ctx, store.Now(), state.Gone, state.Merged)
}

const (
	// answersEvery is how often it is looked whether the worker has answered.
	answersEvery = 100 * time.Millisecond
	// workerEvery is how often it is looked whether the worker still lives.
	workerEvery = 2 * time.Second
)

// ask has the running worker make the pass, and waits for what comes of it.
func ask(ctx context.Context, store *db.DB, o Options) (sum aggregator.Summary, err error) {
	ids, err := selected(ctx, store, o.Select)
	if err != nil {
		return sum, err
	}
	asks, err := o.Editor.Ask(ctx, ids)
	if errors.Is(err, db.ErrNotFound) {
		return sum, failure.Hint(fmt.Errorf("fetch: %w to the running worker", err), "reload its configuration: send it SIGHUP")
	}
	if err != nil {
		return sum, err
	}
	o.Begin(ids)
	told := map[int64]bool{}
	tick, looked := time.NewTicker(answersEvery), time.Now()
	defer tick.Stop()
	for len(told) < len(asks) {
		select {
		case <-ctx.Done():
			return sum, fmt.Errorf("fetch: %w; the worker goes on", ctx.Err())
		case <-tick.C:
		}
		answers, err := store.Answers(ctx, asks)
		if err != nil {
			return sum, err
		}
		for id, p := range answers {
			if !told[id] {
				told[id] = true
				r := answered(p)
				sum.Add(r)
				o.Each(r)
			}
		}
		if time.Since(looked) < workerEvery {
			continue
		}
		looked = time.Now()
		if workers, err := lease.Workers(ctx, store); err != nil || len(workers) == 0 {
			return sum, failure.Hint(errors.New("fetch: the worker has ended before it answered"), "fetch again: this process will make the pass")
		}
	}
	return sum, nil
}

// answered is what came of a pass that the worker made.
func answered(p db.PassRow) aggregator.Result {
	return aggregator.Result{
		Source: p.Source, Outcome: p.Outcome, New: p.New, Changed: p.Changed, Shown: p.Shown, Err: p.Error, NextDue: p.NextDue, Reason: p.Reason,
	}
}
