package db

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"courant/db/engine"
	"courant/db/past"
	"courant/db/scope"
	"courant/db/sqlrow"
	"courant/db/state"
	"courant/db/text"
	"courant/db/thread"
)

// Ingest stores passes in one transaction, and one that fails takes no other with
// it. Entries of a pass must have distinct GUIDs. The error is of the whole
// transaction: nothing was stored. Where the database server is away it waits for
// it, until ctx ends.
// The sources of next are noted as asked: their requests go out once this is
// stored, and stay noted until a pass of theirs is (see OpenRequests).
//
// A pass of a source that another worker has by now is not stored: that is its
// result's error. Where a source of next is such a one, nothing is stored, and that
// is the error. Both are those of the worker's Fence. What an editor adds is stored
// by any process.
//
// A pass with many entries is stored in parts, so that nobody waits long for the
// one writer: all but the last in transactions of their own, before. Validators,
// state and the row of the pass commit with the last, so a pass that is cut off
// is made again, and finds what it had stored.
func (d *DB) Ingest(ctx context.Context, passes []Pass, next ...string) ([]PassResult, error) {
	parts := make([]part, len(passes))
	if slices.ContainsFunc(passes, Pass.long) { // of those some is stored ahead
		passes = slices.Clone(passes)
	}
	for i := range passes {
		parts[i].chosen = passes[i].initial(d.Now())
		if err := d.ahead(ctx, &passes[i], &parts[i]); err != nil {
			return nil, err
		}
	}
	results, err := outlasting(ctx, func() ([]PassResult, error) { return d.ingest(ctx, passes, parts, next, false) })
	if err != nil && !engine.Full(err) && !engine.Gone(err) && ctx.Err() == nil {
		// One that fails took the others with it.
		results, err = outlasting(ctx, func() ([]PassResult, error) { return d.ingest(ctx, passes, parts, next, true) })
	}
	return results, err
}

const (
	// awaySoon and awayLate are how soon a server is tried again that was lost, at
	// first and later on.
	awaySoon = 100 * time.Millisecond
	awayLate = 2 * time.Second
)

// outlasting runs f until the server that it needs is there, or ctx ends: what was
// fetched is not thrown away because a database is away for a minute, and while it
// waits to be stored nothing else is fetched (M8). Of what an f that found it gone
// did nothing was stored.
func outlasting[T any](ctx context.Context, f func() (T, error)) (T, error) {
	for wait := awaySoon; ; wait = min(2*wait, awayLate) {
		v, err := f()
		if !engine.Gone(err) {
			return v, err
		}
		select {
		case <-ctx.Done():
			return v, err
		case <-time.After(wait):
		}
	}
}

// partEntries is how many entries of a pass go in one transaction: some tens of
// milliseconds.
const partEntries = 200

// part is what of a pass has been stored ahead.
type part struct {
	tally
	chosen map[*Article]bool // what a first import publishes
	err    error             // why no more of it is stored
	// taken are moments that it met: of ten thousand articles that all want the same,
	// the last part would look at those of all the others again.
	taken map[int64]int64
}

// tally is what became of entries.
type tally struct {
	added, changed, unchanged int
	shown                     int
	published                 []string
}

// long reports whether p is stored in parts.
func (p Pass) long() bool { return len(p.Entries) > partEntries }

// ahead stores all of p's entries but those that are left in p for the
// transaction that stores the pass: from the end of the document, for the newest
// come last (see add).
func (d *DB) ahead(ctx context.Context, p *Pass, done *part) error {
	for p.long() && done.err == nil {
		from := len(p.Entries) - partEntries
		c, err := outlasting(ctx, func() (tally, error) { return d.someEntries(ctx, *p, p.Entries[from:], done) })
		switch {
		case err == nil:
			p.Entries = p.Entries[:from]
			done.add(c)
		case engine.Full(err) || engine.Gone(err) || ctx.Err() != nil:
			return err
		default:
			done.err = err
		}
	}
	return nil
}

// someEntries stores a part of p's entries.
func (d *DB) someEntries(ctx context.Context, p Pass, list []Entry, done *part) (tally, error) {
	return write(ctx, d, func(t *tx) (c tally, err error) {
		if lost, err := t.lost(ctx, d, []Pass{p}, nil); err != nil || lost[p.Source] != nil {
			return c, cmp.Or(err, lost[p.Source])
		}
		some := p
		some.Entries = list
		in, err := t.newIngest(ctx, []Pass{some})
		if err != nil {
			return c, err
		}
		in.careful, in.taken = true, done.taken // nobody tries this once more
		if err := in.entries(ctx, p, list, in.was[p.Source].of(p), done.chosen, &c); err != nil {
			return c, err
		}
		if in.free != nil {
			done.taken = in.free.next
		}
		return c, in.count(ctx, p.Source, c.added)
	})
}

func (c *tally) add(o tally) {
	c.added, c.changed, c.unchanged, c.shown = c.added+o.added, c.changed+o.changed, c.unchanged+o.unchanged, c.shown+o.shown
	c.published = append(c.published, o.published...)
}

// ingest is Ingest; careful gives each pass a savepoint of its own. Without one it
// costs two statements less, and SQLite keeps no copy of each page that it changes.
func (d *DB) ingest(ctx context.Context, passes []Pass, parts []part, next []string, careful bool) ([]PassResult, error) {
	results, err := write(ctx, d, func(t *tx) ([]PassResult, error) {
		lost, err := t.lost(ctx, d, passes, next)
		if err != nil {
			return nil, err
		}
		results := make([]PassResult, len(passes))
		answered := make([]string, len(passes))
		in, err := t.newIngest(ctx, passes)
		if err != nil {
			return nil, err
		}
		in.careful = careful
		for i, p := range passes {
			if results[i].Err = cmp.Or(lost[p.Source], parts[i].err); results[i].Err != nil {
				continue
			}
			if in.free == nil {
				in.taken = parts[i].taken
			}
			store := in.pass
			if careful {
				store = in.savepoint
			}
			if results[i], err = store(ctx, p, parts[i]); err != nil {
				return nil, fmt.Errorf("ingest %s: %w", p.Source, err)
			}
			if results[i].Err == nil && p.Past == nil && p.Thread == nil {
				answered[i] = p.Source
			}
		}
		if err := t.closeRequests(ctx, answered); err != nil {
			return nil, err
		}
		return results, t.openRequests(ctx, next)
	})
	if err != nil {
		return nil, fmt.Errorf("store %d passes: %w", len(passes), err)
	}
	return results, nil
}

// lost are the sources of passes that are not ours any more, and why. That one of
// next is not is an error. What an editor adds is no worker's: it comes from no feed,
// by whatever process the editor works with.
func (t *tx) lost(ctx context.Context, d *DB, passes []Pass, next []string) (map[string]error, error) {
	sources := slices.Clone(next)
	for _, p := range passes {
		if p.Actor == "" && p.Thread == nil { // who follows a thread claimed that
			sources = append(sources, p.Source)
		}
	}
	lost, err := t.fenced(ctx, d, sources)
	for _, id := range next {
		err = cmp.Or(err, lost[id])
	}
	return lost, err
}

// quiet reports whether p brought nothing but the state of its source.
func (p Pass) quiet() bool {
	return p.Feed == nil && p.Known == nil && p.Past == nil && len(p.Entries) == 0
}

// ingest is a transaction that stores passes, with what holds for all of them.
type ingest struct {
	*tx
	asked   bool   // whether somebody waits for a pass
	curated bool   // whether an editor ever published anything
	careful bool   // it is not done once more: what may be known is looked up
	alike   string // how the ids of its articles begin

	passes []Pass            // that it is to store
	was    map[string]before // how their sources stood, while none of them is stored
	newest time.Time         // what is published now is dated so, see tx.free

	taken   map[int64]int64 // moments that others are known to have, as moments.next has them
	seqs    []int64         // numbers for new articles that none has yet
	counted bool            // whether there were as many as the passes may need
}

// idAlike is how many letters the ids of articles have in common that are stored
// together: so they stand together in the index of ids, of which a transaction would
// change nearly every page otherwise. The others are random for each.
const idAlike = 2

func (t *tx) newIngest(ctx context.Context, passes []Pass) (*ingest, error) {
	in := &ingest{tx: t, alike: randomID(idAlike), passes: passes, was: map[string]before{}}
	if slices.ContainsFunc(passes, func(p Pass) bool { return len(p.Entries) > 0 }) {
		if err := t.e.Widen(ctx, t.Tx); err != nil {
			return nil, err
		}
	}
	err := t.laterEach(ctx, func(r sqlrow.Row) error { return r.Scan(&in.asked, &in.curated) },
		`SELECT EXISTS (SELECT 1 FROM ask WHERE pass IS NULL), EXISTS (SELECT 1 FROM deed)`)
	if err == nil {
		err = in.before(ctx)
	}
	if err == nil {
		err = t.Flush(ctx)
	}
	return in, err
}

func (in *ingest) savepoint(ctx context.Context, p Pass, done part) (PassResult, error) {
	if _, err := in.ExecContext(ctx, `SAVEPOINT pass`); err != nil {
		return PassResult{}, err
	}
	entered := len(in.entered)
	r, err := in.pass(ctx, p, done)
	if err == nil {
		err = in.Flush(ctx)
	}
	if err != nil {
		err = cmp.Or(in.Failed(), err)
		if engine.Full(err) || engine.Gone(err) || in.e.Again(err) || ctx.Err() != nil {
			return PassResult{}, err // it is not this pass's fault
		}
		in.entered = in.entered[:entered]
		// Scopes that were added too many only cost a rendering.
		in.Forget()
		if _, rollErr := in.ExecContext(ctx, `ROLLBACK TO pass`); rollErr != nil {
			return PassResult{}, errors.Join(err, rollErr)
		}
		r = PassResult{Err: err}
	}
	_, err = in.ExecContext(ctx, `RELEASE pass`)
	return r, err
}

// before is how a source stands before a pass of it.
type before struct {
	first bool // the pass is its first import
	bare  bool // and it has no article at all
}

// before asks how the sources of in's passes stand.
func (in *ingest) before(ctx context.Context) error {
	var ids []string
	for _, p := range in.passes {
		if !p.quiet() && p.Thread == nil {
			ids = append(ids, p.Source)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return in.laterEach(ctx, func(r sqlrow.Row) error {
		var id string
		var importedAt time.Time
		var entries int
		err := r.Scan(&id, sqlrow.Time(&importedAt), &entries)
		in.was[id] = before{first: importedAt.IsZero(), bare: entries == 0}
		return err
	}, `SELECT id, imported_at, entries FROM source WHERE id IN (SELECT value FROM json_each($1))`, sqlrow.Text(ids))
}

// of is b for a pass p.
func (b before) of(p Pass) before {
	b.first = b.first && p.Feed != nil
	b.bare = b.first && b.bare
	return b
}

// count notes that a source has more articles than before.
func (in *ingest) count(ctx context.Context, source string, added int) error {
	if added == 0 {
		return nil
	}
	return in.later(ctx, `UPDATE source SET entries = entries + $2 WHERE id = $1`, source, added)
}

func (in *ingest) pass(ctx context.Context, p Pass, done part) (r PassResult, err error) {
	r.Outcome = p.Outcome
	if p.Thread != nil {
		return in.thread(ctx, p)
	}
	if p.Actor != "" {
		if err := in.beginDesk(ctx); err != nil {
			return r, err
		}
	}
	was := in.was[p.Source].of(p)
	defer func() { // for another pass over the same source
		in.was[p.Source] = before{first: in.was[p.Source].first && (p.Feed == nil || err != nil)}
	}()
	c := done.tally
	if err := in.entries(ctx, p, p.Entries, was, done.chosen, &c); err != nil {
		return r, err
	}
	r.New, r.Changed, r.Unchanged, r.Shown, r.Published = c.added, c.changed, c.unchanged, c.shown, c.published
	if p.Actor != "" {
		return r, in.logAdded(ctx, p, r.New-done.added)
	}
	if p.Past != nil {
		return r, in.past(ctx, p, r.New, done)
	}
	if p.Decide != nil {
		p.Poll = p.Decide(r.New)
	}
	if r.New > 0 {
		p.Poll.LastNew = p.At
	}
	if err := in.identify(ctx, p.Source, p.Known); err != nil {
		return r, err
	}
	if len(p.Threads) > 0 {
		if err := thread.Note(ctx, in.flushed(ctx), p.Source, p.Threads, in.now); err != nil {
			return r, err
		}
	}
	if err := in.purgeNow(ctx, p); err != nil {
		return r, err
	}
	for _, n := range p.Notes {
		if err := in.act(ctx, "worker", "source", p.Source, n.What, n.Detail); err != nil {
			return r, err
		}
	}
	if p.Pause != nil {
		if err := in.savePause(ctx, *p.Pause); err != nil {
			return r, err
		}
	}
	if r.Outcome == "" {
		switch {
		case r.New > 0:
			r.Outcome = state.OutcomeNew
		case r.Changed > 0:
			r.Outcome = state.OutcomeChanged
		default:
			r.Outcome = state.OutcomeUnchanged
		}
	}
	if err := in.saveSource(ctx, p, r.New-done.added); err != nil {
		return r, err
	}
	return r, in.savePass(ctx, p, r)
}

// past stores how far the way into a source's past is gone with a document that
// brought so many articles, done among them.
func (in *ingest) past(ctx context.Context, p Pass, articles int, done part) error {
	if p.Pause != nil {
		if err := in.savePause(ctx, *p.Pause); err != nil {
			return err
		}
	}
	if err := in.count(ctx, p.Source, articles-done.added); err != nil {
		return err
	}
	return past.Save(ctx, in.flushed(ctx), *p.Past, articles)
}

func (in *ingest) saveSource(ctx context.Context, p Pass, added int) error {
	extra := string(p.Poll.Extra)
	if extra == "" {
		extra = "{}"
	}
	if p.Was != nil && added == 0 && p.Feed == nil && p.Poll.onlyLater(*p.Was) { // as nearly always
		return in.later(ctx, `UPDATE source SET next_due = $2, reason = $3, last_pass = $4, last_success = $5, poll = $6 WHERE id = $1`,
			p.Source, sqlrow.Milli(p.Poll.NextDue), p.Poll.Reason, sqlrow.Milli(p.Poll.LastPass), sqlrow.Milli(p.Poll.LastSuccess), extra)
	}
	if err := in.later(ctx, `
		UPDATE source SET etag = $2, last_modified = $3, validators_for = $4, body_hash = $5, next_due = $6, reason = $7,
			state = $8, last_pass = $9, last_success = $10, last_new = $11, errors = $12, error = $13, error_since = $14, poll = $15,
			entries = entries + $16, shard = $17
		WHERE id = $1`,
		p.Source, opaque(p.Poll.ETag), opaque(p.Poll.LastModified), p.Poll.ValidatorsFor, p.Poll.BodyHash, sqlrow.Milli(p.Poll.NextDue), p.Poll.Reason,
		p.Poll.State, sqlrow.Milli(p.Poll.LastPass), sqlrow.Milli(p.Poll.LastSuccess), sqlrow.Milli(p.Poll.LastNew), p.Poll.Errors, text.Line(p.Poll.Error),
		sqlrow.Milli(p.Poll.ErrorSince), extra, added, p.Poll.Shard); err != nil {
		return err
	}
	if p.Feed == nil {
		return nil
	}
	moved := func(rows int64) {
		if rows > 0 {
			in.scopes.add(scope.Sources, scope.Source(p.Source))
		}
	}
	return in.laterTold(ctx, moved, `
		UPDATE source SET feed_id = $2, feed_title = $3, feed_link = $4, feed_updated = $5, language = $6, repairs = $7, imported_at = coalesce(imported_at, $8)
		WHERE id = $1 AND (imported_at IS NULL OR (feed_id, feed_title, feed_link, language, repairs) IS DISTINCT FROM ($2, $3, $4, $6, $7))`,
		p.Source, p.Feed.ID, p.Feed.Title, p.Feed.Link, sqlrow.Milli(plausible(p.Feed.Updated, in.now)), p.Feed.Language, sqlrow.Text(p.Repairs), sqlrow.Milli(in.now))
}

const insertPass = `
	INSERT INTO pass (source, at, took, url, status, bytes, conditional, outcome, new, changed, published, next_due, reason,
		error, manual, quiet_until)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`

func (in *ingest) savePass(ctx context.Context, p Pass, r PassResult) error {
	args := []any{
		p.Source, sqlrow.Milli(p.At), p.Took.Milliseconds(), p.URL, p.Status, p.Bytes, p.Conditional, r.Outcome, r.New, r.Changed,
		r.Shown, sqlrow.Milli(p.Poll.NextDue), p.Poll.Reason, text.Line(p.Error), p.Manual, sqlrow.Milli(p.QuietUntil),
	}
	if err := in.later(ctx, insertPass, args...); err != nil || !in.asked {
		return err
	}
	return in.answerAsks(ctx, p)
}
