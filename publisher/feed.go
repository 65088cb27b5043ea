package publisher

import (
	"context"
	_ "embed"
	"net/http"
	"strings"
	"time"

	"courant/db"
	"courant/publisher/feeds"
	"courant/publisher/pages"
	"courant/publisher/web"
)

// channel is a feed before its format: where it stands, what it is made from,
// and how to gather it.
type channel struct {
	page   string   // path of the page it stands under
	anchor string   // of the part of the page that shows the same, with its "#"
	scopes []string // of the store
	texts  bool     // ?full=0 leaves its texts out
	paged  bool     // ?page= names a part of it (H1)
	// gather fills all but the addresses. touched is when any of it last changed.
	gather func(ctx context.Context, f feedParams) (feed feeds.Feed, touched time.Time, err error)
}

// takes is f without what means nothing to c: one feed has one address and one
// copy (X36).
func (c *channel) takes(f feedParams) feedParams {
	f.short = f.short && c.texts
	if !c.paged {
		f.page = 1
	}
	return f
}

// finder tells which feed a request is for. It answers a request for an
// address that is no longer right itself, and then returns nil.
type finder func(w http.ResponseWriter, r *http.Request, format feeds.Format, f feedParams) (*channel, error)

// feedRoutes are the three feeds under the page at path.
func (p *Publisher) feedRoutes(path string, find finder) []route {
	var list []route
	for _, format := range feeds.Formats() {
		list = append(list, route{"GET " + below(path) + "/" + format.File(), func(w http.ResponseWriter, r *http.Request) error {
			err := p.findFeed(w, r, format, find)
			if err != nil {
				w.Header().Set("Access-Control-Allow-Origin", "*") // a script may learn that it is gone (C7)
			}
			return err
		}})
	}
	return list
}

func (p *Publisher) findFeed(w http.ResponseWriter, r *http.Request, format feeds.Format, find finder) error {
	f, bad := parseFeedParams(r.URL.Query())
	c, err := find(w, r, format, f)
	if err != nil || c == nil {
		return err
	}
	if c.paged && bad != nil {
		return bad
	}
	return p.serveFeed(w, r, format, c, c.takes(f))
}

func (p *Publisher) serveFeed(w http.ResponseWriter, r *http.Request, format feeds.Format, c *channel, f feedParams) error {
	address := below(c.page) + "/" + format.File() + f.query()
	scopes := append([]string{db.ScopeSources}, c.scopes...)
	if f.view == viewAny && web.Navigates(r) {
		return p.feedPage(w, r, format, c, f, address, scopes)
	}
	return p.keep.Serve(w, r, address, scopes, func(ctx context.Context) (web.Document, error) {
		feed, touched, err := p.gather(ctx, format, c, f)
		if err != nil {
			return web.Document{}, err
		}
		contentType := format.Type()
		if f.view == viewRaw {
			feed.Style, contentType = feedStylePath, "application/xml"
			if format == feeds.JSON {
				contentType = "application/json"
			}
		}
		body, err := feeds.Write(feed, format)
		return web.Document{
			ContentType: contentType + "; charset=utf-8", Body: body, LastModified: touched,
			Header: feedHeader(feed.Self), ByDestination: f.view == viewAny,
		}, err
	})
}

// feedPage answers a person who opens a feed in a browser, which would show the
// bare text or save it: with a page about the feed, at the same address. Accept
// is not looked at, since feed readers ask for text/html too.
func (p *Publisher) feedPage(w http.ResponseWriter, r *http.Request, format feeds.Format, c *channel, f feedParams, address string, scopes []string) error {
	key := address + "#page" // no request names a fragment
	return p.page(w, r, key, scopes, func(ctx context.Context) (web.Document, error) {
		feed, touched, err := p.gather(ctx, format, c, f)
		if err != nil {
			return web.Document{}, err
		}
		v := pages.FeedPage{
			Title: feed.Title, Strange: true, Page: c.page, Format: string(format), Query: strings.TrimPrefix(f.query(), "?"),
		}
		for _, e := range feed.Entries {
			v.Items = append(v.Items, pages.FeedEntry{Title: e.Title, Href: e.Link, Summary: e.Brief(), At: e.Published})
		}
		d, err := htmlPage(p.view().Feed(v))
		d.LastModified, d.ByDestination = touched, true
		d.Header = http.Header{"X-Robots-Tag": {indexing}}
		return d, err
	})
}

// gather makes the feed of c with the addresses that it has in that format.
func (p *Publisher) gather(ctx context.Context, format feeds.Format, c *channel, f feedParams) (feeds.Feed, time.Time, error) {
	feed, touched, err := c.gather(ctx, f)
	if err != nil {
		return feed, touched, err
	}
	site := p.set.Site
	root := site.Base() + below(c.page) + "/" + format.File()
	feed.Self = root + f.canonical().query()
	feed.Page = site.Base() + c.page + c.anchor
	feed.Image = p.files.image(site.Base())
	if feed.Language == "" {
		feed.Language = site.Language
	}
	if feed.Pages > 1 {
		link := func(page int) string { return root + f.canonical().at(page).query() }
		feed.First, feed.Last = link(1), link(feed.Pages)
		if f.page > 1 {
			feed.Prev = link(f.page - 1)
		}
		if f.page < feed.Pages {
			feed.Next = link(f.page + 1)
		}
	}
	return feed, touched, nil
}

// feedLifetime is for how long a feed holds (C4): readers poll it no sooner,
// and a proxy may go on with the old one while we are away.
const feedLifetime = "public, max-age=300, stale-while-revalidate=60, stale-if-error=86400"

// indexing asks search engines to show the pages, not the feeds (C10).
const indexing = "noindex, follow"

// feedHeader is what answers with a feed carry beside its own: for how long it
// holds (C4), that any site may read it (C7), and that search engines should
// show the pages instead (C10).
func feedHeader(self string) http.Header {
	return http.Header{
		"Cache-Control":                 {feedLifetime},
		"Access-Control-Allow-Origin":   {"*"},
		"Access-Control-Expose-Headers": {"ETag, Last-Modified, Link"},
		"X-Robots-Tag":                  {indexing},
		"Link":                          {"<" + self + `>; rel="self"`},
	}
}

// articles finds the feed of a list of articles.
func (p *Publisher) articles(find func(*http.Request) (list, error)) finder {
	return func(_ http.ResponseWriter, r *http.Request, _ feeds.Format, _ feedParams) (*channel, error) {
		l, err := find(r)
		if err != nil {
			return nil, err
		}
		return &channel{page: l.path, scopes: []string{l.scope}, texts: true, gather: func(ctx context.Context, f feedParams) (feeds.Feed, time.Time, error) {
			return p.gatherArticles(ctx, l, f)
		}}, nil
	}
}

// maxDeletions is how many withdrawals a feed tells of, the latest.
const maxDeletions = 100

func (p *Publisher) gatherArticles(ctx context.Context, l list, f feedParams) (feed feeds.Feed, touched time.Time, err error) {
	if err := l.found(ctx); err != nil {
		return feed, touched, err
	}
	// First, so that what changes while we read makes the feed look older than
	// it is, never newer.
	state, err := p.store.List(ctx, l.scope)
	if err != nil {
		return feed, touched, err
	}
	of, err := p.store.List(ctx, db.ScopeSources) // entries name their sources
	if err != nil {
		return feed, touched, err
	}
	touched = state.Touched
	if of.Touched.After(touched) {
		touched = of.Touched
	}
	sources, err := p.sources(ctx)
	if err != nil {
		return feed, touched, err
	}
	site := p.set.Site
	feed = feeds.Feed{
		ID: p.store.Tag().Feed(l.path), Title: l.title(site), Description: l.about, Updated: state.Updated,
		Author: feeds.Person{Name: site.Author, Email: site.Email}, MinItems: p.set.Publisher.FeedItems,
	}
	if feed.Description == "" {
		feed.Description = site.Description
	}
	if feed.Author.Name == "" {
		feed.Author.Name = site.Title
	}
	if f.items > 0 {
		feed.MinItems = f.items
	}
	short := f.short || !p.set.Publisher.FullContent
	list, err := p.feedArticles(ctx, l.query, f.items)
	if err != nil {
		return feed, touched, err
	}
	feed.Entries = make([]feeds.Entry, 0, len(list))
	for _, a := range list {
		e := p.articleEntry(a, sources, short)
		if e.Body.Empty() && a.Words > 0 && e.More == "" {
			e.More = e.Link // its text was not even read, so long is the feed already
		}
		feed.Entries = append(feed.Entries, e)
	}
	q := l.query
	q.Limit = maxDeletions
	gone, err := p.store.Withdrawn(ctx, q)
	for _, g := range gone {
		feed.Deleted = append(feed.Deleted, feeds.Deletion{Ref: p.store.Tag().Article(g.ID), When: g.At})
	}
	return feed, touched, err
}

// feedChunk is how many articles are read at a time: few enough that bodies
// that no feed has room for stay unread, enough that queries are few.
const feedChunk = 100

// feedArticles reads what a feed of q holds: n articles, or where n is 0 at
// least feed_items of them and all of the last feed_window, as seen from the
// newest, so that a feed does not change by itself (X38). Bodies are read until
// they are more than a feed may hold (X37).
func (p *Publisher) feedArticles(ctx context.Context, q db.ArticleQuery, n int) ([]db.Article, error) {
	least, most, window := n, n, time.Duration(0)
	if n == 0 {
		least, most, window = p.set.Publisher.FeedItems, maxFeedItems, p.set.Publisher.FeedWindow.Duration
	}
	list := make([]db.Article, 0, least)
	size, done := 0, false
	for !done && len(list) < most {
		q.Limit, q.Bodies = min(feedChunk, most-len(list)), size < feeds.MaxBytes
		read := 0
		err := p.store.EachArticle(ctx, q, func(a db.Article) error {
			read++
			done = done || len(list) >= least && !a.Published.After(list[0].Published.Add(-window))
			if !done {
				list = append(list, a)
				size += len(a.Body.String())
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if read < q.Limit {
			break
		}
		q.Before = &list[len(list)-1]
	}
	return list, nil
}

// feedStylePath is where the stylesheet for feeds stands that people look at.
const feedStylePath = "/feed.css"

//go:embed feed.css
var feedCSS []byte

func feedStyle(context.Context) ([]byte, time.Time, error) { return feedCSS, time.Time{}, nil }
