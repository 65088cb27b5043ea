package publisher

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"courant/db"
	"courant/publisher/comments"
	"courant/publisher/pages"
	"courant/publisher/threads"
	"courant/publisher/web"
)

// moreItems is how many other articles of its section an article's page names.
const moreItems = 3

// splitName reads the last part of an article's address: the id follows the
// last hyphen.
func splitName(name string) (slug, id string) {
	if i := strings.LastIndexByte(name, '-'); i >= 0 {
		return name[:i], name[i+1:]
	}
	return "", name
}

// published is the article that an address names, where readers may see it:
// one that they never could is not told from one that does not exist (V11).
func (p *Publisher) published(ctx context.Context, id string) (db.Article, error) {
	a, err := p.store.Article(ctx, id)
	switch {
	case err != nil:
		return db.Article{}, err
	case a.Status == db.Withdrawn:
		return a, db.ErrWithdrawn
	case a.Status != db.Published:
		return db.Article{}, db.ErrNotFound
	}
	return a, nil
}

// article is an article's page with its thread.
func (p *Publisher) article(w http.ResponseWriter, r *http.Request) error {
	slug, id := splitName(r.PathValue("name"))
	a, err := p.published(r.Context(), id)
	if a.Status == db.Withdrawn {
		return p.withdrawn(w, r, a)
	}
	if err != nil {
		return err
	}
	place, err := placeOf(r)
	if err != nil {
		return err
	}
	address := a.Path() + place.Query()
	if slug != a.Slug {
		w.Header().Set("Cache-Control", "no-cache")
		http.Redirect(w, r, address, http.StatusMovedPermanently)
		return nil
	}
	visitor := p.visitor(r)
	return p.page(w, r, address, []string{db.ScopeArticle(id), db.ScopeSources}, func(ctx context.Context) (web.Document, error) {
		return p.articlePage(ctx, id, place, visitor)
	})
}

// maxThreadPage bounds ?page= before anything is read for it.
const maxThreadPage = 10_000

// placeOf reads which part of the thread r asks for.
func placeOf(r *http.Request) (threads.Place, error) {
	q := r.URL.Query()
	page, err := number(q, "page", maxThreadPage)
	return threads.Place{Newest: q.Get("sort") == "newest", Page: page, Root: q.Get("thread"), Reply: q.Get("reply")}, err
}

func (p *Publisher) articlePage(ctx context.Context, id string, place threads.Place, visitor string) (web.Document, error) {
	a, err := p.published(ctx, id)
	if err != nil {
		return web.Document{}, err
	}
	in := pages.Article{Article: a}
	if in.Source, err = p.store.Source(ctx, a.Source); err != nil {
		return web.Document{}, err
	}
	if in.Sources, err = p.sources(ctx); err != nil {
		return web.Document{}, err
	}
	if in.More, err = p.more(ctx, a); err != nil {
		return web.Document{}, err
	}
	var until time.Time
	if p.set.Comments.Enabled {
		if in.Thread, until, err = p.thread(ctx, a, place, visitor); err != nil {
			return web.Document{}, err
		}
	}
	d, err := htmlPage(p.view().Article(in))
	d.Until = until
	if a.Section != "" {
		d.Scopes = []string{db.ScopeSection(a.Section)}
	}
	return d, err
}

// more is what else there is in a's section.
func (p *Publisher) more(ctx context.Context, a db.Article) ([]db.Article, error) {
	if a.Section == "" {
		return nil, nil
	}
	list, err := p.store.Articles(ctx, db.ArticleQuery{Section: a.Section, Limit: moreItems + 1})
	if err != nil {
		return nil, err
	}
	others := list[:0]
	for _, m := range list {
		if m.ID != a.ID && len(others) < moreItems {
			others = append(others, m)
		}
	}
	return others, nil
}

// thread is the part of a's thread at place, with the form under it, and until
// when that stays so though nobody writes.
func (p *Publisher) thread(ctx context.Context, a db.Article, place threads.Place, visitor string) (*pages.Thread, time.Time, error) {
	list, err := p.visible(ctx, a, visitor)
	if err != nil {
		return nil, time.Time{}, err
	}
	t := &pages.Thread{Comments: list, Place: place, OpenFor: p.set.Comments.CloseAfter.Duration}
	if !threads.Exists(list, place) {
		return nil, time.Time{}, fmt.Errorf("thread of %s at %+v: %w", a.ID, place, db.ErrNotFound)
	}
	now := p.now()
	if p.set.Comments.Closed(a.Published, now) {
		return t, time.Time{}, nil
	}
	t.Form = p.emptyForm(a, now)
	for i, c := range list {
		if c.ID == place.Reply {
			t.Form.Parent = &list[i]
		}
	}
	until := comments.NextStamp(now)
	if closes := p.set.Comments.ClosesAt(a.Published); !closes.IsZero() && closes.Before(until) {
		until = closes
	}
	return t, until, nil
}

// visible are the comments of a that a visitor sees, oldest first.
func (p *Publisher) visible(ctx context.Context, a db.Article, visitor string) ([]db.Comment, error) {
	return p.store.Comments(ctx, db.CommentQuery{Article: a.ID, Visitor: visitor, Tombstones: true, OldestFirst: true})
}

func (p *Publisher) emptyForm(a db.Article, now time.Time) *pages.Form {
	return &pages.Form{
		Stamp: p.judge.Stamp(a.ID, now), MaxLength: p.set.Comments.MaxLength,
		Waits: p.set.Comments.Moderation != comments.None,
	}
}

// withdrawn says that an article is gone and why.
func (p *Publisher) withdrawn(w http.ResponseWriter, r *http.Request, a db.Article) error {
	body, err := p.view().Withdrawn(a)
	if err != nil {
		return err
	}
	return p.once(w, r, http.StatusGone, body)
}

// once answers with a page that is not kept.
func (p *Publisher) once(w http.ResponseWriter, r *http.Request, status int, body []byte) error {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "private, no-store")
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return nil
	}
	_, err := w.Write(body)
	if err != nil {
		p.log.Debug("answer cut short", "err", err) // its reader has gone: nobody is left to tell
	}
	return nil
}
