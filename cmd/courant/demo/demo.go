// Package demo is a newspaper to look at: bundled sample feeds on a loopback
// port, pulled and published as any would be, with a few readers who talk. It
// needs no configuration and no internet. Begin with Run.
package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"courant/aggregator"
	"courant/cmd/courant/adding"
	"courant/cmd/courant/config"
	"courant/cmd/courant/daemon"
	"courant/cmd/courant/remake"
	"courant/db"
	"courant/db/setting"
	"courant/publisher"
	"courant/publisher/comments"
	"courant/publisher/password"
)

// Options are what Run needs.
type Options struct {
	Listen  string // address to serve readers on; empty: a free loopback port
	Dir     string // where the database is kept; empty: a temporary folder, removed at the end
	Version string
	Log     *slog.Logger
	Out     io.Writer // where it says where to look
}

// An AddressError says that Options.Listen cannot be had.
type AddressError struct{ Err error }

func (e *AddressError) Error() string { return "demo: " + e.Err.Error() }
func (e *AddressError) Unwrap() error { return e.Err }

// Run runs both halves on the bundled feeds until ctx ends.
func Run(ctx context.Context, d Options) (err error) {
	if d.Dir == "" {
		if d.Dir, err = os.MkdirTemp("", "courant-demo-"); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(d.Dir)) }()
	} else if err := os.MkdirAll(d.Dir, 0o755); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if d.Listen == "" {
		d.Listen = "127.0.0.1:0"
	}
	readers, err := net.Listen("tcp", d.Listen)
	if err != nil {
		return &AddressError{err}
	}
	defer readers.Close()
	feeds, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer feeds.Close()
	return d.run(ctx, readers, feeds)
}

func (d Options) run(ctx context.Context, readers, feeds net.Listener) (err error) {
	site := "http://" + daemon.Reachable(readers.Addr())
	origin := "http://" + feeds.Addr().String()
	papers, err := readPapers(origin, site+picturesAt, time.Now())
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	agencies, err := wires(origin, time.Now())
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	c := demoConfig(d.Dir, site, papers, agencies)
	papers = append(papers, agencies...)
	secret := strings.ToLower(rand.Text()[:passwordChars])
	c.Desk.PasswordHash = password.Hash(secret)
	at := &clock{}
	store, err := db.Open(ctx, c.Database, db.Options{Authority: c.Site.Authority(), Zone: c.Site.Zone(), Now: at.Now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	worker, err := aggregator.New(store, c.Aggregator, nil, aggregator.Options{Log: d.Log, Version: d.Version, Contact: site})
	if err != nil {
		return err
	}
	pub, err := publisher.New(store, c.Settings, publisher.Options{
		Remake: remake.ForDesk(store, c.Sources), Adder: adding.New(store, worker.Reader(), c.Site.Language).For,
		Log: d.Log, Mount: map[string]http.Handler{"GET " + picturesAt: pictures()},
	})
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return servePapers(ctx, feeds, papers, d.Log) })
	g.Go(func() error { return pub.Serve(ctx, readers) })
	g.Go(func() error { daemon.KeepIndex(ctx, store, d.Log); return nil })
	g.Go(func() error {
		if err := d.fill(ctx, store, at, worker, c, secret); err != nil {
			return err
		}
		return worker.Run(ctx)
	})
	return g.Wait()
}

// passwordChars is the length of the password of the desk, of 32 letters and digits.
const passwordChars = 12

// demoConfig is the configuration that the demo needs none of. What agencies have
// waits for an editor.
func demoConfig(dir, site string, papers, agencies []paper) config.Config {
	c := config.Default()
	c.Site.Title, c.Site.URL = "The Tideway Courant", site
	c.Site.Description = "News from a harbour city, and from the country behind it"
	c.Database.Path = filepath.Join(dir, "courant.db")
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
	for _, p := range agencies {
		c.Sources = append(c.Sources, aggregator.SourceConfig{ID: p.ID, URL: p.Feed, Section: p.Section, Publish: "review"})
	}
	return c
}

// fill pulls the feeds, lets a few readers speak, and says where to look; secret is
// the password of the desk.
func (d Options) fill(ctx context.Context, store *db.DB, at *clock, worker *aggregator.Aggregator, c config.Config, secret string) error {
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
	if err := talk(ctx, store, at, list); err != nil {
		return err
	}
	for _, l := range append(addresses(c, list), "desk "+c.Address("/desk")+" "+c.Desk.Username+" "+secret) {
		fmt.Fprintln(d.Out, l)
	}
	return nil
}

// addresses are the lines that say where to look.
func addresses(c config.Config, list []db.Article) []string {
	lines := []string{"page " + c.Address("/"), "feed " + c.Address("/feed.atom")}
	for _, article := range list {
		if strings.HasSuffix(article.GUID, talkedOf) {
			lines = append(lines, "thread "+c.Address(article.Path()+"/feed.atom"))
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
