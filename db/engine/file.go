package engine

import (
	"context"
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

// Path is the database file, empty where the database is in none.
func (d *DB) Path() string {
	if f, is := d.kind.(*file); is {
		return f.path
	}
	return ""
}

// Checkpoint moves the write-ahead log into the database file and empties it, as
// far as other processes let it. A server does so by itself.
func (d *DB) Checkpoint(ctx context.Context) error {
	if d.w == nil {
		return ErrForReading
	}
	if d.Path() == "" {
		return nil
	}
	var busy, frames, moved int
	if err := d.w.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &frames, &moved); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
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
