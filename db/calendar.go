package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"courant/db/scope"
	"courant/db/sqlrow"
)

const (
	// momentScopes stand for the day and the month of a moment until the
	// transaction knows in which zone these are.
	momentScopes = "moment:"
)

func scopeMoment(t time.Time) string { return momentScopes + strconv.FormatInt(t.UnixMilli(), 10) }

// calendar is a zone by whose days and months articles are listed.
type calendar struct {
	name string // as [site] timezone has it
	zone *time.Location
}

// settle puts days and months in the place of moments.
func (t *tx) settle(ctx context.Context, d *DB) error {
	var moments []string
	for name := range t.scopes {
		if strings.HasPrefix(name, momentScopes) {
			moments = append(moments, name)
		}
	}
	if len(moments) == 0 {
		return nil
	}
	var zone *time.Location
	var err error
	if t.zone != "" {
		zone, err = d.calendarOf(t.zone)
	} else {
		zone, err = d.calendarIn(ctx, t)
	}
	if err != nil {
		return err
	}
	for _, name := range moments {
		ms, err := strconv.ParseInt(strings.TrimPrefix(name, momentScopes), 10, 64)
		if err != nil {
			return fmt.Errorf("scope %s: %w", name, err)
		}
		at := time.UnixMilli(ms).In(zone)
		t.scopes.addAt(t.scopes[name], scope.Day(at), scope.Month(at))
		delete(t.scopes, name)
	}
	return nil
}

// calendarIn is the zone that holds for this transaction. Another process may
// have set another a moment ago, so it is asked for each time.
func (d *DB) calendarIn(ctx context.Context, q sqlrow.Queryer) (*time.Location, error) {
	name := unsetZone
	err := q.QueryRowContext(ctx, zoneText).Scan(&name)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("meta timezone: %w", err)
	}
	return d.calendarOf(name)
}

// unsetZone is the calendar's zone where nobody has set one.
const unsetZone = "UTC"

const zoneText = `SELECT value FROM meta WHERE key = 'timezone'`

// askZone asks for the calendar's zone with whatever is asked next, so that settle need
// not.
func (t *tx) askZone(ctx context.Context) error {
	t.zone = unsetZone
	return t.laterEach(ctx, func(r sqlrow.Row) error { return r.Scan(&t.zone) }, zoneText)
}

// calendarOf is the zone of a name.
func (d *DB) calendarOf(name string) (*time.Location, error) {
	if c := d.calendar.Load(); c != nil && c.name == name {
		return c.zone, nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("meta timezone: %w", err)
	}
	d.calendar.Store(&calendar{name, zone})
	return zone, nil
}

// setCalendar has days and months be those of zone from now on. Where they were
// of another, all are listed anew.
func (d *DB) setCalendar(ctx context.Context, zone *time.Location) error {
	return d.inTx(ctx, func(t *tx) error {
		before, err := d.calendarIn(ctx, t)
		if err != nil || before.String() == zone.String() {
			return err
		}
		if _, err := t.ExecContext(ctx, `
			INSERT INTO meta (key, value) VALUES ('timezone', $1)
			ON CONFLICT (key) DO UPDATE SET value = excluded.value`, zone.String()); err != nil {
			return err
		}
		if _, err := t.ExecContext(ctx, `
			DELETE FROM list WHERE scope >= $1 AND scope < $2 OR scope >= $3 AND scope < $4`,
			scope.Days, upTo(scope.Days), scope.Months, upTo(scope.Months)); err != nil {
			return err
		}
		rows, err := t.QueryContext(ctx, `SELECT published, updated, withdrawn FROM article WHERE published IS NOT NULL`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var published, updated, withdrawn time.Time
			if err := rows.Scan(sqlrow.Time(&published), sqlrow.Time(&updated), sqlrow.Time(&withdrawn)); err != nil {
				return err
			}
			t.scopes.addAt(latest(updated, withdrawn), scopeMoment(published))
		}
		return rows.Err()
	})
}

// upTo is the end of what begins with prefix, in the order of the store.
func upTo(prefix string) string {
	return prefix[:len(prefix)-1] + string(prefix[len(prefix)-1]+1)
}

// Day is a day of the calendar (Options.Zone) on which something was published.
type Day struct {
	Day     time.Time // its begin, in that zone
	Touched time.Time // when its list last changed
}

// Days returns the days of which anything is published, newest first, at most
// limit.
func (d *DB) Days(ctx context.Context, limit int) ([]Day, error) {
	zone, err := d.calendarIn(ctx, d.r)
	if err != nil {
		return nil, err
	}
	rows, err := d.r.QueryContext(ctx, `
		SELECT scope, touched FROM list WHERE scope >= $1 AND scope < $2 ORDER BY scope DESC`, scope.Days, upTo(scope.Days))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Day
	for rows.Next() {
		var name string
		var day Day
		if err := rows.Scan(&name, sqlrow.Time(&day.Touched)); err != nil {
			return nil, err
		}
		if day.Day, err = time.ParseInLocation(time.DateOnly, strings.TrimPrefix(name, scope.Days), zone); err != nil {
			return nil, err
		}
		all = append(all, day)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	list := all[:0]
	for _, day := range all {
		left, err := d.anythingLeft(ctx, day.Day, day.Day.AddDate(0, 0, 1))
		if err != nil {
			return nil, err
		}
		if left && len(list) < limit {
			list = append(list, day)
		}
	}
	return list, nil
}

// leftText looks first for a withdrawal: a day is left by these alone, and few
// days have any.
const leftText = `
	SELECT NOT EXISTS (SELECT 1 FROM article WHERE withdrawn IS NOT NULL AND published >= $1 AND published < $2)
		OR EXISTS (SELECT 1 FROM article WHERE status = 'published' AND published >= $1 AND published < $2)`

func (d *DB) anythingLeft(ctx context.Context, from, to time.Time) (left bool, err error) {
	err = d.r.QueryRowContext(ctx, leftText, from.UnixMilli(), to.UnixMilli()).Scan(&left)
	return left, err
}
