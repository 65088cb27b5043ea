package db

import (
	"context"
	"errors"
	"time"

	"courant/db/newsroom"
	"courant/db/scope"
	"courant/db/sqlrow"
	"courant/db/state"
)

// Do moves articles to where change puts them, all that can go there, in one
// transaction. change is called with each article and where it lies, maybe twice;
// its error, and that of a move which the states do not allow, are joined to err and
// keep no other article from its move. The deed holds those that moved; where there
// is none it is not stored and has no ID.
func (d *DB) Do(ctx context.Context, actor, what string, ids []string, change func(Article, newsroom.Place) (newsroom.Place, error)) (newsroom.Deed, error) {
	o, err := write(ctx, d, func(t *tx) (o outcome, err error) {
		o.deed = newsroom.Deed{At: t.now, Actor: actor, What: what}
		for _, id := range ids {
			s, err := t.step(ctx, id, actor, what, change)
			switch {
			case refused(err):
				o.errs = append(o.errs, of("article", id, err))
			case err != nil:
				return o, of("article", id, err)
			case s.Was != s.Is:
				o.deed.Steps = append(o.deed.Steps, s)
			}
		}
		if len(o.deed.Steps) > 0 {
			o.deed.ID, err = newsroom.SaveDeed(ctx, t.Tx, o.deed)
		}
		return o, err
	})
	return o.deed, errors.Join(append(o.errs, err)...)
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

func (t *tx) step(ctx context.Context, id, actor, what string, change func(Article, newsroom.Place) (newsroom.Place, error)) (s newsroom.Step, err error) {
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
	if err := t.put(ctx, a, was, is, actor, what); err != nil || is == was {
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

// put moves an article from was to is.
func (t *tx) put(ctx context.Context, a Article, was, is newsroom.Place, actor, what string) error {
	if was == is {
		return nil
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
	if err := newsroom.SetPlace(ctx, t.Tx, a.Seq, t.now, actor, was, is); err != nil {
		return err
	}
	switch {
	case is.Status == was.Status && is.Scheduled.Equal(was.Scheduled) && is.Reason == was.Reason:
		return t.act(ctx, actor, "article", a.ID, what, "")
	case was.Status == state.Published && is.Status != state.Withdrawn && is.Status != state.Published:
		return t.unpublish(ctx, a, is, actor, what)
	}
	_, err := t.move(ctx, a, is, actor)
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
	return t.actChange(ctx, actor, "article", a.ID, what, "", string(state.Published), stood(is.Status, is.Scheduled))
}

// Undo puts articles back where they lay before a deed, and where that is undone
// already, where the deed put them. What was moved since stays, with an error that
// is ErrStale among those joined to err.
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
				s = o.deed.Steps[i]
				s.Was, s.Is = s.Is, s.Was
			}
			// A nomination is whose the deed was.
			_, err := t.step(ctx, s.Article, o.deed.Actor, what, func(_ Article, now newsroom.Place) (newsroom.Place, error) {
				if now != s.Is {
					return now, ErrStale
				}
				return s.Was, nil
			})
			switch {
			case refused(err):
				o.errs = append(o.errs, of("article", s.Article, err))
			case err != nil:
				return o, of("article", s.Article, err)
			}
		}
		if len(o.errs) == len(o.deed.Steps) {
			return o, nil // nothing came of it
		}
		o.deed.Undone = !o.deed.Undone
		if err := newsroom.TurnDeed(ctx, t.Tx, id, o.deed.Undone); err != nil || actor == o.deed.Actor {
			return o, err
		}
		return o, t.act(ctx, actor, "action", id, what, "of "+o.deed.Actor)
	})
	return o.deed, errors.Join(append(o.errs, err)...)
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
