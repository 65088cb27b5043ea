package db

import (
	"bytes"
	"context"
	"slices"
	"time"

	"courant/db/listing"
	"courant/db/newsroom"
	"courant/db/ruling"
	"courant/db/scope"
	"courant/db/sqlrow"
	"courant/db/state"
	"courant/db/text"
)

// entries stores a run of p's entries and tally what became of them.
func (in *ingest) entries(ctx context.Context, p Pass, list []Entry, was before, chosen map[*Article]bool, c *tally) error {
	var known map[string]found
	if !was.bare || in.careful {
		var err error
		if known, err = in.find(ctx, p.Source, list); err != nil {
			return err
		}
	}
	var fresh []*Entry
	for i := range list {
		e := &list[i]
		e.Article.Source = p.Source
		seq := e.Known
		if f, is := known[e.Article.GUID]; seq == 0 && is {
			if bytes.Equal(f.fingerprint, e.Fingerprint) {
				c.unchanged++
				continue
			}
			seq = f.seq
		}
		if seq == 0 {
			c.added++
			fresh = append(fresh, e)
			continue
		}
		changed, err := in.update(ctx, p, seq, *e)
		if err != nil {
			return err
		}
		if changed {
			c.changed++
		} else {
			c.unchanged++
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	return in.add(ctx, p, fresh, was.first, chosen, c)
}

// add stores new entries of a pass in their document's order, the last first, so
// that the newest has the highest seq, and publishes what rules or else p.Publish
// say: on a first import what was chosen of the whole document. What a rule rejects
// is stored all the same, so that other rules can be tried on it (I31).
func (in *ingest) add(ctx context.Context, p Pass, fresh []*Entry, first bool, chosen map[*Article]bool, c *tally) error {
	var show []*Article
	for _, e := range fresh {
		a := &e.Article
		a.FirstSeen, a.Status, a.ID, a.Slug = in.now, state.Incoming, in.alike+randomID(idChars-len(in.alike)), text.ArticleSlug(a.Headline)
		a.Published, a.Updated, a.Reason = time.Time{}, time.Time{}, "" // as on a first run of the transaction
		switch {
		case e.Ruling.Decision == ruling.Reject:
			a.Status, a.Reason = state.Rejected, e.Ruling.Say()
		case p.Past != nil && plausible(a.SourcePublished, in.now).IsZero():
			// What has no date would be news of today: it waits for an editor.
		case p.shows(e) && (!first || chosen[a]):
			stood, err := in.stood(ctx, e)
			if err != nil {
				return err
			}
			if !stood {
				show = append(show, a)
			}
		}
	}
	if err := in.publishNew(ctx, show, first || p.Past != nil); err != nil {
		return err
	}
	seqs, err := in.take(ctx, len(fresh))
	if err != nil {
		return err
	}
	var articles, entries [][]any
	for i, e := range slices.Backward(fresh) {
		a := &e.Article
		a.Seq = seqs[len(seqs)-1-i]
		articles = append(articles, []any{
			a.Seq, a.ID, a.Source, a.GUID, string(a.Status), a.Slug, a.Headline, a.Link,
			a.Author, a.Language, a.Section, sqlrow.Text(a.Tags), sqlrow.Text(a.KeyPoints), a.Summary, sqlrow.Text(a.Image),
			sqlrow.Text(a.Enclosures), a.Words, sqlrow.Milli(a.SourcePublished), sqlrow.Milli(a.SourceUpdated), sqlrow.Milli(a.FirstSeen),
			sqlrow.Milli(a.Published), sqlrow.Milli(a.Updated), a.Reason, a.Body,
		})
		entries = append(entries, []any{
			a.Seq, a.Source, e.Link, e.Path, e.Title, e.Fingerprint, sqlrow.Milli(in.now), e.Why, sqlrow.Text(e.Given), []byte(e.Sketch), e.Raw,
		})
	}
	if err := in.laterRows(ctx, insertArticle, articles); err != nil {
		return err
	}
	if err := in.laterRows(ctx, insertEntry, entries); err != nil {
		return err
	}
	if err := in.addRulings(ctx, fresh); err != nil {
		return err
	}
	for _, e := range slices.Backward(fresh) {
		if err := in.insertRest(ctx, &e.Article, e, p.Past != nil); err != nil {
			return err
		}
		if p.Past != nil {
			if err := in.bury(ctx, e.Article.Seq); err != nil {
				return err
			}
			continue
		}
		if e.Article.Status == state.Published && !first {
			c.published = append(c.published, e.Article.ID)
		}
	}
	c.shown += len(show)
	return in.queueSearch(ctx, show)
}

// queueSearch has new articles that readers can see be indexed. Later changes see to
// that themselves, by triggers.
func (in *ingest) queueSearch(ctx context.Context, shown []*Article) error {
	if len(shown) == 0 {
		return nil
	}
	seqs := make([]int64, len(shown))
	for i, a := range shown {
		seqs[len(shown)-1-i] = a.Seq
	}
	return in.later(ctx, `INSERT INTO search_queue (kind, seq) SELECT 'article', CAST(value AS BIGINT) FROM json_each($1)`, sqlrow.Text(seqs))
}

// stood reports whether an article that an editor published stands for a new one
// already: that one waits, whatever a rule or its source says.
func (in *ingest) stood(ctx context.Context, e *Entry) (bool, error) {
	if !in.curated {
		return false, nil
	}
	return newsroom.Stands(ctx, in.Tx, newsroom.Coming{
		Source: e.Article.Source, Link: e.Link, Title: e.Title, Sketch: e.Sketch, At: sourceDate(e.Article, in.now),
	})
}

// bury marks an article as one from its source's past: its entry is in none of the
// documents that the next ones are held against, and it is dated by its source
// whenever it is published.
func (in *ingest) bury(ctx context.Context, seq int64) error {
	if err := in.later(ctx, `INSERT INTO history (article) VALUES ($1)`, seq); err != nil {
		return err
	}
	return in.later(ctx, `UPDATE entry SET present = 0, seen = $2 WHERE article = $1`, seq, sqlrow.Milli(in.now))
}

// shows reports whether a new entry is for readers, by a rule or by its source.
func (p Pass) shows(e *Entry) bool {
	return e.Ruling.Decision == ruling.Publish || e.Ruling.Decision == ruling.None && p.Publish.Auto
}

// alwaysShown is how many of a first import are published whatever their age, so
// that a source that was quiet for long is no empty page.
const alwaysShown = 5

// initial picks what a first import of p publishes: the newest InitialMax of
// those inside InitialWindow, by the source's date, or now where it gave none
// (I13, I16), and the newest few in any case.
func (p Pass) initial(now time.Time) map[*Article]bool {
	var list []*Article
	for i := range p.Entries {
		if p.shows(&p.Entries[i]) {
			list = append(list, &p.Entries[i].Article)
		}
	}
	slices.SortStableFunc(list, func(a, b *Article) int {
		return sourceDate(*b, now).Compare(sourceDate(*a, now))
	})
	chosen := map[*Article]bool{}
	for i, a := range list[:min(len(list), p.Publish.InitialMax)] {
		if i < alwaysShown || !sourceDate(*a, now).Before(now.Add(-p.Publish.InitialWindow)) {
			chosen[a] = true
		}
	}
	return chosen
}

// publishNew dates articles that are stored right after: with the source's
// date on a first import and those of its past, else with now (I15).
func (in *ingest) publishNew(ctx context.Context, list []*Article, bySource bool) error {
	if len(list) == 0 {
		return nil
	}
	if in.free == nil {
		if err := in.datesAlone(ctx, "article"); err != nil {
			return err
		}
		free := in.moments("article")
		if in.taken != nil {
			free.next = in.taken // should t not commit, a few are passed over
		}
		if _, err := free.ask(ctx, in.dates()); err != nil {
			return err
		}
		if err := in.askZone(ctx); err != nil {
			return err
		}
		var err error
		if in.newest, err = in.nextPublished(ctx); err != nil {
			return err
		}
		in.free = free
	}
	wanted := make([]time.Time, 0, len(list))
	for _, a := range slices.Backward(list) {
		a.Status, a.Published = state.Published, in.newest
		if bySource {
			a.Published = sourceDate(*a, in.now)
		}
		wanted = append(wanted, a.Published)
	}
	updated, err := in.free.take(ctx, wanted)
	if err != nil {
		return err
	}
	for i, a := range slices.Backward(list) {
		a.Updated = updated[len(list)-1-i]
	}
	return nil
}

// dates are those that new articles of in's passes may want by their sources' dates.
func (in *ingest) dates() (list []time.Time) {
	for _, p := range in.passes {
		if p.Past == nil && !in.was[p.Source].first {
			continue
		}
		for i := range p.Entries {
			if p.shows(&p.Entries[i]) {
				list = append(list, sourceDate(p.Entries[i].Article, in.now))
			}
		}
	}
	return list
}

// take is n numbers for new articles, the lowest first. The first time it takes them
// for all that in may store, for it costs a way to a server and back.
func (in *ingest) take(ctx context.Context, n int) ([]int64, error) {
	if len(in.seqs) < n {
		all := 0
		for _, p := range in.passes {
			for i := range p.Entries {
				if p.Entries[i].Known == 0 && !in.counted {
					all++
				}
			}
		}
		in.counted = true
		var err error
		if in.seqs, err = in.e.Numbers(ctx, in.Tx, "article", "seq", max(n, all)); err != nil {
			return nil, err
		}
	}
	seqs := in.seqs[:n]
	in.seqs = in.seqs[n:]
	return seqs, nil
}

const insertArticle = `
	INSERT INTO article (seq, id, source, guid, status, slug, headline, link, author, language, section, tags,
		key_points, summary, image, enclosures, words, source_published, source_updated, first_seen,
		published, updated, reason, body)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)`

const insertEntry = `
	INSERT INTO entry (article, source, link, path, title, fingerprint, changed, why, given, sketch, raw)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`

// insertRest stores what goes with a new article and its entry, and notes where it is
// listed.
func (in *ingest) insertRest(ctx context.Context, a *Article, e *Entry, fromPast bool) error {
	if len(e.Through) > 0 {
		if err := in.later(ctx, `INSERT INTO through (article, pages) VALUES ($1, $2)`, a.Seq, sqlrow.Text(e.Through)); err != nil {
			return err
		}
	}
	if a.Status != state.Published {
		return nil
	}
	in.scopes.addAt(a.Updated, listScopes(*a)...) // its own page nobody has seen
	in.entered = append(in.entered, listing.New{
		Seq: a.Seq, Published: a.Published, Source: a.Source, Section: a.Section, Tags: a.Tags, Past: fromPast,
	})
	in.tagged = in.tagged || len(a.Tags) > 0
	return nil
}

// insertTags has new articles stand in the lists of their tags.
const insertTags = `
	INSERT INTO article_tag (tag, published, article)
	SELECT tag.value, article.published, article.seq FROM article CROSS JOIN json_each(article.tags) AS tag
	WHERE article.seq IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) AND article.status = 'published'
	ON CONFLICT DO NOTHING`

// beginDesk makes the source of what editors add, where there is none yet.
func (in *ingest) beginDesk(ctx context.Context) error {
	res, err := in.ExecContext(ctx, `
		INSERT INTO source (id, url, configured, state) VALUES ($1, '', 0, '') ON CONFLICT (id) DO NOTHING`, newsroom.Source)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	in.scopes.add(scope.Sources)
	return nil
}

// logAdded logs who added what, n articles of which are new and not counted yet.
func (in *ingest) logAdded(ctx context.Context, p Pass, n int) error {
	for _, e := range p.Entries {
		if e.Article.ID == "" {
			continue // it was there
		}
		if err := in.act(ctx, p.Actor, "article", e.Article.ID, "add", e.Article.Link); err != nil {
			return err
		}
	}
	return in.count(ctx, p.Source, n)
}
