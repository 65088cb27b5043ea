package db

import (
	"context"
	"database/sql"
	"embed"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to date, one file a transaction, so that a
// process killed in between leaves a schema that the next start goes on from.
func migrate(ctx context.Context, pool *sql.DB) error {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, pool, dir, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	if err := newerThanUs(ctx, pool); err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

// newerThanUs gives ErrNewer for a store with a schema we do not know.
func newerThanUs(ctx context.Context, pool *sql.DB) error {
	have, err := schemaVersion(ctx, pool)
	if err != nil {
		return err
	}
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	for _, f := range files {
		v, err := goose.NumericComponent(f)
		if err != nil {
			return err
		}
		if v >= have {
			return nil
		}
	}
	return ErrNewer
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
