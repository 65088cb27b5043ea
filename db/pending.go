package db

import (
	"context"
	"fmt"
	"slices"
	"time"

	"courant/db/newsroom"
	"courant/db/ruling"
	"courant/db/sqlrow"
)

// PendingChange is what a source changed and an editor has to decide on (I23).
type PendingChange struct {
	At       time.Time // when the source said so
	Fields   []string  // that wait
	Distance int       // characters of headline and text; more than 50 stands for all that is more
	Raw      []byte    // the entry, compressed
}

// Significant reports whether readers would be told of the change (I22).
func (p PendingChange) Significant() bool { return p.Distance > significant }

// PendingChange returns what waits for an editor's decision about an article, or
// ErrNotFound.
func (d *DB) PendingChange(ctx context.Context, id string) (p PendingChange, err error) {
	list, err := sqlrow.Collect(ctx, d.r, func(r sqlrow.Row) (p PendingChange, err error) {
		err = r.Scan(sqlrow.Time(&p.At), sqlrow.JSON(&p.Fields), &p.Distance, &p.Raw)
		return p, err
	}, `
		SELECT pending.at, fields, distance, raw FROM pending JOIN article ON article.seq = pending.article WHERE article.id = $1`, id)
	if err == nil && len(list) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return p, fmt.Errorf("what waits of article %s: %w", id, err)
	}
	return list[0], nil
}

// conflicts are the fields that an editor set and the source has changed since.
func (a Article) conflicts(was, is []int64) (fields []string) {
	for i, field := range givenFields {
		if i < len(was) && i < len(is) && was[i] != is[i] && slices.Contains(a.Curated, field) {
			fields = append(fields, field)
		}
	}
	return fields
}

// savePending has the given fields of a source's change wait for an editor; where
// there are none, nothing waits any more.
func (in *ingest) savePending(ctx context.Context, old Article, e Entry, fields []string, far int) error {
	if len(fields) == 0 {
		_, err := in.ExecContext(ctx, `DELETE FROM pending WHERE article = $1`, old.Seq)
		return err
	}
	if _, err := in.ExecContext(ctx, `
		INSERT INTO pending (article, at, fields, distance, fingerprint, raw) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (article) DO UPDATE SET at = excluded.at, fields = excluded.fields, distance = excluded.distance,
			fingerprint = excluded.fingerprint, raw = excluded.raw`,
		old.Seq, sqlrow.Milli(in.now), sqlrow.Text(fields), far, e.Fingerprint, e.Raw); err != nil {
		return err
	}
	why := fmt.Sprintf("%v wait for an editor", fields)
	if d := e.Ruling.Decision; d == ruling.Hold || d == ruling.Reject {
		why += ", by " + e.Ruling.Say()
	}
	return in.act(ctx, "worker", "article", old.ID, "source changed", why)
}

// settled has nothing wait of an article whose fields are made of r from now on,
// where those are all that waited.
func (t *tx) settled(ctx context.Context, seq int64, r Remade, fields []string) error {
	res, err := t.ExecContext(ctx, `
		DELETE FROM pending WHERE article = $1 AND fingerprint = $2
			AND NOT EXISTS (SELECT 1 FROM json_each(pending.fields) WHERE value NOT IN (SELECT value FROM json_each($3)))`,
		seq, r.Fingerprint, sqlrow.Text(fields))
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	_, err = t.ExecContext(ctx, `UPDATE entry SET given = $2 WHERE article = $1`, seq, sqlrow.Text(r.Given))
	return err
}

// Take takes a source's pending change over: r is what its entry makes. The
// fields that waited are the source's again. ErrStale means that the source has
// changed it again since r was made, ErrNotFound that nothing waits.
func (d *DB) Take(ctx context.Context, r Remade, actor string) (Article, newsroom.Deed, error) {
	return d.reword(ctx, r.ID, actor, "take", func(t *tx) (_ Article, s newsroom.Step, err error) {
		old, err := t.article(ctx, r.ID)
		if err != nil {
			return old, s, err
		}
		var fields []string
		if err := sqlrow.One(t.QueryRowContext(ctx, `SELECT fields FROM pending WHERE article = $1`, old.Seq), sqlrow.JSON(&fields)); err != nil {
			return old, s, err
		}
		waited, err := newsroom.ReadSent(ctx, t, old.Seq)
		if err != nil {
			return old, s, err
		}
		res, err := t.ExecContext(ctx, `
			UPDATE entry SET fingerprint = pending.fingerprint, raw = pending.raw, changed = pending.at, given = $3, updates = 0
			FROM pending WHERE pending.article = entry.article AND entry.article = $1 AND pending.fingerprint = $2`,
			old.Seq, r.Fingerprint, sqlrow.Text(r.Given))
		if err := sqlrow.Touched(res, err, ErrStale); err != nil {
			return old, s, err
		}
		if _, err := t.ExecContext(ctx, `DELETE FROM pending WHERE article = $1`, old.Seq); err != nil {
			return old, s, err
		}
		theirs := old
		theirs.Curated = slices.DeleteFunc(slices.Clone(old.Curated), func(f string) bool { return slices.Contains(fields, f) })
		a := merged(theirs, r.Article)
		if err := t.accept(ctx, old, &a, distance(old, a), actor); err != nil {
			return old, s, err
		}
		before, after := saidWords(old, a)
		if err := t.actChange(ctx, actor, "article", a.ID, "take", fmt.Sprint(fields), before, after); err != nil {
			return a, s, err
		}
		s, err = t.tookOver(ctx, old, a, waited)
		return a, s, err
	})
}

// tookOver is the step from old to a by what its source sent, of which waited was kept
// before.
func (t *tx) tookOver(ctx context.Context, old, a Article, waited *newsroom.Sent) (s newsroom.Step, err error) {
	if s, err = edited(old, a); err != nil {
		return s, err
	}
	s.Waited = waited
	s.Waits, err = newsroom.ReadSent(ctx, t, a.Seq)
	return s, err
}
