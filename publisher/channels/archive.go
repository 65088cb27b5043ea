package channels

import (
	"context"
	"fmt"
	"slices"
	"time"

	"courant/db"
	"courant/db/listing"
	"courant/db/scope"
	"courant/publisher/feeds"
)

// order is where the publication numbers of l's articles are from: days and months
// are stretches of the site's.
func (l List) order() listing.List {
	if l.Query.To.IsZero() {
		return listing.List{Scope: l.Scope}
	}
	return listing.List{Scope: scope.Site, From: l.Query.From, To: l.Query.To}
}

// gatherArchive gathers an archive document of a list (H2). It holds nothing that
// changes by itself: no counts of comments, and of sources only what their articles
// say.
func (c *Channels) gatherArchive(ctx context.Context, l List, p Params) (feed feeds.Feed, err error) {
	if err := l.Found(ctx); err != nil {
		return feed, err
	}
	complete, err := listing.Complete(ctx, c.store)
	if err != nil {
		return feed, err
	}
	if p.Archive > complete {
		return feed, fmt.Errorf("archive %d of %s: %w", p.Archive, l.Path, db.ErrNotFound)
	}
	seqs, err := l.order().Held(ctx, c.store, p.Archive)
	if err != nil {
		return feed, err
	}
	list, err := c.store.ArticlesOf(ctx, seqs, true)
	if err != nil {
		return feed, err
	}
	sources, err := c.Sources(ctx)
	if err != nil {
		return feed, err
	}
	feed = c.about(l)
	feed.Updated, feed.MinItems = c.store.Created(), len(list)
	for _, a := range list {
		of := map[string]db.Source{a.Source: sources[a.Source]}
		s := of[a.Source]
		s.FeedUpdated = time.Time{}
		of[a.Source] = s
		e := c.articleEntry(a, of, p.Short || !c.site.Full)
		if e.Replies != nil {
			e.Replies.Uncounted = true
		}
		feed.Entries = append(feed.Entries, e)
		feed.Updated = latest(feed.Updated, a.Updated)
	}
	if err := c.taken(ctx, list, feed.Entries); err != nil {
		return feed, err
	}
	gone, err := l.order().Gone(ctx, c.store, p.Archive)
	for _, g := range gone {
		feed.Deleted = append(feed.Deleted, feeds.Deletion{Ref: c.store.Tag().Article(g.ID), When: g.At})
		feed.Updated = latest(feed.Updated, g.At)
	}
	if err != nil {
		return feed, err
	}
	feed.History.Archive = true
	return feed, c.beside(ctx, l, &feed.History, p.Archive, complete)
}

// beside finds the archives beside one of a list.
func (c *Channels) beside(ctx context.Context, l List, h *feeds.History, n, complete int) (err error) {
	if h.Older, err = l.order().Older(ctx, c.store, n); err != nil {
		return err
	}
	h.Newer, err = l.order().Newer(ctx, c.store, n, complete)
	return err
}

// subscription makes of the articles that a list's feed begins with its subscription
// document: it holds all that no archive has yet, however old, and leads to the newest
// archive (H3).
func (c *Channels) subscription(ctx context.Context, l List, feed *feeds.Feed, list []db.Article) ([]db.Article, error) {
	complete, err := listing.Complete(ctx, c.store) // first: what comes meanwhile is behind it
	if err != nil {
		return nil, err
	}
	since, err := l.order().Since(ctx, c.store, complete)
	if err != nil {
		return nil, err
	}
	var lacks []int64
	for _, seq := range since {
		if !slices.ContainsFunc(list, func(a db.Article) bool { return a.Seq == seq }) {
			lacks = append(lacks, seq)
		}
	}
	more, err := c.store.ArticlesOf(ctx, lacks, true)
	if err != nil {
		return nil, err
	}
	list = append(list, more...)
	slices.SortFunc(list, func(a, b db.Article) int {
		if n := b.Published.Compare(a.Published); n != 0 {
			return n
		}
		return int(b.Seq - a.Seq)
	})
	for i, a := range list {
		if slices.Contains(since, a.Seq) {
			feed.MinItems = max(feed.MinItems, i+1) // it has no other place
		}
	}
	feed.History.Older, err = l.order().Older(ctx, c.store, complete+1)
	return list, err
}
