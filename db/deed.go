package db

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"courant/db/conduct"
	"courant/db/newsroom"
	"courant/db/scope"
	"courant/db/sqlrow"
	"courant/db/state"
)

// Do moves articles to where change puts them, all that can go there, in one
// transaction. change is called with each article and where it lies, maybe twice;
// its error, and that of a move which the states do not allow, are joined to err and
// keep no other article from its move. The deed holds those that moved, and what w says
// is done with that; where none moved it is not stored and has no ID.
func (d *DB) Do(ctx context.Context, actor, what string, ids []string, w With, change func(Article, newsroom.Place) (newsroom.Place, error)) (newsroom.Deed, error) {
	o, err := write(ctx, d, func(t *tx) (o outcome, err error) {
		o.deed = newsroom.Deed{At: t.now, Actor: actor, What: what}
		if w.Edit != nil {
			_, s, err := t.edit(ctx, ids[0], *w.Edit, actor)
			if err != nil {
				return o, of("article", ids[0], err)
			}
			if len(s.Has) > 0 {
				o.deed.Steps = append(o.deed.Steps, s)
			}
		}
		before, left := len(o.deed.Steps), []string(nil)
		for i, id := range ids {
			s, err := t.step(ctx, id, actor, actor, what, change)
			if w.New && i == 0 {
				s.Was = newsroom.Place{Status: state.Rejected} // no article goes once it is there
			}
			switch {
			case refused(err):
				o.errs = append(o.errs, of("article", id, err))
				left = append(left, id)
			case err != nil:
				return o, of("article", id, err)
			case s.Was != s.Is:
				o.deed.Steps = append(o.deed.Steps, s)
			}
		}
		if len(o.deed.Steps) == before {
			if w.Edit != nil || w.New {
				return outcome{}, errors.Join(o.errs...)
			}
			return o, nil
		}
		if w.Typed != nil {
			if err := newsroom.Clear(ctx, t.flushed(ctx), actor, w.Typed.Page); err != nil {
				return o, err
			}
			o.deed.Steps = append(o.deed.Steps, newsroom.Step{Article: ids[0], Typed: w.Typed})
		}
		noted := slices.DeleteFunc(slices.Clone(w.Noted), func(id string) bool { return slices.Contains(left, id) })
		if err := t.leave(ctx, &o.deed, noted, w.Note); err != nil {
			return o, err
		}
		o.deed.ID, err = newsroom.SaveDeed(ctx, t.flushed(ctx), o.deed)
		return o, err
	})
	return o.deed, errors.Join(append(o.errs, err)...)
}

// With is what DB.Do does with the move of articles, as one with it: where the move
// cannot be done, neither is that.
type With struct {
	Edit *Edit // of the first article, before; nil: none
	// New says that the first article was made for this: it came from nowhere, and an undo
	// takes it back there.
	New   bool
	Typed *newsroom.Typed // is forgotten, and back with an undo; nil: nothing
	Note  string          // for other editors, about those of Noted that are not refused; empty: none
	Noted []string        // ids of articles
}

// leave leaves a note about articles as steps of a deed; an empty one is none.
func (t *tx) leave(ctx context.Context, d *newsroom.Deed, ids []string, text string) error {
	if text == "" {
		return nil
	}
	n := newsroom.Note{At: t.now, Name: d.Actor, Text: text}
	for _, id := range ids {
		s := newsroom.Step{Article: id, Note: &n}
		if err := t.turnNote(ctx, s, d.Actor, d.Actor, "note", true); err != nil {
			return of("article", id, err)
		}
		d.Steps = append(d.Steps, s)
	}
	return nil
}

// turnNote takes actor's note of a step away, or puts it there, for a deed called what,
// of which the log names by.
func (t *tx) turnNote(ctx context.Context, s newsroom.Step, actor, by, what string, put bool) error {
	if err := newsroom.TurnNote(ctx, t.flushed(ctx), s.Article, actor, *s.Note, put); err != nil {
		return err
	}
	before, after := quoted(s.Note.Text), quoted("")
	if put {
		before, after = after, before
	}
	return t.actChange(ctx, by, "article", s.Article, what, "", before, after)
}

// LeaveNote leaves a note about articles, given by id, for other editors. It returns the deed,
// by which that is undone, or ErrNotFound where there is no such article.
func (d *DB) LeaveNote(ctx context.Context, actor string, ids []string, text string) (newsroom.Deed, error) {
	deed, err := write(ctx, d, func(t *tx) (deed newsroom.Deed, err error) {
		deed = newsroom.Deed{At: t.now, Actor: actor, What: "note"}
		if err := t.leave(ctx, &deed, ids, text); err != nil {
			return deed, err
		}
		deed.ID, err = newsroom.SaveDeed(ctx, t.flushed(ctx), deed)
		return deed, err
	})
	if err != nil {
		return newsroom.Deed{}, fmt.Errorf("leave a note: %w", err)
	}
	return deed, nil
}

// outcome is what came of a deed, and what did not.
type outcome struct {
	deed newsroom.Deed
	errs []error
}

// refused reports whether an error is about one article alone.
func refused(err error) bool {
	var t *state.TransitionError
	var r *newsroom.RefusalError
	return errors.As(err, &t) || errors.As(err, &r) || errors.Is(err, ErrNotFound) || errors.Is(err, ErrStale)
}

// step moves an article for actor, whose nominations count; the log names by.
func (t *tx) step(ctx context.Context, id, actor, by, what string, change func(Article, newsroom.Place) (newsroom.Place, error)) (s newsroom.Step, err error) {
	a, err := t.article(ctx, id)
	if err != nil {
		return s, err
	}
	was, err := t.place(ctx, a, actor, what)
	if err != nil {
		return s, err
	}
	is, err := change(a, was)
	if err != nil {
		return s, err
	}
	is.Scheduled = is.Scheduled.UTC().Truncate(time.Millisecond)
	is.Pinned = is.Pinned.UTC().Truncate(time.Millisecond)
	if err := t.put(ctx, a, was, is, actor, by, what); err != nil || is == was {
		return newsroom.Step{Article: id, Was: was, Is: was}, err
	}
	if a, err = t.article(ctx, id); err != nil {
		return s, err
	}
	is, err = t.place(ctx, a, actor, what) // what of it holds in the new state
	return newsroom.Step{Article: id, Was: was, Is: is}, err
}

// place is where an article lies, as actor sees it, for a deed called what.
func (t *tx) place(ctx context.Context, a Article, actor, what string) (newsroom.Place, error) {
	p, err := newsroom.PlaceOf(ctx, t, a.Seq, actor, newsroom.Place{Status: a.Status, Scheduled: a.Scheduled, Reason: a.Reason})
	if !newsroom.Groups(what) {
		p.Same = 0 // another that came since and is the same is no reason not to undo
	}
	return p, err
}

// put moves an article from was to is, as step says.
func (t *tx) put(ctx context.Context, a Article, was, is newsroom.Place, actor, by, what string) (err error) {
	if was == is {
		return nil
	}
	// Who takes a deed back may lead where no order does; one that is refused moves nothing.
	if was.Status != is.Status && !was.Status.CanBecome(is.Status) && !newsroom.TakesBack(what) {
		return &state.TransitionError{Kind: "article", ID: a.ID, From: string(was.Status), To: string(is.Status)}
	}
	if is.Under != was.Under { // what readers see of who stands for whom
		for _, id := range []string{was.Under, is.Under} {
			if err := t.touch(ctx, id); err != nil {
				return err
			}
		}
	}
	if is.Pinned != was.Pinned && a.Status == state.Published {
		t.scopes.add(scope.Lead)
	}
	t.moved = append(t.moved, a.Seq)
	var same string // as what, before
	if is.Same != was.Same {
		if same, err = newsroom.SameAs(ctx, t, a.Seq); err != nil {
			return err
		}
		left, err := newsroom.Beside(ctx, t, []int64{a.Seq})
		if err != nil {
			return err
		}
		t.moved = append(t.moved, left...)
	}
	if err := newsroom.SetPlace(ctx, t.flushed(ctx), a.Seq, t.now, actor, was, is); err != nil {
		return err
	}
	switch {
	case is.Status == was.Status && is.Scheduled.Equal(was.Scheduled) && is.Reason == was.Reason:
		before, after := newsroom.Differ(was, is)
		if is.Same != was.Same {
			before = same
			if after, err = newsroom.SameAs(ctx, t, a.Seq); err != nil {
				return err
			}
		}
		return t.actChange(ctx, by, "article", a.ID, what, "", before, after)
	case was.Status == state.Published && is.Status != state.Withdrawn && is.Status != state.Published,
		newsroom.TakesBack(what) && was.Status == state.Scheduled && is.Status == state.Rejected, // an article that was made for it
		newsroom.TakesBack(what) && was.Status == state.Rejected && is.Status == state.Scheduled:
		return t.unpublish(ctx, a, is, by, what)
	}
	if !newsroom.TakesBack(what) {
		what = string(is.Status)
	}
	_, err = t.move(ctx, a, was, is, by, what)
	return err
}

// touch has whatever shows an article shown anew; an empty id is none.
func (t *tx) touch(ctx context.Context, id string) error {
	if id == "" {
		return nil
	}
	a, err := t.article(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return nil // it was purged
	}
	t.scopes.add(articleScopes(a)...)
	return err
}

// unpublish takes back a publication that was a slip: the article lies where it lay
// before, and readers who have it already are not told. Only an undo does that;
// whoever means it withdraws.
func (t *tx) unpublish(ctx context.Context, a Article, is newsroom.Place, actor, what string) error {
	t.scopes.addAt(t.now, articleScopes(a)...)
	if a.Comments > 0 {
		t.scopes.addAt(t.now, scope.Comments)
	}
	a.Status, a.Scheduled, a.Reason, a.Published, a.Updated = is.Status, is.Scheduled, is.Reason, time.Time{}, time.Time{}
	if err := t.saveState(ctx, a); err != nil {
		return err
	}
	return t.actChange(ctx, actor, "article", a.ID, what, "", string(state.Published), is.Said())
}

// Moderate moves comments to another state, all that can go there, in one
// transaction, and returns them as they stand then. A move that the states do not
// allow gives a *TransitionError, which is joined to err and keeps no other comment
// from its move. What an editor decides also answers whatever had the comment looked
// at: to approve one that is flagged, though readers see it, is a decision too. The
// deed, by whose ID it is undone, holds what an editor moved; an author takes a
// comment back, and has no ID.
func (d *DB) Moderate(ctx context.Context, actor string, to state.Comment, reason string, ids ...string) ([]Comment, newsroom.Deed, error) {
	var moved []Comment
	o, err := write(ctx, d, func(t *tx) (o outcome, err error) {
		moved = nil // it may be the second try
		o.deed = newsroom.Deed{At: t.now, Actor: actor, What: string(to)}
		for _, id := range ids {
			was, c, err := t.moderate(ctx, id, to, actor, reason)
			switch {
			case refused(err):
				o.errs = append(o.errs, of("comment", id, err))
				continue
			case err != nil:
				return o, of("comment", id, err)
			}
			moved = append(moved, c)
			o.deed.Steps = append(o.deed.Steps, newsroom.Step{Article: c.Article, Comment: id, Stood: was, Stands: c.standing()})
		}
		if len(moved) > 0 && actor != Author {
			o.deed.ID, err = newsroom.SaveDeed(ctx, t.flushed(ctx), o.deed)
		}
		return o, err
	})
	if err != nil {
		return nil, newsroom.Deed{}, err
	}
	return moved, o.deed, errors.Join(o.errs...)
}

// moderate moves one comment, and returns how it stood before.
func (t *tx) moderate(ctx context.Context, id string, to state.Comment, actor, reason string) (was newsroom.Standing, c Comment, err error) {
	if c, err = t.comment(ctx, id); err != nil {
		return was, c, err
	}
	was = c.standing()
	looked := c.Status == state.Approved && to == state.Approved && c.Flagged != ""
	if !looked && !c.Status.CanBecome(to) {
		return was, c, &state.TransitionError{Kind: "comment", ID: id, From: string(c.Status), To: string(to)}
	}
	c.Reason, c.Flagged, c.Taken = reason, "", actor == Author
	if !c.Taken {
		c.Decided = t.now
	}
	if err := conduct.Settle(ctx, t.flushed(ctx), c.Seq); err != nil {
		return was, c, err
	}
	if c, err = t.moveComment(ctx, c, to); err != nil {
		return was, c, err
	}
	return was, c, t.actChange(ctx, actor, "comment", id, string(to), reason, was.Said(), c.standing().Said())
}

// standing is how c stands.
func (c Comment) standing() newsroom.Standing {
	s := newsroom.Standing{Status: c.Status, Reason: c.Reason, Flagged: c.Flagged, Taken: c.Taken}
	if !c.Decided.IsZero() {
		s.Decided = c.Decided.UnixMilli()
	}
	return s
}

// putBack has a comment stand as it stood before a deed called what.
func (t *tx) putBack(ctx context.Context, s newsroom.Step, actor, what string) error {
	c, err := t.comment(ctx, s.Comment)
	if err != nil {
		return err
	}
	if c.standing() != s.Stands {
		return ErrStale
	}
	c.Reason, c.Flagged, c.Taken, c.Decided = s.Stood.Reason, s.Stood.Flagged, s.Stood.Taken, time.Time{}
	if s.Stood.Decided != 0 {
		c.Decided = time.UnixMilli(s.Stood.Decided)
	}
	if _, err := t.moveComment(ctx, c, s.Stood.Status); err != nil {
		return err
	}
	return t.actChange(ctx, actor, "comment", s.Comment, what, "", s.Stands.Said(), s.Stood.Said())
}

// Undo puts articles back where they lay before a deed, and has comments stand as they
// stood; where that is undone already, all is as the deed had it. What was moved since
// stays, with an error that is ErrStale among those joined to err; where all was, the
// deed that is returned has no ID.
func (d *DB) Undo(ctx context.Context, id, actor string) (newsroom.Deed, error) {
	o, err := write(ctx, d, func(t *tx) (o outcome, err error) {
		if o.deed, err = newsroom.ReadDeed(ctx, t, id); err != nil {
			return o, err
		}
		what := "undo " + o.deed.What
		if o.deed.Undone {
			what = "redo " + o.deed.What
		}
		for i := range o.deed.Steps {
			s := o.deed.Steps[len(o.deed.Steps)-1-i]
			if o.deed.Undone {
				s = o.deed.Steps[i].Back()
			}
			if err := t.putBackStep(ctx, s, o.deed, actor, what); refused(err) {
				o.errs = append(o.errs, err)
			} else if err != nil {
				return o, err
			}
		}
		if len(o.errs) == len(o.deed.Steps) {
			return outcome{errs: o.errs}, nil // nothing came of it
		}
		o.deed.Undone = !o.deed.Undone
		if err := newsroom.TurnDeed(ctx, t.flushed(ctx), id, o.deed.Undone); err != nil || actor == o.deed.Actor {
			return o, err
		}
		before, after := "done", "undone"
		if !o.deed.Undone {
			before, after = after, before
		}
		return o, t.actChange(ctx, actor, "action", id, what, "of "+o.deed.Actor, before, after)
	})
	if err != nil {
		return newsroom.Deed{}, err
	}
	return o.deed, errors.Join(o.errs...)
}

// putBackStep takes one step of a deed back, or does it again where the deed is undone,
// for whom it was that did it: a nomination is theirs. The log names by.
func (t *tx) putBackStep(ctx context.Context, s newsroom.Step, d newsroom.Deed, by, what string) (err error) {
	switch {
	case s.Comment != "":
		if err := t.putBack(ctx, s, by, what); err != nil {
			return of("comment", s.Comment, err)
		}
		return nil
	case s.Typed != nil:
		err = newsroom.TurnTyped(ctx, t.flushed(ctx), s.Article, d.Actor, *s.Typed, !d.Undone)
	case s.Note != nil:
		err = t.turnNote(ctx, s, d.Actor, by, what, d.Undone)
	case s.Has != nil:
		err = t.unedit(ctx, s, d.Undone, by, what)
	default:
		err = t.putBackPlace(ctx, s, d.Actor, by, what)
	}
	if err != nil {
		return of("article", s.Article, err)
	}
	return nil
}

// putBackPlace puts an article back where it lay before a step.
func (t *tx) putBackPlace(ctx context.Context, s newsroom.Step, actor, by, what string) error {
	_, err := t.step(ctx, s.Article, actor, by, what, func(_ Article, now newsroom.Place) (newsroom.Place, error) {
		if newsroom.Groups(what) && now == s.Was {
			return now, nil // it came into its group with another, which it began that group with
		}
		if now != s.Is {
			return now, ErrStale
		}
		return s.Was, nil
	})
	return err
}

// PublishDue publishes what is scheduled up to now, in the order of its times, and
// returns how many those are: at most some hundred at once.
func (d *DB) PublishDue(ctx context.Context) (int, error) {
	const due = `SELECT id FROM article WHERE scheduled IS NOT NULL AND scheduled <= $1 ORDER BY scheduled, seq LIMIT 200`
	list, err := sqlrow.Collect(ctx, d.r, sqlrow.Column[string], due, sqlrow.Milli(d.Now()))
	if err != nil || len(list) == 0 {
		return 0, err
	}
	return write(ctx, d, func(t *tx) (int, error) {
		list, err := sqlrow.Collect(ctx, t, sqlrow.Column[string], due, sqlrow.Milli(t.now))
		if err != nil {
			return 0, err
		}
		for _, id := range list {
			if _, err := t.setStatus(ctx, id, state.Published, "schedule", ""); err != nil {
				return 0, of("article", id, err)
			}
		}
		return len(list), nil
	})
}

// act adds a line to the append-only log.
func (t *tx) act(ctx context.Context, actor, kind, ref, what, detail string) error {
	return t.actChange(ctx, actor, kind, ref, what, detail, "", "")
}

// actChange is act with what was before and what is after, in words.
func (t *tx) actChange(ctx context.Context, actor, kind, ref, what, detail, before, after string) error {
	return t.later(ctx, insertDeed, t.deed(actor, kind, ref, what, detail, before, after)...)
}

const insertDeed = `INSERT INTO action (at, actor, kind, ref, what, detail, before, after) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

// deed is a row for insertDeed.
func (t *tx) deed(actor, kind, ref, what, detail, before, after string) []any {
	return []any{sqlrow.Milli(t.now), actor, kind, ref, what, detail, before, after}
}
