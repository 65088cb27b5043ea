package channels

import (
	"context"
	"time"

	"courant/db"
	"courant/db/content"
	"courant/db/scope"
	"courant/db/state"
	"courant/publisher/feeds"
)

// corrections finds the feed of corrections and withdrawals.
func (c *Channels) corrections(context.Context, Values) (*Channel, error) {
	return c.Corrections(), nil
}

// Corrections is the channel of corrections and withdrawals.
func (c *Channels) Corrections() *Channel {
	return &Channel{Page: "/corrections", Title: c.title(c.site.Words.Say("corrections_link")), Scopes: []string{scope.Corrections}, site: c.site, gather: c.gatherNotices}
}

func (c *Channels) gatherNotices(ctx context.Context, p Params) (feed feeds.Feed, touched time.Time, err error) {
	state, err := c.store.List(ctx, scope.Corrections)
	if err != nil {
		return feed, touched, err
	}
	site := c.site
	feed = feeds.Feed{
		Words: c.site.Words,
		ID:    c.store.Tag().Feed("/corrections"), Title: c.title(site.Words.Say("corrections_link")),
		Description: site.Words.Say("corrections"), Updated: state.Updated,
		Author: site.author(),
	}
	n := p.Items
	if n == 0 {
		n = c.site.Items
	}
	feed.MinItems = n
	list, err := c.store.Notices(ctx, n)
	for _, notice := range list {
		feed.Entries = append(feed.Entries, c.noticeEntry(notice))
	}
	return feed, state.Touched, err
}

func (c *Channels) noticeEntry(n db.Notice) feeds.Entry {
	e := feeds.Entry{
		ID: c.store.Tag().Notice(n.ID), Link: c.site.Base + n.Article.Path(),
		Published: n.Updated, Updated: n.Updated, Body: content.Text(n.Text), Summary: n.Text,
	}
	switch n.Kind {
	case state.Withdrawal:
		e.Title = c.site.Words.Say("withdrawn_title", "Headline", n.Article.Headline)
		if n.Text == "" {
			e.Summary = c.site.Words.Say("was_withdrawn")
			e.Body = content.Text(e.Summary)
		}
	default:
		e.Title = c.site.Words.Say("correction_title", "Headline", n.Article.Headline)
	}
	return e
}
