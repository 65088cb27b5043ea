package comments

import (
	"fmt"
	"math"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"courant/db/setting"
	"courant/db/state"
	"courant/publisher/rate"
	"courant/publisher/words"
)

// maxLinks is how many links a comment may have and still show at once; spam
// brings more, people seldom do.
const maxLinks = 2

// previewsPerComment is how many previews an address has for each comment it
// may post: a preview is cheap, yet it is our work on a stranger's word.
const previewsPerComment = 6

// aroundPerAddress is how many times the rate of one address those around it have
// together: a family or a school is no flood, and a rented rack is.
const aroundPerAddress = 8

// Threads judges what visitors send. It is safe for concurrent use.
type Threads struct {
	c                Config
	secret           []byte
	words            func() *words.Words
	blocked, suspect traits

	posts, around, previews, reports *rate.Limiter
	visits                           visits
	learned                          atomic.Pointer[Learned]
}

// New returns the judge that c describes; c must be valid. secret signs stamps
// and cookies; whoever holds it accepts what this one signed. What is wrong with a
// comment is said by w, which is called once something is.
func New(c Config, secret []byte, w func() *words.Words) (*Threads, error) {
	blocked, err := parseTraits("blocklist", c.Blocklist)
	if err != nil {
		return nil, err
	}
	suspect, err := parseTraits("suspect", c.Suspect)
	if err != nil {
		return nil, err
	}
	times := func(n int) *rate.Limiter { return rate.New(setting.Rate{Count: n * c.Rate.Count, Per: c.Rate.Per}) }
	return &Threads{
		c: c, secret: secret, words: w, blocked: blocked, suspect: suspect,
		posts: times(1), around: times(aroundPerAddress), previews: times(previewsPerComment), reports: times(1),
	}, nil
}

// Counted says since when what is stored of an address counts against its rate, zero for
// never, and whether what is stored of those around it does, where of each at most so many
// comments are told: no more than these can use up a rate that lets more through at once.
func (t *Threads) Counted(told int, now time.Time) (since time.Time, around bool) {
	if t.posts.Rate().Count > told {
		return time.Time{}, false
	}
	return now.Add(-t.c.Rate.Per), t.around.Rate().Count <= told
}

// AllowPost counts a comment from an address, or says how long it has to wait: for
// its own rate, or for that of all addresses around it, as far as this process
// remembers. What is refused for an address's own rate counts for nobody.
func (t *Threads) AllowPost(from netip.Addr, now time.Time) (wait time.Duration, ok bool) {
	if wait, ok := t.posts.Ready(from, now); !ok {
		return wait, false
	}
	if wait, ok := t.around.Take(rate.Around(from), now); !ok {
		return wait, false
	}
	return t.posts.Take(from, now)
}

// Room says whether an address may post by what is stored alone, or how long it has to
// wait, for the same rates: posted and around are when stored comments came from there,
// the oldest first, so that neither a restart nor another publisher lifts a rate. It
// counts nothing.
func (t *Threads) Room(from netip.Addr, posted, around []time.Time, now time.Time) (wait time.Duration, ok bool) {
	own, all := rate.New(t.posts.Rate()), rate.New(t.around.Rate())
	own.Recall(from, posted, now)
	all.Recall(from, around, now)
	if wait, ok := own.Ready(from, now); !ok {
		return wait, false
	}
	return all.Ready(from, now)
}

// AllowPreview counts a preview for an address, or says how long it has to wait.
func (t *Threads) AllowPreview(from netip.Addr, now time.Time) (wait time.Duration, ok bool) {
	return t.previews.Take(from, now)
}

// AllowReport counts a report from an address, or says how long it has to wait.
func (t *Threads) AllowReport(from netip.Addr, now time.Time) (wait time.Duration, ok bool) {
	return t.reports.Take(from, now)
}

// Served notes that an address got the page with an article's form.
func (t *Threads) Served(from netip.Addr, article string, now time.Time) {
	if t.c.MinDelay.Duration > 0 {
		t.visits.note(from, article, now)
	}
}

// Posting is all that a comment is judged by.
type Posting struct {
	Draft
	Stamp, Trap string // as submitted
	Article     string // id of what had the form: an article, or the comment that is changed
	Edit        bool   // its author changes it: the signed cookie stands for the stamp
	Elsewhere   bool   // it was written on another site: no form of ours was
	From        netip.Addr
	Blocked     string // what editors want to hear no more of that it has, or empty

	// How its writer behaves, and where else the text stands, as package conduct
	// tells it.
	Known            bool
	Decided, Refused int
	Same, OwnSame    int
	Got              time.Time
}

// Verdict is what was decided on a comment, and why.
type Verdict struct {
	Status  state.Comment
	Reasons []string // of Status, at least one
	Flags   []string // why an editor should look at it, though readers see it
}

// Reason is all reasons in one line.
func (v Verdict) Reason() string { return strings.Join(v.Reasons, "; ") }

// Flagged is all flags in one line, empty for none.
func (v Verdict) Flagged() string { return strings.Join(v.Flags, "; ") }

// refusedOf is how many of a writer's decided comments one may be refused, in words
// and in number: who had more waits again.
const refusedOf = 3

// How many comments with the same text there may be within a day before the next one
// waits: of the same writer, and of anybody. People quote, and campaigns copy.
const (
	maxOwnSame = 1
	maxSame    = 2
)

// Judge says where a comment begins and which rules put it there: all that hold.
// Whatever it says, the visitor gets the same answer.
func (t *Threads) Judge(p Posting, now time.Time) Verdict {
	var v Verdict
	say := func(format string, args ...any) { v.Reasons = append(v.Reasons, fmt.Sprintf(format, args...)) }
	if entry := t.blocked.matches(p.Draft, p.From); entry != "" {
		say("blocklist: %s", entry)
	}
	if p.Blocked != "" {
		say("block: %s", p.Blocked)
	}
	if len(v.Reasons) > 0 {
		v.Status = state.Spam
		return v
	}
	t.suspects(p, now, say)
	switch {
	case t.c.Moderation == All:
		say("moderation: all are held")
	case t.c.Moderation == First && !p.Known:
		say("moderation: the visitor's first comment is held")
	}
	if v.Status = state.Pending; len(v.Reasons) == 0 {
		v.Status = state.Approved
		say("moderation: %s", t.c.Moderation)
	}
	if entry := t.suspect.matches(p.Draft, p.From); entry != "" {
		v.Flags = append(v.Flags, "suspect: "+entry)
	}
	return v
}

// suspects says what has a comment wait though nothing is wrong with its form.
func (t *Threads) suspects(p Posting, now time.Time, say func(format string, args ...any)) {
	if p.Trap != "" {
		say("honeypot: the hidden field was filled")
	}
	if !p.Edit && !p.Elsewhere && t.ReadStamp(p.Stamp, p.Article, now) == StampMissing {
		say("stamp: the form is not one of ours")
	}
	if t.tooQuick(p, now) {
		say("min_delay: posted within %s of getting the page", t.c.MinDelay)
	}
	if n := p.Body.Links(); n > maxLinks {
		say("links: %d of them", n)
	}
	switch {
	case p.OwnSame >= maxOwnSame:
		say("duplicate: the same writer posted this text elsewhere today")
	case p.Same >= maxSame:
		say("duplicate: this text stands %d times elsewhere today", p.Same)
	}
	if p.Refused*refusedOf > p.Decided {
		say("standing: %d of the visitor's last %d comments were refused", p.Refused, p.Decided)
	}
	if like, why := t.learned.Load().Judge(p.Draft); like >= heldFrom {
		say("learned: %.0f %% like what editors refused, by %s", min(99, math.Floor(100*like)), strings.Join(why, ", "))
	}
}

// tooQuick reports whether the address got the page so lately that no one can
// have read it. An address we do not remember gets the benefit of the doubt:
// the page may be older than this process.
func (t *Threads) tooQuick(p Posting, now time.Time) bool {
	if t.c.MinDelay.Duration == 0 {
		return false
	}
	got, known := t.visits.last(p.From, p.Article)
	if p.Got.After(got) { // from another process
		got, known = p.Got, true
	}
	return known && now.Sub(got) < t.c.MinDelay.Duration
}
