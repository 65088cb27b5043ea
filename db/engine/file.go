package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrReplaced means that the file at the store's path is no longer the one that
// is open: what is written now is lost with it.
var ErrReplaced = errors.New("the database file was deleted or replaced while it is open")

// makeFile makes the store's file, empty, where there is none, so that it is
// never readable for others: it holds what nobody may see, such as addresses of
// visitors. SQLite gives its log the mode of the file.
func makeFile(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, fileMode(filepath.Dir(path)))
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// fileMode is for the owner alone, or for the group too where the group may
// write to the folder.
func fileMode(dir string) fs.FileMode {
	const groupWrites = 0o020
	if info, err := os.Stat(dir); err == nil && info.Mode()&groupWrites != 0 {
		return 0o640
	}
	return 0o600
}

// same reports whether the file that is open still stands at the store's path.
func (d *DB) same() error {
	now, err := os.Stat(d.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: %w", d.path, ErrReplaced)
	case err != nil:
		return err
	case !os.SameFile(d.file, now):
		return fmt.Errorf("%s: %w", d.path, ErrReplaced)
	}
	return nil
}

// likeFile gives the file at part the owner and mode of the one at path that it
// takes the place of, else of the folder that it comes into: whoever ran us as
// another user must not lock the daemon out.
func likeFile(part, path string) error {
	dir := filepath.Dir(path)
	mode, like := fileMode(dir), dir
	if info, err := os.Stat(path); err == nil {
		mode, like = info.Mode().Perm(), path
	}
	if err := os.Chmod(part, mode); err != nil {
		return err
	}
	return giveOwner(part, like)
}
