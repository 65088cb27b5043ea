package db

import (
	"context"
	"fmt"
	"time"
)

// Provenance is where an article comes from.
type Provenance struct {
	Why        string    // what the entry was known by, or what its GUID is made of
	Aliases    []string  // further ids of the entry
	Changed    time.Time // when the kept entry last changed
	Bytes      int       // of the kept entry, compressed
	Updates    int       // changes in a row that moved no date (I21)
	Gone       time.Time // when the entry left its feed; zero: it is there
	Retracted  time.Time // when the source took it back (I26)
	Resurfaced time.Time // when it came back after a month or more (I36)
}

// Provenance returns where the article with the given id comes from, or
// ErrNotFound.
func (d *DB) Provenance(ctx context.Context, id string) (p Provenance, err error) {
	var seq int64
	if err = scanOne(d.r.QueryRowContext(ctx, `
		SELECT article.seq, why, changed, length(raw), updates, seen, retracted, resurfaced
		FROM entry JOIN article ON article.seq = entry.article WHERE article.id = $1`, id),
		&seq, &p.Why, msTime{&p.Changed}, &p.Bytes, &p.Updates, msTime{&p.Gone}, msTime{&p.Retracted}, msTime{&p.Resurfaced}); err != nil {
		return p, fmt.Errorf("where article %s comes from: %w", id, err)
	}
	p.Aliases, err = collect(ctx, d.r, column[string], `SELECT guid FROM alias WHERE article = $1 ORDER BY guid`, seq)
	return p, err
}
