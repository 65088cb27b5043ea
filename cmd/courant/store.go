package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"courant/cmd/courant/config"
	"courant/cmd/courant/naming"
	"courant/cmd/courant/remake"
	"courant/cmd/courant/report"
	"courant/db"
	"courant/db/engine"
	"courant/db/record"
	"courant/publisher/editing"
)

// usualPlaces are where the configuration is looked for without --config.
func usualPlaces() []string { return []string{"courant.toml", "/etc/courant/courant.toml"} }

var errNoConfig = errors.New("no configuration")

// configFile finds the configuration, or returns errNoConfig.
func (a *app) configFile() (string, error) {
	if a.config != "" {
		return a.config, nil
	}
	for _, file := range usualPlaces() {
		if _, err := os.Stat(file); err == nil {
			return file, nil
		}
	}
	return "", hint(fmt.Errorf("%w: there is neither %s", errNoConfig, strings.Join(usualPlaces(), " nor ")),
		"copy config.example.toml to courant.toml, name another with --config, or try `courant demo`, which needs none")
}

// loadConfig reads the configuration. What is wrong with it comes back as
// *config.Mistakes, all at once.
func (a *app) loadConfig() (config.Config, error) {
	file, err := a.configFile()
	if err != nil {
		return config.Config{}, err
	}
	c, err := config.Read(file)
	var wrong *config.Mistakes
	if err != nil && !errors.As(err, &wrong) {
		err = hint(fmt.Errorf("read the configuration: %w", err), "name it with --config FILE")
	}
	return c, err
}

// logger makes the log as configured; --verbose and --quiet go before level.
func (a *app) logger(c config.Log) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		level = slog.LevelInfo // Validate has told
	}
	switch {
	case a.verbose:
		level = slog.LevelDebug
	case a.quiet:
		level = slog.LevelError
	}
	o := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(a.stderr, o))
	}
	return slog.New(slog.NewTextHandler(a.stderr, o))
}

// withStore loads the configuration, opens its database, which must be there,
// and calls f.
func (a *app) withStore(ctx context.Context, f func(config.Config, *db.DB) error) error {
	return a.withOpen(ctx, db.Open, f)
}

// withReader is withStore for what only reads: no long write of the daemon's makes
// it wait or fail.
func (a *app) withReader(ctx context.Context, f func(config.Config, *db.DB) error) error {
	return a.withOpen(ctx, db.OpenReader, f)
}

type opener func(context.Context, engine.Config, db.Options) (*db.DB, error)

func (a *app) withOpen(ctx context.Context, open opener, f func(config.Config, *db.DB) error) error {
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	if noStore(c) {
		return hint(fmt.Errorf("open the database: there is no database at %s", c.Database.Path),
			"`courant run` and `courant fetch` make it")
	}
	store, err := open(ctx, c.Database, db.Options{Authority: c.Site.Authority()})
	if err != nil {
		return err
	}
	return errors.Join(f(c, store), store.Close())
}

// noStore reports whether the database is a file that nobody has made yet.
func noStore(c config.Config) bool {
	if c.Database.URL != "" {
		return false
	}
	_, err := os.Stat(c.Database.Path)
	return errors.Is(err, fs.ErrNotExist)
}

// shellEditor is an editor in the name of whoever uses the command.
func shellEditor(c config.Config, store *db.DB) editing.Editor {
	return editing.New(store, shellActor, c.HasSection)
}

// maker makes articles anew in that name.
func maker(c config.Config, store *db.DB) remake.Maker {
	return remake.New(store, shellEditor(c, store), c.Sources)
}

// storedSources are the sources that the store knows, and what is held of each;
// none where there is no store yet.
func (a *app) storedSources(ctx context.Context, c config.Config) ([]db.Source, map[string]record.Held, error) {
	if noStore(c) {
		return nil, nil, nil
	}
	store, err := db.OpenReader(ctx, c.Database, db.Options{})
	if err != nil {
		return nil, nil, err
	}
	list, err := store.Sources(ctx)
	helds, heldErr := record.Helds(ctx, store, c.Aggregator.InitialWindow.Duration)
	return list, helds, errors.Join(err, heldErr, store.Close())
}

// sourceOf returns a source by id, from the store or, where no pass has been
// yet, from the configuration.
func sourceOf(cmd *cobra.Command, c config.Config, store *db.DB, id string) (db.Source, error) {
	id, err := naming.Source(cmd.Context(), c, store, id)
	if err != nil {
		return db.Source{}, err
	}
	s, err := store.Source(cmd.Context(), id)
	if errors.Is(err, db.ErrNotFound) {
		for _, configured := range c.Sources {
			if configured.ID == id {
				return report.NeverPolled(configured), nil
			}
		}
	}
	return s, naming.NoSource(id, err)
}

// each does one thing to each id and goes on after one that failed; all
// failures come back joined.
func each(ids []string, do func(id string) error) error {
	var errs []error
	for _, id := range ids {
		errs = append(errs, do(id))
	}
	return errors.Join(errs...)
}

// shellActor is how the log of actions names whoever uses the command.
const shellActor = "shell"
