package publisher

import (
	"context"
	"net/http"

	"courant/db"
	"courant/db/record"
	"courant/db/scope"
	"courant/publisher/pages"
	"courant/publisher/web"
)

// front is the front page.
func (p *Publisher) front(w http.ResponseWriter, r *http.Request) error {
	scopes := []string{scope.Site, scope.Comments, scope.Sources}
	return p.page(w, r, "/", scopes, func(ctx context.Context) (web.Document, error) {
		list, err := p.store.Articles(ctx, db.ArticleQuery{Limit: pages.FrontReads + 1})
		if err != nil {
			return web.Document{}, err
		}
		f := pages.Front{Articles: list, Run: p.set.Publisher.FrontRun, Follow: follow(p.channels.Front())}
		if f.Sources, err = p.channels.Sources(ctx); err != nil {
			return web.Document{}, err
		}
		if len(list) == 0 {
			if f.Waiting, err = record.AnyWaiting(ctx, p.store); err != nil {
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
