package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"courant/db/sqlrow"
)

// Found is what stands at a place where a database may be made.
type Found struct {
	Tables []string // of whatever program
	Others int      // connections of other processes of ours, as far as a server tells
}

// LookAt says what stands at the place that c names, without making or changing
// anything there.
func LookAt(ctx context.Context, c Config) (Found, error) {
	var f Found
	var err error
	if c.URL != "" {
		err = f.server(ctx, c)
	} else {
		err = f.file(ctx, c.Path)
	}
	if err != nil {
		return f, fmt.Errorf("look at %s: %w", c.Name(), plainly(err))
	}
	return f, nil
}

func (f *Found) file(ctx context.Context, path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	pool, err := openPool(path, lookPragmas, "ro")
	if err != nil {
		return err
	}
	defer pool.Close()
	f.Tables, err = sqlrow.Collect(ctx, pool, sqlrow.Column[string], `SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
	return err
}

func (f *Found) server(ctx context.Context, c Config) error {
	p, err := c.connection()
	if err != nil {
		return err
	}
	pool := serverPool(*p, 1, 0)
	defer pool.Close()
	if f.Tables, err = sqlrow.Collect(ctx, pool, sqlrow.Column[string], `
		SELECT CAST(relname AS TEXT) FROM pg_class
		WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND relnamespace = CAST(current_schema() AS regnamespace) ORDER BY 1`); err != nil {
		return err
	}
	return pool.QueryRowContext(ctx, `
		SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
			AND application_name = current_setting('application_name')`).Scan(&f.Others)
}
