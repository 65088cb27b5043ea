package db

import (
	"context"
	"time"
)

// OpenRequest is a request that went out and whose pass is not stored.
type OpenRequest struct {
	Source string
	At     time.Time
}

// OpenRequests returns the requests that are under way; before a worker begins,
// those over which the last one died.
func (d *DB) OpenRequests(ctx context.Context) ([]OpenRequest, error) {
	return collect(ctx, d.r, func(r row) (o OpenRequest, err error) {
		err = r.Scan(&o.Source, msTime{&o.At})
		return o, err
	}, `SELECT source, at FROM request ORDER BY at, source`)
}

// ForgetRequests takes back that requests of the given sources went out.
func (d *DB) ForgetRequests(ctx context.Context, sources []string) error {
	if len(sources) == 0 {
		return nil
	}
	return d.inTx(ctx, func(t *tx) error { return t.closeRequests(ctx, sources) })
}

func (t *tx) openRequests(ctx context.Context, sources []string) error {
	if len(sources) == 0 {
		return nil
	}
	_, err := t.ExecContext(ctx, `
		INSERT INTO request (source, at) SELECT value, $2 FROM json_each($1) WHERE true
		ON CONFLICT (source) DO UPDATE SET at = excluded.at`, toJSON(sources), ms(t.now))
	return err
}

func (t *tx) closeRequests(ctx context.Context, sources []string) error {
	_, err := t.ExecContext(ctx, `DELETE FROM request WHERE source IN (SELECT value FROM json_each($1))`, toJSON(sources))
	return err
}
