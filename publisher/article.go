package publisher

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"courant/db"
	"courant/db/newsroom"
	"courant/db/scope"
	"courant/db/state"
	"courant/publisher/channels"
	"courant/publisher/comments"
	"courant/publisher/pages"
	"courant/publisher/threads"
	"courant/publisher/web"
)

// moreItems is how many other articles of its section an article's page names.
const moreItems = 3

// articleHandler answers for an article that readers may see.
type articleHandler func(w http.ResponseWriter, r *http.Request, a db.Article) error

// withArticle finds the article that an address names, for next; that it was
// withdrawn, and why, is told here and nowhere else.
func (p *Publisher) withArticle(next articleHandler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		_, id := channels.SplitName(r.PathValue("name"))
		return p.answerFor(w, r, id, next)
	}
}

// answerFor is withArticle where an address names an article in another way.
func (p *Publisher) answerFor(w http.ResponseWriter, r *http.Request, id string, next articleHandler) error {
	a, err := p.channels.Published(r.Context(), id)
	if a.Status == state.Withdrawn {
		return p.withdrawn(w, r, a)
	}
	if err != nil {
		return err
	}
	return next(w, r, a)
}

// article is an article's page with its thread.
func (p *Publisher) article(w http.ResponseWriter, r *http.Request, a db.Article) error {
	place, err := p.placeOf(r)
	if err != nil {
		return err
	}
	address := a.Path() + place.Query()
	if slug, _ := channels.SplitName(r.PathValue("name")); slug != a.Slug {
		web.Redirect(w, r, address, http.StatusMovedPermanently, web.Ask)
		return nil
	}
	visitor, err := p.own(r)
	if err != nil {
		return err
	}
	if id := r.URL.Query().Get("comment"); id != "" {
		if place, err = p.placeNamed(r.Context(), a, id, visitor); err != nil {
			return err
		}
		address = a.Path() + place.Query()
	}
	render := asPage(func(ctx context.Context) (web.Document, error) { return p.articlePage(ctx, a.ID, place, visitor) })
	scopes := []string{scope.Article(a.ID), scope.Sources}
	if visitor != "" {
		return p.cache.ServeFor(w, r, visitor, address, append(scopes, scope.Visitor(visitor)), render)
	}
	return p.cache.Serve(w, r, address, scopes, render)
}

// placeNamed is the place that shows the comment with the given id, which somebody was
// led to when they had written it (leadOn). One that the visitor does not see, if there
// is one, has them begin where the thread does.
func (p *Publisher) placeNamed(ctx context.Context, a db.Article, id, visitor string) (threads.Place, error) {
	if !p.talks(a) {
		return p.usual(), nil
	}
	c, err := p.store.Comment(ctx, id)
	if errors.Is(err, db.ErrNotFound) || err == nil && c.Article != a.ID {
		return p.usual(), nil
	}
	if err != nil {
		return threads.Place{}, err
	}
	return p.placeOfComment(ctx, a, c, visitor)
}

// maxThreadPage bounds ?page= before anything is read for it.
const maxThreadPage = 10_000

// placeOf reads which part of the thread r asks for.
func (p *Publisher) placeOf(r *http.Request) (threads.Place, error) {
	q := r.URL.Query()
	page, err := number(q, "page", maxThreadPage)
	place := p.usual()
	place.Page, place.Root, place.Reply = page, q.Get("thread"), q.Get("reply")
	switch comments.Order(q.Get("sort")) {
	case comments.Newest:
		place.Newest = true
	case comments.Oldest:
		place.Newest = false
	}
	return place, err
}

// usual is where a thread begins that nobody asked for in another order.
func (p *Publisher) usual() threads.Place {
	newest := p.set.Comments.Sort == comments.Newest
	return threads.Place{Newest: newest, Usual: newest}
}

func (p *Publisher) articlePage(ctx context.Context, id string, place threads.Place, visitor string) (web.Document, error) {
	a, err := p.channels.Published(ctx, id)
	if err != nil {
		return web.Document{}, err
	}
	in, until, err := p.whole(ctx, a, place, visitor)
	if err != nil {
		return web.Document{}, err
	}
	d, err := htmlPage(p.view().Article(in))
	d.Until, d.Header = until, http.Header{}
	p.set.Publisher.AI.Of(in.Source.Rights).Set(d.Header)
	if a.Section != "" {
		d.Scopes = []string{scope.Section(a.Section)}
	}
	return d, err
}

// whole is all that a's page shows of a, and until when that stays so though nobody
// writes.
func (p *Publisher) whole(ctx context.Context, a db.Article, place threads.Place, visitor string) (in pages.Article, until time.Time, err error) {
	in.Article = a
	if in.Sources, err = p.channels.Sources(ctx); err != nil {
		return in, until, err
	}
	in.Source = in.Sources[a.Source]
	also, err := newsroom.Attached(ctx, p.store.Reader(), []int64{a.Seq})
	if err != nil {
		return in, until, err
	}
	in.Also = also[a.Seq]
	if in.More, err = p.more(ctx, a); err != nil {
		return in, until, err
	}
	if p.talks(a) {
		if in.Thread, until, err = p.thread(ctx, a, place, visitor); err != nil {
			return in, until, err
		}
		in.Follow = follow(p.channels.Thread(a))
	}
	return in, until, nil
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
	outline, err := p.outline(ctx, a, visitor)
	if err != nil {
		return nil, time.Time{}, err
	}
	named, err := p.named(ctx, a, place)
	if err != nil {
		return nil, time.Time{}, err
	}
	t := &pages.Thread{
		Tree: threads.New(outline, named[place.Root].Seq, place.Newest), Whole: len(outline.Seqs),
		Place: place,
	}
	if (place.Root != "" && len(t.Tree) == 0) || place.Page > t.Tree.Pages() {
		return nil, time.Time{}, fmt.Errorf("thread of %s at %+v: %w", a.ID, place, db.ErrNotFound)
	}
	if err := p.fillIn(ctx, a, t); err != nil {
		return nil, time.Time{}, err
	}
	now := p.now()
	var until time.Time
	t.Own, until = p.changeable(t.Comments, visitor, now)
	if p.closed(a, now) {
		if a.Thread == state.ThreadAsSet {
			t.OpenFor = p.set.Comments.CloseAfter.Duration
		}
		return t, until, nil
	}
	t.Form = p.emptyForm(a, now)
	if c, ok := named[place.Reply]; ok && place.Reply != "" {
		t.Form.Parent = &c
	}
	until = sooner(until, comments.NextStamp(now))
	if a.Thread == state.ThreadAsSet {
		until = sooner(until, p.set.Comments.ClosesAt(a.Published))
	}
	return t, until, nil
}

// outline is the thread of a that a visitor sees.
func (p *Publisher) outline(ctx context.Context, a db.Article, visitor string) (o threads.Outline, err error) {
	o.Seqs, o.Parents, err = p.store.Outline(ctx, a.ID, visitor)
	return o, err
}

// named are the comments that place is about, by their ids: they are a's, and
// what is to be answered is approved.
func (p *Publisher) named(ctx context.Context, a db.Article, place threads.Place) (map[string]db.Comment, error) {
	list := map[string]db.Comment{}
	for _, id := range []string{place.Root, place.Reply} {
		if id == "" {
			continue
		}
		c, err := p.store.Comment(ctx, id)
		if err == nil && (c.Article != a.ID || id == place.Reply && c.Status != state.Approved) {
			err = db.ErrNotFound
		}
		if err != nil {
			return nil, fmt.Errorf("comment %s in the thread of %s: %w", id, a.ID, err)
		}
		list[id] = c
	}
	return list, nil
}

// fillIn reads what the page of t shows: its comments and those they answer, and
// the first ones, which it tells programs of.
func (p *Publisher) fillIn(ctx context.Context, a db.Article, t *pages.Thread) error {
	wanted := map[int64]bool{}
	for _, n := range t.Tree.Page(t.Place.Page) {
		wanted[n.Seq], wanted[n.Parent] = true, true
	}
	whole, err := p.store.CommentsOf(ctx, slices.Collect(maps.Keys(wanted)))
	if err != nil {
		return err
	}
	t.Comments = make(map[int64]db.Comment, len(whole))
	for _, c := range whole {
		t.Comments[c.Seq] = c
	}
	t.First, err = p.store.Comments(ctx, db.CommentQuery{Article: a.ID, OldestFirst: true, Limit: pages.Described})
	return err
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
