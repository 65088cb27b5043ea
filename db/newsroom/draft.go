package newsroom

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"courant/db/sqlrow"
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
	return r.inTx(ctx, "drop a draft", func(t *sql.Tx, _ int64) error { return Clear(ctx, t, name, page) })
}

// Typed is what an editor typed and did not save.
type Typed struct {
	Page string    `json:"page,omitempty"` // as of a sheet; empty: the form of the article
	At   time.Time `json:"at"`
	Form string    `json:"form"` // urlencoded
}

// Forget forgets what an editor typed, about an article or, where page names one, on a
// page. It returns the deed, by which that is undone: without an ID where nothing was
// typed.
func (r *Room) Forget(ctx context.Context, name, page, article string) (d Deed, err error) {
	typed := Typed{Page: page}
	if page == "" {
		typed.Form, typed.At, err = r.Draft(ctx, name, article)
	} else {
		typed.Form, typed.At, err = r.Sheet(ctx, name, page)
	}
	if errors.Is(err, ErrNotFound) {
		return d, nil
	}
	if err != nil {
		return d, err
	}
	err = r.inTx(ctx, "forget a draft", func(t *sql.Tx, now int64) error {
		d = Deed{At: at(now), Actor: name, What: "forget", Steps: []Step{{Article: article, Typed: &typed}}}
		if err := TurnTyped(ctx, t, article, name, typed, false); err != nil {
			return err
		}
		d.ID, err = SaveDeed(ctx, t, d)
		return err
	})
	return d, err
}

// TurnTyped takes away what an editor typed, or puts it there. What they typed since
// stays, with a *RefusalError.
func TurnTyped(ctx context.Context, t *sql.Tx, article, name string, v Typed, put bool) error {
	text, args := `DELETE FROM sheet WHERE name = $1 AND page = $2 AND at = $3 AND form = $4`, []any{name, v.Page, v.At.UnixMilli(), v.Form}
	switch {
	case put && v.Page != "":
		text = `INSERT INTO sheet (name, page, at, form) VALUES ($1, $2, $3, $4) ON CONFLICT (name, page) DO NOTHING`
	case put:
		text, args[1] = `
			INSERT INTO draft (name, article, at, form) SELECT $1, seq, $3, $4 FROM article WHERE id = $2
			ON CONFLICT (name, article) DO NOTHING`, article
	case v.Page == "":
		text, args[1] = `
			DELETE FROM draft WHERE name = $1 AND article = (SELECT seq FROM article WHERE id = $2) AND at = $3 AND form = $4`, article
	}
	res, err := t.ExecContext(ctx, text, args...)
	return sqlrow.Touched(res, err, &RefusalError{Text: "has something else that you typed since, which stays"})
}

// Clear forgets whatever an editor typed on a page, within a deed that stores it.
func Clear(ctx context.Context, t *sql.Tx, name, page string) error {
	_, err := t.ExecContext(ctx, `DELETE FROM sheet WHERE name = $1 AND page = $2`, name, page)
	return err
}
