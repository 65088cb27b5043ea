// Package dbtest gives any package's tests a fresh, migrated store.
package dbtest

import (
	"path/filepath"
	"testing"
	"time"

	"courant/db"
	"courant/db/engine"
)

// New opens a new store in t's temporary folder and closes it with the test.
func New(t testing.TB) *db.DB { return At(t, nil) }

// At is New with a clock.
func At(t testing.TB, now func() time.Time) *db.DB {
	t.Helper()
	return In(t, now, nil)
}

// In is At with the zone of the archive's days.
func In(t testing.TB, now func() time.Time, zone *time.Location) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), engine.Config{Path: filepath.Join(t.TempDir(), "courant.db")},
		db.Options{Authority: "news.example.org", Now: now, Zone: zone})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}
