package publisher

import (
	"context"
	"net/netip"
	"time"

	"courant/db/conduct"
)

// rateDays are the days whose names of a network count against its rate: that of a
// moment before midnight too.
const rateDays = 2

// mayPost counts a comment from an address, or says how long it has to wait; past is
// how its writer behaves. id is the comment that is being changed, if any.
func (p *Publisher) mayPost(ctx context.Context, from netip.Addr, visitor, text, id string) (past conduct.Past, wait time.Duration, err error) {
	now := p.now()
	if wait, ok := p.judge.MayPost(from, now); !ok {
		return past, wait, nil // a flood of posts does not even reach the store
	}
	past, err = p.moderator.Past(ctx, conduct.Question{
		Visitor: visitor, Networks: p.judge.Networks(from, now, rateDays), Around: p.judge.AroundNames(from, now, rateDays),
		Text: text, Comment: id, Since: p.judge.RateSince(now),
	})
	if err != nil {
		return past, 0, err
	}
	if wait, ok := p.judge.AllowPost(from, past.Posted, past.Around, now); !ok {
		return past, wait, nil
	}
	return past, 0, nil
}
