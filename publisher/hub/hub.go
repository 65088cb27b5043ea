// Package hub tells others of what is new in our feeds, by W3C WebSub. Either it
// is the hub itself: it takes subscriptions, asks each callback whether it wants
// them, and delivers the feed when there is news in it; or it pings a hub
// elsewhere, which does so. What is left to do stands in the store (package push),
// so that a kill loses none of it, and any number of processes share it without
// sending anything twice. New makes a Hub; Handle takes requests; Run delivers.
//
// How news reach a subscriber. A change commits with the names of what it touched.
// Changed is told of it at once, and within a second of what another process
// changed; the topics that are made from what was touched are looked at: rendered,
// as they are for any reader, and held against the news that they held before.
// Where these are others, every subscriber that lacks them is due, is claimed, and
// is sent the feed, byte for byte what it would fetch. What is no news, as the
// number of an article's comments, is sent with the next.
package hub

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"courant/db/push"
	"courant/publisher/rate"
)

// Path is where our own hub stands.
const Path = "/hub"

// Own is what [publisher] hub says where the hub is ours; an address there is a
// hub's elsewhere, and nothing none.
const Own = "own"

const (
	// lookEvery is how soon is found what nobody told of: what is to be tried again.
	lookEvery = 500 * time.Millisecond
	// topicGap is how long lies between two deliveries of a topic: a burst of changes
	// is one, and still arrives within two seconds (W6).
	topicGap = time.Second
	// markGap is how long lies between two readings of the change log, each of which
	// is a transaction: an import is hundreds of changes.
	markGap = 100 * time.Millisecond
	// looksAtOnce is how many topics are claimed at a time: a feed takes some
	// milliseconds to render.
	looksAtOnce = 16
	// lookAgain is when a topic is tried again that could not be rendered.
	lookAgain = 10 * time.Second
	// pruneEvery is how often is forgotten what ran out: it does no harm meanwhile.
	pruneEvery = 10 * time.Minute
)

// ErrGone says that a topic is no more.
var ErrGone = errors.New("the feed is no more")

// Document is a topic as whoever fetches it gets it.
type Document struct {
	Address     string // path and query, in the topic's one form
	ContentType string
	Body        []byte
	News        string   // names what is new in it: alike where nothing is
	Scopes      []string // of the store, that it is made from
}

// Topics renders topics. The publisher does.
type Topics interface {
	// Topic is the feed at an address of ours, path and query, in whatever form; fresh:
	// as the store holds it at this moment, not as it was kept. An error that is ErrGone
	// means that there is none, and will not be.
	Topic(ctx context.Context, address string, fresh bool) (Document, error)
	// Touched are the addresses of the feeds that are made from scopes.
	Touched(ctx context.Context, scopes []string) ([]string, error)
}

// Outbound makes requests to strangers. Package fetch has the one that looks where
// a name leads.
type Outbound interface {
	http.RoundTripper
	// Refuses says why nothing is sent to an address, as far as it tells.
	Refuses(ctx context.Context, u *url.URL) error
}

// Observation is what there is to say of one request that we made.
type Observation struct {
	Kind    string // "delivery", "verification", "denial" or "ping"
	Outcome string // "ok", "refused", "failed" or "ended"
	Took    time.Duration
}

// Options are what New needs.
type Options struct {
	Base    string // public address of the site without a slash at its end
	Hub     string // Own, or the address of a hub elsewhere
	Topics  Topics
	Out     Outbound
	Log     *slog.Logger
	Now     func() time.Time
	Observe func(Observation) // from many goroutines; nil: nobody is told
	// From is who sent a request.
	From func(*http.Request) netip.Addr
}

// Hub is a site's. Safe for concurrent use.
type Hub struct {
	Options
	store   push.Hub
	host    string // of Base
	changed atomic.Bool
	look    chan struct{} // there may be something to look at
	send    chan struct{} // there may be something to send
	running atomic.Bool
	askers  *rate.Limiter

	flight flight
	docs   documents
	doneMu sync.Mutex
	done   []push.Done // to be settled
}

// New returns the hub of a store.
func New(store push.Store, o Options) *Hub {
	if o.Observe == nil {
		o.Observe = func(Observation) {}
	}
	h := &Hub{Options: o, store: push.NewHub(store), look: make(chan struct{}, 1), send: make(chan struct{}, 1), askers: rate.New(askRate())}
	if u, err := url.Parse(o.Base); err == nil {
		h.host = u.Host
	}
	h.flight.hosts, h.docs.held = map[string]int{}, map[version]*rendering{}
	h.changed.Store(true) // whatever changed while nobody looked
	return h
}

// Address is that of the hub which a site at base names, as feeds do.
func Address(base, named string) string {
	if named == Own {
		return base + Path
	}
	return named
}

func (h *Hub) own() bool { return h.Hub == Own }

// Changed is told of every change that readers can see. It is quick.
func (h *Hub) Changed() {
	h.changed.Store(true)
	poke(h.look)
}

// poke wakes who waits on c, once.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Run looks and delivers until ctx ends; then requests under way are given a few
// seconds. Of several calls at once one works.
func (h *Hub) Run(ctx context.Context) {
	if !h.running.CompareAndSwap(false, true) {
		<-ctx.Done()
		return
	}
	defer h.running.Store(false)
	var g errgroup.Group
	g.Go(func() error {
		h.every(ctx, h.look, "look at what changed", h.lookTurn())
		return nil
	})
	if h.own() {
		g.Go(func() error {
			h.every(ctx, h.send, "deliver", h.sendTurn)
			h.drain(ctx)
			return nil
		})
	}
	g.Wait()
}

// every calls turn each time that wake says so, and every lookEvery, until ctx
// ends. What fails is logged when it begins to fail.
func (h *Hub) every(ctx context.Context, wake chan struct{}, what string, turn func(context.Context) error) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	failed := false
	for {
		err := turn(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil && !failed {
			h.Log.Warn("the hub cannot "+what, "err", err)
		}
		failed = err != nil
		select {
		case <-ctx.Done():
			return
		case <-wake:
		case <-tick.C:
		}
	}
}

// lookTurn takes up what changed and looks at the topics that it touched. Where changes
// come one upon the other it takes up those of a markGap at once.
func (h *Hub) lookTurn() func(context.Context) error {
	var marked, again, pruned time.Time
	return func(ctx context.Context) error {
		now := time.Now()
		if wait := markGap - now.Sub(marked); wait > 0 && h.changed.Load() {
			if !again.Equal(marked) {
				again = marked
				time.AfterFunc(wait, func() { poke(h.look) })
			}
			return nil
		}
		if h.changed.Swap(false) {
			marked = now
			if some, err := h.mark(ctx); err != nil || !some {
				h.changed.Store(err != nil)
				return err
			}
		}
		if now.Sub(pruned) > pruneEvery {
			pruned = now
			if some, err := h.store.Any(ctx); err != nil || !some {
				return err
			}
			if err := h.store.Prune(ctx, !h.own()); err != nil {
				return err
			}
		}
		return h.lookAll(ctx)
	}
}

// mark has those topics looked at that what changed may have touched, and reports whether
// there is any.
func (h *Hub) mark(ctx context.Context) (some bool, err error) {
	if h.own() {
		if some, err := h.store.Any(ctx); err != nil || !some {
			return false, err
		}
	}
	span, err := h.store.Changes(ctx)
	switch {
	case err != nil:
		return false, err
	case span.Empty():
	case h.own():
		err = h.store.Mark(ctx, span)
	default:
		var addresses []string
		if addresses, err = h.Topics.Touched(ctx, span.Scopes); err == nil {
			err = h.store.Note(ctx, span, addresses)
		}
	}
	return true, err
}

// lookAll looks at the topics that are to be looked at now.
func (h *Hub) lookAll(ctx context.Context) error {
	for ctx.Err() == nil {
		list, err := h.store.ClaimTopics(ctx, looksAtOnce)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, o := range list {
			if err := h.lookAt(ctx, o); err != nil && !errors.Is(err, push.ErrNotFound) {
				return err
			}
		}
	}
	return nil
}

// lookAt renders a topic and tells of its news.
func (h *Hub) lookAt(ctx context.Context, o push.Topic) error {
	doc, err := h.Topics.Topic(ctx, o.Address, true)
	switch {
	case errors.Is(err, ErrGone) && h.own():
		defer poke(h.send)
		return h.store.Gone(ctx, o, "This feed is no more.")
	case errors.Is(err, ErrGone):
		return h.store.Looked(ctx, o, "", nil, topicGap)
	case err != nil:
		if ctx.Err() == nil {
			h.Log.Warn("feed not rendered for its subscribers", "feed", o.Address, "err", err)
		}
		return h.store.Later(context.WithoutCancel(ctx), o, lookAgain)
	case doc.News == o.News:
		return h.store.Looked(ctx, o, doc.News, doc.Scopes, 0)
	case !h.own():
		if !h.ping(ctx, doc) {
			return h.store.Later(context.WithoutCancel(ctx), o, backoff(o.Tries))
		}
		return h.store.Looked(context.WithoutCancel(ctx), o, doc.News, nil, topicGap)
	}
	defer poke(h.send)
	return h.store.Looked(ctx, o, doc.News, doc.Scopes, topicGap)
}

// Count is how many subscriptions stand.
func (h *Hub) Count(ctx context.Context) (int, error) { return h.store.Count(ctx) }

// within is the path and query of an address of this site; ok is false where it is
// another's. http and https are the same site, as it is behind a proxy.
func (h *Hub) within(address string) (at string, ok bool) {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.User != nil || u.Fragment != "" || !strings.EqualFold(u.Host, h.host) {
		return "", false
	}
	at = u.EscapedPath()
	if u.RawQuery != "" {
		at += "?" + u.RawQuery
	}
	return at, true
}
