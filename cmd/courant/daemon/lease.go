package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"courant/aggregator"
	"courant/db"
	"courant/db/lease"
)

// beatWithin bounds how long a worker waits for the database to hear that it is
// there, so that it tries again while its lease lasts.
const beatWithin = 5 * time.Second

// TakeLease makes this process the one worker, or says which one is.
func TakeLease(ctx context.Context, store *db.DB) (*lease.Lease, error) {
	return startWorker(lease.Take(ctx, store))
}

// startWorker says what the lease was wanted for.
func startWorker(l *lease.Lease, err error) (*lease.Lease, error) {
	if err != nil {
		return nil, fmt.Errorf("start the worker: %w", err)
	}
	return l, nil
}

// HoldLease runs work, for which worker polls what the lease says is ours, saying
// every few seconds that we are still there. When others have taken over, because
// this process was stopped for longer than its lease, work ends, what it had fetched
// is not stored, and the error is lease.ErrLost.
func HoldLease(ctx context.Context, l *lease.Lease, log *slog.Logger, worker *aggregator.Aggregator, work func(context.Context) error) error {
	defer func() {
		free, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeWithin)
		defer cancel()
		if err := l.Release(free); err != nil {
			log.Warn("the lease was not given back", "err", err) // it runs out by itself
		}
	}()
	if err := worker.Hold(ctx, l.Held(), l.Until()); err != nil {
		return err
	}
	g, working := errgroup.WithContext(ctx)
	done := make(chan struct{})
	g.Go(func() error {
		defer close(done)
		return work(working)
	})
	g.Go(func() error {
		k := keeper{lease: l, worker: worker, log: log}
		for {
			select {
			case <-done: // it may drain for seconds after working has ended
				return nil
			case <-time.After(k.next()):
			}
			if err := k.beat(context.WithoutCancel(ctx)); errors.Is(err, lease.ErrLost) {
				return err
			}
		}
	})
	return g.Wait()
}

// keeper keeps a lease and what the worker polls in step.
type keeper struct {
	lease  *lease.Lease
	worker *aggregator.Aggregator
	log    *slog.Logger
	giving lease.Set // the worker's no more, and not given yet
	holds  int       // as it was last told
	astray bool      // it was told that our clock is
}

// next is when to beat again: at once where there is something to give.
func (k *keeper) next() time.Duration {
	if k.giving != (lease.Set{}) {
		return 0
	}
	return k.lease.Next()
}

// beat says that we are there, gives what the worker has let go, and has it poll what
// is ours now. Where that fails it is tried again: a full disk, perhaps, or a server
// that is away.
func (k *keeper) beat(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, beatWithin)
	defer cancel()
	if err := k.lease.Beat(ctx, k.giving); err != nil {
		if !errors.Is(err, lease.ErrLost) {
			k.log.Warn("the lease was not renewed", "err", err)
		}
		return err
	}
	k.giving = lease.Set{}
	k.compare()
	held := k.lease.Held()
	if err := k.worker.Hold(ctx, held, k.lease.Until()); err != nil {
		k.log.Warn("shards were not taken over", "err", err)
		return err
	}
	k.giving = k.worker.Yield(k.lease.Surplus())
	if n := held.Len(); n != k.holds {
		k.log.Info("sources were dealt", "shards", n, "of", lease.Shards)
		k.holds = n
	}
	return nil
}

// clockSlack is how far the clocks of the machines that share sources may differ
// unnoticed: what one polled another polls so much too early, or late.
const clockSlack = 2 * time.Second

// compare warns, once, of a clock that is not set as the database's.
func (k *keeper) compare() {
	ahead := k.lease.Ahead()
	astray := ahead.Abs() > clockSlack
	if astray && !k.astray {
		k.log.Warn("this machine's clock is not the database's: sources that workers take over are polled early or late by as much", "ahead", ahead.Round(time.Millisecond))
	}
	k.astray = astray
}

// poll is the worker's life: it polls what it holds until ctx ends. Where others took
// over what it held, it begins anew once all of that has ended, beside them.
func (d *daemon) poll(ctx context.Context, l *lease.Lease) error {
	for {
		err := HoldLease(ctx, l, d.Log, d.worker, d.worker.Run)
		if !errors.Is(err, lease.ErrLost) || d.store.OneMachine() {
			return err
		}
		d.Log.Warn("others have taken over what this worker polled: it begins anew")
		if err := d.worker.Hold(ctx, lease.Set{}, time.Now()); err != nil {
			return err
		}
		if l = d.joinAgain(ctx); l == nil {
			return nil
		}
	}
}

// joinAgain joins the workers as soon as that can be done; nil: ctx ended first.
func (d *daemon) joinAgain(ctx context.Context) *lease.Lease {
	for {
		l, err := lease.Join(ctx, d.store)
		if err == nil {
			return l
		}
		if ctx.Err() == nil {
			d.Log.Warn("the worker waits", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}
