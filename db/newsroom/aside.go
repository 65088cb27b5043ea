package newsroom

import (
	"context"
	"database/sql"
	"fmt"

	"courant/db/engine"
	"courant/db/sqlrow"
)

// asideText is why an article has no row of its own where it lies (the column aside of
// its table): 1 is that it is kept for later, 2 that an earlier one of its group lies
// on the same list, which stands for it there.
const asideText = `(CASE WHEN EXISTS (SELECT 1 FROM bin WHERE bin.article = article.seq) THEN 1 ELSE 0 END
	+ CASE WHEN EXISTS (
		SELECT 1 FROM same JOIN same AS other ON other.head = same.head AND other.article < same.article
		JOIN article AS earlier ON earlier.seq = other.article AND earlier.status || '' = 'incoming'
		WHERE same.article = article.seq
			AND EXISTS (SELECT 1 FROM bin WHERE bin.article = earlier.seq) = EXISTS (SELECT 1 FROM bin WHERE bin.article = article.seq)
	) THEN 2 ELSE 0 END)`

// Settle has the lists show what was moved within t: articles whose state, place in
// the bin or group is another, by seq. Whoever stands for whom on a list follows from
// all of a group, so that it is called once all is moved.
func Settle(ctx context.Context, e *engine.DB, t *sql.Tx, moved []int64) error {
	if len(moved) == 0 {
		return nil
	}
	// What another transaction moves of the same group must be seen, or be there later.
	if err := e.Alone(ctx, t, settling); err != nil {
		return err
	}
	_, err := t.ExecContext(ctx, `
		UPDATE article SET aside = `+asideText+` WHERE seq IN (
			SELECT CAST(value AS BIGINT) FROM json_each($1)
			UNION SELECT other.article FROM same JOIN same AS other ON other.head = same.head
			WHERE same.article IN (SELECT CAST(value AS BIGINT) FROM json_each($1)))
			AND aside <> `+asideText, sqlrow.Text(moved))
	if err != nil {
		return fmt.Errorf("settle the desk's lists: %w", err)
	}
	return nil
}

// settling is the name that whoever settles lists works under, alone.
const settling = "lists of the desk"

// Beside are the others in the groups that articles are in, by seq: who stands for
// whom among them changes where those go.
func Beside(ctx context.Context, q sqlrow.Queryer, seqs []int64) ([]int64, error) {
	return sqlrow.Collect(ctx, q, sqlrow.Column[int64], `
		SELECT other.article FROM same JOIN same AS other ON other.head = same.head AND other.article <> same.article
		WHERE same.article IN (SELECT CAST(value AS BIGINT) FROM json_each($1))`, sqlrow.Text(seqs))
}

// Resettle mends what the lists show where somebody moved articles and did not settle
// that: an older process, which knows nothing of it, may have gone on beside a newer one.
// It is for once, as a process begins.
func (r *Room) Resettle(ctx context.Context) error {
	off, err := sqlrow.Collect(ctx, r.engine.Reader(), sqlrow.Column[int64], `
		SELECT article.seq FROM article WHERE article.seq IN (
			SELECT seq FROM article WHERE status = 'incoming' AND status <> 'published'
			EXCEPT SELECT seq FROM article WHERE status = 'incoming' AND aside = 0
			UNION SELECT article FROM bin UNION SELECT article FROM same)
			AND article.status || '' = 'incoming' AND article.aside <> `+asideText)
	if err != nil {
		return fmt.Errorf("look at the desk's lists: %w", err)
	}
	if len(off) == 0 {
		return nil
	}
	return r.inTx(ctx, "mend the desk's lists", func(t *sql.Tx, _ int64) error { return Settle(ctx, r.engine, t, off) })
}
