package db

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// List says how a list of articles or comments stands, as a whole.
type List struct {
	Updated time.Time // of the latest news in it: a significant change, a withdrawal; when the database was made where there is none
	Touched time.Time // of the latest change of any kind
	Known   bool      // whether anything was ever in it
}

// List returns how the list of the given scope stands. It never goes
// backwards, whatever leaves the list.
func (d *DB) List(ctx context.Context, scope string) (List, error) {
	l := List{Updated: d.created, Touched: d.created}
	var updated, touched time.Time
	err := d.r.QueryRowContext(ctx, `SELECT updated, touched FROM list WHERE scope = $1`, scope).
		Scan(msTime{&updated}, msTime{&touched})
	if errors.Is(err, sql.ErrNoRows) {
		return l, nil
	}
	if !updated.IsZero() {
		l.Updated = updated
	}
	l.Touched, l.Known = latest(touched, l.Touched), true
	return l, err
}
