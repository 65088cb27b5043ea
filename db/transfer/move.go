package transfer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"courant/db/engine"
)

// To copies the store from, as it is now, to the place that c names: a file that is
// not there, or a database of a server with nothing in it; else ErrNotEmpty. Others
// may go on with from; what they write meanwhile is not copied. tell is told of
// every step, often; it may be nil.
func To(ctx context.Context, from *engine.DB, c engine.Config, tell func(Step)) ([]Table, error) {
	if tell == nil {
		tell = func(Step) {}
	}
	if c.URL == "" {
		return toNewFile(ctx, from, c.Path, tell)
	}
	found, err := engine.LookAt(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := ours(c, found); err != nil {
		return nil, err
	}
	return toServer(ctx, from, c, false, tell)
}

// ours gives ErrNotEmpty for a database with tables of another program.
func ours(c engine.Config, found engine.Found) error {
	if len(found.Tables) > 0 && !slices.Contains(found.Tables, "goose_db_version") {
		return fmt.Errorf("copy to %s: %w: it has tables of another program, such as %s", c.Name(), ErrNotEmpty, found.Tables[0])
	}
	return nil
}

func toServer(ctx context.Context, from *engine.DB, c engine.Config, force bool, tell func(Step)) (done []Table, err error) {
	to, err := from.Like(ctx, c)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	return copyAll(ctx, from, to, force, tell)
}

// toNewFile writes the file under another name until it is whole.
func toNewFile(ctx context.Context, from *engine.DB, file string, tell func(Step)) (done []Table, err error) {
	err = engine.Whole(file, func(part string) error {
		to, err := from.Like(ctx, engine.Config{Path: part})
		if err != nil {
			return err
		}
		if done, err = copyAll(ctx, from, to, false, tell); err == nil {
			err = to.Check(ctx)
		}
		if err = errors.Join(err, to.Close()); err != nil {
			return err
		}
		return engine.AtRest(ctx, part)
	})
	if errors.Is(err, engine.ErrExists) {
		err = fmt.Errorf("%w: %w", ErrNotEmpty, err)
	}
	if err != nil {
		return nil, fmt.Errorf("copy to %s: %w", file, err)
	}
	return done, nil
}

// Backup writes a consistent copy of d to file, as an SQLite file, whatever engine d
// is on (M10). It is checked, and stands under another name until it is whole. Where
// file is there already it gives engine.ErrExists. tell may be nil.
func Backup(ctx context.Context, d *engine.DB, file string, tell func(Step)) error {
	if d.Path() != "" {
		return d.Backup(ctx, file)
	}
	_, err := To(ctx, d, engine.Config{Path: file}, tell)
	return err
}

// leaving is how long a server may take to notice that a process has ended.
const leaving = 2 * time.Second

// Restore puts the file copied, which Backup made of a store of schema s, into the
// database of a server that c names. With anything in that it gives
// engine.ErrExists unless force is set, and engine.ErrInUse where a process of ours
// is connected to it. Others see what was there before, or all of the copy. tell may
// be nil.
func Restore(ctx context.Context, s engine.Schema, copied string, c engine.Config, force bool, tell func(Step)) error {
	wrap := func(err error) error { return fmt.Errorf("restore %s: %w", copied, err) }
	if tell == nil {
		tell = func(Step) {}
	}
	if _, err := os.Stat(copied); err != nil {
		return wrap(err)
	}
	if err := s.Check(ctx, copied); err != nil {
		return wrap(err)
	}
	found, err := engine.LookAt(ctx, c)
	for until := time.Now().Add(leaving); err == nil && found.Others > 0 && time.Now().Before(until); found, err = engine.LookAt(ctx, c) {
		time.Sleep(leaving / 40)
	}
	switch {
	case err != nil:
		return wrap(err)
	case found.Others > 0:
		return wrap(fmt.Errorf("%s: %w", c.Name(), engine.ErrInUse))
	}
	if err := ours(c, found); err != nil {
		return wrap(err)
	}
	from, remove, err := readable(ctx, s, copied)
	if err != nil {
		return wrap(err)
	}
	defer remove()
	if _, err = toServer(ctx, from, c, force, tell); errors.Is(err, ErrNotEmpty) {
		return wrap(fmt.Errorf("%s %w", c.Name(), engine.ErrExists))
	}
	if err != nil {
		return wrap(err)
	}
	return nil
}

// readable opens a copy for reading. One that an older program made is brought up to
// date beside it, and stays as it is.
func readable(ctx context.Context, s engine.Schema, copied string) (from *engine.DB, remove func(), err error) {
	from, err = engine.OpenReader(ctx, engine.Config{Path: copied}, s)
	if err == nil {
		return from, func() { from.Close() }, nil
	}
	if !errors.Is(err, engine.ErrOlder) {
		return nil, nil, err
	}
	dir, err := os.MkdirTemp(filepath.Dir(copied), ".restore-")
	if err != nil {
		return nil, nil, err
	}
	newer := filepath.Join(dir, "copy.db")
	err = engine.CopyFile(copied, newer)
	if err == nil {
		from, err = engine.Open(ctx, engine.Config{Path: newer}, s)
	}
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	return from, func() { from.Close(); os.RemoveAll(dir) }, nil
}
