package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"courant/aggregator"
	"courant/db"
	"courant/db/setting"
	"courant/publisher"
	"courant/publisher/comments"
)

func demoCommand(a *app) *cobra.Command {
	var d demo
	c := &cobra.Command{
		Use:   "demo",
		Short: "Try everything on this machine, with no configuration and no internet",
		Long: `Demo serves bundled sample feeds on a loopback port, pulls them as it would
pull any, publishes what they hold, and prints where to look: the front page,
its feed, and the feed of one article's comments. It runs until ^C and leaves
nothing behind, unless --dir says where to keep the database.`,
		Example: `  courant demo
  courant demo --listen 127.0.0.1:8080 --dir ./demo`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.demo(c.Context(), d) },
	}
	c.Flags().StringVar(&d.listen, "listen", "", "`ADDR` to serve readers on (default a free loopback port)")
	c.Flags().StringVar(&d.dir, "dir", "", "`DIR` to keep the database in (default a temporary folder, removed at the end)")
	return c
}

// demo is what `courant demo` was asked for.
type demo struct{ listen, dir string }

// demo runs both halves on the bundled feeds until ctx ends.
func (a *app) demo(ctx context.Context, d demo) (err error) {
	if d.dir == "" {
		if d.dir, err = os.MkdirTemp("", "courant-demo-"); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(d.dir)) }()
	} else if err := os.MkdirAll(d.dir, 0o755); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if d.listen == "" {
		d.listen = "127.0.0.1:0"
	}
	readers, err := net.Listen("tcp", d.listen)
	if err != nil {
		return hint(fmt.Errorf("demo: %w", err), "choose another address with --listen")
	}
	defer readers.Close()
	feeds, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer feeds.Close()
	return a.runDemo(ctx, d, readers, feeds)
}

func (a *app) runDemo(ctx context.Context, d demo, readers, feeds net.Listener) (err error) {
	site := "http://" + reachable(readers.Addr())
	origin := "http://" + feeds.Addr().String()
	papers, err := readPapers(origin, site+demoPictures, time.Now())
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	c := demoConfig(d, site, papers)
	log := a.logger(logConfig{Level: "warn", Format: "text"})
	store, err := db.Open(ctx, c.Database, db.Options{Authority: c.Site.Authority()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	pub, err := publisher.New(store, c.Settings, publisher.Options{
		Log: log, Version: version, Mount: map[string]http.Handler{"GET " + demoPictures: pictures()},
	})
	if err != nil {
		return err
	}
	worker, err := aggregator.New(store, c.Aggregator, nil, aggregator.Options{Log: log, Version: version, Contact: site})
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return servePapers(ctx, feeds, papers, log) })
	g.Go(func() error { return pub.Serve(ctx, readers) })
	g.Go(func() error {
		if err := a.fillDemo(ctx, store, worker, c, papers); err != nil {
			return err
		}
		return worker.Run(ctx)
	})
	return g.Wait()
}

// reachable is an address that a browser on this machine can open.
func reachable(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return addr.String()
}

// demoConfig is the configuration that the demo needs none of.
func demoConfig(d demo, site string, papers []paper) config {
	c := defaultConfig()
	c.Site.Title, c.Site.URL = "The Tideway Courant", site
	c.Site.Description = "News from a harbour city, and from the country behind it"
	c.Database.Path = filepath.Join(d.dir, "courant.db")
	c.Comments.Moderation = comments.None
	c.Comments.MinDelay = setting.Duration{} // nobody should have to wait to try it
	c.Aggregator.AllowPrivateNetworks = true
	c.Aggregator.PerHostGap = setting.Duration{}
	c.Sections = []publisher.Section{
		{ID: "city", Title: "City", Description: "Harbour City and its quarters"},
		{ID: "science", Title: "Science", Description: "What was found out, and how"},
		{ID: "culture", Title: "Culture", Description: "Stage, page, screen and song"},
		{ID: "country", Title: "Country", Description: "Fields, villages, weather, food"},
	}
	for _, p := range papers {
		c.Sources = append(c.Sources, aggregator.SourceConfig{ID: p.ID, URL: p.Feed, Section: p.Section, Publish: "auto"})
	}
	return c
}

// fillDemo pulls the feeds, lets a few readers speak, and says where to look.
func (a *app) fillDemo(ctx context.Context, store *db.DB, worker *aggregator.Aggregator, c config, papers []paper) error {
	if err := worker.SetSources(ctx, c.Sources); err != nil {
		return err
	}
	var failed []error
	_, err := worker.Fetch(ctx, aggregator.Select{All: true}, func(r aggregator.Result) {
		if r.Err != "" {
			failed = append(failed, fmt.Errorf("demo: %s: %s", r.Source, r.Err))
		}
	})
	if err := errors.Join(append(failed, err)...); err != nil {
		return err
	}
	list, err := store.Articles(ctx, db.ArticleQuery{})
	if err != nil {
		return err
	}
	if err := talk(ctx, store, list); err != nil {
		return err
	}
	for _, l := range demoAddresses(c, list) {
		fmt.Fprintln(a.stdout, l)
	}
	return nil
}

// demoAddresses are the lines that say where to look.
func demoAddresses(c config, list []db.Article) []string {
	lines := []string{"page " + c.address("/"), "feed " + c.address("/feed.atom")}
	for _, article := range list {
		if strings.HasSuffix(article.GUID, firstArticle) {
			lines = append(lines, "thread "+c.address(article.Path()+"/feed.atom"))
		}
	}
	return lines
}

// shutdownPapers is how long a reply under way may take at the end.
const shutdownPapers = 2 * time.Second

// servePapers serves the bundled feeds and their articles until ctx ends.
func servePapers(ctx context.Context, l net.Listener, papers []paper, log *slog.Logger) error {
	s := &http.Server{
		Handler: papersHandler(papers), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: 30 * time.Second,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	stopped := context.AfterFunc(ctx, func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownPapers)
		defer cancel()
		if s.Shutdown(end) != nil {
			s.Close() // whoever is not done by now is cut off
		}
	})
	defer stopped()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("demo: serve the sample feeds: %w", err)
	}
	return nil
}
