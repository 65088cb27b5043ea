package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"

	"courant/cmd/courant/config"
	"courant/cmd/courant/failure"
	"courant/cmd/courant/naming"
	"courant/cmd/courant/report"
	"courant/db"
	"courant/db/engine"
	"courant/db/lease"
	"courant/db/newsroom"
	"courant/db/record"
	"courant/publisher/editing"
)

// UsualPlaces are where the configuration is looked for without --config.
func UsualPlaces() []string { return []string{"courant.toml", "/etc/courant/courant.toml"} }

// ErrNoConfig is that there is no configuration where one is looked for.
var ErrNoConfig = errors.New("no configuration")

// configFile finds the configuration, or returns ErrNoConfig.
func (a *App) configFile() (string, error) {
	if a.Config != "" {
		return a.Config, nil
	}
	for _, file := range UsualPlaces() {
		if _, err := os.Stat(file); err == nil {
			return file, nil
		}
	}
	return "", failure.Hint(fmt.Errorf("%w: there is neither %s", ErrNoConfig, strings.Join(UsualPlaces(), " nor ")),
		"copy config.example.toml to courant.toml, name another with --config, or try `courant demo`, which needs none")
}

// LoadConfig reads the configuration. What is wrong with it comes back as
// *config.Mistakes, all at once.
func (a *App) LoadConfig() (config.Config, error) {
	file, err := a.configFile()
	if err != nil {
		return config.Config{}, err
	}
	c, err := config.Read(file)
	var wrong *config.Mistakes
	if err != nil && !errors.As(err, &wrong) {
		err = failure.Hint(fmt.Errorf("read the configuration: %w", err), "name it with --config FILE")
	}
	return c, err
}

// Logger makes the log as configured; --verbose and --quiet go before level.
func (a *App) Logger(c config.Log) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		level = slog.LevelInfo // Validate has told
	}
	switch {
	case a.Verbose:
		level = slog.LevelDebug
	case a.Quiet:
		level = slog.LevelError
	}
	o := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(a.Stderr, o))
	}
	return slog.New(slog.NewTextHandler(a.Stderr, o))
}

// WithStore loads the configuration, opens its database, which must be there,
// and calls f.
func (a *App) WithStore(ctx context.Context, f func(config.Config, *db.DB) error) error {
	return a.withOpen(ctx, db.Open, f)
}

// WithReader is WithStore for what only reads: no long write of the daemon's makes
// it wait or fail.
func (a *App) WithReader(ctx context.Context, f func(config.Config, *db.DB) error) error {
	return a.withOpen(ctx, db.OpenReader, f)
}

type opener func(context.Context, engine.Config, db.Options) (*db.DB, error)

func (a *App) withOpen(ctx context.Context, open opener, f func(config.Config, *db.DB) error) error {
	c, err := a.LoadConfig()
	if err != nil {
		return err
	}
	if noStore(c) {
		return failure.Hint(fmt.Errorf("open the database: there is no database at %s", c.Database.Path),
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

// shellActor is how the log of actions names whoever uses the command.
const shellActor = "shell"

// ShellEditor is an editor in the name of whoever uses the command.
func ShellEditor(c config.Config, store *db.DB) editing.Editor {
	return editing.New(store, shellActor, c.InSections())
}

// Stored is what a store says of the sources.
type Stored struct {
	Sources []db.Source
	Helds   map[string]record.Held // by source
	Workers []lease.Worker         // those that poll them now
}

// StoredSources is what the store knows of the sources; nothing where there is no
// store yet.
func (a *App) StoredSources(ctx context.Context, c config.Config) (s Stored, err error) {
	if noStore(c) {
		return s, nil
	}
	store, err := db.OpenReader(ctx, c.Database, db.Options{})
	if err != nil {
		return s, err
	}
	list, err := store.Sources(ctx)
	s.Sources = slices.DeleteFunc(list, func(s db.Source) bool { return s.ID == newsroom.Source }) // nobody polls it
	var heldErr, workersErr error
	s.Helds, heldErr = record.Helds(ctx, store, c.Aggregator.InitialWindow.Duration)
	s.Workers, workersErr = lease.Workers(ctx, store)
	return s, errors.Join(err, heldErr, workersErr, store.Close())
}

// PollerOf names the process that polls a source, empty where none does.
func (s Stored) PollerOf(source db.Source) string {
	for _, w := range s.Workers {
		if source.Active() && w.Shards[source.Shard] {
			return w.Holder.String()
		}
	}
	return ""
}

// Source returns a source by its id or the beginning of it, from the store or, where
// no pass has been yet, from the configuration. The error of one that is in neither
// says where the ids are.
func Source(ctx context.Context, c config.Config, store *db.DB, id string) (db.Source, error) {
	id, err := naming.Source(ctx, c, store, id)
	if err != nil {
		return db.Source{}, err
	}
	s, err := store.Source(ctx, id)
	if errors.Is(err, db.ErrNotFound) {
		for _, configured := range c.Sources {
			if configured.ID == id {
				return report.NeverPolled(configured), nil
			}
		}
	}
	return s, naming.NoSource(id, err)
}
