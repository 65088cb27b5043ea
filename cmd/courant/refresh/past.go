package refresh

import (
	"context"
	"errors"
	"fmt"
	"time"

	"courant/cmd/courant/config"
	"courant/cmd/courant/failure"
	"courant/db"
	"courant/db/lease"
	"courant/db/past"
)

// Past brings more articles of a source's past, 0: all that there are, as Now makes a
// pass: here, or by the worker that runs beside. o.Walked hears where the way stands
// after each document. What ends early goes on where it stopped.
func Past(ctx context.Context, store *db.DB, c *config.Config, o Options, source string, more int) (past.Way, error) {
	ways := past.New(store.DB, store.Now)
	workers, err := lease.Workers(ctx, store)
	if err != nil {
		return past.Way{}, err
	}
	if err := ways.Ask(ctx, source, more); err != nil {
		return past.Way{}, err
	}
	if len(workers) > 0 {
		return awaitPast(ctx, store, ways, o, source)
	}
	err = asWorker(ctx, store, c, o, func(ctx context.Context, w worker) error {
		return w.Backfill(ctx, source, o.Walked)
	})
	switch {
	case errors.Is(err, lease.ErrLost): // a worker has come meanwhile that polls the source
		return awaitPast(ctx, store, ways, o, source)
	case err != nil:
		return past.Way{}, err
	}
	return ways.Of(ctx, source)
}

// awaitPast waits for the running worker that polls the source to follow the way.
func awaitPast(ctx context.Context, store *db.DB, ways past.Ways, o Options, source string) (past.Way, error) {
	tick, looked := time.NewTicker(answersEvery), time.Now()
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return past.Way{}, fmt.Errorf("backfill: %w; the worker goes on", ctx.Err())
		case <-tick.C:
		}
		w, err := ways.Of(ctx, source)
		if err != nil {
			return w, err
		}
		if o.Walked(w); !w.Ended.IsZero() {
			return w, nil
		}
		if time.Since(looked) < workerEvery {
			continue
		}
		looked = time.Now()
		if workers, err := lease.Workers(ctx, store); err != nil || len(workers) == 0 {
			return w, failure.Hint(errors.New("backfill: the worker has ended before it came to the end"), "ask again: it goes on where it stopped")
		}
	}
}
