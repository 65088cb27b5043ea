package publisher

import (
	"context"
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
		if f.Sources, err = p.channels.Sources(ctx); err != nil {
			return web.Document{}, err
		}
		if len(list) > frontItems {
			list = list[:frontItems]
			f.Older = pages.Link{Text: "Older", Href: dayPath(list[frontItems-1].Published)}
		}
		f.Articles = list
		if len(list) == 0 {
			if f.Waiting, err = p.store.AnyWaiting(ctx); err != nil {
				return web.Document{}, err
			}
		}
		if p.set.Comments.Enabled {
			if f.Comments, f.Headlines, err = p.latestComments(ctx, db.CommentQuery{Limit: 5}); err != nil {
				return web.Document{}, err
			}
		}
		return htmlPage(p.view().Front(f))
	})
}
