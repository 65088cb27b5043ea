package channels

import (
	"context"
	"time"

	"courant/db"
	"courant/db/newsroom"
	"courant/db/record"
	"courant/db/scope"
	"courant/publisher/feeds"
)

// articles finds the channel of a list of articles.
func (c *Channels) articles(find func(context.Context, Values) (List, error)) func(context.Context, Values) (*Channel, error) {
	return func(ctx context.Context, at Values) (*Channel, error) {
		l, err := find(ctx, at)
		if err != nil {
			return nil, err
		}
		return c.Of(l), nil
	}
}

// Of is the channel of a list.
func (c *Channels) Of(l List) *Channel {
	return &Channel{
		Page: l.Path, Title: c.title(l.Name), Scopes: []string{l.Scope}, site: c.site, texts: true, Past: true,
		gather: func(ctx context.Context, p Params) (feeds.Feed, time.Time, error) {
			if p.Archive > 0 {
				feed, err := c.gatherArchive(ctx, l, p)
				return feed, time.Time{}, err // nothing but its bytes tells of its last change
			}
			return c.gatherArticles(ctx, l, p)
		},
	}
}

func (c *Channels) gatherArticles(ctx context.Context, l List, p Params) (feed feeds.Feed, touched time.Time, err error) {
	if err := l.Found(ctx); err != nil {
		return feed, touched, err
	}
	// First, so that what changes while we read makes the feed look older than
	// it is, never newer.
	state, err := c.store.List(ctx, l.Scope)
	if err != nil {
		return feed, touched, err
	}
	of, err := c.store.List(ctx, scope.Sources) // entries name their sources
	if err != nil {
		return feed, touched, err
	}
	touched = state.Touched
	if of.Touched.After(touched) {
		touched = of.Touched
	}
	sources, err := c.Sources(ctx)
	if err != nil {
		return feed, touched, err
	}
	feed = c.about(l)
	feed.Updated = state.Updated
	if p.Items > 0 {
		feed.MinItems = p.Items
	}
	short := p.Short || !c.site.Full
	list, err := c.feedArticles(ctx, l.Query, p.Items)
	if err == nil && p.Items == 0 {
		list, err = c.subscription(ctx, l, &feed, list)
	}
	if err != nil {
		return feed, touched, err
	}
	also, err := c.also(ctx, list, sources)
	if err != nil {
		return feed, touched, err
	}
	feed.Entries = make([]feeds.Entry, 0, len(list))
	for _, a := range list {
		e := c.listedEntry(a, sources, short)
		e.Also = also[a.Seq]
		feed.Entries = append(feed.Entries, e)
	}
	if err := c.taken(ctx, list, feed.Entries); err != nil {
		return feed, touched, err
	}
	q := l.Query
	q.Limit = maxDeletions
	gone, err := c.store.Withdrawn(ctx, q)
	for _, g := range gone {
		feed.Deleted = append(feed.Deleted, feeds.Deletion{Ref: c.store.Tag().Article(g.ID), When: g.At})
	}
	return feed, touched, err
}

// taken has entries, of the articles of list, name the pages that they were taken over
// from before their source did: who has them from us tells by it what is their own
// (I37).
func (c *Channels) taken(ctx context.Context, list []db.Article, entries []feeds.Entry) error {
	seqs := make([]int64, len(list))
	for i, a := range list {
		seqs[i] = a.Seq
	}
	pages, err := record.Through(ctx, c.store, seqs)
	if err != nil {
		return err
	}
	for i, a := range list {
		entries[i].Through = pages[a.Seq]
	}
	return nil
}

// also are, by the seq of each article of list, the same articles elsewhere that it
// stands for.
func (c *Channels) also(ctx context.Context, list []db.Article, sources map[string]db.Source) (map[int64][]feeds.Also, error) {
	seqs := make([]int64, len(list))
	for i, a := range list {
		seqs[i] = a.Seq
	}
	reports, err := newsroom.Attached(ctx, c.store.Reader(), seqs)
	if err != nil {
		return nil, err
	}
	also := make(map[int64][]feeds.Also, len(reports))
	for seq, list := range reports {
		also[seq] = alsoOf(list, sources)
	}
	return also, nil
}

// alsoOf are reports as entries tell of them.
func alsoOf(reports []newsroom.Report, sources map[string]db.Source) (also []feeds.Also) {
	for _, r := range reports {
		name := r.Source
		if s, ok := sources[r.Source]; ok {
			name = s.Name()
		}
		also = append(also, feeds.Also{Title: r.Headline, Link: r.Link, Source: name, Published: r.At})
	}
	return also
}

// Alone is a feed of the site in which a is the one entry, as it would be told there.
func (c *Channels) Alone(ctx context.Context, a db.Article, also []newsroom.Report) (feeds.Feed, error) {
	sources, err := c.Sources(ctx)
	if err != nil {
		return feeds.Feed{}, err
	}
	e := c.articleEntry(a, sources, !c.site.Full)
	e.Also = alsoOf(also, sources)
	return feeds.Feed{
		Words: c.site.Words, ID: c.store.Tag().Feed("/"), Title: c.site.Title, Language: c.site.Language, Author: c.site.author(),
		Self: c.site.Base + Path("/", feeds.Atom), Page: c.site.Base + "/", Updated: a.Updated, Entries: []feeds.Entry{e}, MinItems: 1,
	}, nil
}

// about is what the feeds of a list say of it, whatever they hold.
func (c *Channels) about(l List) feeds.Feed {
	feed := feeds.Feed{
		Words: c.site.Words,
		ID:    c.store.Tag().Feed(l.Path), Title: c.title(l.Name), Description: l.About,
		Author: c.site.author(), MinItems: c.site.Items,
	}
	if l.Scope == scope.Site { // the site's own feed says it for all
		feed.Blogroll = c.site.Base + BlogrollPath
	}
	if feed.Description == "" {
		feed.Description = c.site.Description
	}
	return feed
}

// listedEntry is articleEntry of an article that was perhaps read without its
// body, so long is the feed already.
func (c *Channels) listedEntry(a db.Article, sources map[string]db.Source, short bool) feeds.Entry {
	e := c.articleEntry(a, sources, short)
	if e.Body.Empty() && a.Words > 0 && e.More == "" {
		e.More = e.Link
	}
	return e
}

// feedChunk is how many articles are read at a time: few enough that bodies
// that no feed has room for stay unread, enough that queries are few.
const feedChunk = 100

// feedArticles reads what a feed of q holds: n articles, or where n is 0 at
// least feed_items of them and all of the last feed_window, as seen from the
// newest, so that a feed does not change by itself (X38). Bodies are read until
// they are more than a feed may hold (X37).
func (c *Channels) feedArticles(ctx context.Context, q db.ArticleQuery, n int) ([]db.Article, error) {
	least, most, window := n, n, time.Duration(0)
	if n == 0 {
		least, most, window = c.site.Items, MaxItems, c.site.Window
	}
	q.News = true // what came from a source's past has its place in archives
	list := make([]db.Article, 0, least)
	size, done := 0, false
	for !done && len(list) < most {
		q.Limit, q.Bodies = min(feedChunk, most-len(list)), size < feeds.MaxBytes
		read := 0
		for a, err := range c.store.EachArticle(ctx, q) {
			if err != nil {
				return nil, err
			}
			read++
			done = done || len(list) >= least && !a.Published.After(list[0].Published.Add(-window))
			if !done {
				list = append(list, a)
				size += len(a.Body.String())
			}
		}
		if read < q.Limit {
			break
		}
		q.Before = &list[len(list)-1]
	}
	return list, nil
}
