package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"courant/db"
)

// withStore loads the configuration, opens its database, which must be there,
// and calls f.
func (a *app) withStore(ctx context.Context, f func(config, *db.DB) error) error {
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	if _, err := os.Stat(c.Database.Path); errors.Is(err, fs.ErrNotExist) {
		return hint(fmt.Errorf("open the database: there is none at %s", c.Database.Path),
			"`courant run` and `courant fetch` make it")
	}
	store, err := db.Open(ctx, c.Database, db.Options{Authority: c.Site.Authority()})
	if err != nil {
		return err
	}
	return errors.Join(f(c, store), store.Close())
}

// storedSources are the sources that the store knows; none where there is no
// store yet.
func (a *app) storedSources(ctx context.Context, c config) ([]db.Source, error) {
	if _, err := os.Stat(c.Database.Path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	store, err := db.Open(ctx, c.Database, db.Options{Authority: c.Site.Authority()})
	if err != nil {
		return nil, err
	}
	list, err := store.Sources(ctx)
	return list, errors.Join(err, store.Close())
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
