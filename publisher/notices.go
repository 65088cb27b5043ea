package publisher

import (
	"context"
	"net/http"
	"time"

	"courant/db"
	"courant/db/content"
	"courant/publisher/feeds"
)

// correctionsFeed finds the feed of corrections and withdrawals.
func (p *Publisher) correctionsFeed(http.ResponseWriter, *http.Request, feeds.Format, feedParams) (*channel, error) {
	return &channel{page: "/corrections", scopes: []string{db.ScopeCorrections}, gather: p.gatherNotices}, nil
}

func (p *Publisher) gatherNotices(ctx context.Context, f feedParams) (feed feeds.Feed, touched time.Time, err error) {
	state, err := p.store.List(ctx, db.ScopeCorrections)
	if err != nil {
		return feed, touched, err
	}
	site := p.set.Site
	feed = feeds.Feed{
		ID: p.store.Tag().Feed("/corrections"), Title: site.Title + " – Corrections",
		Description: "Corrections and withdrawals", Updated: state.Updated,
		Author: feeds.Person{Name: site.Author, Email: site.Email},
	}
	if feed.Author.Name == "" {
		feed.Author.Name = site.Title
	}
	n := f.items
	if n == 0 {
		n = p.set.Publisher.FeedItems
	}
	feed.MinItems = n
	list, err := p.store.Notices(ctx, n)
	for _, notice := range list {
		feed.Entries = append(feed.Entries, p.noticeEntry(notice))
	}
	return feed, state.Touched, err
}

func (p *Publisher) noticeEntry(n db.Notice) feeds.Entry {
	e := feeds.Entry{
		ID: p.store.Tag().Notice(n.ID), Link: p.set.Site.Base() + n.Article.Path(),
		Published: n.Updated, Updated: n.Updated, Body: content.Text(n.Text), Summary: n.Text,
	}
	switch n.Kind {
	case db.Withdrawal:
		e.Title = "Withdrawn: " + n.Article.Headline
		if n.Text == "" {
			e.Body, e.Summary = content.Text("This article was withdrawn."), "This article was withdrawn."
		}
	default:
		e.Title = "Correction: " + n.Article.Headline
	}
	return e
}
