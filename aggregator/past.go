package aggregator

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"courant/aggregator/fetch"
	"courant/aggregator/poll"
	"courant/db"
	"courant/db/lease"
	"courant/db/past"
	"courant/db/text"
)

const (
	// maxPastDocuments is how many documents of a source's past are read for one
	// asking: a chain that never ends does.
	maxPastDocuments = 10_000
	// maxPastFailures is how often in a row a document may fail before the way ends;
	// the next asking tries it again.
	maxPastFailures = 8
	// firstPastWait and lastPastWait are between two tries of a document that fails,
	// doubled each time: it has waited for years.
	firstPastWait = time.Minute
	lastPastWait  = 6 * time.Hour
	// pastEvery is how often a worker looks whether a source's past is asked for.
	pastEvery = time.Second
)

// digger follows the ways into the pasts of sources, one document at a time: there is
// one request under way for all of them, beside the polls, at the pace that hosts are
// owed. What it brings is stored with how far it came.
type digger struct {
	*visitor
	ways   past.Ways
	wanted map[string]int // how much of their past sources were asked for, by id: that need not be looked up again
}

func (v *visitor) digger() *digger {
	return &digger{v, past.New(v.store.DB, v.store.Now), map[string]int{}}
}

// Backfill follows the way into a source's past that was asked for until it ends or
// ctx does, and calls each with where it stands after each document. Where another
// worker takes over the source meanwhile it gives lease.ErrLost, and that one goes on.
func (a *Aggregator) Backfill(ctx context.Context, id string, each func(past.Way)) error {
	if err := a.restore(ctx); err != nil {
		return err
	}
	e, release := a.use()
	defer release()
	d := e.digger()
	for {
		w, err := d.ways.Of(ctx, id)
		if err != nil {
			return fmt.Errorf("past of %s: %w", id, err)
		}
		each(w)
		if !w.Ended.IsZero() {
			return nil
		}
		if !sleep(ctx, w.Due.Sub(a.now())) {
			return ctx.Err()
		}
		if err := d.step(ctx, w); err != nil {
			return err
		}
	}
}

// sleep waits for wait, and reports whether ctx still holds.
func sleep(ctx context.Context, wait time.Duration) bool {
	if wait <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// dig follows all ways that are asked for until ctx ends: a document of each in turn.
func (a *Aggregator) dig(ctx context.Context, e *engine) {
	d := e.digger()
	for sleep(ctx, pastEvery) {
		if err := d.round(ctx, a.now()); err != nil && ctx.Err() == nil {
			a.log.Error("the past of sources is not read", "err", err)
		}
	}
}

// round asks for what the configuration wants, and reads a document of each way that
// is due.
func (d *digger) round(ctx context.Context, now time.Time) error {
	if d.network.isDown() {
		return nil
	}
	if err := d.want(ctx); err != nil {
		return err
	}
	open, err := d.ways.Open(ctx)
	if err != nil {
		return err
	}
	for _, w := range open {
		if w.Due.After(now) || ctx.Err() != nil {
			continue
		}
		if err := d.step(ctx, w); err != nil && ctx.Err() == nil && !errors.Is(err, lease.ErrLost) {
			d.log.Error("the past of a source is not read", "source", w.Source, "err", err)
		}
	}
	return nil
}

// want asks for as much of the past as sources are configured to bring, once each has
// been pulled.
func (d *digger) want(ctx context.Context) error {
	for id, most := range d.sources.backfills() {
		if d.wanted[id] >= most {
			continue
		}
		w, err := d.ways.Of(ctx, id)
		switch {
		case err == nil && (w.Most == 0 || w.Most >= most):
			d.wanted[id] = most
			continue
		case err != nil && !errors.Is(err, past.ErrNotFound):
			return err
		}
		s, err := d.store.Source(ctx, id)
		if err != nil || s.ImportedAt.IsZero() || !d.held.owns(s.Shard) {
			continue // it is new: its present comes first; or another worker has it
		}
		if err := d.ways.Ask(ctx, id, most-w.Articles); err != nil {
			return err
		}
		d.log.Info("the past of a source is asked for", "source", id, "articles", most)
	}
	return nil
}

// step reads the next document of a way. Where another worker polls the source it
// gives lease.ErrLost: the way is that one's too.
func (d *digger) step(ctx context.Context, w past.Way) error {
	stored, err := d.store.Source(ctx, w.Source)
	if err != nil {
		return err
	}
	if !d.held.enter(stored.Shard) {
		return lease.ErrLost
	}
	defer d.held.leave(stored.Shard)
	s := d.sources.subject(stored)
	switch {
	case s.Config == nil:
		return d.end(ctx, w, "the running worker has no such source: reload its configuration")
	case s.Paused || s.PausedConfig:
		return d.end(ctx, w, "the source is paused")
	case s.ImportedAt.IsZero():
		return d.end(ctx, w, "the source has brought nothing yet: it is polled first")
	}
	r, known, err := d.request(ctx, s, w)
	if err != nil {
		return err
	}
	got := &poll.Visit{At: d.now()}
	got.Answer, err = d.ask(ctx, r)
	defer got.Answer.Release()
	if got.Err, _ = errors.AsType[*fetch.Error](err); got.Err != nil && ctx.Err() != nil {
		return ctx.Err() // we stop: it is asked for again
	}
	if got.Err == nil && !got.Answer.NotModified {
		got.Sum()
		d.parse(got)
	}
	return d.take(ctx, s, w, known, got)
}

// ask makes a request.
func (d *digger) ask(ctx context.Context, r fetch.Request) (*fetch.Answer, error) {
	defer d.steps.begin(d.timeout)()
	return d.client.Get(ctx, r)
}

// request is the one for the next document of w. It is conditional where that was read
// before; the source's own document is needed for where it leads.
func (d *digger) request(ctx context.Context, s *poll.Subject, w past.Way) (r fetch.Request, known past.Document, err error) {
	r = s.Config.Request
	own := r.URL
	if r.URL = w.Next; w.Next == "" {
		r.URL = s.Config.Address(s.Memory)
	}
	r.Named = r.URL == own
	if !fetch.SameOrigin(own, r.URL) {
		r.Headers, r.Username, r.Password = nil, "", "" // secrets are for the configured origin (P65)
	}
	known = past.Document{Source: w.Source, Address: named(r.URL)}
	if w.Next == "" {
		return r, known, nil
	}
	was, err := d.ways.Document(ctx, w.Source, known.Address)
	switch {
	case errors.Is(err, past.ErrNotFound):
		return r, known, nil
	case err != nil || was.Error != "":
		return r, known, err
	}
	r.ETag, r.LastModified, r.ValidatorsFor = was.ETag, was.LastModified, was.Address
	return r, was, nil
}

// named is what a document is known by: its address without what looks like a secret,
// and with a sum of the whole where there is such, for it may be what names a page.
func named(address string) string {
	plain := text.Redact(address)
	if plain == address {
		return plain
	}
	sum := sha256.Sum256([]byte(address))
	return plain + "#" + hex.EncodeToString(sum[:8])
}

// end ends a way before a document is asked for, as one that failed.
func (d *digger) end(ctx context.Context, w past.Way, why string) error {
	w.Failures++
	w.Ended, w.Why = d.now(), why
	_, err := d.put(ctx, db.Pass{Source: w.Source, Past: &past.Step{Way: w}})
	return err
}

// put stores a step, if the source is ours still.
func (d *digger) put(ctx context.Context, p db.Pass) (db.PassResult, error) {
	stored, err := d.store.Ingest(context.WithoutCancel(ctx), []db.Pass{p})
	if err != nil {
		return db.PassResult{}, err
	}
	return stored[0], stored[0].Err
}

// take stores what came of a document.
func (d *digger) take(ctx context.Context, s *poll.Subject, w past.Way, known past.Document, got *poll.Visit) error {
	a := got.Answer
	doc := known
	doc.At, doc.Took, doc.Status, doc.Bytes, doc.Conditional, doc.Error = got.At, a.Took, a.Status, a.Bytes, a.Conditional, ""
	p := db.Pass{Source: s.ID, At: got.At, Publish: s.Config.Publish}
	if a.Pause != nil {
		pause := db.HostPause(*a.Pause)
		p.Pause = &pause
	}
	var err error
	switch {
	case got.Err != nil:
		if d.fails(&w, got); !a.Sent {
			_, err := d.put(ctx, db.Pass{Source: s.ID, Past: &past.Step{Way: w}})
			return err
		}
		doc.Error = got.Err.Error()
	case a.NotModified:
		err = d.onward(ctx, &w, doc)
	default:
		doc.ETag, doc.LastModified = a.ETag, a.LastModified
		doc.Digest = poll.Digest(got.Document)
		doc.Next, doc.By = poll.Onward(got.Document, text.Redact(a.URL), w.By)
		if w.Next != "" { // what the source's own document holds is news, and its next poll's
			var cut bool
			if p.Entries, cut, err = d.entries(s, w, got); cut {
				doc.ETag, doc.LastModified = "", "" // there is more in it
			}
			if err != nil {
				return err
			}
			if cut {
				w.Failures, w.Due, w.Ended, w.Why = 0, d.now(), d.now(), enough
				break
			}
		}
		err = d.onward(ctx, &w, doc)
		if w.Left() == len(p.Entries) && w.Ended.IsZero() {
			w.Ended, w.Why = d.now(), enough
		}
	}
	if err != nil {
		return err
	}
	p.Past = &past.Step{Way: w, Document: doc}
	stored, err := d.put(ctx, p)
	if err != nil {
		return err
	}
	d.log.Info("a document of the past", "source", s.ID, "url", doc.Address, "status", a.Status, "took", a.Took, "new", stored.New, "published", stored.Shown, "err", doc.Error)
	return nil
}

// Why ways end, for people.
const (
	enough    = "as many articles came as were asked for"
	atItsEnd  = "the source names no older document"
	inCircles = "its documents lead in a circle"
	repeating = "its documents repeat the same entries"
	tooMany   = "it leads on and on"
)

// fails has w try again later, or ends it.
func (d *digger) fails(w *past.Way, got *poll.Visit) {
	now := d.now()
	switch got.Err.Kind {
	case fetch.Missing, fetch.Gone:
		if w.Ended, w.Why = now, atItsEnd; w.By != poll.ByWordPress {
			w.Why = "a document that it names is not there"
		}
		return
	case fetch.Refused, fetch.Locked, fetch.Forbidden:
		w.Failures++
		w.Ended, w.Why = now, got.Err.Error()
		return
	}
	if got.Err.Kind != fetch.Paused { // else nobody was asked
		w.Failures++
	}
	w.Why = got.Err.Error()
	wait := min(firstPastWait<<max(0, w.Failures-1), lastPastWait)
	w.Due = now.Add(max(wait, got.Err.RetryAfter))
	if w.Failures >= maxPastFailures {
		w.Ended = now
	}
}

// onward has w go on where doc leads, or ends it there.
func (d *digger) onward(ctx context.Context, w *past.Way, doc past.Document) error {
	w.Failures, w.Why, w.Due = 0, "", d.now()
	n, same, err := d.ways.Read(ctx, w.Source, w.Asked, doc.Digest)
	if err != nil {
		return err
	}
	again, err := d.ways.Document(ctx, w.Source, named(doc.Next))
	circle := err == nil && again.Error == "" && !again.At.Before(w.Asked) || named(doc.Next) == doc.Address
	if err != nil && !errors.Is(err, past.ErrNotFound) {
		return err
	}
	end := func(why string) { w.Ended, w.Why, w.Next, w.By = d.now(), why, "", "" }
	switch {
	case doc.Next == "":
		end(atItsEnd)
	case circle:
		end(inCircles)
	case same && doc.Digest != "":
		end(repeating)
	case doc.Digest == "" && doc.By != poll.ByArchive && w.Next != "":
		end(atItsEnd) // a page beyond the last
	case n >= maxPastDocuments:
		end(tooMany)
	default:
		w.Next, w.By = doc.Next, doc.By
	}
	return nil
}

// entries are the articles that a document brings, judged, and no more than w may
// bring: the newest, where the rest is cut off.
func (d *digger) entries(s *poll.Subject, w past.Way, got *poll.Visit) (list []db.Entry, cut bool, err error) {
	if err := d.hold(s, got); err != nil {
		return nil, false, err
	}
	p := db.Pass{Source: s.ID, At: got.At}
	d.parsing(func() { p.Entries = poll.Past(s, got) })
	if left := w.Left(); left >= 0 && len(p.Entries) > left {
		p.Entries, cut = p.Entries[:left], true
	}
	return p.Entries, cut, d.judged(s, &p)
}
