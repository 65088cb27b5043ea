package publisher

import (
	"context"
	"net/http"
	"slices"

	"courant/db"
	"courant/publisher/pages"
	"courant/publisher/web"
)

// feedsPage explains feeds and builds their addresses.
func (p *Publisher) feedsPage(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	if q.Get("scope") == "" {
		return p.page(w, r, "/feeds", []string{db.ScopeSources}, func(ctx context.Context) (web.Document, error) {
			f, err := p.feedScopes(ctx)
			if err != nil {
				return web.Document{}, err
			}
			return htmlPage(p.view().Feeds(f))
		})
	}
	f, err := p.feedScopes(r.Context())
	if err != nil {
		return err
	}
	c := pages.Choice{Scope: q.Get("scope"), Format: q.Get("format"), Full: q.Get("full") != "0"}
	if c.Items, err = number(q, "n", maxFeedItems); err != nil {
		return err
	}
	known := func(s pages.Scope) bool { return s.Path == c.Scope }
	if !slices.ContainsFunc(slices.Concat(f.Site, f.Sections, f.Sources), known) || !slices.Contains([]string{"atom", "rss", "json"}, c.Format) {
		return &web.Error{Status: http.StatusNotFound, Message: "There is no such feed."}
	}
	f.Choice = &c
	body, err := p.view().Feeds(f)
	if err != nil {
		return err
	}
	return p.once(w, r, http.StatusOK, body) // too many choices to keep each
}

// feedScopes is everything that has feeds of its own, but for articles and tags.
func (p *Publisher) feedScopes(ctx context.Context) (pages.Feeds, error) {
	f := pages.Feeds{Site: []pages.Scope{{Name: "All articles", Path: "/"}}}
	if p.set.Comments.Enabled {
		f.Site = append(f.Site, pages.Scope{Name: "All comments", Path: "/comments"})
	}
	f.Site = append(f.Site, pages.Scope{Name: "Corrections and withdrawals", Path: "/corrections"})
	for _, s := range p.Sections() {
		f.Sections = append(f.Sections, pages.Scope{Name: s.Name(), Path: "/section/" + s.ID})
	}
	list, err := p.store.Sources(ctx)
	for _, s := range list {
		f.Sources = append(f.Sources, pages.Scope{Name: s.Name(), Path: "/source/" + s.ID, Strange: true})
	}
	return f, err
}
