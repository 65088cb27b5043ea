package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"courant/db"
)

// TakeLease makes this process the worker, or says which one is.
func TakeLease(ctx context.Context, store *db.DB) (*db.Lease, error) {
	lease, err := store.TakeLease(ctx)
	if err != nil {
		return nil, fmt.Errorf("start the worker: %w", err)
	}
	return lease, nil
}

// HoldLease runs work while this process is the worker, saying every few
// seconds that it is still there. When another has taken over, because this one
// was stopped for longer than its lease, work ends and so does the daemon.
func HoldLease(ctx context.Context, lease *db.Lease, log *slog.Logger, work func(context.Context) error) error {
	defer func() {
		free, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeWithin)
		defer cancel()
		if err := lease.Release(free); err != nil {
			log.Warn("the lease was not given back", "err", err) // it runs out by itself
		}
	}()
	g, working := errgroup.WithContext(ctx)
	done := make(chan struct{})
	g.Go(func() error {
		defer close(done)
		return work(working)
	})
	g.Go(func() error {
		tick := time.NewTicker(db.LeaseRenew)
		defer tick.Stop()
		for {
			select {
			case <-done: // it may drain for seconds after working has ended
				return nil
			case <-tick.C:
			}
			switch err := lease.Renew(context.WithoutCancel(ctx)); {
			case errors.Is(err, db.ErrStale):
				return errors.New("another process has become the worker of this database")
			case err != nil:
				log.Warn("the lease was not renewed", "err", err) // a full disk, perhaps; the next try may do
			}
		}
	})
	return g.Wait()
}
