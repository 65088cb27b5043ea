package comments

import (
	"fmt"
	"net/netip"
	"time"

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

// Threads judges what visitors send. It is safe for concurrent use.
type Threads struct {
	c       Config
	secret  []byte
	words   *words.Words
	blocked blocklist

	posts, previews *rate.Limiter
	visits          visits
}

// New returns the judge that c describes; c must be valid. secret signs stamps
// and cookies; whoever holds it accepts what this one signed. What is wrong with a
// comment is said by w.
func New(c Config, secret []byte, w *words.Words) (*Threads, error) {
	blocked, err := parseBlocklist(c.Blocklist)
	if err != nil {
		return nil, err
	}
	previews := c.Rate
	previews.Count *= previewsPerComment
	return &Threads{
		c: c, secret: secret, words: w, blocked: blocked,
		posts: rate.New(c.Rate), previews: rate.New(previews),
	}, nil
}

// AllowPost counts a comment from an address, or says how long it has to wait.
func (t *Threads) AllowPost(from netip.Addr, now time.Time) (wait time.Duration, ok bool) {
	return t.posts.Take(from, now)
}

// AllowPreview counts a preview for an address, or says how long it has to wait.
func (t *Threads) AllowPreview(from netip.Addr, now time.Time) (wait time.Duration, ok bool) {
	return t.previews.Take(from, now)
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
	Article     string // id
	From        netip.Addr
	Known       bool   // the visitor has an approved comment
	Blocked     string // what editors want to hear no more of that it has, or empty
}

// Judge says where a comment begins and which rule put it there. Whatever it
// says, the visitor gets the same answer.
func (t *Threads) Judge(p Posting, now time.Time) (state.Comment, string) {
	if entry := t.blocked.matches(p.Draft, p.From); entry != "" {
		return state.Spam, "blocklist: " + entry
	}
	if p.Blocked != "" {
		return state.Spam, "block: " + p.Blocked
	}
	switch {
	case p.Trap != "":
		return state.Pending, "honeypot: the hidden field was filled"
	case t.ReadStamp(p.Stamp, p.Article, now) == StampMissing:
		return state.Pending, "stamp: the form is not one of ours"
	case t.tooQuick(p, now):
		return state.Pending, fmt.Sprintf("min_delay: posted within %s of getting the page", t.c.MinDelay)
	case p.Body.Links() > maxLinks:
		return state.Pending, fmt.Sprintf("links: %d of them", p.Body.Links())
	}
	switch {
	case t.c.Moderation == All:
		return state.Pending, "moderation: all are held"
	case t.c.Moderation == First && !p.Known:
		return state.Pending, "moderation: the visitor's first comment is held"
	}
	return state.Approved, "moderation: " + string(t.c.Moderation)
}

// tooQuick reports whether the address got the page so lately that no one can
// have read it. An address we do not remember gets the benefit of the doubt:
// the page may be older than this process.
func (t *Threads) tooQuick(p Posting, now time.Time) bool {
	if t.c.MinDelay.Duration == 0 {
		return false
	}
	got, known := t.visits.last(p.From, p.Article)
	return known && now.Sub(got) < t.c.MinDelay.Duration
}
