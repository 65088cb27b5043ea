package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"courant/aggregator"
	"courant/db"
	"courant/db/audience"
	"courant/db/record"
	"courant/publisher"
	"courant/publisher/hub"
)

// metrics counts what both halves tell of, and reads the rest from the store
// whenever Prometheus asks.
type metrics struct {
	registry *prometheus.Registry
	passes   *prometheus.CounterVec
	took     prometheus.Histogram
	articles *prometheus.CounterVec
	requests *prometheus.HistogramVec
	kept     *prometheus.CounterVec
	comments *prometheus.CounterVec
	hub      *prometheus.HistogramVec
}

// newMetrics makes the counters of a process that works on store.
func newMetrics(store *db.DB, log *slog.Logger, version string) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		passes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "courant_passes_total", Help: "Passes over sources, by outcome.",
		}, []string{"outcome"}),
		took: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "courant_fetch_duration_seconds", Help: "How long requests to sources took.",
			Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30}, // timeout is 30 s
		}),
		articles: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "courant_entries_total", Help: "Entries stored as articles, by whether they were new or changed.",
		}, []string{"kind"}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "courant_request_duration_seconds", Help: "How long readers waited for an answer, by route and status.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .5, 1}, // most are kept, in microseconds
		}, []string{"route", "status"}),
		kept: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "courant_cache_requests_total", Help: "Answered requests, by whether the answer was kept from before.",
		}, []string{"result"}),
		comments: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "courant_comments_posted_total", Help: "Comments that visitors posted, by what was decided of them.",
		}, []string{"decision"}),
		hub: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "courant_hub_request_duration_seconds", Help: "How long requests of the WebSub hub took, by what they were for and what came of them.",
			Buckets: []float64{.01, .05, .1, .25, .5, 1, 2.5, 5, 10}, // who does not answer in 10 s is left alone
		}, []string{"kind", "outcome"}),
	}
	m.registry.MustRegister(m.passes, m.took, m.articles, m.requests, m.kept, m.comments, m.hub,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		newStoreCollector(store, log))
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "courant_build_info", Help: "1, with the version of this program.", ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	m.registry.MustRegister(build)
	return m
}

// pass counts what came of a pass.
func (m *metrics) pass(r aggregator.Result) {
	m.passes.WithLabelValues(r.Outcome).Inc()
	m.articles.WithLabelValues("new").Add(float64(r.New))
	m.articles.WithLabelValues("changed").Add(float64(r.Changed))
	if r.Took > 0 {
		m.took.Observe(r.Took.Seconds())
	}
}

// answer counts an answer to a reader. The labels are few: routes come from our
// table, never from a request.
func (m *metrics) answer(o publisher.Observation) {
	route, result := o.Route, "miss"
	switch {
	case o.Cached:
		route, result = "kept", "hit"
	case route == "":
		route = "none"
	}
	m.requests.WithLabelValues(route, strconv.Itoa(o.Status)).Observe(o.Took.Seconds())
	m.kept.WithLabelValues(result).Inc()
	if o.Comment != "" {
		m.comments.WithLabelValues(string(o.Comment)).Inc()
	}
}

// told counts a request of the hub.
func (m *metrics) told(o hub.Observation) {
	m.hub.WithLabelValues(o.Kind, o.Outcome).Observe(o.Took.Seconds())
}

// subscriptions has count told: how many subscriptions stand at our own hub.
func (m *metrics) subscriptions(count func(context.Context) (int, error)) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "courant_hub_subscriptions", Help: "Subscriptions to feeds at our own WebSub hub.",
	}, func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
		defer cancel()
		n, err := count(ctx)
		if err != nil {
			return math.NaN()
		}
		return float64(n)
	}))
}

// shards has held told: how many of the shards that sources are dealt in this worker
// polls.
func (m *metrics) shards(held func() (shards int, fresh bool)) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "courant_worker_shards", Help: "Shards of the sources that this worker polls, of 256: 0 where others may have taken them.",
	}, func() float64 {
		n, fresh := held()
		if !fresh {
			return 0
		}
		return float64(n)
	}))
}

// renderings has rendered counted: how many documents were made. It stays far
// below the misses where many ask for the same.
func (m *metrics) renderings(rendered func() uint64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "courant_renderings_total", Help: "Documents rendered for readers: pages and feeds.",
	}, func() float64 { return float64(rendered()) }))
}

const (
	// scrapeTimeout bounds what a scrape may cost the store.
	scrapeTimeout = 5 * time.Second
	// scrapes at once; Prometheus makes one.
	maxScrapes = 2
	// mostFeeds is of how many feeds the subscribers are told: each is a series that
	// Prometheus keeps, and every article has feeds of its thread.
	mostFeeds = 50
)

// serve answers Prometheus on l until ctx ends.
func (m *metrics) serve(ctx context.Context, l net.Listener) error {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		Timeout: scrapeTimeout, MaxRequestsInFlight: maxScrapes, EnableOpenMetrics: true,
	}))
	s := &http.Server{
		Handler: mux, ReadHeaderTimeout: scrapeTimeout, ReadTimeout: scrapeTimeout, WriteTimeout: 2 * scrapeTimeout,
		MaxHeaderBytes: 16 << 10,
	}
	context.AfterFunc(ctx, func() { s.Close() })
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve metrics on %s: %w", l.Addr(), err)
	}
	return nil
}

// storeCollector reads from the store at each scrape, so that every process on
// a database tells the same.
type storeCollector struct {
	store *db.DB
	log   *slog.Logger

	articles, comments, sources, due, lag, bytes, logBytes, subscribers *prometheus.Desc
}

func newStoreCollector(store *db.DB, log *slog.Logger) *storeCollector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("courant_"+name, help, labels, nil)
	}
	return &storeCollector{
		store: store, log: log,
		articles:    desc("articles", "Articles in the database, by status.", "status"),
		comments:    desc("comments", "Comments in the database, by status.", "status"),
		sources:     desc("sources", "Configured sources, by state.", "state"),
		due:         desc("sources_due", "Sources that wait to be polled."),
		lag:         desc("due_lag_seconds", "How long the source that waits longest has been due."),
		bytes:       desc("database_bytes", "Size of the database file."),
		logBytes:    desc("database_log_bytes", "Size of the database's write-ahead log."),
		subscribers: desc("feed_subscribers", "Subscribers of a feed, as those say who fetch it for others, of the feeds that have most.", "feed"),
	}
}

// Describe implements prometheus.Collector.
func (c *storeCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.articles, c.comments, c.sources, c.due, c.lag, c.bytes, c.logBytes, c.subscribers} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c *storeCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	s, err := record.StatsOf(ctx, c.store)
	if err != nil {
		c.log.Warn("no figures of the store", "err", err)
		return
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	for status, n := range s.Articles {
		gauge(c.articles, float64(n), string(status))
	}
	for status, n := range s.Comments {
		gauge(c.comments, float64(n), string(status))
	}
	for state, n := range s.Sources {
		gauge(c.sources, float64(n), state)
	}
	gauge(c.due, float64(s.Due))
	gauge(c.lag, s.Lag.Seconds())
	gauge(c.bytes, float64(s.Bytes))
	gauge(c.logBytes, float64(s.LogBytes))
	feeds, err := audience.Of(ctx, c.store.Reader(), c.store.Now(), mostFeeds)
	if err != nil {
		c.log.Warn("no figures of subscribers", "err", err)
		return
	}
	for _, f := range feeds {
		gauge(c.subscribers, float64(f.Subscribers), f.Path)
	}
}
