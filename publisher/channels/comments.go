package channels

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"courant/db"
	"courant/db/scope"
	"courant/db/state"
	"courant/publisher/feeds"
	"courant/publisher/threads"
)

// SplitName reads the last part of an article's address, "tidal-plant-7k3f":
// the id follows the last hyphen.
func SplitName(name string) (slug, id string) {
	if i := strings.LastIndexByte(name, '-'); i >= 0 {
		return name[:i], name[i+1:]
	}
	return "", name
}

// talks reports whether an article has a thread.
func (c *Channels) talks(a db.Article) bool { return c.site.Comments && a.Thread != state.ThreadOff }

// thread finds the feed of an article's comments.
func (c *Channels) thread(ctx context.Context, at Values) (*Channel, error) {
	slug, id := SplitName(at("name"))
	a, err := c.Published(ctx, id)
	if err != nil {
		return nil, err
	}
	if !c.talks(a) {
		return nil, db.ErrNotFound
	}
	ch := c.Thread(a)
	ch.Moved = slug != a.Slug
	return ch, nil
}

// Thread is the channel of the comments on an article that readers may see.
func (c *Channels) Thread(a db.Article) *Channel {
	return &Channel{
		Page: a.Path(), Title: c.threadTitle(a), Scopes: []string{scope.Article(a.ID)}, Paged: true, site: c.site, anchor: "#comments",
		gather: func(ctx context.Context, p Params) (feeds.Feed, time.Time, error) {
			touched, err := c.articleTouched(ctx, a)
			if err != nil {
				return feeds.Feed{}, touched, err
			}
			feed, err := c.gatherThread(ctx, a.ID, p)
			return feed, touched, err
		},
	}
}

// threadTitle is what the thread of a is called.
func (c *Channels) threadTitle(a db.Article) string {
	return c.site.Words.Say("comments_on", "Headline", cmp.Or(a.Headline, c.site.Words.Say("untitled")))
}

// articleTouched is when anything that readers see of a or of its thread last
// changed, and it may be later: the store notes that by the day. Its headline
// stands in the feeds of its comments, whose own dates are silent of it.
func (c *Channels) articleTouched(ctx context.Context, a db.Article) (time.Time, error) {
	day, err := c.store.List(ctx, scope.Day(a.Published.In(c.zone())))
	return day.Touched, err
}

func (c *Channels) gatherThread(ctx context.Context, id string, p Params) (feed feeds.Feed, err error) {
	a, err := c.Published(ctx, id)
	if err != nil {
		return feed, err
	}
	feed = feeds.Feed{
		Words: c.site.Words,
		ID:    c.store.Tag().Feed("/article/" + id), Title: c.threadTitle(a),
		Description: c.site.Words.Say("thread_of"), Language: a.Language, Updated: a.Published,
	}
	if a.CommentsUpdated.After(feed.Updated) {
		feed.Updated = a.CommentsUpdated // of the empty thread: the article's (A4)
	}
	return feed, c.fillThread(ctx, &feed, db.CommentQuery{Article: id}, a.Comments, p)
}

// fillThread adds the comments that q selects, total of them, all at once or
// the page that f asks for (H1).
func (c *Channels) fillThread(ctx context.Context, feed *feeds.Feed, q db.CommentQuery, total int, p Params) error {
	size := p.Items
	if size == 0 {
		size = c.site.Items
	}
	feed.MinItems = size
	feed.Pages = max(1, (total+size-1)/size)
	if p.Page > feed.Pages {
		return fmt.Errorf("page %d: %w", p.Page, ErrNoPage)
	}
	q.Limit, q.Offset = size, (p.Page-1)*size
	list, err := c.store.Comments(ctx, q)
	if err != nil {
		return err
	}
	if feed.Entries, err = c.commentEntries(ctx, list, true); err != nil {
		return err
	}
	if feed.Pages == 1 {
		// What is not in a complete feed is gone: no need to tell of each.
		feed.Complete = true
		return nil
	}
	return c.tellRemoved(ctx, feed, q)
}

// tellRemoved adds those of the comments that q selects which readers can see
// no more.
func (c *Channels) tellRemoved(ctx context.Context, feed *feeds.Feed, q db.CommentQuery) error {
	q.Limit = maxDeletions
	gone, err := c.store.RemovedComments(ctx, q)
	for _, g := range gone {
		feed.Deleted = append(feed.Deleted, feeds.Deletion{Ref: c.store.Tag().Comment(g.ID), When: g.At})
	}
	return err
}

// replies finds the feed of what was answered to one comment, and to those
// answers.
func (c *Channels) replies(ctx context.Context, at Values) (*Channel, error) {
	m, err := c.store.Comment(ctx, at("id"))
	if err != nil {
		return nil, err
	}
	if m.Status != state.Approved && !m.Tombstone() {
		return nil, db.ErrNotFound
	}
	a, err := c.Published(ctx, m.Article)
	if err != nil {
		return nil, err
	}
	if !c.talks(a) {
		return nil, db.ErrNotFound
	}
	return &Channel{
		Page: "/comment/" + m.ID, Scopes: []string{scope.Article(m.Article)}, Paged: true, site: c.site,
		gather: func(ctx context.Context, p Params) (feeds.Feed, time.Time, error) {
			touched, err := c.articleTouched(ctx, a)
			if err != nil {
				return feeds.Feed{}, touched, err
			}
			feed, err := c.gatherReplies(ctx, m.ID, p)
			return feed, touched, err
		},
	}, nil
}

func (c *Channels) gatherReplies(ctx context.Context, id string, p Params) (feed feeds.Feed, err error) {
	m, err := c.store.Comment(ctx, id)
	if err != nil {
		return feed, err
	}
	a, err := c.Published(ctx, m.Article)
	if err != nil {
		return feed, err
	}
	total, updated, err := c.store.Replies(ctx, id)
	if err != nil {
		return feed, err
	}
	name := m.Name
	if m.Status != state.Approved {
		name = c.site.Words.Say("removed_comment")
	}
	feed = feeds.Feed{
		Words: c.site.Words,
		ID:    c.store.Tag().Feed("/comment/" + id), Title: c.site.Words.Say("replies_to", "Name", name, "Headline", a.Headline),
		Description: c.site.Words.Say("replies_of"), Language: a.Language, Updated: m.Created,
	}
	if updated.After(feed.Updated) {
		feed.Updated = updated
	}
	return feed, c.fillThread(ctx, &feed, db.CommentQuery{Under: id}, total, p)
}

// latestComments finds the feed of the latest comments on all articles.
func (c *Channels) latestComments(context.Context, Values) (*Channel, error) {
	if !c.site.Comments {
		return nil, db.ErrNotFound
	}
	return c.LatestComments(), nil
}

// LatestComments is the channel of the latest comments on all articles.
func (c *Channels) LatestComments() *Channel {
	return &Channel{Page: "/comments", Title: c.title(c.site.Words.Say("comments")), Scopes: []string{scope.Comments}, site: c.site, gather: c.gatherComments}
}

func (c *Channels) gatherComments(ctx context.Context, p Params) (feed feeds.Feed, touched time.Time, err error) {
	state, err := c.store.List(ctx, scope.Comments)
	if err != nil {
		return feed, touched, err
	}
	feed = feeds.Feed{
		Words: c.site.Words,
		ID:    c.store.Tag().Feed("/comments"), Title: c.title(c.site.Words.Say("comments")),
		Description: c.site.Words.Say("comments_about"), Updated: state.Updated,
	}
	n := p.Items
	if n == 0 {
		n = c.site.Items
	}
	feed.MinItems = n
	list, err := c.store.Comments(ctx, db.CommentQuery{Public: true, Limit: n})
	if err != nil {
		return feed, touched, err
	}
	if feed.Entries, err = c.commentEntries(ctx, list, false); err != nil {
		return feed, touched, err
	}
	return feed, state.Touched, c.tellRemoved(ctx, &feed, db.CommentQuery{Public: true})
}

// commentEntries are list as feeds tell them.
func (c *Channels) commentEntries(ctx context.Context, list []db.Comment, among bool) ([]feeds.Entry, error) {
	deep, err := c.store.DeepComments(ctx, list, threads.MaxIndent)
	if err != nil {
		return nil, err
	}
	var sources map[string]db.Source
	if slices.ContainsFunc(list, func(m db.Comment) bool { return m.Origin != "" }) {
		if sources, err = c.Sources(ctx); err != nil {
			return nil, err
		}
	}
	var entries []feeds.Entry
	for _, m := range list {
		e := c.commentEntry(m, sources, among)
		// On the article's own page only the first comments of a long thread
		// stand, and none that is deep in it: this address leads there. Tombstones
		// are not counted, hence the half.
		if deep[m.ID] || m.Thread > threads.PerPage/2 {
			e.Link = c.site.Base + "/comment/" + m.ID
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// commentEntry is m as feeds tell it, with where it comes from, of sources; among says that the feed is of one
// article, whose headline need not be repeated.
func (c *Channels) commentEntry(m db.Comment, sources map[string]db.Source, among bool) feeds.Entry {
	base, tag := c.site.Base, c.store.Tag()
	e := feeds.Entry{
		ID: tag.Comment(m.ID), Title: m.Name, Link: base + m.Path(),
		Published: m.Created, Updated: m.Updated, Author: m.Name, Body: m.Body,
	}
	if m.Origin != "" {
		e.Via, e.Source = m.Link, sourceOf(sources[m.Origin], db.Article{})
		e.Title += ", " + c.site.Words.Say("said_at", "Source", m.OriginName)
		e.Source.Updated = m.Created // its feed moves on, and the comment does not
	}
	article := base + m.ArticlePath()
	switch {
	case m.Parent == "":
		e.ReplyTo = &feeds.ReplyTo{Ref: tag.Article(m.Article), Page: article, Source: base + "/" + feeds.Atom.File()}
	default:
		e.ReplyTo = &feeds.ReplyTo{Ref: tag.Comment(m.Parent), Page: article + "#c-" + m.Parent, Source: article + "/" + feeds.Atom.File()}
		if m.ParentName != "" {
			e.Title += ", in reply to " + m.ParentName
		} else {
			e.Title += ", in reply to a removed comment"
		}
	}
	if !among {
		e.Title += ", on: " + m.Headline
	}
	return e
}
