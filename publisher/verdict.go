package publisher

import (
	"context"
	"net/netip"

	"courant/db/conduct"
	"courant/publisher/comments"
)

// rateDays are the days whose names of a network count against its rate: that of a
// moment before midnight too.
const rateDays = 2

// writer is who posts a comment, and how they behave.
type writer struct {
	from     netip.Addr
	question conduct.Question
	past     conduct.Past
}

// mayPost counts a comment from an address, or gives a conduct.RateError. form is what had
// the form, and id the comment that is being changed, if any.
func (p *Publisher) mayPost(ctx context.Context, from netip.Addr, visitor, text, form, id string) (w writer, err error) {
	now := p.now()
	if wait, ok := p.judge.MayPost(from, now); !ok {
		return w, conduct.RateError{Wait: wait} // a flood of posts does not even reach the store
	}
	w = writer{from: from, question: conduct.Question{
		Visitor: visitor, Networks: p.judge.Networks(from, now, rateDays), Around: p.judge.AroundNames(from, now, rateDays),
		Text: text, Comment: id, Since: p.judge.RateSince(now), Visits: p.judge.Visits(from, form, now, rateDays),
	}}
	if w.past, err = p.moderator.Past(ctx, w.question); err != nil {
		return w, err
	}
	if wait, ok := p.judge.AllowPost(from, w.past.Posted, w.past.Around, now); !ok {
		return w, conduct.RateError{Wait: wait}
	}
	return w, nil
}

// atLast judges a comment as it is stored, when nobody else from there can post: what
// another publisher stored a moment ago counts too (M7).
func (p *Publisher) atLast(w writer, c comments.Posting) conduct.Check {
	return p.moderator.Check(c, w.question, w.past, func(past conduct.Past) error {
		if wait, ok := p.judge.Room(w.from, past.Posted, past.Around, p.now()); !ok && !c.Edit { // what is changed is there already
			return conduct.RateError{Wait: wait}
		}
		return nil
	})
}
