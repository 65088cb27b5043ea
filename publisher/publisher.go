// Package publisher serves readers: pages, and under each page its feeds, from
// what the store holds. New makes a Publisher of a store and Settings; Serve
// answers on a listener until its context ends. What it renders it keeps until
// the store says that something it was made from has changed.
//
// routes.go is the table of addresses; the handlers stand one entity a file.
package publisher

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"courant/db"
	"courant/publisher/comments"
	"courant/publisher/pages"
	"courant/publisher/web"
)

// Options are what New needs besides store and settings.
type Options struct {
	Log     *slog.Logger     // nil: nothing is logged
	Version string           // of this build
	Now     func() time.Time // nil: time.Now
	// Observe is told of every answer, from many goroutines; nil: nobody is.
	Observe func(Observation)
	// Degraded says in a few words what keeps the site from working in full, or
	// ""; /readyz asks it. nil: nothing does.
	Degraded func(context.Context) string
	// Mount are further addresses by their http.ServeMux pattern, which the
	// publisher serves for others with its own headers and limits.
	Mount map[string]http.Handler
}

// Publisher serves one site. Safe for concurrent use.
type Publisher struct {
	store    *db.DB
	set      Settings
	sections atomic.Pointer[[]Section] // replaced on reload
	pages    atomic.Pointer[pages.Pages]
	judge    *comments.Threads
	files    files
	proxies  []netip.Prefix // trusted ones
	log      *slog.Logger
	now      func() time.Time
	degraded func(context.Context) string // may be nil
	keep     *web.Keep
	errs     *web.Errors
	handler  http.Handler

	sourceMap     atomic.Pointer[map[string]db.Source] // see sources
	sourceChanges atomic.Int64
}

// keepBytes bounds what is kept of rendered documents. Feeds of 512 KiB and
// their compressed forms fit some forty times; the whole process shall stay
// under 128 MiB.
const keepBytes = 24 << 20

// New returns a Publisher of what store holds.
func New(store *db.DB, s Settings, o Options) (*Publisher, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	f, err := readFiles(s.Site)
	if err != nil {
		return nil, err
	}
	view, err := newPages(s, f)
	if err != nil {
		return nil, err
	}
	judge, err := comments.New(s.Comments, store.Secret())
	if err != nil {
		return nil, fmt.Errorf("comments.%w", err)
	}
	proxies, err := parseProxies(s.Publisher.TrustedProxies)
	if err != nil {
		return nil, fmt.Errorf("publisher.trusted_proxies: %w", err)
	}
	header := web.Headers(view.Policy())
	p := &Publisher{
		store: store, set: s, log: o.Log, now: o.Now, degraded: o.Degraded,
		keep:  web.NewKeep(keepBytes, header),
		files: f, judge: judge, proxies: proxies,
	}
	p.keep.Now = o.Now
	p.pages.Store(view)
	p.sections.Store(&s.Sections)
	p.errs = &web.Errors{Log: o.Log, Page: p.errorPage}
	sameOrigin, err := web.SameOrigin(p.errs, s.Site.Base())
	if err != nil {
		return nil, fmt.Errorf("site.url: %w", err)
	}
	p.handler = web.Chain(p.mux(o.Mount),
		observe(o.Observe),
		web.Recover(p.errs),
		web.Log(o.Log),
		web.OneWay,
		p.visited,
		p.kept,
		web.SetHeaders(header),
		web.Limits(p.errs),
		sameOrigin,
	)
	store.OnChange(p.changed)
	return p, nil
}

// errorPage is what a reader sees of an error.
func (p *Publisher) errorPage(_ *http.Request, status int, message string) []byte {
	body, err := p.view().Message(status, message)
	if err != nil {
		p.log.Error("render the page of an error", "err", err)
		return nil
	}
	return body
}

// kept answers what is kept before anything else looks at a request.
func (p *Publisher) kept(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !p.keep.Hit(w, r) {
			next.ServeHTTP(w, r)
			return
		}
		note(w, func(o *Observation) { o.Kept = true })
	})
}

// page answers with an HTML page that is kept under its canonical address, path
// and query. scopes are those the page is sure to be made from; render adds
// what else it turns out to need.
func (p *Publisher) page(w http.ResponseWriter, r *http.Request, address string, scopes []string,
	render func(context.Context) (web.Document, error),
) error {
	return p.keep.Serve(w, r, address, scopes, func(ctx context.Context) (web.Document, error) {
		d, err := render(ctx)
		d.ContentType = "text/html; charset=utf-8"
		if d.Header == nil {
			d.Header = http.Header{}
		}
		d.Header["Cache-Control"] = []string{"no-cache"} // C4: kept by readers, asked for each time
		return d, err
	})
}

// Handler answers the requests of readers.
func (p *Publisher) Handler() http.Handler { return p.handler }

// Rendered is how many documents were rendered since p was made.
func (p *Publisher) Rendered() uint64 { return p.keep.Rendered() }

// Sections are the configured ones, in their order.
func (p *Publisher) Sections() []Section { return *p.sections.Load() }

// SetSections replaces the sections, as a reload of the configuration does.
func (p *Publisher) SetSections(list []Section) {
	p.sections.Store(&list)
	p.pages.Store(p.view().WithSections(pageSections(list)))
	p.keep.Drop(nil)
}

// How long a client may take. A reader on a bad line gets a 512 KiB feed in
// writeTimeout at 140 kbit/s; all else only holds our memory and descriptors.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 10 * time.Second // a form of 64 KiB
	writeTimeout      = 30 * time.Second
	idleTimeout       = 15 * time.Second
	maxHeaderBytes    = 16 << 10
	// drainTimeout is what requests under way have left when we are told to
	// stop; the process must be gone within 10 s.
	drainTimeout = 8 * time.Second
)

// Serve answers on l, and follows the changes that other processes make to the
// store, until ctx ends; it then lets requests under way finish and returns
// nil. It closes l.
func (p *Publisher) Serve(ctx context.Context, l net.Listener) error {
	s := &http.Server{
		Handler:           p.handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(p.log.Handler(), slog.LevelDebug),
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return p.watch(ctx) })
	g.Go(func() error {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
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
			p.keep.Drop(nil)
		}
	}
}
