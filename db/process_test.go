package db

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"courant/db/dbtest/cluster"
	"courant/db/engine"
)

func openAt(t *testing.T, path string, now func() time.Time) *DB {
	t.Helper()
	d, err := Open(t.Context(), engine.Config{Path: path}, Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func TestAsk(t *testing.T) {
	clock := time.UnixMilli(1e12)
	d := testStore(t, func() time.Time { return clock })
	ctx := t.Context()
	if err := d.SetSources(ctx, slices.Values([]Source{{ID: "a", URL: "http://a.example/"}, {ID: "b", URL: "http://b.example/"}})); err != nil {
		t.Fatal(err)
	}
	asks, err := d.AskPasses(ctx, []string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	early := Pass{Source: "b", At: clock.Add(-time.Second), Outcome: "not_modified"}
	if _, err := d.Ingest(ctx, []Pass{{Source: "a", At: clock, Outcome: "not_modified"}, early}); err != nil {
		t.Fatal(err)
	}
	answers, err := d.Answers(ctx, asks)
	if err != nil || len(answers) != 1 || answers[asks[0].ID].Outcome != "not_modified" {
		t.Errorf("answers: %v %v", answers, err)
	}
	open, err := d.OpenAsks(ctx)
	if err != nil || len(open) != 1 || open[0].Source != "b" {
		t.Errorf("a pass from before the ask answered it: %v %v", open, err)
	}
}

func TestBackupRestore(t *testing.T) {
	cluster.SQLiteOnly(t, "a copy is a file")
	dir := t.TempDir()
	d := openAt(t, filepath.Join(dir, "courant.db"), nil)
	ctx := t.Context()
	if err := d.SetSources(ctx, slices.Values([]Source{{ID: "a", URL: "http://a.example/"}})); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(dir, "backup.db")
	if err := d.Backup(ctx, copied); err != nil {
		t.Fatal(err)
	}
	if err := d.Backup(ctx, copied); !errors.Is(err, engine.ErrExists) {
		t.Errorf("over an existing file: %v", err)
	}
	there := filepath.Join(dir, "there.db")
	if err := Restore(ctx, copied, engine.Config{Path: there}, false, nil); err != nil {
		t.Fatal(err)
	}
	if err := Restore(ctx, copied, engine.Config{Path: there}, false, nil); !errors.Is(err, engine.ErrExists) {
		t.Errorf("over an existing store: %v", err)
	}
	if err := Restore(ctx, copied, engine.Config{Path: there}, true, nil); err != nil {
		t.Error(err)
	}
	restored := openAt(t, there, nil)
	if s, err := restored.Source(ctx, "a"); err != nil || s.URL != "http://a.example/" || restored.Tag() != d.Tag() {
		t.Errorf("restored: %v %v, tag %v", s, err, restored.Tag())
	}
	if err := Restore(ctx, copied, engine.Config{Path: there}, true, nil); !errors.Is(err, engine.ErrInUse) {
		t.Errorf("over a store that is open: %v", err)
	}
	junk := filepath.Join(dir, "junk.db")
	if err := os.WriteFile(junk, []byte("not a database at all, just words"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Restore(ctx, junk, engine.Config{Path: filepath.Join(dir, "other.db")}, false, nil); err == nil {
		t.Error("junk was restored")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.part*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
