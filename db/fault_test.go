package db_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"courant/db"
	"courant/db/engine"
)

// What a person can cause is said in plain words, without SQLite's.
func TestOpenFaults(t *testing.T) {
	noise := []byte(strings.Repeat("this is no database at all. ", 400))
	for _, c := range []struct {
		name string
		make func(t *testing.T, path string) error
		want error
	}{
		{"noise", func(t *testing.T, path string) error { return os.WriteFile(path, noise, 0o600) }, engine.ErrDamaged},
		{"a folder", func(t *testing.T, path string) error { return os.Mkdir(path, 0o700) }, engine.ErrDisk},
		{"a page of noise inside", func(t *testing.T, path string) error {
			d, err := db.Open(t.Context(), engine.Config{Path: path}, db.Options{})
			if err != nil {
				return err
			}
			d.Close()
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteAt(noise[:8000], 200) // the schema, and what follows
			return errors.Join(err, f.Close())
		}, engine.ErrDamaged},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "courant.db")
			if err := c.make(t, path); err != nil {
				t.Fatal(err)
			}
			d, err := db.Open(t.Context(), engine.Config{Path: path}, db.Options{})
			if err == nil {
				d.Close()
			}
			if !errors.Is(err, c.want) {
				t.Fatalf("Open: %v, want %v", err, c.want)
			}
			if strings.Contains(err.Error(), "(") || !strings.HasPrefix(err.Error(), "open "+path+": ") {
				t.Errorf("it is said as %q", err)
			}
		})
	}
}
