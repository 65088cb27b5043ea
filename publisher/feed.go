package publisher

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"courant/db"
	"courant/db/scope"
	"courant/db/search/query"
	"courant/publisher/channels"
	"courant/publisher/feeds"
	"courant/publisher/pages"
	"courant/publisher/web"
)

// feedRoutes are the feeds of a scope, one in each format.
func (p *Publisher) feedRoutes(s channels.Scope) []route {
	var list []route
	for _, format := range feeds.Formats() {
		list = append(list, route{"GET " + channels.Path(s.Pattern, format), func(w http.ResponseWriter, r *http.Request) error {
			err := p.feed(w, r, format, s)
			if err != nil {
				web.AllowAny(w.Header()) // a script may learn that it is gone (C7)
			}
			return p.feedError(err)
		}})
	}
	return list
}

// feed answers with the channel of s that r asks for.
func (p *Publisher) feed(w http.ResponseWriter, r *http.Request, format feeds.Format, s channels.Scope) error {
	a, err := askedOf(r, format, s)
	if err != nil {
		return err
	}
	if a.channel.Moved {
		web.Redirect(w, r, a.address(), http.StatusMovedPermanently, web.Moved)
		return nil
	}
	return p.serveFeed(w, r, a)
}

// asked is a feed that somebody asks for.
type asked struct {
	channel *channels.Channel
	format  feeds.Format
	feedParams
}

// askedOf reads which channel of s r asks for, with what its address says.
func askedOf(r *http.Request, format feeds.Format, s channels.Scope) (a asked, err error) {
	f, bad := parseFeedParams(r.URL.Query())
	c, err := s.Find(r.Context(), r.PathValue)
	switch {
	case err != nil:
		return a, err
	case c.Moved:
		return asked{c, format, f}, nil
	case c.Paged && bad != nil:
		return a, bad
	case c.Past && f.Archive < 0:
		return a, fmt.Errorf("archive %q: %w", r.URL.Query().Get("archive"), db.ErrNotFound)
	}
	f.Params = c.Takes(f.Params)
	return asked{c, format, f}, nil
}

// address is the one of what was asked for.
func (a asked) address() string { return channels.Path(a.channel.Page, a.format) + a.query() }

// scopes are those that it is made from.
func (a asked) scopes() []string { return append([]string{scope.Sources}, a.channel.Scopes...) }

// feedError is err with what readers of feeds are told of it.
func (p *Publisher) feedError(err error) error {
	if gone, ok := errors.AsType[*channels.WithdrawnError](err); ok {
		message := p.words.Say("was_withdrawn")
		if gone.Reason != "" {
			message = p.words.Say("was_withdrawn_for", "Reason", gone.Reason)
		}
		return &web.Error{Status: http.StatusGone, Message: message, Err: err}
	}
	if wrong, ok := errors.AsType[*query.Error](err); ok {
		return &web.Error{Status: http.StatusBadRequest, Message: p.words.Translate(wrong.Text, wrong.Values...)}
	}
	if errors.Is(err, channels.ErrNoPage) {
		return &web.Error{Status: http.StatusNotFound, Message: "This thread has fewer pages.", Err: err}
	}
	return err
}

func (p *Publisher) serveFeed(w http.ResponseWriter, r *http.Request, a asked) error {
	if a.view == viewAny && web.Navigates(r) {
		return p.feedPage(w, r, a.format, a.channel, a.feedParams, a.address(), a.scopes())
	}
	return p.cache.Serve(w, r, a.address(), a.scopes(), p.charged(r, a.channel, p.renderFeed(a)))
}

// renderFeed renders a feed as whoever asks for it gets it.
func (p *Publisher) renderFeed(a asked) func(context.Context) (web.Document, error) {
	return func(ctx context.Context) (web.Document, error) {
		feed, touched, err := a.channel.Feed(ctx, a.format, a.Params)
		if err != nil {
			return web.Document{}, err
		}
		contentType := a.format.Type()
		if a.view == viewRaw {
			feed.Style, contentType = feedStylePath, "application/xml"
			if !a.format.XML() {
				contentType = "application/json"
			}
		}
		header := web.FeedHeader(feed.Self, feed.Hub)
		if feed.History.Archive {
			header = web.ArchiveHeader(feed.Self)
		}
		body, whole, err := feeds.Write(feed, a.format)
		if cut := len(feed.Entries) - whole; err == nil && cut > 0 && p.set.Publisher.FullContent && !a.Short {
			p.tellCut(a.address(), whole, cut)
		}
		return web.Document{
			ContentType: contentType + "; charset=utf-8", Body: body, LastModified: touched, News: news(feed),
			Header: header, ByDestination: a.view == viewAny,
		}, err
	}
}

// charged is render, whose time is paid for where c looks for words.
func (p *Publisher) charged(r *http.Request, c *channels.Channel, render func(context.Context) (web.Document, error)) func(context.Context) (web.Document, error) {
	if !c.Asked {
		return render
	}
	return p.searches.charged(web.Address(r, p.proxies), p.now, render)
}

const (
	// toldCut is how often the log says that a feed has no room for all its texts:
	// often enough to be found, and not at each of its renderings.
	toldCut = 24 * time.Hour
	// maxToldCut is how many feeds it is remembered for; there are as many tags as
	// sources like.
	maxToldCut = 1000
)

// tellCut logs that a feed leaves out texts for its size though full_content is
// true: what an operator did not ask for does not happen in silence.
func (p *Publisher) tellCut(address string, whole, cut int) {
	now := p.now()
	p.cutMu.Lock()
	defer p.cutMu.Unlock()
	if at, told := p.cut[address]; told && now.Sub(at) < toldCut {
		return
	}
	if p.cut == nil || len(p.cut) >= maxToldCut {
		p.cut = map[string]time.Time{}
	}
	p.cut[address] = now
	p.log.Info("feed has no room for all texts", "feed", address, "whole", whole, "short", cut, "bytes", feeds.MaxBytes)
}

// feedPage answers a person who opens a feed in a browser, which would show the
// bare text or save it: with a page about the feed, at the same address. Accept
// is not looked at, since feed readers ask for text/html too.
func (p *Publisher) feedPage(w http.ResponseWriter, r *http.Request, format feeds.Format, c *channels.Channel, f feedParams, address string, scopes []string) error {
	key := address + "#page" // no request names a fragment
	return p.page(w, r, key, scopes, p.charged(r, c, func(ctx context.Context) (web.Document, error) {
		feed, touched, err := c.Feed(ctx, format, f.Params)
		if err != nil {
			return web.Document{}, err
		}
		v := pages.FeedPage{
			Title: feed.Title, Strange: true, Page: c.Page, Words: f.Words, Format: string(format), Query: strings.TrimPrefix(f.query(), "?"),
		}
		for _, e := range feed.Entries {
			v.Items = append(v.Items, pages.FeedEntry{Title: e.Title, Href: e.Link, Summary: e.Brief(), At: e.Published})
		}
		d, err := htmlPage(p.view().Feed(v))
		d.LastModified, d.ByDestination = touched, true
		d.Header = web.Unlisted()
		return d, err
	}))
}

// aliases are where readers and crawlers look for a feed unasked (F2).
func (p *Publisher) aliases() []route {
	var list []route
	for path, format := range aliasFormats() {
		list = append(list, route{"GET " + path, func(w http.ResponseWriter, r *http.Request) error {
			web.Redirect(w, r, "/"+format.File(), http.StatusMovedPermanently, web.Moved)
			return nil
		}})
	}
	return list
}

// aliasFormats are the formats of the front page's feeds at those addresses.
func aliasFormats() map[string]feeds.Format {
	return map[string]feeds.Format{
		"/feed": feeds.Atom, "/atom.xml": feeds.Atom,
		"/rss": feeds.RSS, "/rss.xml": feeds.RSS, "/index.xml": feeds.RSS, "/feed.xml": feeds.RSS,
	}
}

// isFeed reports whether an address is of a feed or a list of feeds, which any
// site's scripts may read (C7).
func isFeed(path string) bool {
	for _, f := range feeds.Formats() {
		if strings.HasSuffix(path, "/"+f.File()) {
			return true
		}
	}
	return strings.HasSuffix(path, ".opml")
}

// feedStylePath is where the stylesheet for feeds stands that people look at.
const feedStylePath = "/feed.css"

//go:embed feed.css
var feedCSS []byte

// news names what is new in a feed: which entries it has, and when each last had a
// significant change; not how many comments they have (T5), nor what a typo became
// (A10).
func news(f feeds.Feed) string {
	h := sha256.New()
	fmt.Fprintln(h, f.Updated.UnixMilli())
	for _, e := range f.Entries {
		fmt.Fprintln(h, e.ID, e.Updated.UnixMilli())
	}
	for _, d := range f.Deleted {
		fmt.Fprintln(h, d.Ref)
	}
	const enough = 16 // bytes
	return hex.EncodeToString(h.Sum(nil)[:enough])
}
