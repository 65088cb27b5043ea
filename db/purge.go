package db

import (
	"context"
	"fmt"
	"time"

	"courant/db/sqlrow"
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
	res, err := in.exec(ctx, `UPDATE source SET purged = $2 WHERE id = $1 AND coalesce(purged, 0) <= $3`,
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
	list, err := sqlrow.Collect(ctx, t, sqlrow.Column[int64], isOld+` LIMIT $3`, source, sqlrow.Milli(before), purgeMost)
	if err != nil || len(list) == 0 {
		return 0, err
	}
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
