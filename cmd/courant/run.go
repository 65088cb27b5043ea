package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"courant/aggregator"
	"courant/db"
	"courant/publisher"
)

func runCommand(a *app) *cobra.Command {
	var only string
	c := &cobra.Command{
		Use:   "run",
		Short: "Pull sources on schedule and serve readers, until told to stop",
		Long: `Runs the daemon: the worker, which polls the sources on schedule, and the
publisher, which serves pages and feeds. One worker works on a database at a
time; any number of publishers may serve it.

SIGHUP reads the configuration again and takes over its sources and sections.
SIGTERM finishes what was accepted and ends within 10 seconds; a second one
ends at once.`,
		Example: `  courant run --config /etc/courant/courant.toml
  courant run --only publisher`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if only != "" && only != onlyWorker && only != onlyPublisher {
				return misused(cmd, "--only %s: must be %s or %s", only, onlyWorker, onlyPublisher)
			}
			c, err := a.loadConfig()
			if err != nil {
				return err
			}
			// From here on a SIGHUP is for us; before, it would have ended us.
			hup := make(chan os.Signal, 1)
			signal.Notify(hup, syscall.SIGHUP)
			defer signal.Stop(hup)
			d := &daemon{app: a, config: c, only: only, log: a.logger(c.Log), hup: hup}
			return d.run(cmd.Context())
		},
	}
	c.Flags().StringVar(&only, "only", "", "run one `HALF`: worker or publisher")
	return c
}

// The halves that --only names.
const (
	onlyWorker    = "worker"
	onlyPublisher = "publisher"
)

const (
	// stopWithin is how long a stop may take, from the signal to the end.
	stopWithin = 10 * time.Second
	// closeWithin is what of it is kept for closing the store.
	closeWithin = time.Second
)

// daemon is `courant run`: both halves, or one, on one store.
type daemon struct {
	app    *app
	config config
	only   string
	log    *slog.Logger
	hup    <-chan os.Signal

	store     *db.DB
	worker    *aggregator.Aggregator // nil without that half
	publisher *publisher.Publisher   // nil without that half
	listeners []net.Listener
	health    *health
	metrics   *metrics // nil when off
}

// run works until ctx ends, then finishes what was accepted, but takes no
// longer than stopWithin.
func (d *daemon) run(ctx context.Context) error {
	began := time.Now()
	var err error
	d.store, err = db.Open(ctx, d.config.Database, db.Options{Authority: d.config.Site.Authority()})
	if err != nil {
		return err
	}
	g, gctx := errgroup.WithContext(ctx)
	if err := d.start(gctx, g); err != nil {
		return errors.Join(err, d.store.Close())
	}
	d.log.Info("started", "version", version, "database", d.store.Path(), "only", d.only, "listen", d.addresses(),
		"took", time.Since(began).Round(time.Millisecond))
	notify(d.log, ready)

	ended := make(chan error, 1)
	go func() { ended <- g.Wait() }()
	select {
	case err = <-ended:
	case <-ctx.Done():
		notify(d.log, stopping)
		d.log.Info("stopping")
		select {
		case err = <-ended:
		case <-time.After(stopWithin - closeWithin):
			// The store stays open under whoever still uses it; what was
			// committed is on disk, and the next start reads the log.
			d.log.Warn("cut off what was not done in time", "after", stopWithin-closeWithin)
			return nil
		}
	}
	err = errors.Join(err, d.close())
	d.log.Info("stopped")
	return err
}

// close moves the write-ahead log into the file and closes the store.
func (d *daemon) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	if err := d.store.Checkpoint(ctx); err != nil {
		d.log.Warn("the write-ahead log stays", "err", err) // the next start reads it
	}
	return d.store.Close()
}

// start makes what was asked for and begins it in g. Where that fails, nothing
// of it has begun and the lease is free again.
func (d *daemon) start(ctx context.Context, g *errgroup.Group) (err error) {
	var lease *db.Lease
	if d.only != onlyPublisher {
		if lease, err = takeLease(ctx, d.store); err != nil {
			return err
		}
		defer func() {
			if err != nil {
				err = errors.Join(err, lease.Release(context.WithoutCancel(ctx)))
			}
		}()
	}
	scraped, err := d.makeMetrics()
	if err != nil {
		return err
	}
	d.health = &health{store: d.store}
	if d.only != onlyPublisher {
		if err := d.makeWorker(ctx); err != nil {
			return err
		}
	}
	if d.only != onlyWorker {
		if err := d.makePublisher(); err != nil {
			return err
		}
	}
	if lease != nil {
		g.Go(func() error { return holdLease(ctx, lease, d.log, d.worker.Run) })
	}
	for _, l := range d.listeners {
		g.Go(func() error { return d.publisher.Serve(ctx, l) })
	}
	if scraped != nil {
		g.Go(func() error { return d.metrics.serve(ctx, scraped) })
	}
	g.Go(func() error { d.reloads(ctx); return nil })
	g.Go(func() error { watchdog(ctx, d.log, d.store.Ping); return nil })
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
	d.metrics = newMetrics(d.store, d.log)
	return l, nil
}

func (d *daemon) makeWorker(ctx context.Context) (err error) {
	o := aggregator.Options{Log: d.log, Version: version, Contact: d.config.Site.Base()}
	if d.metrics != nil {
		o.Observe = d.metrics.pass
	}
	d.worker, err = aggregator.New(d.store, d.config.Aggregator, nil, o)
	if err != nil {
		return err
	}
	d.health.overdue = d.worker.Overdue
	if err := d.worker.SetSources(ctx, d.config.Sources); err != nil {
		return err
	}
	d.config.Sources = nil // the worker has its own
	return nil
}

func (d *daemon) makePublisher() (err error) {
	o := publisher.Options{Log: d.log, Version: version, Degraded: d.health.degraded}
	if d.metrics != nil {
		o.Observe = d.metrics.answer
	}
	d.publisher, err = publisher.New(d.store, d.config.Settings, o)
	if err != nil {
		return err
	}
	if d.metrics != nil {
		d.metrics.renderings(d.publisher.Rendered)
	}
	d.listeners, err = listen(d.config.Publisher.Listen)
	return err
}

// addresses are where readers are served.
func (d *daemon) addresses() (list []string) {
	for _, l := range d.listeners {
		list = append(list, l.Addr().String())
	}
	return list
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
		return nil, hint(err, "another program has the address; name a free one under [%s] listen", table)
	}
	return l, err
}
