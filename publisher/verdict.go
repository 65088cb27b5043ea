package publisher

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"courant/db/blocks"
	"courant/db/conduct"
	"courant/publisher/comments"
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
	past, err = p.conduct.Of(ctx, conduct.Question{
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

// judged judges a comment with all that is known.
func (p *Publisher) judged(ctx context.Context, c comments.Posting, past conduct.Past) (comments.Verdict, error) {
	b, blocked, err := p.blocks.Match(ctx,
		blocks.Traits(c.Name, c.Email, "", c.Text), p.judge.Networks(c.From, p.now(), blocks.NetworkDays))
	if err != nil {
		return comments.Verdict{}, err
	}
	if blocked {
		c.Blocked = "the " + b.Kind + " of comment " + b.Comment
	}
	if err := p.learn(ctx); err != nil {
		p.log.Warn("cannot learn from what editors decided", "err", err) // what was learned before serves
	}
	c.Known, c.Decided, c.Refused, c.Same, c.OwnSame = past.Known, past.Decided, past.Refused, past.Same, past.OwnSame
	return p.judge.Judge(c, p.now()), nil
}

// lessons is what the judge has learned from.
type lessons struct {
	mu     sync.Mutex
	at     time.Time // when that was looked at
	newest time.Time // of the decisions
}

// learnEvery is how often at most the judge learns anew, which takes a tenth of a
// second: what an editor decided counts as soon as readers see it everywhere.
const learnEvery = time.Second

// learn sees to it that the judge knows what editors decided up to a second ago.
func (p *Publisher) learn(ctx context.Context) error {
	l := &p.lessons
	if !l.mu.TryLock() {
		return nil // another comment waits for it, and this one is judged by what was known
	}
	defer l.mu.Unlock()
	now := p.now()
	if !l.at.IsZero() && now.Sub(l.at) < learnEvery && !now.Before(l.at) {
		return nil
	}
	newest, err := p.conduct.LastDecision(ctx)
	if err != nil {
		return err
	}
	if !newest.Equal(l.newest) {
		list, err := p.conduct.Lessons(ctx)
		if err != nil {
			return err
		}
		p.judge.Teach(comments.Examples(list))
	}
	l.at, l.newest = now, newest
	return nil
}
