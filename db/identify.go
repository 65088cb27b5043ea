package db

import (
	"context"
	"slices"
	"time"
)

// Whether an entry is in its feed, as stored.
const (
	gone    = 0
	present = 1
	watched = 2 // gone from one document: another one says whether it was taken back (I26)
)

// Identified is what a document says of the entries that are known already,
// besides what it changes in them. The zero value says nothing.
type Identified struct {
	Policy  string // what tells the source's entries apart from now on
	Strikes int
	Own     int // entries that are our own, come back (I37)
	Stale   int // entries that are older than what we have (I20)

	Aliases    []Alias
	Left       []Absence // entries that it lacks
	Back       []int64   // articles whose entries had left
	Resurfaced []int64   // those of Back that had left a month before (I36)
	Purged     []string  // keys of purged articles that it still has
	// Again: it is the last document once more, so what was missing from that is
	// missing from two.
	Again bool
}

// Alias is a further key of an article (I08).
type Alias struct {
	Article int64
	Key     string
}

// Absence is an entry that a document lacks.
type Absence struct {
	Article   int64
	Watched   bool // the next document decides
	Retracted bool // the source took it back
}

// tombstoneTouch is how often at most it is noted that a feed still has a purged
// entry.
const tombstoneTouch = 24 * time.Hour

// identify stores what a document says of known entries.
func (in *ingest) identify(ctx context.Context, source string, f *Identified) error {
	if f == nil {
		return nil
	}
	if f.Again {
		if _, err := in.exec(ctx, `UPDATE source SET watched = 0 WHERE id = $1`, source); err != nil {
			return err
		}
		_, err := in.exec(ctx, `UPDATE entry SET present = 0, retracted = $2 WHERE source = $1 AND present = 2`, source, ms(in.now))
		return err
	}
	watching := slices.ContainsFunc(f.Left, func(a Absence) bool { return a.Watched })
	if _, err := in.exec(ctx, `
		UPDATE source SET identity = $2, strikes = $3, own = $4, stale = $5, watched = $6
		WHERE id = $1 AND (identity, strikes, own, stale, watched) IS DISTINCT FROM ($2, $3, $4, $5, $6)`,
		source, f.Policy, f.Strikes, f.Own, f.Stale, watching); err != nil {
		return err
	}
	for _, a := range f.Aliases {
		if _, err := in.exec(ctx, `
			INSERT INTO alias (source, guid, article) SELECT $1, $2, seq FROM article WHERE seq = $3
			ON CONFLICT (source, guid) DO NOTHING`, source, a.Key, a.Article); err != nil {
			return err
		}
	}
	for _, a := range f.Left {
		state := gone
		if a.Watched {
			state = watched
		}
		var retracted time.Time
		if a.Retracted {
			retracted = in.now
		}
		if _, err := in.exec(ctx, `
			UPDATE entry SET present = $2, seen = coalesce(seen, $3), retracted = coalesce(retracted, $4) WHERE article = $1`,
			a.Article, state, ms(in.now), ms(retracted)); err != nil {
			return err
		}
	}
	for _, seq := range f.Back {
		if _, err := in.exec(ctx, `UPDATE entry SET present = 1, seen = NULL, retracted = NULL WHERE article = $1`, seq); err != nil {
			return err
		}
	}
	for _, seq := range f.Resurfaced {
		if _, err := in.exec(ctx, `UPDATE entry SET resurfaced = $2 WHERE article = $1`, seq, ms(in.now)); err != nil {
			return err
		}
	}
	for _, key := range f.Purged {
		if _, err := in.exec(ctx, `UPDATE tombstone SET seen = $3 WHERE source = $1 AND guid = $2 AND seen < $4`,
			source, key, ms(in.now), ms(in.now.Add(-tombstoneTouch))); err != nil {
			return err
		}
	}
	return nil
}
