package engine

import (
	"context"
	"database/sql"
	"time"
)

// watchEvery is how soon another process's change is seen (PRODUCT.md: within
// 1 s). One pragma on an open connection costs microseconds.
const watchEvery = 500 * time.Millisecond

// Watch calls f once at its beginning and whenever another connection has
// written since, until ctx ends, which is no error, or f fails. f reads through
// the connection it is given.
func (d *DB) Watch(ctx context.Context, f func(context.Context, *sql.Conn) error) error {
	conn, err := d.r.Conn(ctx)
	if err != nil {
		return ignoreDone(ctx, err)
	}
	defer conn.Close()
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	var version int64
	for {
		var now int64
		if err := conn.QueryRowContext(ctx, `PRAGMA data_version`).Scan(&now); err != nil {
			return ignoreDone(ctx, err)
		}
		if now != version {
			version = now
			if err := f(ctx, conn); err != nil {
				return ignoreDone(ctx, err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func ignoreDone(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
