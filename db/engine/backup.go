package engine

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// partSuffix ends the name of a copy that is not whole yet.
const partSuffix = ".part"

// Backup writes a consistent copy of the store to file, which must not exist,
// while others read and write. The copy is whole and on disk when Backup
// returns; until then it stands under another name beside it.
func (d *DB) Backup(ctx context.Context, file string) error {
	if d.Path() == "" {
		return fmt.Errorf("backup to %s: %w", file, ErrNoFile)
	}
	if err := Whole(file, func(part string) error { return d.backup(ctx, part) }); err != nil {
		return fmt.Errorf("backup to %s: %w", file, err)
	}
	return nil
}

// Whole has a database written under another name beside file, which must not
// exist, and gives it its own once it is whole and on disk. Where that fails nothing
// is left of it.
func Whole(file string, write func(part string) error) error {
	if _, err := os.Lstat(file); err == nil {
		return ErrExists
	}
	part := file + partSuffix
	if err := removeStore(part); err != nil {
		return err
	}
	err := write(part)
	if err == nil {
		err = os.Chmod(part, fileMode(filepath.Dir(file)))
	}
	if err == nil {
		err = moveInto(part, file, linkNew)
	}
	if err != nil {
		return errors.Join(err, removeStore(part))
	}
	return nil
}

func (d *DB) backup(ctx context.Context, part string) error {
	// The read pool refuses to write anything, so the copy has a connection of
	// its own; VACUUM INTO reads one snapshot and holds up no writer.
	pool, err := openPool(d.Path(), []pragma{{"busy_timeout", "5000", "5000"}}, "ro")
	if err != nil {
		return err
	}
	defer pool.Close()
	if _, err := pool.ExecContext(ctx, `VACUUM INTO $1`, part); err != nil {
		return err
	}
	return d.schema.Check(ctx, part)
}

// Check says what is wrong with a store in a file, without changing it.
func (s Schema) Check(ctx context.Context, path string) error {
	pool, err := openPool(path, lookPragmas, "ro")
	if err != nil {
		return err
	}
	defer pool.Close()
	tables, err := json.Marshal(s.Tables)
	if err != nil {
		return err
	}
	var n int
	if err := pool.QueryRowContext(ctx, `
		SELECT count(*) FROM sqlite_schema WHERE name = 'goose_db_version' OR name IN (SELECT value FROM json_each($1))`, string(tables)).Scan(&n); err != nil {
		return err
	}
	if n != 1+len(s.Tables) {
		return errors.New("it is not a Courant database")
	}
	if err := newerThan(ctx, &file{}, s, pool); err != nil {
		return err
	}
	return integrity(ctx, pool)
}

// integrity runs SQLite's own checks and looks for dangling references.
func integrity(ctx context.Context, pool *sql.DB) error {
	var found string
	if err := pool.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&found); err != nil {
		return err
	}
	if found != "ok" {
		return fmt.Errorf("the database is damaged: %s", found)
	}
	rows, err := pool.QueryContext(ctx, `PRAGMA foreign_key_check`)
	if err != nil {
		return err
	}
	defer rows.Close()
	if rows.Next() {
		return errors.New("the database is damaged: a row refers to one that is not there")
	}
	return rows.Err()
}

// Check runs the checks of a backup on the open store.
func (d *DB) Check(ctx context.Context) error {
	if d.Path() == "" {
		return ErrNoFile
	}
	return integrity(ctx, d.r)
}

// Restore puts the copy that Backup made in the place of the database at path,
// which no process may have open: ErrInUse. Where one is there already it gives
// ErrExists, unless force is set.
func Restore(ctx context.Context, s Schema, copied, path string, force bool) error {
	wrap := func(err error) error { return fmt.Errorf("restore %s: %w", copied, err) }
	if _, err := os.Lstat(path); err == nil && !force {
		return wrap(fmt.Errorf("%s %w", path, ErrExists))
	}
	if _, err := os.Stat(copied); err != nil {
		return wrap(err)
	}
	if err := s.Check(ctx, copied); err != nil {
		return wrap(err)
	}
	if err := AtRest(ctx, path); err != nil {
		return wrap(fmt.Errorf("%s: %w", path, err))
	}
	part := path + partSuffix
	if err := CopyFile(copied, part); err != nil {
		return errors.Join(wrap(err), removeStore(part))
	}
	if err := s.Check(ctx, part); err != nil {
		return errors.Join(wrap(err), removeStore(part))
	}
	// The old log must not be replayed into the new file: it goes first. Killed
	// in between, the old store still stands with what it had checkpointed.
	if err := removeSidecars(path); err != nil {
		return wrap(err)
	}
	if err := likeFile(part, path); err != nil {
		return errors.Join(wrap(err), removeStore(part))
	}
	if err := moveInto(part, path, os.Rename); err != nil {
		return wrap(err)
	}
	return nil
}

// AtRest has the store at path stand in its file alone, with no log beside it. It
// gives ErrInUse when another process has it open: SQLite leaves WAL mode only for
// the one that has it alone. A file too damaged to tell is not in use by anybody who
// could go on.
func AtRest(ctx context.Context, path string) error {
	if _, err := os.Stat(path); err != nil {
		return nil
	}
	pool, err := openPool(path, nil, "rw")
	if err != nil {
		return err
	}
	defer pool.Close()
	if _, err = pool.ExecContext(ctx, `PRAGMA journal_mode = delete`); Busy(err) {
		return ErrInUse
	}
	return nil
}

// CopyFile copies a file byte for byte, over what is there; only its owner may read
// the copy. It is no way to copy a database that somebody writes.
func CopyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}

// linkNew is os.Rename, but refuses a name that is taken: somebody may have taken
// it while the copy was made. Where the file system has no links it is Rename.
func linkNew(from, to string) error {
	switch err := os.Link(from, to); {
	case err == nil:
		return os.Remove(from)
	case errors.Is(err, os.ErrExist):
		return ErrExists
	}
	if _, err := os.Lstat(to); err == nil {
		return ErrExists
	}
	return os.Rename(from, to)
}

// moveInto gives part the name file, by move, once its bytes are on disk, and
// sees to it that the name is too.
func moveInto(part, file string, move func(from, to string) error) error {
	if err := syncFile(part); err != nil {
		return err
	}
	if err := removeSidecars(part); err != nil {
		return err
	}
	if err := move(part, file); err != nil {
		return err
	}
	return syncFile(filepath.Dir(file))
}

func syncFile(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

func removeStore(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return removeSidecars(path)
}

// removeSidecars removes what SQLite keeps beside a database.
func removeSidecars(path string) error {
	for _, suffix := range []string{"-wal", "-shm", "-journal"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}
