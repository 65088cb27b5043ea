package publisher

import (
	"context"
	"net/http"
	"time"

	"courant/db"
	"courant/db/record"
	"courant/db/scope"
	"courant/db/state"
	"courant/publisher/pages"
	"courant/publisher/web"
)

// front is the front page.
func (p *Publisher) front(w http.ResponseWriter, r *http.Request) error {
	scopes := []string{scope.Site, scope.Lead, scope.Comments, scope.Sources}
	return p.page(w, r, "/", scopes, func(ctx context.Context) (web.Document, error) {
		list, err := p.store.Articles(ctx, db.ArticleQuery{Limit: pages.FrontReads + 1})
		if err != nil {
			return web.Document{}, err
		}
		f := pages.Front{Articles: list, Run: p.set.Publisher.FrontRun, Follow: follow(p.channels.Front())}
		if f.Sources, err = p.channels.Sources(ctx); err != nil {
			return web.Document{}, err
		}
		if f.Pinned, err = p.pinned(ctx); err != nil {
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
		d, err := htmlPage(p.view().Front(f))
		if len(list) == 0 {
			// Whether something waits is of no scope: articles that nobody reads yet
			// would touch one with every pass.
			d.Until = p.now().Add(emptyHeld)
		}
		return d, err
	})
}

// emptyHeld is how long the front page of a site without articles is held, which
// says whether some wait: as soon as a change shows everywhere.
const emptyHeld = time.Second

// pinned is the article that an editor or a rule had lead the front page, however
// old; the zero article where there is none.
func (p *Publisher) pinned(ctx context.Context) (db.Article, error) {
	id, err := record.Lead(ctx, p.store)
	if err != nil || id == "" {
		return db.Article{}, err
	}
	a, err := p.store.Article(ctx, id)
	if err == nil && a.Status != state.Published { // since the line before: the page is made anew at once
		return db.Article{}, nil
	}
	return a, err
}
