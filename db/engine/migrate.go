package engine

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"

	"github.com/pressly/goose/v3"
)

// migrateTries bounds how often a process whose migration another one was
// quicker to make looks again.
const migrateTries = 5

// migrate brings the schema up to date, one file a transaction, so that a
// process killed in between leaves a schema that the next start goes on from.
func migrate(ctx context.Context, pool *sql.DB, dir fs.FS) error {
	if err := newerThan(ctx, pool, dir); err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, pool, dir, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	for range migrateTries {
		before, err := schemaVersion(ctx, pool)
		if err != nil {
			return err
		}
		_, upErr := p.Up(ctx)
		if upErr == nil {
			return nil
		}
		// Two processes that start at once both find the same files to apply;
		// the second to get the lock finds them applied.
		if after, err := schemaVersion(ctx, pool); err != nil || after == before {
			return errors.Join(upErr, err)
		}
	}
	return errors.New("other processes keep migrating")
}

// newerThan gives ErrNewer for a store with a schema that dir does not have.
func newerThan(ctx context.Context, pool *sql.DB, dir fs.FS) error {
	if err := schemaIs(ctx, pool, dir); !errors.Is(err, ErrOlder) {
		return err
	}
	return nil
}

// schemaIs gives ErrNewer for a store with a schema that dir does not have, and
// ErrOlder for one without the newest of dir.
func schemaIs(ctx context.Context, pool *sql.DB, dir fs.FS) error {
	have, err := schemaVersion(ctx, pool)
	if err != nil {
		return err
	}
	files, err := fs.Glob(dir, "*.sql")
	if err != nil {
		return err
	}
	var newest int64
	for _, f := range files {
		v, err := goose.NumericComponent(f)
		if err != nil {
			return err
		}
		newest = max(newest, v)
	}
	switch {
	case have > newest:
		return ErrNewer
	case have < newest:
		return ErrOlder
	}
	return nil
}

// refuseNewer gives ErrNewer for a file that a newer Courant wrote. It looks
// through a connection that cannot write, so that the file stays as it is.
func refuseNewer(ctx context.Context, path string, dir fs.FS) error {
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		return nil // it will be made
	}
	pool, err := openPool(path, lookPragmas, "ro")
	if err != nil {
		return err
	}
	defer pool.Close()
	return newerThan(ctx, pool, dir)
}

// schemaVersion reads goose's table without making it: 0 where there is none.
func schemaVersion(ctx context.Context, pool *sql.DB) (int64, error) {
	var n int
	if err := pool.QueryRowContext(ctx,
		`SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'goose_db_version'`).Scan(&n); err != nil || n == 0 {
		return 0, err
	}
	var v int64
	err := pool.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version`).Scan(&v)
	return v, err
}
