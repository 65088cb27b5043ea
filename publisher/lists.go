package publisher

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"courant/db"
	"courant/db/scope"
	"courant/db/state"
	"courant/publisher/channels"
	"courant/publisher/pages"
	"courant/publisher/web"
)

// listItems is how many articles a list page shows.
const listItems = 50

// section is the page of a section. One that has left the configuration stays.
func (p *Publisher) section(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	in, err := p.channels.Section(r.Context(), r.PathValue)
	if err != nil {
		return err
	}
	name, intro := p.view().SectionHeading(id)
	return p.list(w, r, pages.List{Path: in.Path, Heading: name, Intro: intro, InOne: true}, in)
}

// source is the page of a source.
func (p *Publisher) source(w http.ResponseWriter, r *http.Request) error {
	in, err := p.channels.Source(r.Context(), r.PathValue)
	if err != nil {
		return err
	}
	s, err := p.store.Source(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	l := pages.List{Path: in.Path, Heading: s.Name(), Strange: true, Own: true}
	if s.FeedLink != "" {
		l.Origin = pages.Link{Text: s.FeedLink, Href: s.FeedLink}
	}
	return p.list(w, r, l, in)
}

// tag is the page of a tag.
func (p *Publisher) tag(w http.ResponseWriter, r *http.Request) error {
	in, err := p.channels.Tag(r.Context(), r.PathValue)
	if err != nil {
		return err
	}
	return p.list(w, r, pages.List{Path: in.Path, Heading: in.Name, Strange: true}, in)
}

// archiveMonth and archiveDay are the pages of what was published in a month or
// on a day, as [site] timezone counts them.
func (p *Publisher) archiveMonth(w http.ResponseWriter, r *http.Request) error {
	in, err := p.channels.Month(r.Context(), r.PathValue)
	if err != nil {
		return err
	}
	return p.archive(w, r, in, pages.MonthPath, p.words.Month)
}

func (p *Publisher) archiveDay(w http.ResponseWriter, r *http.Request) error {
	in, err := p.channels.Day(r.Context(), r.PathValue)
	if err != nil {
		return err
	}
	return p.archive(w, r, in, pages.DayPath, p.words.Day)
}

// archive is the page of the dates of in, with ways to the nearest that are not
// empty.
func (p *Publisher) archive(w http.ResponseWriter, r *http.Request, in channels.List, path, heading func(time.Time) string) error {
	l := pages.List{Path: in.Path, Heading: heading(in.Query.From)}
	for _, near := range []struct {
		q    db.ArticleQuery
		link *pages.Link
	}{
		{db.ArticleQuery{To: in.Query.From, Limit: 1}, &l.Older},
		{db.ArticleQuery{From: in.Query.To, Limit: 1, OldestFirst: true}, &l.Newer},
	} {
		list, err := p.store.Articles(r.Context(), near.q)
		if err != nil {
			return err
		}
		if len(list) > 0 {
			at := list[0].Published.In(p.set.Site.Zone())
			*near.link = pages.Link{Text: heading(at), Href: path(at)}
		}
	}
	// Its neighbours are anybody's, so every publication may touch it.
	return p.list(w, r, l, in, scope.Site)
}

// archiveYears is the page that leads to all years and months of the archive,
// and archiveYear the one that leads to the days of one year.
func (p *Publisher) archiveYears(w http.ResponseWriter, r *http.Request) error {
	return p.years(w, r, "/archive", 0)
}

func (p *Publisher) archiveYear(w http.ResponseWriter, r *http.Request) error {
	at, err := time.Parse("2006", r.PathValue("yyyy"))
	if err != nil {
		return &web.Error{Status: http.StatusNotFound}
	}
	return p.years(w, r, "/archive/"+at.Format("2006"), at.Year())
}

// archiveDays bounds how many days the archive leads to: more than a century.
const archiveDays = 50_000

func (p *Publisher) years(w http.ResponseWriter, r *http.Request, address string, year int) error {
	return p.page(w, r, address, []string{scope.Site}, func(ctx context.Context) (web.Document, error) {
		days, err := p.store.Days(ctx, archiveDays)
		if err != nil {
			return web.Document{}, err
		}
		var begins []time.Time
		for _, d := range days {
			if year == 0 || d.Day.Year() == year {
				begins = append(begins, d.Day)
			}
		}
		if year != 0 && len(begins) == 0 && p.now().In(p.set.Site.Zone()).Year() != year {
			return web.Document{}, fmt.Errorf("archive of %d: %w", year, db.ErrNotFound)
		}
		return htmlPage(p.view().Archive(year, begins, follow(p.channels.Front())))
	})
}

// list answers with the page l of the articles of in: there is one wherever
// there is a feed. ?before=ID goes on after that article.
func (p *Publisher) list(w http.ResponseWriter, r *http.Request, l pages.List, in channels.List, scopes ...string) error {
	q, address := in.Query, l.Path
	before := r.URL.Query().Get("before")
	if before != "" {
		a, err := p.store.Article(r.Context(), before)
		if err != nil {
			return err
		}
		if a.Status != state.Published {
			return fmt.Errorf("list before %s: %w", before, db.ErrNotFound)
		}
		q.Before = &a
		address += "?before=" + url.QueryEscape(before)
	}
	q.Limit, l.Follow = listItems+1, follow(p.channels.Of(in))
	scopes = append(scopes, in.Scope, scope.Sources)
	return p.page(w, r, address, scopes, func(ctx context.Context) (web.Document, error) {
		if err := in.Found(ctx); err != nil {
			return web.Document{}, err
		}
		l, err := p.fillList(ctx, l, q)
		if err != nil {
			return web.Document{}, err
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
		l.Older = pages.Link{Text: p.words.Say("older"), Href: l.Path + "?before=" + l.Articles[listItems-1].ID}
	}
	l.Run = p.set.Publisher.FrontRun
	if l.Own {
		l.Run = 0 // all are of one source
	}
	l.Sources, err = p.channels.Sources(ctx)
	return l, err
}
