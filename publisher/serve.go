package publisher

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"courant/publisher/web"
)

// How long a client may take, each less than the 15 s after which whoever is slow on
// purpose must be gone (V07). A reader on a bad line gets a feed of 512 KiB, which is
// 100 when it is packed, in writeTimeout at 60 kbit/s; all else only holds our memory
// and descriptors.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 10 * time.Second // a form of 64 KiB
	writeTimeout      = 14 * time.Second
	idleTimeout       = 12 * time.Second
	maxHeaderBytes    = 16 << 10
	// drainTimeout is what requests under way have left when we are told to
	// stop; the process must be gone within 10 s.
	drainTimeout = 8 * time.Second
)

// Serve answers on l, and follows the changes that other processes make to the
// store, until ctx ends; it then lets requests under way finish and returns
// nil. It closes l.
func (p *Publisher) Serve(ctx context.Context, l net.Listener) error {
	framing := web.Framing{}
	s := &http.Server{
		Handler:           p.handler,
		ConnContext:       framing.Conn,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(p.log.Handler(), slog.LevelDebug),
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return p.watch(ctx) })
	g.Go(func() error { p.keepTime(ctx); return nil })
	if p.hub != nil {
		g.Go(func() error { p.hub.Run(ctx); return nil })
	}
	g.Go(func() error {
		if err := s.Serve(framing.Listen(&warning{Listener: l, log: p.log}, maxConnections(), p.header)); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve %s: %w", l.Addr(), err)
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
		defer cancel()
		if err := s.Shutdown(drain); err != nil {
			s.Close() // whoever is not done by now is cut off
		}
		return nil
	})
	return g.Wait()
}

// watchAgain is how long after a failure the store is watched again.
const watchAgain = time.Second

// watch follows other processes' changes. A store that cannot be read for a
// moment ends nothing: whatever may have changed meanwhile is dropped.
func (p *Publisher) watch(ctx context.Context) error {
	for {
		err := p.store.Watch(ctx)
		if err == nil {
			return nil
		}
		p.log.Warn("cannot follow the store's changes", "err", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(watchAgain):
			p.cache.Drop(nil)
		}
	}
}

// lookEvery is how soon what is scheduled is published after its time, and what
// came is held against the rest for the desk: one look at an index that is empty
// nearly always.
const lookEvery = 500 * time.Millisecond

// keepTime publishes what is scheduled when its time has come, and finds what is the
// same among what came, where there is a desk to show it. Any number of processes
// may do so: each looks again before it writes.
func (p *Publisher) keepTime(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	failed := false
	for {
		n, err := p.store.PublishDue(ctx)
		if err == nil {
			err = p.desk.Tend(ctx)
		}
		if n > 0 {
			p.log.Info("published what was scheduled", "new", n)
		}
		if ctx.Err() != nil {
			return
		}
		if err != nil && !failed { // once for each time that it begins to fail
			p.log.Warn("cannot publish what is scheduled", "err", err)
		}
		failed = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

const (
	// mostConnections is how many readers are served at once; others wait to be
	// accepted. Each costs some 20 KiB while it asks.
	mostConnections = 4096
	// fewestConnections is as many, however few descriptors there are.
	fewestConnections = 64
)

// maxConnections leaves half of the descriptors to the worker and the store: a
// crowd of idle connections must take neither.
func maxConnections() int {
	n := descriptors() / 2
	if n == 0 || n > mostConnections {
		return mostConnections
	}
	return max(int(n), fewestConnections)
}
