package db

import (
	"context"
	"fmt"

	"courant/db/scope"
	"courant/db/search"
	"courant/db/search/query"
	"courant/db/sqlrow"
)

// index is the store's.
func (d *DB) index() search.Index {
	if d.Path() == "" {
		return search.Postgres()
	}
	return search.SQLite()
}

// Find looks for q among what readers can see, see search.Index.Find. What was
// withdrawn is found no more at once; what is new, within Index's next batches.
func (d *DB) Find(ctx context.Context, q query.Query, o search.Options) (search.Result, error) {
	o.Now = d.Now()
	return d.index().Find(ctx, d.r, q, o)
}

// Index takes the latest changes into the index that Find looks through, a batch
// of them, and returns how many: 0 where there are none. Any process may call it
// at any time; it is for a daemon to do so after each change, off the way of
// whoever wrote it. On a server, where several do, one has its turn after the other:
// each would read and write the same latest changes.
func (d *DB) Index(ctx context.Context) (int, error) {
	shared := d.Path() == ""
	waits, err := search.Waits(ctx, d.r)
	if err != nil || !waits {
		return 0, err
	}
	var b *search.Batch
	if !shared { // whoever writes meanwhile does not wait for what is read
		if b, err = d.index().Batch(ctx, d.r); err != nil {
			return 0, err
		}
	}
	err = d.inTx(ctx, func(t *tx) (err error) {
		if shared {
			if err = t.Alone(ctx, "courant index of words"); err == nil {
				b, err = d.index().Batch(ctx, t)
			}
		}
		if err != nil || b.Empty() {
			return err
		}
		t.scopes.add(scope.Search)
		return b.Write(ctx, t.Tx)
	})
	if err != nil {
		return 0, fmt.Errorf("index: %w", err)
	}
	return b.Len(), nil
}

// ArticlesOf returns the articles with the given Seqs in their order, with their
// bodies if these are wanted. Such as readers cannot see are left out.
func (d *DB) ArticlesOf(ctx context.Context, seqs []int64, bodies bool) ([]Article, error) {
	q := ArticleQuery{Bodies: bodies}
	columns := articleColumns
	if bodies {
		columns += ", article.body"
	}
	found, err := sqlrow.Collect(ctx, d.r, q.scan,
		`SELECT `+columns+` FROM article WHERE seq IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) AND status = 'published'`, sqlrow.Text(seqs))
	if err != nil {
		return nil, err
	}
	return inOrder(seqs, found, func(a Article) int64 { return a.Seq }), nil
}

// inOrder is found in the order of seqs.
func inOrder[T any](seqs []int64, found []T, seq func(T) int64) []T {
	at := make(map[int64]T, len(found))
	for _, v := range found {
		at[seq(v)] = v
	}
	list := make([]T, 0, len(found))
	for _, s := range seqs {
		if v, ok := at[s]; ok {
			list = append(list, v)
		}
	}
	return list
}
