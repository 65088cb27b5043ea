package db

import (
	"context"
	"database/sql"
	"errors"
)

// ScopeVisitor is what one visitor alone sees: comments of theirs that wait.
func ScopeVisitor(visitor string) string { return "visitor:" + visitor }

// Standing is the state of an article, or ErrNotFound. It reads nothing of the
// article itself, so that it takes as long for one that readers may not know of
// as for one that does not exist.
func (d *DB) Standing(ctx context.Context, id string) (status Status, err error) {
	err = d.r.QueryRowContext(ctx, `SELECT status FROM article WHERE id = $1`, id).Scan(&status)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	return status, err
}

// HasPending reports whether a visitor has a comment that waits for an editor.
func (d *DB) HasPending(ctx context.Context, visitor string) (has bool, err error) {
	err = d.r.QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1 FROM comment WHERE visitor = $1 AND status = 'pending')`, visitor).Scan(&has)
	return has, err
}
