package record

import (
	"context"

	"courant/db/sqlrow"
)

// Through is the pages that articles were taken over from before the source that we
// have them from did, the last one first: of each that has any, by seq.
func Through(ctx context.Context, s Store, seqs []int64) (map[int64][]string, error) {
	all := map[int64][]string{}
	var seq int64
	for pages, err := range sqlrow.Each(ctx, s.Reader(), func(r sqlrow.Row) (pages []string, err error) {
		err = r.Scan(&seq, sqlrow.JSON(&pages))
		return pages, err
	}, `SELECT article, pages FROM through WHERE article IN (SELECT CAST(value AS BIGINT) FROM json_each($1))`, sqlrow.Text(seqs)) {
		if err != nil {
			return nil, err
		}
		all[seq] = pages
	}
	return all, nil
}
