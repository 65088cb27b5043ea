package publisher

import (
	"context"
	"net/http"
	"slices"
	"strings"

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
	if err := p.asked(r.Context(), &c, q.Get("q")); err != nil {
		return err
	}
	f.Choice = &c
	body, err := p.view().Feeds(f)
	if err != nil {
		return err
	}
	return p.once(w, r, http.StatusOK, body) // too many choices to hold each
}

// asked makes c the feed of a search for words in its scope, if there are words.
func (p *Publisher) asked(ctx context.Context, c *pages.Choice, words string) error {
	if c.Words = spaced(words); c.Words == "" {
		return nil
	}
	rows, err := p.channels.Rows(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(rows, func(r channels.Row) bool { return r.Page == c.Scope })
	if i < 0 || rows[i].Within.None {
		return &web.Error{Status: http.StatusBadRequest, Message: "That list is not searched. Choose all articles for a feed of what has these words."}
	}
	c.Asked = strings.TrimSpace(rows[i].Within.Words + " " + c.Words)
	_, err = p.channels.Parse(c.Asked)
	return p.feedError(err)
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
