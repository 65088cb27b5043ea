package publisher

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"courant/db"
	"courant/db/scope"
	"courant/db/state"
	"courant/publisher/pages"
	"courant/publisher/threads"
	"courant/publisher/web"
)

// leadOn leads whoever has just written c to it. In a long thread it takes longer to
// find its page than to store it: there the page is found when it is asked for.
func (p *Publisher) leadOn(w http.ResponseWriter, r *http.Request, a db.Article, c db.Comment, visitor string) error {
	if a.Comments < threads.PerPage {
		return p.leadTo(w, r, a, c, visitor, http.StatusSeeOther)
	}
	web.Redirect(w, r, a.Path()+"?comment="+c.ID+"#c-"+c.ID, http.StatusSeeOther, web.NoStore)
	return nil
}

// leadTo redirects to the place of a comment in its thread.
func (p *Publisher) leadTo(w http.ResponseWriter, r *http.Request, a db.Article, c db.Comment, visitor string, status int) error {
	place, err := p.placeOfComment(r.Context(), a, c, visitor)
	if err != nil {
		return err
	}
	if place.Page == 0 && status == http.StatusFound {
		return fmt.Errorf("comment %s in its thread: %w", c.ID, db.ErrNotFound)
	}
	web.Redirect(w, r, a.Path()+place.Query()+"#c-"+c.ID, status, web.NoStore)
	return nil
}

// placeOfComment is where c stands in its thread, as the visitor sees it: page 0 where
// they do not.
func (p *Publisher) placeOfComment(ctx context.Context, a db.Article, c db.Comment, visitor string) (place threads.Place, err error) {
	outline, err := p.outline(ctx, a, visitor)
	if err != nil {
		return place, err
	}
	place = p.usual()
	root, page := threads.Find(outline, c.Seq, place.Newest)
	place.Page = page
	if root != 0 {
		begin, err := p.store.CommentsOf(ctx, []int64{root})
		if err != nil {
			return place, err
		}
		for _, b := range begin {
			place.Root = b.ID
		}
	}
	return place, nil
}

// comment leads to a comment's place in its thread. Only those who may see it
// learn that there is one.
func (p *Publisher) comment(w http.ResponseWriter, r *http.Request) error {
	c, err := p.store.Comment(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return p.answerFor(w, r, c.Article, func(w http.ResponseWriter, r *http.Request, a db.Article) error {
		if !p.talks(a) {
			return fmt.Errorf("comment %s: comments are off: %w", c.ID, db.ErrNotFound)
		}
		return p.leadTo(w, r, a, c, "", http.StatusFound)
	})
}

// toComments leads whoever reloads an answered form back to the thread.
func (p *Publisher) toComments(w http.ResponseWriter, r *http.Request, a db.Article) error {
	web.Redirect(w, r, a.Path()+"#comments", http.StatusMovedPermanently, web.Unsaid)
	return nil
}

// commentItems is how many comments the page of the latest ones shows.
const commentItems = 50

// latest is the page of the latest comments. ?before=ID goes on after that one.
func (p *Publisher) latest(w http.ResponseWriter, r *http.Request) error {
	if !p.set.Comments.Enabled {
		return fmt.Errorf("latest comments: they are off: %w", db.ErrNotFound)
	}
	q := db.CommentQuery{Limit: commentItems + 1}
	address := "/comments"
	if before := r.URL.Query().Get("before"); before != "" {
		c, err := p.store.Comment(r.Context(), before)
		if err == nil && c.Status != state.Approved {
			err = db.ErrNotFound
		}
		if err != nil {
			return fmt.Errorf("comments before %s: %w", before, err)
		}
		q.Before = c.Seq
		address += "?before=" + url.QueryEscape(before)
	}
	return p.page(w, r, address, []string{scope.Comments}, func(ctx context.Context) (web.Document, error) {
		list, articles, err := p.latestComments(ctx, q)
		if err != nil {
			return web.Document{}, err
		}
		var older pages.Link
		if len(list) > commentItems {
			list = list[:commentItems]
			older = pages.Link{Text: p.words.Say("older"), Href: "/comments?before=" + list[commentItems-1].ID}
		}
		d, err := htmlPage(p.view().Remarks(list, articles, older, follow(p.channels.LatestComments())))
		for id := range articles {
			d.Scopes = append(d.Scopes, scope.Article(id))
		}
		return d, err
	})
}

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
