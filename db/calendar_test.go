package db_test

import (
	"slices"
	"testing"
	"time"

	"courant/db"
	"courant/db/dbtest"
	"courant/db/scope"
	"courant/db/state"
)

// U24: days and months are those of the zone that the store was told of, and
// of the next one once it is told of that.
func TestCalendar(t *testing.T) {
	ctx := t.Context()
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	clock := &tick{time.Date(2026, 10, 31, 23, 30, 0, 0, time.UTC)} // Sunday, 00:30 in Rome
	config := dbtest.Config(t)
	open := func(zone *time.Location) *db.DB {
		d, err := db.Open(ctx, config, db.Options{Now: clock.Now, Zone: zone})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		return d
	}
	check := func(what string, d *db.DB, zone *time.Location, days ...string) {
		t.Helper()
		list, err := d.Days(ctx, 10)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, day := range list {
			got = append(got, day.Day.Format(time.DateOnly))
			if day.Day.Location().String() != zone.String() || day.Day.Hour() != 0 {
				t.Errorf("%s: a day begins at %v", what, day.Day)
			}
		}
		if !slices.Equal(got, days) {
			t.Errorf("%s: days %v, want %v", what, got, days)
		}
		for _, day := range list {
			for _, scope := range []string{scope.Day(day.Day), scope.Month(day.Day)} {
				if l, err := d.List(ctx, scope); err != nil || !l.Known || l.Updated.Before(clock.now.Add(-time.Hour)) {
					t.Errorf("%s: %s is %+v, %v", what, scope, l, err)
				}
			}
		}
	}
	d := open(rome)
	if err := d.SetSources(ctx, slices.Values([]db.Source{{ID: "tidal", URL: "http://tidal.example/feed"}})); err != nil {
		t.Fatal(err)
	}
	var told []string
	d.OnChange(func(scopes []string) { told = append(told, scopes...) })
	ingest(t, d, true, entry("1", "One", "<p>a</p>"))
	check("in Rome", d, rome, "2026-11-01")
	if !slices.Contains(told, "day:2026-11-01") || !slices.Contains(told, "month:2026-11") || slices.Contains(told, "day:2026-10-31") {
		t.Errorf("told of %v", told)
	}
	check("another process", open(nil), rome, "2026-11-01")

	// The key changes: what was listed is listed anew, in this process and others.
	moved := open(time.UTC)
	check("in UTC", moved, time.UTC, "2026-10-31")
	check("the one from before", d, time.UTC, "2026-10-31")
	if l, err := moved.List(ctx, "month:2026-11"); err != nil || l.Known {
		t.Errorf("the month of Rome is there still: %+v, %v", l, err)
	}
	a, err := d.Articles(ctx, db.ArticleQuery{})
	if err != nil || len(a) != 1 {
		t.Fatal(a, err)
	}
	if _, err := d.SetStatus(ctx, a[0].ID, state.Withdrawn, "shell", ""); err != nil {
		t.Fatal(err)
	}
	check("nothing is left", d, time.UTC)
	back := open(rome)
	check("nothing is left in Rome", back, rome)
	if l, err := back.List(ctx, "day:2026-11-01"); err != nil || !l.Known {
		t.Errorf("a day whose articles were withdrawn is not known: %v", err)
	}
}
