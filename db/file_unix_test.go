//go:build unix

package db

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"courant/db/engine"
)

func modeOf(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func ownerOf(t *testing.T, path string) int {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return int(info.Sys().(*syscall.Stat_t).Uid)
}

// What the store holds is for its owner's eyes, or for those of a group that may
// write beside it.
func TestFileModes(t *testing.T) {
	for _, c := range []struct{ dir, want fs.FileMode }{{0o755, 0o600}, {0o700, 0o600}, {0o775, 0o640}, {0o770, 0o640}} {
		dir := t.TempDir()
		if err := os.Chmod(dir, c.dir); err != nil {
			t.Fatal(err)
		}
		d := openAt(t, filepath.Join(dir, "courant.db"), nil)
		if err := d.Backup(t.Context(), filepath.Join(dir, "copy.db")); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"courant.db", "courant.db-wal", "copy.db"} {
			if got := modeOf(t, filepath.Join(dir, name)); got != c.want {
				t.Errorf("%s in a folder of mode %o has %o, want %o", name, c.dir, got, c.want)
			}
		}
	}
}

// Restoring keeps the mode of the file it replaces, and its owner, or those of
// the folder.
func TestRestoreKeepsOwner(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can give files away")
	}
	dir := t.TempDir()
	path, copied := filepath.Join(dir, "courant.db"), filepath.Join(t.TempDir(), "copy.db")
	d := openAt(t, path, nil)
	if err := d.Backup(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	d.Close()
	const daemon = 12345
	if err := errors.Join(os.Chown(path, daemon, daemon), os.Chmod(path, 0o640)); err != nil {
		t.Fatal(err)
	}
	if err := Restore(t.Context(), copied, engine.Config{Path: path}, true, nil); err != nil {
		t.Fatal(err)
	}
	if uid := ownerOf(t, path); uid != daemon || modeOf(t, path) != 0o640 {
		t.Errorf("restored over a file: owner %d, mode %o", uid, modeOf(t, path))
	}
	if err := errors.Join(os.Remove(path), os.Chown(dir, daemon, daemon)); err != nil {
		t.Fatal(err)
	}
	if err := Restore(t.Context(), copied, engine.Config{Path: path}, false, nil); err != nil {
		t.Fatal(err)
	}
	if uid := ownerOf(t, path); uid != daemon || modeOf(t, path) != 0o600 {
		t.Errorf("restored into a folder: owner %d, mode %o", uid, modeOf(t, path))
	}
}

// A file that was deleted or replaced under an open store is noticed.
func TestReplaced(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "courant.db")
	d := openAt(t, path, nil)
	if err := d.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path, path+".old"); err != nil {
		t.Fatal(err)
	}
	if err := d.Ping(t.Context()); !errors.Is(err, engine.ErrReplaced) {
		t.Errorf("deleted: %v", err)
	}
	openAt(t, path, nil)
	if err := d.Ping(t.Context()); !errors.Is(err, engine.ErrReplaced) {
		t.Errorf("replaced: %v", err)
	}
}
