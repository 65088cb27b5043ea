package engine

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"

	"github.com/pressly/goose/v3"
)

// migrateTries bounds how often a process whose migration another one was
// quicker to make looks again.
const migrateTries = 5

// migrate brings the schema up to date, one file a transaction, so that a
// process killed in between leaves a schema that the next start goes on from.
func (d *DB) migrate(ctx context.Context, dialect goose.Dialect) error {
	if err := newerThan(ctx, d.kind, d.schema, d.w); err != nil {
		return err
	}
	files, err := d.kind.files(d.schema)
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(dialect, d.w, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	for range migrateTries {
		before, err := d.kind.version(ctx, d.w)
		if err != nil {
			return err
		}
		_, upErr := p.Up(ctx)
		if upErr == nil {
			return nil
		}
		// Two processes that start at once both find the same files to apply;
		// the second to get the lock finds them applied.
		if after, err := d.kind.version(ctx, d.w); err != nil || after == before {
			return errors.Join(upErr, err)
		}
	}
	return errors.New("other processes keep migrating")
}

// newerThan gives ErrNewer for a store with a schema that s does not have.
func newerThan(ctx context.Context, k kind, s Schema, pool *sql.DB) error {
	if err := schemaIs(ctx, k, s, pool); !errors.Is(err, ErrOlder) {
		return err
	}
	return nil
}

// schemaIs gives ErrNewer for a store with a schema that s does not have, and
// ErrOlder for one without the newest of s.
func schemaIs(ctx context.Context, k kind, s Schema, pool *sql.DB) error {
	have, err := k.version(ctx, pool)
	if err != nil {
		return err
	}
	newest, err := s.newest("sqlite") // both engines have the same
	if err != nil {
		return err
	}
	switch {
	case have > newest:
		return ErrNewer
	case have < newest:
		return ErrOlder
	}
	return nil
}

// newestVersion is the newest migration that a database has which has any.
func newestVersion(ctx context.Context, pool *sql.DB) (v int64, err error) {
	err = pool.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version`).Scan(&v)
	return v, err
}

// newest is the newest of the migrations in a folder of s.
func (s Schema) newest(folder string) (newest int64, err error) {
	files, err := fs.Glob(s.Migrations, folder+"/*.sql")
	if err != nil {
		return 0, err
	}
	for _, f := range files {
		v, err := goose.NumericComponent(f)
		if err != nil {
			return 0, err
		}
		newest = max(newest, v)
	}
	return newest, nil
}

// Outdated gives ErrNewer where a newer program has changed the database so that this
// one must not write beside it: it is to end. Each transaction looks by itself.
func (d *DB) Outdated(ctx context.Context) error { return d.outdated(ctx, d.r) }

func (d *DB) outdated(ctx context.Context, q Asker) error {
	if d.schema.Beside == "" {
		return nil
	}
	var least int64
	err := q.QueryRowContext(ctx, d.schema.Beside).Scan(&least)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err == nil && least > d.newest:
		return ErrNewer
	}
	return plainly(err)
}
