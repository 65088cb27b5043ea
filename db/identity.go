package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"courant/db/likeness"
	"courant/db/sqlrow"
)

// KnownEntry is what the store knows of an entry of a source, for telling whether
// it has come again.
type KnownEntry struct {
	Seq               int64    // of its article
	Keys              []string // the article's GUID, then its aliases
	Link, Path, Title int64    // hashes, see package identity
	Sketch            likeness.Sketch
	Words             int
	Fingerprint       []byte // of the version that the source gave last, taken over or not
	Published         time.Time
	SourcePublished   time.Time
	SourceUpdated     time.Time
	FirstSeen         time.Time
	Gone              time.Time // when it left its feed; zero: the latest document has it
	Watched           bool      // it is gone from one document
	Updates           int       // changes in a row that moved no date
}

// knownColumns joins an entry with its article and its aliases, one row for
// each alias.
const knownColumns = `
	SELECT entry.article, article.guid, alias.guid, entry.link, entry.path, entry.title, entry.sketch, article.words,
		coalesce(pending.fingerprint, entry.fingerprint), article.published, article.source_published, article.source_updated,
		article.first_seen, entry.seen, entry.present, entry.updates
	FROM entry JOIN article ON article.seq = entry.article
		LEFT JOIN alias ON alias.article = entry.article
		LEFT JOIN pending ON pending.article = entry.article `

// PresentEntries is what is known of the entries that the latest document of a
// source had, and of those that were missing from it for the first time.
func (d *DB) PresentEntries(ctx context.Context, source string) ([]KnownEntry, error) {
	return d.knownEntries(ctx, presentText, source)
}

const presentText = knownColumns + `
	WHERE entry.source = $1 AND entry.present > 0 ORDER BY entry.article`

// Marks is what the latest document of a source told of its entries by their
// bytes; nil where nothing is known of it.
func (d *DB) Marks(ctx context.Context, source string) (marks []byte, err error) {
	err = d.r.QueryRowContext(ctx, `SELECT marks FROM document WHERE source = $1`, source).Scan(&marks)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return marks, err
}

// namedText looks at no more than 1,000 entries with one of the asked links, and as many
// with one of the titles. The limit is written out: SQLite prepares a statement anew each
// time it is run with one that is a parameter. What is asked is walked through and is no
// table that rows are looked up in: for each of those SQLite makes a tree of its own.
const namedText = knownColumns + `
	WHERE entry.article IN (
		SELECT known.seq FROM json_each($2) AS key CROSS JOIN article AS known WHERE known.source = $1 AND known.guid = key.value
		UNION ALL SELECT other.article FROM json_each($2) AS key CROSS JOIN alias AS other WHERE other.source = $1 AND other.guid = key.value
		UNION ALL SELECT article FROM (SELECT known.article FROM json_each($3) AS link CROSS JOIN entry AS known
			WHERE known.link <> 0 AND known.link = CAST(link.value AS BIGINT) AND known.source = $1 LIMIT 1000) AS linked
		UNION ALL SELECT article FROM (SELECT known.article FROM json_each($4) AS title CROSS JOIN entry AS known
			WHERE known.title <> 0 AND known.title = CAST(title.value AS BIGINT) AND known.source = $1 LIMIT 1000) AS titled)
	ORDER BY entry.article`

// NamedEntries is what is known of the entries of a source that have one of the
// keys, links or titles, and which of the keys belonged to one that was purged.
func (d *DB) NamedEntries(ctx context.Context, source string, keys []string, links, titles []int64) (known []KnownEntry, purged []string, err error) {
	links, titles = slices.Compact(slices.Sorted(slices.Values(links))), slices.Compact(slices.Sorted(slices.Values(titles))) // each once, or its entries would fill the thousand
	if known, err = d.knownEntries(ctx, namedText, source, sqlrow.Text(keys), sqlrow.Text(links), sqlrow.Text(titles)); err != nil {
		return nil, nil, err
	}
	purged, err = sqlrow.Collect(ctx, d.r, sqlrow.Column[string], `
		SELECT guid FROM json_each($2) AS key CROSS JOIN tombstone WHERE source = $1 AND guid = key.value`, source, sqlrow.Text(keys))
	return known, purged, err
}

// knownEntries reads the rows of knownColumns.
func (d *DB) knownEntries(ctx context.Context, text string, args ...any) (list []KnownEntry, err error) {
	var guid string
	var alias sql.NullString
	var present int
	scan := func(r sqlrow.Row) (k KnownEntry, err error) {
		err = r.Scan(&k.Seq, &guid, &alias, &k.Link, &k.Path, &k.Title, (*[]byte)(&k.Sketch), &k.Words, &k.Fingerprint,
			sqlrow.Time(&k.Published), sqlrow.Time(&k.SourcePublished), sqlrow.Time(&k.SourceUpdated), sqlrow.Time(&k.FirstSeen), sqlrow.Time(&k.Gone), &present, &k.Updates)
		return k, err
	}
	for k, err := range sqlrow.Each(ctx, d.r, scan, text, args...) {
		if err != nil {
			return nil, err
		}
		if n := len(list); n == 0 || list[n-1].Seq != k.Seq {
			k.Keys, k.Watched = []string{guid}, present == watched
			list = append(list, k)
		}
		if last := &list[len(list)-1]; alias.Valid {
			last.Keys = append(last.Keys, alias.String)
		}
	}
	return list, nil
}

// KnowsEntry reports whether the source has an article with one of the guids or
// links.
func (d *DB) KnowsEntry(ctx context.Context, source string, guids, links []string) (known bool, err error) {
	err = d.r.QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1 FROM article WHERE source = $1 AND guid IN (SELECT value FROM json_each($2)))
			OR EXISTS (SELECT 1 FROM article WHERE source = $1 AND link IN (SELECT value FROM json_each($3)))`,
		source, sqlrow.Text(guids), sqlrow.Text(links)).Scan(&known)
	return known, err
}

// findEntries finds the articles of a source with the given GUIDs: source and
// GUID are an entry's key (I01).
const findEntries = `
	SELECT article.guid, article.seq, entry.fingerprint FROM article JOIN entry ON entry.article = article.seq
	WHERE article.source = $1 AND article.guid IN (SELECT value FROM json_each($2))`

// found is an article that an entry without Known belongs to after all.
type found struct {
	seq         int64
	fingerprint []byte
}

// find finds those of entries without Known that the source has: a pass that was
// cut off stored them, or whoever made the pass did not look.
func (in *ingest) find(ctx context.Context, source string, list []Entry) (map[string]found, error) {
	var guids []string
	for _, e := range list {
		if e.Known == 0 {
			guids = append(guids, e.Article.GUID)
		}
	}
	if len(guids) == 0 {
		return nil, nil
	}
	rows, err := in.QueryContext(ctx, findEntries, source, sqlrow.Text(guids))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	known := map[string]found{}
	for rows.Next() {
		var guid string
		var f found
		if err := rows.Scan(&guid, &f.seq, &f.fingerprint); err != nil {
			return nil, err
		}
		known[guid] = f
	}
	return known, rows.Err()
}

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
	Marks      []byte    // what DB.Marks gives from now on; nil: as before
	// Again: it is the last document once more, so what was missing from that is
	// missing from two.
	Again bool
}

// Alias is a further key of an article (I08).
type Alias struct {
	Article int64
	Key     string
	Why     string // what the entry was known by when it came under this key
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
		if err := in.later(ctx, `UPDATE source SET watched = 0 WHERE id = $1`, source); err != nil {
			return err
		}
		return in.later(ctx, `UPDATE entry SET present = 0, retracted = $2 WHERE source = $1 AND present = 2`, source, sqlrow.Milli(in.now))
	}
	if f.Marks != nil {
		if err := in.later(ctx, `
			INSERT INTO document (source, marks) VALUES ($1, $2) ON CONFLICT (source) DO UPDATE SET marks = excluded.marks`,
			source, f.Marks); err != nil {
			return err
		}
	}
	watching := slices.ContainsFunc(f.Left, func(a Absence) bool { return a.Watched })
	if err := in.later(ctx, `
		UPDATE source SET identity = $2, strikes = $3, own = $4, stale = $5, watched = $6
		WHERE id = $1 AND (identity, strikes, own, stale, watched) IS DISTINCT FROM ($2, $3, $4, $5, $6)`,
		source, f.Policy, f.Strikes, f.Own, f.Stale, watching); err != nil {
		return err
	}
	for _, a := range f.Aliases {
		if err := in.later(ctx, `
			INSERT INTO alias (source, guid, article, why) SELECT $1, $2, seq, $4 FROM article WHERE seq = $3
			ON CONFLICT (source, guid) DO NOTHING`, source, a.Key, a.Article, a.Why); err != nil {
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
		if err := in.later(ctx, `
			UPDATE entry SET present = $2, seen = coalesce(seen, $3), retracted = coalesce(retracted, $4) WHERE article = $1`,
			a.Article, state, sqlrow.Milli(in.now), sqlrow.Milli(retracted)); err != nil {
			return err
		}
	}
	for _, seq := range f.Back {
		if err := in.later(ctx, `UPDATE entry SET present = 1, seen = NULL, retracted = NULL WHERE article = $1`, seq); err != nil {
			return err
		}
	}
	for _, seq := range f.Resurfaced {
		if err := in.later(ctx, `UPDATE entry SET resurfaced = $2 WHERE article = $1`, seq, sqlrow.Milli(in.now)); err != nil {
			return err
		}
	}
	for _, key := range f.Purged {
		if err := in.later(ctx, `UPDATE tombstone SET seen = $3 WHERE source = $1 AND guid = $2 AND seen < $4`,
			source, key, sqlrow.Milli(in.now), sqlrow.Milli(in.now.Add(-tombstoneTouch))); err != nil {
			return err
		}
	}
	return nil
}

// mostSimilar bounds how many articles with one link or title are looked at.
const mostSimilar = 1000

// Similar is an article that may be the same as another.
type Similar struct {
	Article Article // without its body
	Why     string  // "link" or "title and text"
}

// Similar returns the articles of other sources that lead where the given one
// leads, or that came within 72 hours of it with its title and most of its text;
// the newest first. An unknown id is ErrNotFound.
func (d *DB) Similar(ctx context.Context, id string) (list []Similar, err error) {
	var source string
	var link, title int64
	var sketch likeness.Sketch
	var at time.Time
	if err := sqlrow.One(d.r.QueryRowContext(ctx, `
		SELECT entry.source, entry.link, entry.title, entry.sketch, coalesce(article.source_published, article.first_seen)
		FROM entry JOIN article ON article.seq = entry.article WHERE article.id = $1`, id),
		&source, &link, &title, (*[]byte)(&sketch), sqlrow.Time(&at)); err != nil {
		return nil, fmt.Errorf("article %s: %w", id, err)
	}
	var other likeness.Sketch
	var sameLink bool
	for a, err := range sqlrow.Each(ctx, d.r, func(r sqlrow.Row) (a Article, err error) {
		err = scanArticle(r, &a, (*[]byte)(&other), &sameLink)
		return a, err
	}, similarText, source, link, title, mostSimilar) {
		if err != nil {
			return nil, err
		}
		came := a.SourcePublished
		if came.IsZero() {
			came = a.FirstSeen
		}
		switch {
		case sameLink:
			list = append(list, Similar{a, "link"})
		case likeness.Same(sketch, other, came.Sub(at)):
			list = append(list, Similar{a, "title and text"})
		}
	}
	return list, nil
}

// similarText selects the articles of other sources than $1 with link $2 or
// title $3.
const similarText = `
	SELECT ` + articleColumns + `, entry.sketch, entry.link = $2 AND entry.link <> 0
	FROM entry JOIN article ON article.seq = entry.article
	WHERE entry.source <> $1 AND entry.article IN (
		SELECT article FROM (SELECT article FROM entry WHERE link = $2 AND link <> 0 LIMIT $4) AS linked
		UNION SELECT article FROM (SELECT article FROM entry WHERE title = $3 AND title <> 0 LIMIT $4) AS titled)
	ORDER BY entry.article DESC`
