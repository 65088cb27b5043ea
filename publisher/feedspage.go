package publisher

import (
	"context"
	"net/http"
	"slices"

	"courant/db/scope"
	"courant/publisher/channels"
	"courant/publisher/feeds"
	"courant/publisher/pages"
	"courant/publisher/web"
)

// feedsPage explains feeds and builds their addresses.
func (p *Publisher) feedsPage(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	if q.Get("scope") == "" {
		return p.page(w, r, "/feeds", []string{scope.Sources}, func(ctx context.Context) (web.Document, error) {
			f, err := p.feedGroups(ctx)
			if err != nil {
				return web.Document{}, err
			}
			return htmlPage(p.view().Feeds(f))
		})
	}
	f, err := p.feedGroups(r.Context())
	if err != nil {
		return err
	}
	c := pages.Choice{Scope: q.Get("scope"), Format: q.Get("format"), Full: q.Get("full") != "0"}
	if c.Items, err = number(q, "n", channels.MaxItems); err != nil {
		return err
	}
	if !f.Knows(c.Scope) || !slices.Contains(feeds.Formats(), feeds.Format(c.Format)) {
		return &web.Error{Status: http.StatusNotFound, Message: "There is no such feed."}
	}
	f.Choice = &c
	body, err := p.view().Feeds(f)
	if err != nil {
		return err
	}
	return p.once(w, r, http.StatusOK, body) // too many choices to hold each
}

// feedGroups is everything that lists of feeds name.
func (p *Publisher) feedGroups(ctx context.Context) (pages.Feeds, error) {
	rows, err := p.channels.Rows(ctx)
	f := pages.Feeds{Follow: follow(p.channels.Front())}
	for _, r := range rows {
		f.Add(r.Group.Heading, pages.Scope{Name: r.Name, Path: r.Page, Strange: r.Strange})
	}
	return f, err
}
