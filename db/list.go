package db

import (
	"context"
	"database/sql"
	"errors"
	"strings"
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

// Day is a day, UTC, on which something was published.
type Day struct {
	Day     time.Time
	Touched time.Time // when its list last changed
}

// Days returns the days of which anything is published, newest first, at most
// limit.
func (d *DB) Days(ctx context.Context, limit int) ([]Day, error) {
	const prefix = "day:"
	// A day is left by withdrawals alone, and few days have any.
	return collect(ctx, d.r, func(r row) (day Day, err error) {
		var scope string
		if err := r.Scan(&scope, msTime{&day.Touched}); err != nil {
			return day, err
		}
		day.Day, err = time.Parse(time.DateOnly, strings.TrimPrefix(scope, prefix))
		return day, err
	}, `
		SELECT scope, touched FROM (SELECT scope, touched,
			unixepoch(substr(scope, 5)) * 1000 AS begun, unixepoch(substr(scope, 5), '+1 day') * 1000 AS over
			FROM list WHERE scope >= $1 AND scope < $2)
		WHERE NOT EXISTS (SELECT 1 FROM article WHERE withdrawn IS NOT NULL AND published >= begun AND published < over)
		OR EXISTS (SELECT 1 FROM article WHERE status = 'published' AND published >= begun AND published < over)
		ORDER BY scope DESC LIMIT $3`, prefix, "day;", limit)
}
