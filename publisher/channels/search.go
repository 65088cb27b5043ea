package channels

import (
	"context"
	"slices"
	"time"

	"courant/db"
	"courant/db/scope"
	"courant/db/search"
	"courant/db/search/query"
	"courant/publisher/feeds"
)

// SearchBudget is how long is looked for what a query asks for, see
// search.Options: with it the dearest query stays under 200 ms (V68).
const SearchBudget = 100 * time.Millisecond

// SearchScopes are those that what is found is made from: the index, and what
// readers can see, which may change before the index does.
func SearchScopes() []string {
	return []string{scope.Search, scope.Site, scope.Comments, scope.Sources}
}

// search finds the feed of what Params.Words ask for.
func (c *Channels) search(context.Context, Values) (*Channel, error) {
	return c.Search(query.Query{}), nil
}

// Search is the channel of what q looks for, which its Params name: the newest
// first, as in all feeds, not the best.
func (c *Channels) Search(q query.Query) *Channel {
	return &Channel{Page: "/search", Title: c.searchTitle(q), Scopes: SearchScopes(), Asked: true, site: c.site, texts: true, gather: c.gatherSearch}
}

func (c *Channels) searchTitle(q query.Query) string {
	if q.Text == "" {
		return c.title(c.site.Words.Say("search"))
	}
	return c.title(c.site.Words.Say("search_for", "Words", q.Text))
}

// Parse reads what is searched for on this site: days are of its zone. Where
// articles have no threads there are no comments to look through.
func (c *Channels) Parse(words string) (query.Query, error) {
	q, err := query.Parse(words, c.zone())
	if err == nil && q.Comments && !c.site.Comments {
		err = &query.Error{Text: "Comments are switched off here, so that there are none to look through."}
	}
	return q, err
}

// gatherSearch gives a *query.Error where the words cannot be looked for.
func (c *Channels) gatherSearch(ctx context.Context, p Params) (feed feeds.Feed, touched time.Time, err error) {
	q, err := c.Parse(p.Words)
	if err != nil {
		return feed, touched, err
	}
	for _, name := range SearchScopes() {
		state, err := c.store.List(ctx, name)
		if err != nil {
			return feed, touched, err
		}
		if state.Touched.After(touched) {
			touched = state.Touched
		}
	}
	n := p.Items
	if n == 0 {
		n = c.site.Items
	}
	feed = feeds.Feed{
		ID: c.store.Tag().Feed("/search" + Params{Words: q.Text}.Query()), Title: c.searchTitle(q), Words: c.site.Words, Description: c.site.Words.Say("search_about"),
		Updated: c.store.Created(), Author: c.site.author(), MinItems: n,
	}
	if q.Text == "" {
		return feed, touched, nil // a valid feed with nothing in it (X34)
	}
	res, err := c.store.Find(ctx, q, search.Options{Newest: true, News: true, Most: n, Budget: SearchBudget})
	if err != nil {
		return feed, touched, err
	}
	seqs := make([]int64, len(res.Hits))
	for i, h := range res.Hits {
		seqs[i] = h.Seq
	}
	if q.Comments {
		err = c.foundComments(ctx, &feed, seqs)
	} else {
		err = c.foundArticles(ctx, &feed, seqs, p.Short || !c.site.Full)
	}
	for _, e := range feed.Entries {
		feed.Updated = latest(feed.Updated, e.Updated)
	}
	for _, d := range feed.Deleted {
		feed.Updated = latest(feed.Updated, d.When)
	}
	return feed, touched, err
}

// foundArticles adds the articles with the given numbers, and what was withdrawn
// of any: whether these words were in it is not known any more.
func (c *Channels) foundArticles(ctx context.Context, feed *feeds.Feed, seqs []int64, short bool) error {
	sources, err := c.Sources(ctx)
	if err != nil {
		return err
	}
	size := 0
	for chunk := range slices.Chunk(seqs, feedChunk) {
		list, err := c.store.ArticlesOf(ctx, chunk, size < feeds.MaxBytes)
		if err != nil {
			return err
		}
		for _, a := range list {
			size += len(a.Body.String())
			feed.Entries = append(feed.Entries, c.listedEntry(a, sources, short))
		}
		if err := c.taken(ctx, list, feed.Entries[len(feed.Entries)-len(list):]); err != nil {
			return err
		}
	}
	gone, err := c.store.Withdrawn(ctx, db.ArticleQuery{Limit: maxDeletions})
	for _, g := range gone {
		feed.Deleted = append(feed.Deleted, feeds.Deletion{Ref: c.store.Tag().Article(g.ID), When: g.At})
	}
	return err
}

func (c *Channels) foundComments(ctx context.Context, feed *feeds.Feed, seqs []int64) error {
	list, err := c.store.CommentsOf(ctx, seqs)
	if err != nil {
		return err
	}
	slices.Reverse(list)
	if feed.Entries, err = c.commentEntries(ctx, list, false); err != nil {
		return err
	}
	return c.tellRemoved(ctx, feed, db.CommentQuery{Public: true})
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
