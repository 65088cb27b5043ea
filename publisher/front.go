package publisher

import (
	"context"
	"errors"
	"net/http"

	"courant/db"
	"courant/publisher/pages"
	"courant/publisher/web"
)

// frontItems is how many articles the front page shows where they fit.
const frontItems = 30

// front is the front page.
func (p *Publisher) front(w http.ResponseWriter, r *http.Request) error {
	scopes := []string{db.ScopeSite, db.ScopeComments, db.ScopeSources}
	return p.page(w, r, "/", scopes, func(ctx context.Context) (web.Document, error) {
		list, err := p.store.Articles(ctx, db.ArticleQuery{Limit: frontItems + 1})
		if err != nil {
			return web.Document{}, err
		}
		f := pages.Front{}
		if f.Sources, err = p.sources(ctx); err != nil {
			return web.Document{}, err
		}
		if len(list) > frontItems {
			list = list[:frontItems]
			f.Older = pages.Link{Text: "Older", Href: dayPath(list[frontItems-1].Published)}
		}
		f.Articles = list
		if p.set.Comments.Enabled {
			if f.Comments, f.Headlines, err = p.latestComments(ctx, db.CommentQuery{Limit: 5}); err != nil {
				return web.Document{}, err
			}
		}
		return htmlPage(p.view().Front(f))
	})
}

// htmlPage is a rendered page as a document.
func htmlPage(body []byte, err error) (web.Document, error) { return web.Document{Body: body}, err }

// view is the pages with the sections of now.
func (p *Publisher) view() *pages.Pages { return p.pages.Load() }

// latestComments are approved comments of published articles, with those
// articles by their id.
func (p *Publisher) latestComments(ctx context.Context, q db.CommentQuery) ([]db.Comment, map[string]db.Article, error) {
	q.Public = true
	list, err := p.store.Comments(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	articles := map[string]db.Article{}
	for _, c := range list {
		if _, ok := articles[c.Article]; ok {
			continue
		}
		a, err := p.store.Article(ctx, c.Article)
		if err != nil && !errors.Is(err, db.ErrNotFound) {
			return nil, nil, err
		}
		articles[c.Article] = a
	}
	return list, articles, nil
}
