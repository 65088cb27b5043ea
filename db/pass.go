package db

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"courant/db/past"
	"courant/db/sqlrow"
	"courant/db/state"
	"courant/db/thread"
)

// Pass is one run over one source. All of it commits together: entries,
// validators, next due time and error state.
type Pass struct {
	Source      string
	At          time.Time // when the request was made
	Took        time.Duration
	URL         string    // the address that answered, without a password
	Status      int       // HTTP status, 0: no answer
	Bytes       int64     // of the body as it came over the wire
	Conditional bool      // whether validators were sent
	Manual      bool      // asked for by hand
	QuietUntil  time.Time // until when the answer asked not to be asked again; zero: it did not
	Outcome     string    // empty: new, changed or unchanged, by what Entries bring
	Error       string    // without secrets

	Poll    Poll        // replaces the source's
	Was     *Poll       // how that stood when the request was noted: what is the same is not written; nil: all is
	Feed    *Feed       // what the document said of itself; nil where there was none
	Entries []Entry     // in document order
	Known   *Identified // what the document says of known entries; nil: nothing
	Publish Publish     // what becomes of new entries
	Repairs []string    // what had to be mended in the document

	// Keep is how long entries are kept that left the feed unpublished; 0: for
	// ever (I28).
	Keep time.Duration

	// Decide, where set, gives the Poll once the number of new entries is
	// known: when a source is next due depends on it. It must be quick.
	Decide func(fresh int) Poll
	Pause  *HostPause // what the answer said of its host; nil: nothing
	Notes  []Note     // for the source's log

	// Actor, where set, is the editor who adds Entries, which come from no feed:
	// Source is newsroom.Source then, and nothing else of the pass is stored.
	Actor string

	// Past, where set, says that the pass was over a document of the source's past:
	// what it brings is dated by its source and is no news, and nothing of the source's
	// polling comes of it. Only Entries, Publish and Pause count beside.
	Past *past.Step

	// Threads are those that the document names of its entries, for them to be followed.
	Threads []thread.Named
	// Thread, where set, says that the pass was over the thread of an article of the
	// source. Only Pause counts beside, and what its result counts are comments.
	Thread *thread.Step
}

// Note is a line of a source's log.
type Note struct{ What, Detail string }

// Feed is what a document says of itself.
type Feed struct {
	ID, Title, Link, Language string
	Updated                   time.Time
}

// Publish says which new entries of a source readers see without an editor.
type Publish struct {
	Auto          bool
	InitialWindow time.Duration // on the first import: not older than that
	InitialMax    int           // on the first import: the newest so many
}

// PassResult is what came of a Pass.
type PassResult struct {
	Outcome      string
	New, Changed int
	Unchanged    int
	Shown        int      // articles it published
	Published    []string // their ids, empty on a first import
	Err          error    // where the pass could not be stored; the source is as it was
}

// PassRow is a pass as it was logged (P104).
type PassRow struct {
	ID           int64
	Source       string
	At           time.Time
	Took         time.Duration
	URL          string
	Status       int   // HTTP status, 0: no answer
	Bytes        int64 // of the body as it came over the wire
	Conditional  bool
	Outcome      string
	New, Changed int
	Shown        int // articles it published
	NextDue      time.Time
	Reason       string // which rule set NextDue
	Error        string
	Manual       bool      // asked for by hand
	QuietUntil   time.Time // until when the answer asked not to be asked again
}

const passColumns = `pass.id, pass.source, pass.at, took, url, status, bytes, conditional, outcome, new, changed, pass.published, next_due, reason, error,
	manual, quiet_until`

func scanPass(row sqlrow.Row, more ...any) (p PassRow, err error) {
	var took int64
	err = row.Scan(append(more, &p.ID, &p.Source, sqlrow.Time(&p.At), &took, &p.URL, &p.Status, &p.Bytes, &p.Conditional,
		&p.Outcome, &p.New, &p.Changed, &p.Shown, sqlrow.Time(&p.NextDue), &p.Reason, &p.Error, &p.Manual, sqlrow.Time(&p.QuietUntil))...)
	p.Took = time.Duration(took) * time.Millisecond
	return p, err
}

// EachPass is the passes made at or after since, oldest first.
func (d *DB) EachPass(ctx context.Context, since time.Time) iter.Seq2[PassRow, error] {
	return sqlrow.Each(ctx, d.r, func(r sqlrow.Row) (PassRow, error) { return scanPass(r) },
		`SELECT `+passColumns+` FROM pass WHERE at >= $1 ORDER BY id`, since.UnixMilli())
}

// PrunePasses forgets the passes before the given moment and returns how many.
func (d *DB) PrunePasses(ctx context.Context, before time.Time) (n int64, err error) {
	return write(ctx, d, func(t *tx) (int64, error) {
		res, err := t.ExecContext(ctx, `
			DELETE FROM pass WHERE at < $1 AND id NOT IN (SELECT pass FROM ask WHERE pass IS NOT NULL)`, sqlrow.Milli(before))
		if err != nil {
			return 0, err
		}
		return res.RowsAffected()
	})
}

// thread stores what a visit to the thread of an article at its source brought, and
// how that thread stands: nothing where another process follows it by now. Comments
// under an article that readers cannot see any more are not stored.
func (in *ingest) thread(ctx context.Context, p Pass) (r PassResult, err error) {
	if p.Pause != nil {
		if err := in.savePause(ctx, *p.Pause); err != nil {
			return r, err
		}
	}
	s := *p.Thread
	if err := thread.Save(ctx, in.flushed(ctx), s.Poll); err != nil {
		if errors.Is(err, thread.ErrTaken) {
			return PassResult{Err: fmt.Errorf("the thread of %s: %w", s.Poll.ID, err)}, nil
		}
		return r, err
	}
	a, err := in.visible(ctx, s.Poll.ID)
	missing := errors.Is(err, ErrNotFound) || errors.Is(err, ErrWithdrawn)
	if err == nil {
		missing, err = in.heard(ctx, p.Source, a, s, &r)
	}
	if missing { // what was not stored is to come once more
		return r, thread.Whole(ctx, in.flushed(ctx), s.Poll)
	}
	return r, err
}

// heard stores the comments that s brought to a; crowded: not all, for too many wait
// for an editor.
func (in *ingest) heard(ctx context.Context, source string, a Article, s thread.Step, r *PassResult) (crowded bool, err error) {
	seqs, err := in.e.Numbers(ctx, in.flushed(ctx), "comment", "seq", len(s.New))
	if err != nil {
		return false, err
	}
	for i, said := range s.New {
		c := Comment{
			Article: a.ID, Name: said.Name, Text: said.Text, Body: said.Body, Visitor: said.Writer, Created: plausible(said.At, in.now),
			Status: said.Status, Reason: said.Reason, Flagged: said.Flagged, Origin: source, External: said.External, Link: said.Link,
		}
		var parent any
		if said.Parent != "" {
			var seq int64
			err := sqlrow.One(in.QueryRowContext(ctx, `SELECT seq, id FROM comment WHERE article = $1 AND external <> '' AND external = $2`, a.Seq, said.Parent), &seq, &c.Parent)
			if err == nil {
				parent = seq
			} else if !errors.Is(err, ErrNotFound) {
				return crowded, err
			}
		}
		if err := in.makeRoom(ctx, c); errors.Is(err, ErrCrowded) {
			crowded = true
			continue
		} else if err != nil {
			return crowded, err
		}
		if c, err = in.newComment(ctx, c, seqs[i]); err != nil {
			return crowded, err
		}
		if err := in.later(ctx, insertComment, c.row(a, parent, c.digest())...); err != nil {
			return crowded, err
		}
		r.New++
		if c.Status == state.Approved {
			r.Shown++
			if err := in.threadChanged(ctx, a, c.Updated, 1); err != nil {
				return crowded, err
			}
		}
		if err := in.act(ctx, "worker", "comment", c.ID, string(c.Status), c.Reason); err != nil {
			return crowded, err
		}
	}
	for id, said := range s.Else {
		was, err := in.comment(ctx, id)
		if err != nil {
			return crowded, err
		}
		was.Name = said.Name
		is, err := in.rewrite(ctx, was, Comment{Text: said.Text, Body: said.Body, Status: said.Status, Reason: said.Reason, Flagged: said.Flagged})
		if errors.Is(err, ErrCrowded) {
			crowded = true
			continue
		}
		if err == nil {
			r.Changed++
			err = in.act(ctx, "worker", "comment", id, "edit", string(is.Status)+": "+is.Reason)
		}
		if err != nil {
			return crowded, err
		}
	}
	for _, id := range s.Gone {
		c, err := in.comment(ctx, id)
		if err != nil {
			return crowded, err
		}
		c.Taken, c.Reason, c.Flagged = true, "taken back at its source", ""
		if _, err = in.moveComment(ctx, c, state.Removed); err == nil {
			r.Changed++
			err = in.act(ctx, "worker", "comment", id, string(state.Removed), c.Reason)
		}
		if err != nil {
			return crowded, err
		}
	}
	return crowded, nil
}
