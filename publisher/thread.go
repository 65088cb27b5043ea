package publisher

import (
	"context"
	"net/http"
	"time"

	"courant/db"
	"courant/publisher/feeds"
	"courant/publisher/web"
)

// publishedArticle returns the article of that id if readers can see it. One
// that was withdrawn is an error that says why (N3); one that never was
// published is as unknown as any (V11).
func (p *Publisher) publishedArticle(ctx context.Context, id string) (db.Article, error) {
	a, err := p.published(ctx, id)
	if a.Status == db.Withdrawn {
		err = &web.Error{Status: http.StatusGone, Message: withdrawnMessage(a), Err: err}
	}
	return a, err
}

func withdrawnMessage(a db.Article) string {
	if a.Reason == "" {
		return "This article was withdrawn."
	}
	return "This article was withdrawn: " + a.Reason
}

// movedFor is how long a redirect may be kept: what moved does not move back,
// but a slug may still be mended.
const movedFor = "public, max-age=3600"

// moved sends the reader to where something is now, for good (X33). The
// address begins with a slash.
func moved(w http.ResponseWriter, r *http.Request, address string) {
	w.Header().Set("Cache-Control", movedFor)
	http.Redirect(w, r, address, http.StatusMovedPermanently)
}

// articleThread finds the feed of an article's comments.
func (p *Publisher) articleThread(w http.ResponseWriter, r *http.Request, format feeds.Format, f feedParams) (*channel, error) {
	slug, id := splitName(r.PathValue("name"))
	a, err := p.publishedArticle(r.Context(), id)
	if err != nil {
		return nil, err
	}
	if !p.set.Comments.Enabled {
		return nil, db.ErrNotFound
	}
	if slug != a.Slug {
		moved(w, r, a.Path()+"/"+format.File()+f.query())
		return nil, nil
	}
	return &channel{
		page: a.Path(), anchor: "#comments", scopes: []string{db.ScopeArticle(id)}, paged: true,
		gather: func(ctx context.Context, f feedParams) (feeds.Feed, time.Time, error) {
			touched, err := p.articleTouched(ctx, a)
			if err != nil {
				return feeds.Feed{}, touched, err
			}
			feed, err := p.gatherThread(ctx, id, f)
			return feed, touched, err
		},
	}, nil
}

// articleTouched is when anything that readers see of a or of its thread last
// changed, and it may be later: the store notes that by the day. Its headline
// stands in the feeds of its comments, whose own dates are silent of it.
func (p *Publisher) articleTouched(ctx context.Context, a db.Article) (time.Time, error) {
	day, err := p.store.List(ctx, db.ScopeDay(a.Published))
	return day.Touched, err
}

func (p *Publisher) gatherThread(ctx context.Context, id string, f feedParams) (feed feeds.Feed, err error) {
	a, err := p.publishedArticle(ctx, id)
	if err != nil {
		return feed, err
	}
	feed = feeds.Feed{
		ID: p.store.Tag().Feed("/article/" + id), Title: "Comments on: " + a.Headline,
		Description: "The comment thread of this article", Language: a.Language, Updated: a.Published,
	}
	if a.CommentsUpdated.After(feed.Updated) {
		feed.Updated = a.CommentsUpdated // of the empty thread: the article's (A4)
	}
	return feed, p.fillThread(ctx, &feed, db.CommentQuery{Article: id}, a.Comments, f)
}

// fillThread adds the comments that q selects, total of them, all at once or
// the page that f asks for (H1).
func (p *Publisher) fillThread(ctx context.Context, feed *feeds.Feed, q db.CommentQuery, total int, f feedParams) error {
	size := f.items
	if size == 0 {
		size = p.set.Publisher.FeedItems
	}
	feed.MinItems = size
	feed.Pages = max(1, (total+size-1)/size)
	if f.page > feed.Pages {
		return &web.Error{Status: http.StatusNotFound, Message: "This thread has fewer pages."}
	}
	q.Limit, q.Offset = size, (f.page-1)*size
	list, err := p.store.Comments(ctx, q)
	if err != nil {
		return err
	}
	if feed.Entries, err = p.commentEntries(ctx, list, true); err != nil {
		return err
	}
	if feed.Pages == 1 {
		// What is not in a complete feed is gone: no need to tell of each.
		feed.Complete = true
		return nil
	}
	return p.tellRemoved(ctx, feed, q)
}

// tellRemoved adds those of the comments that q selects which readers can see
// no more.
func (p *Publisher) tellRemoved(ctx context.Context, feed *feeds.Feed, q db.CommentQuery) error {
	q.Limit = maxDeletions
	gone, err := p.store.RemovedComments(ctx, q)
	for _, g := range gone {
		feed.Deleted = append(feed.Deleted, feeds.Deletion{Ref: p.store.Tag().Comment(g.ID), When: g.At})
	}
	return err
}

// replies finds the feed of what was answered to one comment, and to those
// answers.
func (p *Publisher) replies(_ http.ResponseWriter, r *http.Request, _ feeds.Format, _ feedParams) (*channel, error) {
	c, err := p.store.Comment(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if !p.set.Comments.Enabled || (c.Status != db.Approved && !c.Tombstone()) {
		return nil, db.ErrNotFound
	}
	a, err := p.publishedArticle(r.Context(), c.Article)
	if err != nil {
		return nil, err
	}
	return &channel{
		page: "/comment/" + c.ID, scopes: []string{db.ScopeArticle(c.Article)}, paged: true,
		gather: func(ctx context.Context, f feedParams) (feeds.Feed, time.Time, error) {
			touched, err := p.articleTouched(ctx, a)
			if err != nil {
				return feeds.Feed{}, touched, err
			}
			feed, err := p.gatherReplies(ctx, c.ID, f)
			return feed, touched, err
		},
	}, nil
}

func (p *Publisher) gatherReplies(ctx context.Context, id string, f feedParams) (feed feeds.Feed, err error) {
	c, err := p.store.Comment(ctx, id)
	if err != nil {
		return feed, err
	}
	a, err := p.publishedArticle(ctx, c.Article)
	if err != nil {
		return feed, err
	}
	total, updated, err := p.store.Replies(ctx, id)
	if err != nil {
		return feed, err
	}
	name := c.Name
	if c.Status != db.Approved {
		name = "a removed comment"
	}
	feed = feeds.Feed{
		ID: p.store.Tag().Feed("/comment/" + id), Title: "Replies to " + name + " on: " + a.Headline,
		Description: "The replies to one comment", Language: a.Language, Updated: c.Created,
	}
	if updated.After(feed.Updated) {
		feed.Updated = updated
	}
	return feed, p.fillThread(ctx, &feed, db.CommentQuery{Under: id}, total, f)
}

// allComments finds the feed of the latest comments on all articles.
func (p *Publisher) allComments(http.ResponseWriter, *http.Request, feeds.Format, feedParams) (*channel, error) {
	if !p.set.Comments.Enabled {
		return nil, db.ErrNotFound
	}
	return &channel{page: "/comments", scopes: []string{db.ScopeComments}, gather: p.gatherComments}, nil
}

func (p *Publisher) gatherComments(ctx context.Context, f feedParams) (feed feeds.Feed, touched time.Time, err error) {
	state, err := p.store.List(ctx, db.ScopeComments)
	if err != nil {
		return feed, touched, err
	}
	feed = feeds.Feed{
		ID: p.store.Tag().Feed("/comments"), Title: p.set.Site.Title + " – Comments",
		Description: "The latest comments on all articles", Updated: state.Updated,
	}
	n := f.items
	if n == 0 {
		n = p.set.Publisher.FeedItems
	}
	feed.MinItems = n
	list, err := p.store.Comments(ctx, db.CommentQuery{Public: true, Limit: n})
	if err != nil {
		return feed, touched, err
	}
	if feed.Entries, err = p.commentEntries(ctx, list, false); err != nil {
		return feed, touched, err
	}
	return feed, state.Touched, p.tellRemoved(ctx, &feed, db.CommentQuery{Public: true})
}
