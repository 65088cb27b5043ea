package refresh

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"courant/aggregator"
	"courant/cmd/courant/config"
	"courant/db"
	"courant/db/engine"
)

// Try makes a pass over every source of c with a store of its own, which is thrown
// away: credentials, redirects and the parser are tried as the worker would. each
// hears what came of each.
func Try(ctx context.Context, c config.Config, version string, each func(aggregator.Result)) (err error) {
	dir, err := os.MkdirTemp("", "courant-check-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	store, err := db.Open(ctx, engine.Config{Path: filepath.Join(dir, "check.db")}, db.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	worker, err := aggregator.New(store, c.Aggregator, nil, aggregator.Options{Version: version, Contact: c.Site.Base()})
	if err != nil {
		return err
	}
	if err := worker.SetSources(ctx, c.Sources); err != nil {
		return err
	}
	_, err = worker.Fetch(ctx, aggregator.Select{All: true}, each)
	return err
}
