package db

import (
	"context"
	"fmt"
	"slices"
	"time"

	"courant/db/conduct"
	"courant/db/newsroom"
	"courant/db/sqlrow"
	"courant/db/state"
	"courant/db/text"
)

const (
	// purgeEvery is how often at most a source's passes look for old entries.
	purgeEvery = time.Minute
	// purgeMost is how many go in one transaction, which others wait for.
	purgeMost = 200
	// tombstoneKept is how long the key of a purged entry is kept that no
	// document has.
	tombstoneKept = 90 * 24 * time.Hour
)

// purgeNow purges some of a source's old entries as a part of its pass.
func (in *ingest) purgeNow(ctx context.Context, p Pass) error {
	if p.Keep <= 0 || p.Feed == nil {
		return nil
	}
	res, err := in.ExecContext(ctx, `UPDATE source SET purged = $2 WHERE id = $1 AND coalesce(purged, 0) <= $3`,
		p.Source, sqlrow.Milli(in.now), in.now.Add(-purgeEvery).UnixMilli())
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	_, err = in.purge(ctx, p.Source, in.now.Add(-p.Keep))
	return err
}

// Purge deletes the articles of a source whose entries left its feed before the
// given moment, but for what readers saw or spoke of, or will see, and what is
// pinned or kept for later (I28, I29), and returns how many: some at a time, so that nobody waits long for the writer.
// Their keys stay, so that they do not come back.
func (d *DB) Purge(ctx context.Context, source string, before time.Time) (all int, err error) {
	for {
		n, err := write(ctx, d, func(t *tx) (int, error) { return t.purge(ctx, source, before) })
		if all += n; err != nil || n < purgeMost {
			return all, err
		}
	}
}

// isOld selects the entries of source $1 that may be purged at $2.
const isOld = `
	SELECT entry.article FROM entry JOIN article ON article.seq = entry.article
	WHERE entry.source = $1 AND entry.present = 0 AND entry.seen < $2
		AND article.published IS NULL AND article.status IN ('incoming', 'rejected')
		AND NOT EXISTS (SELECT 1 FROM comment WHERE comment.article = entry.article)
		AND NOT EXISTS (SELECT 1 FROM pin WHERE pin.article = entry.article)
		AND NOT EXISTS (SELECT 1 FROM bin WHERE bin.article = entry.article)`

func (t *tx) purge(ctx context.Context, source string, before time.Time) (int, error) {
	// An editor may just be publishing one of them: whoever comes second finds what
	// the other did.
	const some = isOld + ` ORDER BY entry.seen, entry.article LIMIT $3`
	if err := t.e.Lock(ctx, t.flushed(ctx), some, source, sqlrow.Milli(before), purgeMost); err != nil {
		return 0, fmt.Errorf("purge %s: %w", source, err)
	}
	list, err := sqlrow.Collect(ctx, t, sqlrow.Column[int64], some, source, sqlrow.Milli(before), purgeMost)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	beside, err := newsroom.Beside(ctx, t, list)
	if err != nil {
		return 0, fmt.Errorf("purge %s: %w", source, err)
	}
	t.moved = append(t.moved, beside...)
	seqs := sqlrow.Text(list)
	for _, statement := range []string{
		`INSERT INTO tombstone (source, guid, seen)
			SELECT source, guid, $2 FROM article WHERE seq IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) ON CONFLICT (source, guid) DO UPDATE SET seen = excluded.seen`,
		`INSERT INTO tombstone (source, guid, seen)
			SELECT source, guid, $2 FROM alias WHERE article IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) ON CONFLICT (source, guid) DO UPDATE SET seen = excluded.seen`,
	} {
		if _, err := t.ExecContext(ctx, statement, seqs, sqlrow.Milli(t.now)); err != nil {
			return 0, fmt.Errorf("purge %s: %w", source, err)
		}
	}
	if _, err := t.ExecContext(ctx, `DELETE FROM article WHERE seq IN (SELECT CAST(value AS BIGINT) FROM json_each($1))`, seqs); err != nil {
		return 0, fmt.Errorf("purge %s: %w", source, err)
	}
	if _, err := t.ExecContext(ctx, `UPDATE source SET entries = entries - $2 WHERE id = $1`, source, len(list)); err != nil {
		return 0, fmt.Errorf("purge %s: %w", source, err)
	}
	return len(list), nil
}

// PruneTombstones forgets the keys of purged entries that no document has had for
// 90 days.
func (d *DB) PruneTombstones(ctx context.Context) error {
	return d.inTx(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, `DELETE FROM tombstone WHERE seen < $1`, sqlrow.Milli(t.now.Add(-tombstoneKept)))
		return err
	})
}

// PurgeComments forgets what was written with an e-mail address, however that was
// typed: names, addresses, texts, and what was reported of them. It returns how many
// comments those were. What readers saw leaves a removed comment that says nothing,
// so that feeds take it back and answers keep their place; the rest leaves nothing.
func (d *DB) PurgeComments(ctx context.Context, email, actor string) (n int, err error) {
	scan := func(r sqlrow.Row) (c Comment, err error) {
		err = r.Scan(&c.ID, &c.Email)
		return c, err
	}
	var ids []string
	for c, err := range sqlrow.Each(ctx, d.r, scan, `SELECT id, email FROM comment WHERE email <> '' ORDER BY seq`) {
		if err != nil {
			return 0, fmt.Errorf("purge comments: %w", err)
		}
		if text.Fold(c.Email) == text.Fold(email) {
			ids = append(ids, c.ID)
		}
	}
	for some := range slices.Chunk(ids, purgeMost) {
		if err := d.inTx(ctx, func(t *tx) error {
			for _, id := range some {
				if err := t.purgeComment(ctx, id, actor); err != nil {
					return of("comment", id, err)
				}
			}
			return nil
		}); err != nil {
			return n, fmt.Errorf("purge comments: %w", err)
		}
		n += len(some)
	}
	return n, nil
}

func (t *tx) purgeComment(ctx context.Context, id, actor string) error {
	c, err := t.comment(ctx, id)
	if err != nil {
		return err
	}
	if err := conduct.Forget(ctx, t.flushed(ctx), c.Seq); err != nil {
		return err
	}
	from := c.Status
	// Without readers that may have it, and without answers, nothing has to stay.
	res, err := t.ExecContext(ctx, `
		DELETE FROM comment WHERE seq = $1 AND status <> 'approved' AND removed IS NULL
			AND NOT EXISTS (SELECT 1 FROM comment AS reply WHERE reply.parent = $1)`, c.Seq)
	if err != nil {
		return err
	}
	if gone, err := res.RowsAffected(); err != nil {
		return err
	} else if gone == 0 {
		if from == state.Approved {
			if c.Updated, err = t.freeMoment(ctx, "comment", latest(t.now, c.Updated)); err != nil {
				return err
			}
			c.Removed = c.Updated
		}
		if _, err := t.ExecContext(ctx, `
			UPDATE comment SET name = '', email = '', text = '', body = '', visitor = '', network = '', around = '', same = '', digest = $2,
				status = 'removed', reason = 'purged', flagged = '', updated = $3, removed = $4, decided = NULL WHERE seq = $1`,
			c.Seq, []byte{}, sqlrow.Milli(c.Updated), sqlrow.Milli(c.Removed)); err != nil {
			return err
		}
	}
	c.Status = state.Removed
	if err := t.commentChanged(ctx, c, from, true); err != nil {
		return err
	}
	// The log names reasons that strangers wrote: what was said of this comment is gone too.
	if _, err := t.ExecContext(ctx, `UPDATE action SET detail = '' WHERE kind = 'comment' AND ref = $1`, id); err != nil {
		return err
	}
	return t.actChange(ctx, actor, "comment", id, "purge", "", string(from), "purged")
}
