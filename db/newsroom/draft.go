package newsroom

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// SaveDraft keeps what an editor typed about an article and has not saved, in place
// of what was kept before. An article that there is not keeps none.
func (r *Room) SaveDraft(ctx context.Context, name, article, form string) error {
	return r.inTx(ctx, "keep a draft", func(t *sql.Tx, now int64) error {
		_, err := t.ExecContext(ctx, `
			INSERT INTO draft (name, article, at, form) SELECT $1, seq, $3, $4 FROM article WHERE id = $2
			ON CONFLICT (name, article) DO UPDATE SET at = excluded.at, form = excluded.form`, name, article, now, form)
		return err
	})
}

// Draft is what an editor typed about an article, and when, or ErrNotFound.
func (r *Room) Draft(ctx context.Context, name, article string) (form string, when time.Time, err error) {
	var ms int64
	err = r.engine.Reader().QueryRowContext(ctx, `
		SELECT draft.at, draft.form FROM draft JOIN article ON article.seq = draft.article
		WHERE draft.name = $1 AND article.id = $2`, name, article).Scan(&ms, &form)
	if errors.Is(err, sql.ErrNoRows) {
		return "", time.Time{}, fmt.Errorf("draft of %s: %w", article, ErrNotFound)
	}
	return form, at(ms), err
}

// DropDraft forgets what an editor typed about an article.
func (r *Room) DropDraft(ctx context.Context, name, article string) error {
	return r.inTx(ctx, "drop a draft", func(t *sql.Tx, _ int64) error {
		_, err := t.ExecContext(ctx, `
			DELETE FROM draft WHERE name = $1 AND article = (SELECT seq FROM article WHERE id = $2)`, name, article)
		return err
	})
}

// SaveSheet keeps what an editor typed that is of no article yet, in place of what was
// kept before of the same page: add or write.
func (r *Room) SaveSheet(ctx context.Context, name, page, form string) error {
	return r.inTx(ctx, "keep a draft", func(t *sql.Tx, now int64) error {
		_, err := t.ExecContext(ctx, `
			INSERT INTO sheet (name, page, at, form) VALUES ($1, $2, $3, $4)
			ON CONFLICT (name, page) DO UPDATE SET at = excluded.at, form = excluded.form`, name, page, now, form)
		return err
	})
}

// Sheet is what an editor typed on such a page, and when, or ErrNotFound.
func (r *Room) Sheet(ctx context.Context, name, page string) (form string, when time.Time, err error) {
	var ms int64
	err = r.engine.Reader().QueryRowContext(ctx, `SELECT at, form FROM sheet WHERE name = $1 AND page = $2`, name, page).Scan(&ms, &form)
	if errors.Is(err, sql.ErrNoRows) {
		return "", time.Time{}, fmt.Errorf("draft of %s: %w", page, ErrNotFound)
	}
	return form, at(ms), err
}

// DropSheet forgets what an editor typed on such a page.
func (r *Room) DropSheet(ctx context.Context, name, page string) error {
	return r.inTx(ctx, "drop a draft", func(t *sql.Tx, _ int64) error {
		_, err := t.ExecContext(ctx, `DELETE FROM sheet WHERE name = $1 AND page = $2`, name, page)
		return err
	})
}
