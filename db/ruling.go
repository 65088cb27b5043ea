package db

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"courant/db/newsroom"
	"courant/db/ruling"
	"courant/db/scope"
	"courant/db/sqlrow"
	"courant/db/state"
)

// Ruled is what rules say of an article now.
type Ruled struct {
	ID     string
	Ruling ruling.Ruling
	Auto   bool // its source publishes what no rule decides on
}

// Rule has new rulings take effect, in one transaction, and returns how many
// changed anything. What an editor decided or set stays, and so does what readers
// have seen.
func (d *DB) Rule(ctx context.Context, list []Ruled) (changed int, err error) {
	return write(ctx, d, func(t *tx) (changed int, err error) {
		for _, r := range list {
			a, err := t.article(ctx, r.ID)
			if errors.Is(err, ErrNotFound) {
				continue // it was purged since it was read
			}
			if err != nil {
				return 0, err
			}
			did, err := t.rule(ctx, a, r.Ruling, r.Auto)
			if err != nil {
				return 0, fmt.Errorf("article %s: %w", r.ID, err)
			}
			if did {
				changed++
			}
		}
		return changed, nil
	})
}

// rule has a new ruling of a take effect, and reports whether it is another one
// than the last.
func (t *tx) rule(ctx context.Context, a Article, is ruling.Ruling, auto bool) (bool, error) {
	was, err := t.ruling(ctx, a.Seq)
	if err != nil || was.Equal(is) {
		return false, err
	}
	b := a
	if !slices.Contains(a.Curated, "tags") {
		b.Tags = is.Added.Tagged(was.Added.Bare(a.Tags))
	}
	if !slices.Contains(a.Curated, "section") {
		b.Section = is.Added.InSection(was.Added.BareSection(a.Section))
	}
	if !slices.Equal(a.Tags, b.Tags) || a.Section != b.Section {
		if err := t.accept(ctx, a, &b, 0, ruling.Actor); err != nil {
			return false, err
		}
		before, after := saidWords(a, b)
		if err := t.actChange(ctx, ruling.Actor, "article", a.ID, "edit", is.Added.Say(), before, after); err != nil {
			return false, err
		}
	}
	if err := t.saveRuling(ctx, a.Seq, was, is); err != nil {
		return false, err
	}
	if was.Added.Pin != is.Added.Pin && !a.Published.IsZero() {
		t.scopes.add(scope.Lead)
	}
	to := ruling.Moves(a.Status, was, is, auto)
	if to == a.Status {
		return true, nil
	}
	if decided, err := ruling.IsDecided(ctx, t, a.ID); err != nil || decided {
		return true, err
	}
	if to == state.Published {
		if stood, err := newsroom.StoodFor(ctx, t, a.Seq); err != nil || stood {
			return true, err
		}
	}
	_, err = t.setStatus(ctx, a.ID, to, ruling.Actor, is.Say())
	return true, err
}

// addRulings stores what rules said of new articles, with the pins, the places in the
// bin and the marks that go with it.
func (in *ingest) addRulings(ctx context.Context, list []*Entry) error {
	var rulings, pins, bins, marks [][]any
	at := sqlrow.Milli(in.now)
	for _, e := range slices.Backward(list) {
		is, seq := e.Ruling, e.Article.Seq
		if is.Silent() {
			continue
		}
		rulings = append(rulings, []any{seq, at, string(is.Decision), is.Rule, is.Reason, sqlrow.Text(is.Added)})
		if is.Added.Pin {
			pins = append(pins, []any{seq, at, ruling.Actor})
		}
		if is.Added.Bin {
			bins = append(bins, []any{seq, at, ruling.Actor})
			in.moved = append(in.moved, seq)
		}
		for _, letter := range is.Added.Marks {
			marks = append(marks, []any{seq, letter})
		}
	}
	for _, of := range []struct {
		text string
		rows [][]any
	}{
		{`INSERT INTO ruling (article, at, decision, rule, reason, added) VALUES ($1, $2, $3, $4, $5, $6)`, rulings},
		{`INSERT INTO pin (article, at, actor) VALUES ($1, $2, $3)`, pins},
		{`INSERT INTO bin (article, at, actor) VALUES ($1, $2, $3)`, bins},
		{`INSERT INTO mark (article, letter) VALUES ($1, $2)`, marks},
	} {
		if len(of.rows) == 0 {
			continue
		}
		if err := in.laterRows(ctx, of.text, of.rows); err != nil {
			return err
		}
	}
	return nil
}

// saveRuling replaces a ruling of an article by another one, with the pin, the
// place in the bin and the marks that go with it. A pin or a place that an editor
// took away does not come back by the same ruling.
func (t *tx) saveRuling(ctx context.Context, seq int64, was, is ruling.Ruling) error {
	if was.Added.Bin != is.Added.Bin {
		t.moved = append(t.moved, seq)
	}
	if err := t.later(ctx, `
		INSERT INTO ruling (article, at, decision, rule, reason, added) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (article) DO UPDATE SET at = excluded.at, decision = excluded.decision, rule = excluded.rule,
			reason = excluded.reason, added = excluded.added`,
		seq, sqlrow.Milli(t.now), string(is.Decision), is.Rule, is.Reason, sqlrow.Text(is.Added)); err != nil {
		return err
	}
	for _, f := range []struct {
		was, is  bool
		put, out string
	}{
		{
			was.Added.Pin, is.Added.Pin, `INSERT INTO pin (article, at, actor) VALUES ($1, $2, $3) ON CONFLICT (article) DO NOTHING`,
			`DELETE FROM pin WHERE article = $1 AND actor = $2`,
		},
		{
			was.Added.Bin, is.Added.Bin, `INSERT INTO bin (article, at, actor) VALUES ($1, $2, $3) ON CONFLICT (article) DO NOTHING`,
			`DELETE FROM bin WHERE article = $1 AND actor = $2`,
		},
	} {
		var err error
		switch {
		case f.is && !f.was:
			err = t.later(ctx, f.put, seq, sqlrow.Milli(t.now), ruling.Actor)
		case f.was && !f.is:
			err = t.later(ctx, f.out, seq, ruling.Actor)
		}
		if err != nil {
			return err
		}
	}
	if slices.Equal(was.Added.Marks, is.Added.Marks) {
		return nil
	}
	if err := t.later(ctx, `DELETE FROM mark WHERE article = $1`, seq); err != nil {
		return err
	}
	for _, letter := range is.Added.Marks {
		if err := t.later(ctx, `INSERT INTO mark (article, letter) VALUES ($1, $2)`, seq, letter); err != nil {
			return err
		}
	}
	return nil
}

// ruling is what rules said of an article last.
func (t *tx) ruling(ctx context.Context, seq int64) (r ruling.Ruling, err error) {
	err = sqlrow.One(t.QueryRowContext(ctx, `SELECT decision, rule, reason, added FROM ruling WHERE article = $1`, seq),
		&r.Decision, &r.Rule, &r.Reason, sqlrow.JSON(&r.Added))
	if errors.Is(err, ErrNotFound) {
		return r, nil
	}
	return r, err
}
