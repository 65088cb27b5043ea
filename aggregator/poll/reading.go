package poll

import (
	"bytes"
	"slices"
	"time"

	"courant/aggregator/feed"
	"courant/aggregator/identity"
	"courant/aggregator/normalise"
	"courant/db"
	"courant/db/thread"
)

// Reading is a document that is new to a source, while it is told what the store
// knows of its entries. Begin with Read; tell it with Know; Pass takes it.
type Reading struct {
	entries []*feed.Entry // that made the claims
	prints  [][]byte      // their fingerprints
	marks   []feed.Mark   // and of their bytes
	own     int           // entries that are our own (I37)
	deleted []string      // ids that the document says are no more
	doc     identity.Document
	known   []db.KnownEntry // as doc.Known, empty for what was purged
	bySeq   map[int64]bool

	last      *Last
	unchanged []unchanged    // entries that were not read, for the last document has them
	holds     map[int64]bool // the articles that these are
	context   feed.Mark      // of the document
	outcome   *identity.Resolution
}

// unchanged is an entry that the last document has to the byte.
type unchanged struct {
	mark feed.Mark
	standing
}

// stand is an entry that is an article of ours.
type stand struct {
	claim int // its index
	guid  string
}

// cameBack reports whether an entry is our own (I37): as it is, or republished by who
// follows us, or follows them.
func cameBack(e *feed.Entry, ours identity.Ours) bool {
	return ours.Made(e.ID, e.Link) || ours.Made(e.Source.ID, e.Source.URL) || e.Source.URL != "" && ours.Passed(e.Via, e.Through)
}

// Read begins the reading of v's document for s.
func Read(s *Subject, v *Visit, ours identity.Ours) *Reading {
	r := &Reading{
		doc:   identity.Document{Policy: identity.Policy(s.Identity), Strikes: s.Strikes, At: v.At},
		bySeq: map[int64]bool{}, deleted: v.Document.Deleted, last: s.Last, holds: map[int64]bool{}, context: v.Document.Context,
	}
	for _, mark := range v.Document.Unchanged {
		u := unchanged{mark, s.Last.entries[mark]}
		r.unchanged = append(r.unchanged, u)
		r.holds[s.Last.known[u.known].Seq] = true
	}
	for i := range v.Document.Entries {
		e := &v.Document.Entries[i]
		switch {
		case normalise.Empty(e):
		case cameBack(e, ours):
			r.own++
		default:
			r.entries = append(r.entries, e)
			print := normalise.Fingerprint(e)
			r.prints = append(r.prints, print)
			r.marks = append(r.marks, v.Document.Marks[i])
			r.doc.Claims = append(r.doc.Claims, normalise.Claim(e, print))
		}
	}
	return r
}

// Know tells of entries that the store has, each once.
func (r *Reading) Know(list []db.KnownEntry) {
	for _, k := range list {
		if r.bySeq[k.Seq] {
			continue
		}
		r.bySeq[k.Seq] = true
		updated := k.SourceUpdated
		if updated.IsZero() {
			updated = k.SourcePublished
		}
		r.known = append(r.known, k)
		r.doc.Known = append(r.doc.Known, identity.Known{
			Ref: k.Seq, Keys: k.Keys, Link: k.Link, Path: k.Path, Title: k.Title, Sketch: k.Sketch, Words: k.Words,
			Date: k.SourcePublished, Updated: updated, LastSeen: k.Gone, Unchanged: r.holds[k.Seq],
		})
	}
}

// KnowPurged tells of keys of entries that were purged.
func (r *Reading) KnowPurged(keys []string) {
	for _, key := range keys {
		r.known = append(r.known, db.KnownEntry{})
		r.doc.Known = append(r.doc.Known, identity.Known{Keys: []string{key}, Purged: true})
	}
}

// Needs is what else Know must tell of: entries with one of these keys, links or
// titles. Where there are none, all is known.
func (r *Reading) Needs() (keys []string, links, titles []int64) {
	keys, links, titles = r.doc.Needs()
	for _, id := range r.deleted {
		keys = append(keys, identity.Bounded(id))
	}
	return keys, links, titles
}

// resolved says of each claim what it is, once all is known.
func (r *Reading) resolved() identity.Resolution {
	if r.outcome == nil {
		res := r.doc.Resolve()
		r.outcome = &res
	}
	return *r.outcome
}

// Doubtful reports whether the document must be read whole although some of its
// entries are known by their bytes: how entries are told apart is in question,
// which what they share with each other decides, or one of them stands there twice,
// where the newest counts, then the first.
func (r *Reading) Doubtful() bool {
	if len(r.unchanged) == 0 {
		return false
	}
	res := r.resolved()
	return res.Policy != r.doc.Policy || res.Strikes != r.doc.Strikes || res.Rekeyed || res.Repeated
}

// mostUpdates is how many changes of an entry are taken over in a row that moved
// no date of it: a text that is another at each fetch is no news (I21).
const mostUpdates = 24

// take takes over what the entries say: new ones, changes, and what became of
// those that are known.
func (l *leaving) take(r *Reading) {
	res := r.resolved()
	f := &db.Identified{Policy: string(res.Policy), Strikes: res.Strikes, Own: r.own}
	l.p.Known = f
	if res.Policy != r.doc.Policy {
		l.p.Notes = append(l.p.Notes, db.Note{What: "identity", Detail: "its entries are told apart by " + string(res.Policy) + " from now on: their ids are none"})
		l.warn("entries share ids", "identity", res.Policy)
	}
	if res.Rekeyed {
		l.p.Notes = append(l.p.Notes, db.Note{What: "identity", Detail: "most entries came under new ids and are known by their titles"})
		l.warn("entries have new ids")
	}
	wanted := newest(r.entries, l.s.Config.MaxItems)
	found := make([]bool, len(r.known))
	var stands []stand
	for i, v := range res.Verdicts {
		switch v.Kind {
		case identity.New:
			if wanted[i] && l.add(r.entries[i], r.prints[i], v) {
				stands = append(stands, stand{i, v.Key})
				l.thread(r.entries[i], thread.Named{GUID: v.Key})
			}
		case identity.Same:
			found[v.Known] = true
			l.thread(r.entries[i], thread.Named{Article: r.known[v.Known].Seq})
			if k := r.known[v.Known]; l.known(r.entries[i], r.prints[i], v, k) {
				stands = append(stands, stand{i, k.Keys[0]})
			}
		case identity.Purged:
			f.Purged = append(f.Purged, r.doc.Known[v.Known].Keys...)
		}
	}
	l.lacks(r, found)
	// Bytes that changed and mean the same are no reason to write: they are read
	// again until something else is written.
	if !l.v.delta() && (l.s.ImportedAt.IsZero() || len(l.p.Entries)+len(f.Left)+len(f.Back)+len(f.Aliases) > 0) {
		f.Marks = r.marked(res.Policy, stands)
	}
}

// lacks takes over what it means that the document lacks entries which the last
// one had; found are those that it has, but for the unchanged ones. In a delta only
// those are deleted that it says are.
func (l *leaving) lacks(r *Reading, found []bool) {
	if len(l.v.Document.Entries)+len(l.v.Document.Unchanged)+len(l.v.Document.Deleted) == 0 {
		return // it says nothing of what it lacks (I27)
	}
	oldest := r.oldest()
	deleted := map[string]bool{}
	for _, id := range l.v.Document.Deleted {
		deleted[identity.Bounded(id)] = true
	}
	for i, k := range r.known {
		named := slices.ContainsFunc(k.Keys, func(key string) bool { return deleted[key] })
		if l.v.delta() && !named {
			continue
		}
		if !found[i] && !r.holds[k.Seq] && k.Seq != 0 && (k.Gone.IsZero() || k.Watched || named) {
			l.p.Known.Left = append(l.p.Known.Left, absence(k, oldest, l.v.Document.Complete || named))
		}
	}
}

// add takes a new entry, if there is anything in it.
func (l *leaving) add(e *feed.Entry, print []byte, v identity.Verdict) bool {
	made, ok := normalise.Make(e, l.s.Config.Articles, print)
	if ok {
		made.Article.GUID, made.Why = v.Key, v.Why
		l.p.Entries = append(l.p.Entries, made)
	}
	return ok
}

// known takes an entry that is an article already, and makes that anew only where
// what it says has changed (I18, I19). It reports whether the article is what the
// entry says from now on.
func (l *leaving) known(e *feed.Entry, print []byte, v identity.Verdict, k db.KnownEntry) bool {
	f := l.p.Known
	if v.Alias != "" {
		f.Aliases = append(f.Aliases, db.Alias{Article: k.Seq, Key: v.Alias, Why: v.Why})
	}
	if !k.Gone.IsZero() {
		f.Back = append(f.Back, k.Seq)
	}
	if v.Resurfaced {
		f.Resurfaced = append(f.Resurfaced, k.Seq)
	}
	if bytes.Equal(print, k.Fingerprint) {
		return true
	}
	was := k.SourceUpdated
	if !e.Updated.IsZero() && e.Updated.Before(was) { // a mirror that lags behind (I20)
		f.Stale++
		return false
	}
	moved := e.Updated.Truncate(time.Millisecond).After(was)
	if !moved && k.Updates >= mostUpdates {
		return false
	}
	made, ok := normalise.Make(e, l.s.Config.Articles, print)
	if ok {
		made.Article.GUID, made.Known, made.Why, made.Moved = k.Keys[0], k.Seq, v.Why, moved
		l.p.Entries = append(l.p.Entries, made)
	}
	return ok
}

// oldest is the oldest date of the document's entries; the zero time where none
// has one.
func (r *Reading) oldest() (date time.Time) {
	look := func(at time.Time) {
		if !at.IsZero() && (date.IsZero() || at.Before(date)) {
			date = at
		}
	}
	for _, e := range r.entries {
		look(e.Date())
	}
	for _, u := range r.unchanged {
		look(u.date)
	}
	return date
}

// absence is what it means that a document lacks an entry; deleted: it says that
// the entry is no more. One that is older than all that the document has has only
// left its window (I26).
func absence(k db.KnownEntry, oldest time.Time, deleted bool) db.Absence {
	date := k.SourcePublished
	if date.IsZero() {
		date = k.FirstSeen
	}
	missing := !oldest.IsZero() && date.After(oldest)
	return db.Absence{Article: k.Seq, Watched: missing && !k.Watched && !deleted, Retracted: deleted || missing && k.Watched}
}

// newest marks the most newest of entries; all where most is 0. Entries without a
// date count as their place in the document says.
func newest(entries []*feed.Entry, most int) []bool {
	marked := make([]bool, len(entries))
	order := make([]int, len(entries))
	for i := range order {
		order[i] = i
	}
	if most > 0 && len(order) > most {
		if !slices.ContainsFunc(entries, func(e *feed.Entry) bool { return e.Published.IsZero() }) {
			slices.SortStableFunc(order, func(i, j int) int { return entries[j].Published.Compare(entries[i].Published) })
		}
		order = order[:most]
	}
	for _, i := range order {
		marked[i] = true
	}
	return marked
}
