package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"courant/db"
	"courant/db/lease"
)

// TakeLease makes this process the worker, or says which one is.
func TakeLease(ctx context.Context, store *db.DB) (*lease.Lease, error) {
	l, err := lease.Take(ctx, store)
	if err != nil {
		return nil, fmt.Errorf("start the worker: %w", err)
	}
	return l, nil
}

// HoldLease runs work while this process is the worker, saying every few
// seconds that it is still there. When another has taken over, because this one
// was stopped for longer than its lease, work ends and so does the daemon.
func HoldLease(ctx context.Context, l *lease.Lease, log *slog.Logger, work func(context.Context) error) error {
	defer func() {
		free, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeWithin)
		defer cancel()
		if err := l.Release(free); err != nil {
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
		tick := time.NewTicker(lease.RenewEvery)
		defer tick.Stop()
		for {
			select {
			case <-done: // it may drain for seconds after working has ended
				return nil
			case <-tick.C:
			}
			switch err := l.Renew(context.WithoutCancel(ctx)); {
			case errors.Is(err, lease.ErrLost):
				return err
			case err != nil:
				log.Warn("the lease was not renewed", "err", err) // a full disk, perhaps; the next try may do
			}
		}
	})
	return g.Wait()
}
