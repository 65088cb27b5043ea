package db

import (
	"context"
	"database/sql"
	"time"

	"courant/db/likeness"
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

// mostAlike bounds how many entries with one of the asked links or titles are
// looked at.
const mostAlike = 1000

const namedText = knownColumns + `
	WHERE entry.article IN (
		SELECT seq FROM article WHERE source = $1 AND guid IN (SELECT value FROM json_each($2))
		UNION SELECT article FROM alias WHERE source = $1 AND guid IN (SELECT value FROM json_each($2))
		UNION SELECT article FROM (SELECT article FROM entry
			WHERE link <> 0 AND link IN (SELECT value FROM json_each($3)) AND source = $1 LIMIT $5)
		UNION SELECT article FROM (SELECT article FROM entry
			WHERE title <> 0 AND title IN (SELECT value FROM json_each($4)) AND source = $1 LIMIT $5))
	ORDER BY entry.article`

// NamedEntries is what is known of the entries of a source that have one of the
// keys, links or titles, and which of the keys belonged to one that was purged.
func (d *DB) NamedEntries(ctx context.Context, source string, keys []string, links, titles []int64) (known []KnownEntry, purged []string, err error) {
	if known, err = d.knownEntries(ctx, namedText, source, toJSON(keys), toJSON(links), toJSON(titles), mostAlike); err != nil {
		return nil, nil, err
	}
	purged, err = collect(ctx, d.r, column[string], `
		SELECT guid FROM tombstone WHERE source = $1 AND guid IN (SELECT value FROM json_each($2))`, source, toJSON(keys))
	return known, purged, err
}

// knownEntries reads the rows of knownColumns.
func (d *DB) knownEntries(ctx context.Context, text string, args ...any) (list []KnownEntry, err error) {
	var guid string
	var alias sql.NullString
	var present int
	scan := func(r row) (k KnownEntry, err error) {
		err = r.Scan(&k.Seq, &guid, &alias, &k.Link, &k.Path, &k.Title, (*[]byte)(&k.Sketch), &k.Words, &k.Fingerprint,
			msTime{&k.Published}, msTime{&k.SourcePublished}, msTime{&k.SourceUpdated}, msTime{&k.FirstSeen}, msTime{&k.Gone}, &present, &k.Updates)
		return k, err
	}
	for k, err := range each(ctx, d.r, scan, text, args...) {
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
		source, toJSON(guids), toJSON(links)).Scan(&known)
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
	s, err := in.prepared(ctx, findEntries)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, source, toJSON(guids))
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
