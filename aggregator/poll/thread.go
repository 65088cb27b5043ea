package poll

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"courant/aggregator/feed"
	"courant/aggregator/fetch"
	"courant/aggregator/identity"
	"courant/aggregator/normalise"
	"courant/db/text"
	"courant/db/thread"
)

// How the thread of an article is followed (P101).
const (
	// threadLife is how long a thread may be silent before it is over: nearly all that
	// is said of an article is said within days.
	threadLife = 14 * 24 * time.Hour
	// threadShare is which part of its silence a thread waits for longer: it is asked
	// for after 1, 1.5, 2.25 … times the first wait, some fifteen times in all where
	// nobody says anything.
	threadShare = 2
	// threadLeast and threadMost bound the wait beside min_interval: where that is 0,
	// and so that what is said late is not seen a week later.
	threadLeast = time.Minute
	threadMost  = 24 * time.Hour
	// threadFailures is how often in a row it may fail: what is wrong with a comment
	// feed for days is not mended.
	threadFailures = 8
	// threadBackoff is the wait after a first failure; it doubles.
	threadBackoff = 15 * time.Minute
)

// thread notes which thread an entry names, n saying of which article.
func (l *leaving) thread(e *feed.Entry, n thread.Named) {
	if !l.s.Config.Threads || e.CommentsFeed == "" || l.others == nil {
		return
	}
	n.Address = text.Redact(e.CommentsFeed)
	n.Host, n.Shard = fetch.Host(n.Address), l.others.Shard(l.s.ID, n.Address)
	n.Said = e.CommentsMoved
	if e.CommentsCount != nil {
		n.Said = strconv.Itoa(*e.CommentsCount) + " " + n.Said
		if *e.CommentsCount == 0 { // the feed says when there are some
			n.Wait = max(l.s.Config.Rules.Min, threadLeast)
		}
	}
	if n.Alive = e.Date(); n.Alive.IsZero() || n.Alive.After(l.v.At) {
		n.Alive = l.v.At
	}
	l.p.Threads = append(l.p.Threads, n)
}

// Heard is how t stands after a good visit, which may have brought a comment of the
// given moment, else zero.
func Heard(c *Source, t thread.Poll, a *fetch.Answer, at, latest time.Time) thread.Poll {
	t.Failures, t.Why = 0, ""
	if latest.After(t.Alive) && !latest.After(at) {
		t.Alive = latest
	}
	silent := at.Sub(t.Alive)
	if silent >= threadLife {
		t.Due, t.Why = time.Time{}, "nobody said anything for two weeks"
		return t
	}
	wait := max(min(silent/threadShare, threadMost), c.Rules.Min, threadLeast)
	if a.Fresh.Given {
		wait = max(wait, min(a.Fresh.For, threadMost))
	}
	t.Due = at.Add(wait)
	return t
}

// Unheard is how t stands after a visit that failed.
func Unheard(c *Source, t thread.Poll, err *fetch.Error, at time.Time) thread.Poll {
	t.Why = err.Error()
	switch err.Kind {
	case fetch.Gone, fetch.Locked, fetch.Forbidden, fetch.Refused:
		t.Due = time.Time{}
		return t
	case fetch.Paused: // nobody was asked
		t.Due = at.Add(max(err.RetryAfter, threadLeast))
		return t
	}
	if t.Failures++; t.Failures >= threadFailures {
		t.Due = time.Time{}
		return t
	}
	t.Due = at.Add(max(threadBackoff<<(t.Failures-1), c.Rules.Min, err.RetryAfter))
	return t
}

// Comments are what the documents of a thread hold, the oldest first and each after
// what it answers, without those that are ours, come back (I37). Each stands there
// once: as the first document has it that does.
func Comments(documents []*feed.Document, ours identity.Ours) []thread.Said {
	var list []thread.Said
	seen := map[string]bool{}
	for _, d := range documents {
		for i := range d.Entries {
			e := &d.Entries[i]
			if normalise.Empty(e) || cameBack(e, ours) {
				continue
			}
			s := thread.Said{
				External: normalise.Claim(e, normalise.Fingerprint(e)).Key(identity.ByID), Parent: identity.Bounded(e.InReplyTo), Link: e.Link,
				Markup: cmp.Or(e.Body, e.Summary), Base: e.Base, At: e.Date(),
			}
			for _, who := range e.Authors {
				s.Name = cmp.Or(s.Name, who.Name)
			}
			if !seen[s.External] {
				seen[s.External] = true
				list = append(list, s)
			}
		}
	}
	slices.Reverse(list) // feeds have the newest first
	slices.SortStableFunc(list, func(a, b thread.Said) int { return a.At.Compare(b.At) })
	return parentsFirst(list)
}

// parentsFirst puts each of list behind what it answers, and changes no more of its
// order than that.
func parentsFirst(list []thread.Said) []thread.Said {
	at := make(map[string]int, len(list))
	for i, s := range list {
		at[s.External] = i
	}
	out, done := make([]thread.Said, 0, len(list)), make([]bool, len(list))
	for i := range list {
		var chain []int // from i up to the first that stands already
		for j, ok := i, true; ok && !done[j]; {
			done[j] = true
			chain = append(chain, j)
			j, ok = at[list[j].Parent]
		}
		for _, j := range slices.Backward(chain) {
			out = append(out, list[j])
		}
	}
	return out
}

// TakenBack reports whether the documents of a thread, of which none has the comment
// with an id, say that it is no more: they name it, or say that they hold all there is.
func TakenBack(documents []*feed.Document, external string) bool {
	for _, d := range documents {
		if len(documents) == 1 && d.Complete && d.NextPage == "" {
			return true
		}
		for _, id := range d.Deleted {
			if identity.Bounded(id) == external {
				return true
			}
		}
	}
	return false
}
