// Package daemon is `courant run`: the worker and the publisher, or one of them,
// on one store, with all that a service is asked for: readiness and reload,
// the worker's lease, metrics, and an end within ten seconds that loses nothing
// accepted. Begin with Run.
package daemon

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"courant/aggregator"
	"courant/cmd/courant/adding"
	"courant/cmd/courant/config"
	"courant/cmd/courant/remake"
	"courant/db"
	"courant/db/engine"
	"courant/db/lease"
	"courant/publisher"
)

const (
	// stopWithin is how long a stop may take, from the signal to the end.
	stopWithin = 10 * time.Second
	// closeWithin is what of it is kept for closing the store.
	closeWithin = time.Second
	// serverWithin is how long a start waits for a database server that is away: as
	// long as one is restarted or fails over (M8), and less than a service manager gives
	// a start. serverAgain is how soon it is tried again.
	serverWithin = time.Minute
	serverAgain  = 500 * time.Millisecond
)

// Half is one of the two that a daemon may run alone. The zero value is both.
type Half string

// The halves.
const (
	Worker    Half = "worker"
	Publisher Half = "publisher"
)

// Valid reports whether h is a half, or both.
func (h Half) Valid() bool { return h == "" || h == Worker || h == Publisher }

// Options are what Run needs besides the configuration.
type Options struct {
	Only    Half // both where it is empty
	Version string
	Log     *slog.Logger
	Reload  <-chan os.Signal              // each asks for Load to be called again
	Load    func() (config.Config, error) // reads the configuration
}

// daemon is both halves, or one, on one store.
type daemon struct {
	Options
	config config.Config

	store     *db.DB
	worker    *aggregator.Aggregator // nil without that half
	publisher *publisher.Publisher   // nil without that half
	listeners []net.Listener
	health    *health
	metrics   *metrics // nil when off
}

// Run works on c until ctx ends, then finishes what was accepted, but takes no
// longer than ten seconds.
func Run(ctx context.Context, c config.Config, o Options) error {
	d := &daemon{Options: o, config: c}
	return d.run(ctx)
}

func (d *daemon) run(ctx context.Context) error {
	began := time.Now()
	d.warn(d.config)
	g, gctx := errgroup.WithContext(ctx)
	err := d.open(ctx, func() error { return d.start(gctx, g) })
	if err != nil {
		if ctx.Err() != nil && engine.Gone(err) {
			return nil // told to stop before anything had begun
		}
		return err
	}
	if d.worker != nil && len(d.config.Desk.Names()) == 0 {
		d.config.Sources = nil // the worker has its own, and nobody edits here
	}
	d.Log.Info("started", d.began(time.Since(began))...)
	notify(d.Log, ready)

	ended := make(chan error, 1)
	go func() { ended <- g.Wait() }()
	select {
	case err = <-ended:
	case <-ctx.Done():
		notify(d.Log, stopping)
		d.Log.Info("stopping")
		select {
		case err = <-ended:
		case <-time.After(stopWithin - closeWithin):
			// The store stays open under whoever still uses it; what was
			// committed is on disk, and the next start reads the log.
			d.Log.Warn("cut off what was not done in time", "after", stopWithin-closeWithin)
			return nil
		}
	}
	err = errors.Join(err, d.close())
	d.Log.Info("stopped")
	return err
}

// open opens the store and begins what works on it. A server that is away is waited for:
// a machine starts its programs in any order, and what is started while a server fails
// over has nothing wrong with it.
func (d *daemon) open(ctx context.Context, begin func() error) (err error) {
	until := time.Now().Add(serverWithin)
	for said := false; ; said = true {
		d.store, err = db.Open(ctx, d.config.Database, db.Options{Authority: d.config.Site.Authority(), Zone: d.config.Site.Zone()})
		if err == nil {
			if err = begin(); err == nil {
				return nil
			}
			err = errors.Join(err, d.store.Close())
		}
		if !engine.Gone(err) || time.Now().After(until) {
			return err
		}
		if !said {
			d.Log.Warn("waiting for the database server", "for", serverWithin, "err", err)
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(serverAgain):
		}
	}
}

// close moves the write-ahead log into the file and closes the store.
func (d *daemon) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	if err := d.store.Checkpoint(ctx); err != nil {
		d.Log.Warn("the write-ahead log stays", "err", err) // the next start reads it
	}
	return d.store.Close()
}

// start makes what was asked for and begins it in g. Where that fails, nothing
// of it has begun and the lease is free again.
func (d *daemon) start(ctx context.Context, g *errgroup.Group) (err error) {
	var held *lease.Lease
	if d.Only != Publisher {
		if held, err = startWorker(lease.Join(ctx, d.store)); err != nil {
			return err
		}
		defer func() {
			if err != nil {
				err = errors.Join(err, held.Release(context.WithoutCancel(ctx)))
			}
		}()
	}
	scraped, err := d.makeMetrics()
	if err != nil {
		return err
	}
	defer func() {
		if err != nil && scraped != nil {
			scraped.Close()
		}
	}()
	d.health = &health{store: d.store}
	if d.Only != Publisher {
		if err := d.makeWorker(ctx); err != nil {
			return err
		}
	}
	if d.Only != Worker {
		if err := d.makePublisher(); err != nil {
			return err
		}
	}
	if held != nil {
		g.Go(func() error { return d.poll(ctx, held) })
	}
	for _, l := range d.listeners {
		g.Go(func() error { return d.publisher.Serve(ctx, l) })
	}
	if scraped != nil {
		g.Go(func() error { return d.metrics.serve(ctx, scraped) })
	}
	g.Go(func() error { return keepUp(ctx, d.store) })
	g.Go(func() error { d.health.watch(ctx); return nil })
	g.Go(func() error { KeepIndex(ctx, d.store, d.Log); return nil })
	g.Go(func() error { d.reloads(ctx); return nil })
	g.Go(func() error { watchdog(ctx, d.Log, d.store.Ping); return nil })
	return nil
}

// makeMetrics makes the metrics, if they are wanted, and opens their address.
func (d *daemon) makeMetrics() (net.Listener, error) {
	address := d.config.Metrics.Listen
	if address == "" {
		return nil, nil
	}
	l, err := openAddress(address, "metrics")
	if err != nil {
		return nil, err
	}
	d.metrics = newMetrics(d.store, d.Log, d.Version)
	return l, nil
}

// requests are how requests are made to others.
func (d *daemon) requests() aggregator.Options {
	return aggregator.Options{Log: d.Log, Version: d.Version, Contact: d.config.Site.Base(), Site: d.config.Site.Base()}
}

func (d *daemon) makeWorker(ctx context.Context) (err error) {
	o := d.requests()
	o.Rules = d.config.Rules
	o.Callback = func(token string) string { return publisher.CallbackAddress(d.config.Site.Base(), token) }
	if o.Moderator, err = publisher.NewModerator(d.store, d.config.Settings, d.Log); err != nil {
		return err
	}
	if d.metrics != nil {
		o.Observe = d.metrics.pass
	}
	d.worker, err = aggregator.New(d.store, d.config.Aggregator, nil, o)
	if err != nil {
		return err
	}
	d.health.overdue, d.health.stuck, d.health.holds = d.worker.Overdue, d.worker.Stuck, d.worker.Holds
	if d.metrics != nil {
		d.metrics.shards(d.worker.Holds)
	}
	return d.worker.SetSources(ctx, d.config.Sources)
}

func (d *daemon) makePublisher() (err error) {
	o := publisher.Options{Log: d.Log, Degraded: d.health.degraded, Remake: remake.ForDesk(d.store, d.config.Sources)}
	o.MaxDelivery = d.config.Aggregator.MaxBody.Bytes
	if o.Outbound, err = aggregator.NewCaller(d.config.Aggregator, d.requests()); err != nil {
		return err
	}
	if len(d.config.Desk.Names()) > 0 {
		reader, err := d.reader()
		if err != nil {
			return err
		}
		o.Adder = adding.New(d.store, reader, d.config.Site.Language).For
	}
	if d.metrics != nil {
		o.Observe, o.ObserveHub = d.metrics.answer, d.metrics.told
	}
	d.publisher, err = publisher.New(d.store, d.config.Settings, o)
	if err != nil {
		return err
	}
	if d.metrics != nil {
		d.metrics.renderings(d.publisher.Rendered)
		d.metrics.subscriptions(d.publisher.Subscriptions)
	}
	d.listeners, err = listen(d.config.Publisher.Listen)
	return err
}

// reader reads pages for the desk: by the worker's client, where it runs here.
func (d *daemon) reader() (*aggregator.Reader, error) {
	if d.worker != nil {
		return d.worker.Reader(), nil
	}
	return aggregator.NewReader(d.config.Aggregator, d.requests())
}

// began is what the log says of the start: what runs, and the address to open.
func (d *daemon) began(took time.Duration) []any {
	said := []any{"version", d.Version, "database", d.store.Name()}
	if d.Only != "" {
		said = append(said, "only", string(d.Only))
	}
	for _, l := range d.listeners {
		said = append(said, "open", "http://"+Reachable(l.Addr()))
	}
	return append(said, "took", took.Round(time.Millisecond))
}

// Reachable is an address that a browser on this machine can open.
func Reachable(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return addr.String()
}

// listen opens the configured address, unless the service manager hands
// sockets over.
func listen(address string) ([]net.Listener, error) {
	handed, err := handedListeners()
	if err != nil || len(handed) > 0 {
		return handed, err
	}
	l, err := openAddress(address, "publisher")
	if err != nil {
		return nil, err
	}
	return []net.Listener{l}, nil
}

// openAddress listens on the address that the configuration has in a table.
func openAddress(address, table string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, &AddressError{table, err}
	}
	return l, err
}

// An AddressError says that another program has the address that the
// configuration names in a table.
type AddressError struct {
	Table string // publisher or metrics
	Err   error
}

func (e *AddressError) Error() string { return e.Err.Error() }
func (e *AddressError) Unwrap() error { return e.Err }
