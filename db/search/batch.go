package search

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"courant/db/content"
	"courant/db/sqlrow"
)

// Index is the index of one store.
type Index struct{ engine engine }

// SQLite is the index of a store on SQLite.
func SQLite() Index { return Index{sqlite{}} }

// Postgres is the index of a store on PostgreSQL.
func Postgres() Index { return Index{postgres{}} }

const (
	// batchRows is how many changes are taken up at once, and written in one
	// transaction, which others wait for: some tens of milliseconds.
	batchRows = 400
	// batchWords bounds the words that a batch holds in memory; what is longer comes
	// alone.
	batchWords = 200_000
)

// Batch is changes that were taken from the queue and are not written yet.
type Batch struct {
	engine engine
	rows   []row
	docs   map[Kind][]document
	words  int
}

// row is a row of the queue: a change of what readers can see.
type row struct {
	id   int64
	kind Kind
	seq  int64
}

// Empty reports whether there was nothing in the queue.
func (b *Batch) Empty() bool { return len(b.rows) == 0 }

// Len is how many changes are in it.
func (b *Batch) Len() int { return len(b.rows) }

// Waits reports whether there is any change to take up.
func Waits(ctx context.Context, r sqlrow.Queryer) (waits bool, err error) {
	if err = r.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM search_queue)`).Scan(&waits); err != nil {
		err = fmt.Errorf("search queue: %w", err)
	}
	return waits, err
}

// Batch takes up the latest changes, so that what is new does not wait for what
// has waited for long, and reads what readers can see now of what was changed. It
// takes nothing from the queue yet: whoever is killed before Write has done
// nothing.
func (x Index) Batch(ctx context.Context, r sqlrow.Queryer) (*Batch, error) {
	b := &Batch{engine: x.engine, docs: map[Kind][]document{}}
	rows, err := sqlrow.Collect(ctx, r, func(s sqlrow.Row) (q row, err error) {
		err = s.Scan(&q.id, &q.kind, &q.seq)
		return q, err
	}, `SELECT id, kind, seq FROM search_queue ORDER BY id DESC LIMIT $1`, batchRows)
	if err != nil {
		return nil, fmt.Errorf("search queue: %w", err)
	}
	b.rows = rows
	for _, kind := range []Kind{Articles, Comments} {
		if err := b.read(ctx, r, kind); err != nil {
			return nil, fmt.Errorf("search %ss: %w", kind, err)
		}
	}
	return b, nil
}

// read fills b with what readers can see of the rows of kind. Where that is too
// much it leaves rows to the next batch.
func (b *Batch) read(ctx context.Context, r sqlrow.Queryer, kind Kind) error {
	var seqs []int64
	for _, q := range b.rows {
		if q.kind == kind && !slices.Contains(seqs, q.seq) {
			seqs = append(seqs, q.seq)
		}
	}
	if len(seqs) == 0 {
		return nil
	}
	scan, text := scanArticle, articleText
	if kind == Comments {
		scan, text = scanComment, commentText
	}
	rows, err := r.QueryContext(ctx, text, sqlrow.Text(seqs))
	if err != nil {
		return err
	}
	defer rows.Close()
	full := false
	for rows.Next() {
		seq, e, err := scan(rows)
		if err != nil {
			return err
		}
		if full {
			b.rows = slices.DeleteFunc(b.rows, func(q row) bool { return q.kind == kind && q.seq == seq })
			continue
		}
		d := document{seq, e.words()}
		b.docs[kind] = append(b.docs[kind], d)
		b.words += len(d.words)
		full = b.words >= batchWords
	}
	return rows.Err()
}

// The newest first: the latest changes are what is waited for. A server that is given
// the numbers one by one may look through the whole table for them.
const (
	articleText = `
		SELECT seq, source, section, tags, author, headline, summary, key_points, published, body FROM article
		WHERE seq IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) AND status = 'published' ORDER BY seq DESC`
	commentText = `
		SELECT comment.seq, article.source, article.section, article.tags, comment.name, comment.created, comment.body
		FROM comment JOIN article ON article.seq = comment.article
		WHERE comment.seq IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) AND comment.status = 'approved' AND article.status = 'published' ORDER BY comment.seq DESC`
)

func scanArticle(s sqlrow.Row) (seq int64, e entry, err error) {
	var summary string
	var points []string
	var body content.HTML
	err = s.Scan(&seq, &e.source, &e.section, sqlrow.JSON(&e.tags), &e.author, &e.headline, &summary, sqlrow.JSON(&points), sqlrow.Time(&e.published), &body)
	e.texts = said(body, summary, points)
	return seq, e, err
}

func scanComment(s sqlrow.Row) (seq int64, e entry, err error) {
	var body content.HTML
	err = s.Scan(&seq, &e.source, &e.section, sqlrow.JSON(&e.tags), &e.author, sqlrow.Time(&e.published), &body)
	e.texts = []string{body.PlainText()}
	return seq, e, err
}

// Write puts the batch into the index and takes its rows from the queue. A row
// that is there no more was taken by another process, which read what we did or
// what is newer: then ours is left out, since to write it might undo what that
// one wrote.
func (b *Batch) Write(ctx context.Context, t *sql.Tx) error {
	ids := make([]int64, len(b.rows))
	for i, q := range b.rows {
		ids[i] = q.id
	}
	if len(ids) == 0 {
		return nil
	}
	left, err := sqlrow.Collect(ctx, t, func(s sqlrow.Row) (id int64, err error) {
		err = s.Scan(&id)
		return id, err
	}, `DELETE FROM search_queue WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) RETURNING id`, sqlrow.Text(ids))
	if err != nil {
		return fmt.Errorf("search queue: %w", err)
	}
	ours := map[int64]bool{}
	for _, id := range left {
		ours[id] = true
	}
	for _, kind := range []Kind{Articles, Comments} {
		newest := map[int64]int64{} // by number: the latest of its rows
		for _, q := range b.rows {
			if q.kind == kind {
				newest[q.seq] = max(newest[q.seq], q.id)
			}
		}
		var docs []document
		for _, d := range b.docs[kind] {
			if ours[newest[d.seq]] {
				docs = append(docs, d)
			}
			delete(newest, d.seq)
		}
		// In the order of their numbers, as engines like to be filled.
		slices.SortFunc(docs, func(a, b document) int { return int(a.seq - b.seq) })
		if err := b.engine.put(ctx, t, kind, docs); err != nil {
			return fmt.Errorf("index %ss: %w", kind, err)
		}
		var gone []int64
		for seq, id := range newest { // readers can see these no more
			if ours[id] {
				gone = append(gone, seq)
			}
		}
		slices.Sort(gone)
		if err := b.engine.remove(ctx, t, kind, gone); err != nil {
			return fmt.Errorf("index %ss: %w", kind, err)
		}
	}
	return nil
}
