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

// writer is who posts a comment, and what to look for to know how they behave.
type writer struct {
	from     netip.Addr
	question conduct.Question
	known    bool // by the comment that they change
}

// mayPost counts a comment from an address, or gives a conduct.RateError: a flood of
// posts does not even reach the store. form is what had the form, and id the comment that
// is being changed, if any.
func (p *Publisher) mayPost(from netip.Addr, visitor, text, form, id string) (w writer, err error) {
	now := p.now()
	if wait, ok := p.judge.AllowPost(from, now); !ok {
		return w, conduct.RateError{Wait: wait}
	}
	q := conduct.Question{
		Visitor: visitor, Networks: p.judge.Networks(from, now, rateDays), Text: text, Comment: id, Visits: p.judge.Visits(from, form, now, rateDays),
	}
	var around bool
	if q.Since, around = p.judge.Counted(conduct.RateRows, now); around {
		q.Around = p.judge.AroundNames(from, now, rateDays)
	}
	return writer{from: from, question: q}, nil
}

// check judges a comment as it is stored, when nobody else from there can post: what
// another publisher stored a moment ago counts, and what was stored before we began (M7).
func (p *Publisher) check(ctx context.Context, w writer, c comments.Posting) conduct.Check {
	return p.moderator.Check(ctx, c, w.question, w.known, func(past conduct.Past) error {
		if wait, ok := p.judge.Room(w.from, past.Posted, past.Around, p.now()); !ok && !c.Edit { // what is changed is there already
			return conduct.RateError{Wait: wait}
		}
		return nil
	})
}
