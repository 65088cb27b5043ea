package engine

import (
	"context"
	"database/sql"
	"fmt"
)

const (
	// shrinkPages is how many pages Shrink gives back in one transaction, which
	// others wait for: a millisecond or two.
	shrinkPages = 64
	// shrinkFrom is the share of free pages, in per cent, from which on they are
	// given back: fewer will be used again.
	shrinkFrom = 5
)

// Shrink gives pages that are free back to the file system where there are many,
// some at a time, at most the given number of times, so that nobody waits long
// for the writer. A file that was made without auto_vacuum stays as it is, and a
// server does so by itself.
func (d *DB) Shrink(ctx context.Context, most int) error {
	if d.Path() == "" {
		return nil
	}
	for range most {
		var free, all int
		if err := d.r.QueryRowContext(ctx, `PRAGMA freelist_count`).Scan(&free); err != nil {
			return fmt.Errorf("shrink: %w", plainly(err))
		}
		if err := d.r.QueryRowContext(ctx, `PRAGMA page_count`).Scan(&all); err != nil {
			return fmt.Errorf("shrink: %w", plainly(err))
		}
		if free*100 < all*shrinkFrom {
			return nil
		}
		if err := d.Tx(ctx, func(t *sql.Tx) error {
			rows, err := t.QueryContext(ctx, fmt.Sprintf(`PRAGMA incremental_vacuum(%d)`, shrinkPages))
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() { // each step gives back a page
			}
			return rows.Err()
		}, func() {}); err != nil {
			return fmt.Errorf("shrink: %w", plainly(err))
		}
	}
	return nil
}
