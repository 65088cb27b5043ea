package publisher

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"courant/db"
	"courant/publisher/pages"
	"courant/publisher/web"
)

// listItems is how many articles a list page shows.
const listItems = 50

// section is the page of a section. One that has left the configuration stays
// while it has articles.
func (p *Publisher) section(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	name, intro := p.view().SectionHeading(id)
	l := pages.List{Path: "/section/" + id, Heading: name, Intro: intro}
	return p.list(w, r, l, db.ArticleQuery{Section: id}, p.sectionExists(id), db.ScopeSection(id))
}

func (p *Publisher) sectionExists(id string) bool {
	for _, s := range p.Sections() {
		if s.ID == id {
			return true
		}
	}
	return false
}

// source is the page of a source.
func (p *Publisher) source(w http.ResponseWriter, r *http.Request) error {
	s, err := p.store.Source(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	l := pages.List{Path: "/source/" + s.ID, Heading: s.Name(), Strange: true}
	if s.FeedLink != "" {
		l.Origin = pages.Link{Text: s.FeedLink, Href: s.FeedLink}
	}
	return p.list(w, r, l, db.ArticleQuery{Source: s.ID}, true, db.ScopeSource(s.ID))
}

// tag is the page of a tag.
func (p *Publisher) tag(w http.ResponseWriter, r *http.Request) error {
	tag := r.PathValue("tag")
	l := pages.List{Path: pages.TagPath(tag), Heading: tag, Strange: true}
	return p.list(w, r, l, db.ArticleQuery{Tag: tag}, false, db.ScopeTag(tag))
}

// archiveMonth and archiveDay are the pages of what was published in a month or
// on a day, UTC.
func (p *Publisher) archiveMonth(w http.ResponseWriter, r *http.Request) error {
	from, err := archiveTime("2006/01", r.PathValue("yyyy")+"/"+r.PathValue("mm"))
	if err != nil {
		return err
	}
	l := pages.List{Path: monthPath(from), Heading: pages.MonthHeading(from)}
	return p.archive(w, r, l, from, from.AddDate(0, 1, 0), monthPath, pages.MonthHeading, db.ScopeMonth(from))
}

func (p *Publisher) archiveDay(w http.ResponseWriter, r *http.Request) error {
	from, err := archiveTime("2006/01/02", r.PathValue("yyyy")+"/"+r.PathValue("mm")+"/"+r.PathValue("dd"))
	if err != nil {
		return err
	}
	l := pages.List{Path: dayPath(from), Heading: pages.DayHeading(from)}
	return p.archive(w, r, l, from, from.AddDate(0, 0, 1), dayPath, pages.DayHeading, db.ScopeDay(from))
}

// archive is the list from from to to, with ways to the nearest that are not
// empty.
func (p *Publisher) archive(w http.ResponseWriter, r *http.Request, l pages.List, from, to time.Time,
	path, heading func(time.Time) string, scope string,
) error {
	for _, near := range []struct {
		q    db.ArticleQuery
		link *pages.Link
	}{
		{db.ArticleQuery{To: from, Limit: 1}, &l.Older},
		{db.ArticleQuery{From: to, Limit: 1, OldestFirst: true}, &l.Newer},
	} {
		list, err := p.store.Articles(r.Context(), near.q)
		if err != nil {
			return err
		}
		if len(list) > 0 {
			at := list[0].Published.UTC()
			*near.link = pages.Link{Text: heading(at), Href: path(at)}
		}
	}
	// Its neighbours are anybody's, so every publication may touch it.
	return p.list(w, r, l, db.ArticleQuery{From: from, To: to}, false, scope, db.ScopeSite)
}

// archiveTime reads the date in an address, which is in the one form we write.
func archiveTime(layout, value string) (time.Time, error) {
	t, err := time.Parse(layout, value)
	if err != nil || t.Format(layout) != value {
		return time.Time{}, &web.Error{Status: http.StatusNotFound, Err: err}
	}
	return t, nil
}

func dayPath(t time.Time) string   { return "/archive/" + t.UTC().Format("2006/01/02") }
func monthPath(t time.Time) string { return "/archive/" + t.UTC().Format("2006/01") }

// list answers with the page l of the articles that q selects. ?before=ID goes
// on after that article. A list that has none is no page, unless exists says
// that it is one.
func (p *Publisher) list(w http.ResponseWriter, r *http.Request, l pages.List, q db.ArticleQuery, exists bool, scopes ...string) error {
	address := l.Path
	before := r.URL.Query().Get("before")
	if before != "" {
		a, err := p.store.Article(r.Context(), before)
		if err != nil {
			return err
		}
		if a.Status != db.Published {
			return fmt.Errorf("list before %s: %w", before, db.ErrNotFound)
		}
		q.Before = &a
		address += "?before=" + url.QueryEscape(before)
	}
	q.Limit = listItems + 1
	scopes = append(scopes, db.ScopeSources)
	return p.page(w, r, address, scopes, func(ctx context.Context) (web.Document, error) {
		l, err := p.fillList(ctx, l, q)
		if err != nil {
			return web.Document{}, err
		}
		if len(l.Articles) == 0 && !exists {
			return web.Document{}, fmt.Errorf("list %s: %w", l.Path, db.ErrNotFound)
		}
		return htmlPage(p.view().List(l))
	})
}

func (p *Publisher) fillList(ctx context.Context, l pages.List, q db.ArticleQuery) (pages.List, error) {
	var err error
	if l.Articles, err = p.store.Articles(ctx, q); err != nil {
		return l, err
	}
	if len(l.Articles) > listItems {
		l.Articles = l.Articles[:listItems]
		l.Older = pages.Link{Text: "Older", Href: l.Path + "?before=" + l.Articles[listItems-1].ID}
	}
	l.Sources, err = p.sources(ctx)
	return l, err
}

// number reads a parameter that counts from 1 and may be absent, which gives
// 0. What is no such number names no page.
func number(q url.Values, name string, most int) (int, error) {
	s := q.Get(name)
	if s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > most {
		return 0, &web.Error{Status: http.StatusNotFound, Err: fmt.Errorf("parameter %s=%q", name, s)}
	}
	return n, nil
}
