package publisher

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"courant/db"
	"courant/publisher/web"
)

// list is a page that lists articles, with the feeds under it.
type list struct {
	path   string // of the page, below site.url
	name   string // within the site; empty: the site itself
	about  string // what it lists; empty: what the site says of itself
	scope  string // of the store
	query  db.ArticleQuery
	exists func(context.Context) (bool, error) // nil: it always does
}

// title is what the list is called where the site is not seen around it (F1).
func (l list) title(site Site) string {
	if l.name == "" {
		return site.Title
	}
	return site.Title + " – " + l.name
}

// found is db.ErrNotFound where there is no such list.
func (l list) found(ctx context.Context) error {
	if l.exists == nil {
		return nil
	}
	ok, err := l.exists(ctx)
	if err == nil && !ok {
		err = fmt.Errorf("list %s: %w", l.path, db.ErrNotFound)
	}
	return err
}

// below is a page's path as what stands under it begins.
func below(page string) string {
	if page == "/" {
		return ""
	}
	return page
}

func (p *Publisher) siteList(*http.Request) (list, error) {
	return list{path: "/", scope: db.ScopeSite}, nil
}

// known reports whether a list of that scope ever had anything in it.
func (p *Publisher) known(ctx context.Context, scope string) (bool, error) {
	l, err := p.store.List(ctx, scope)
	return l.Known, err
}

func (p *Publisher) sectionList(r *http.Request) (list, error) {
	id := r.PathValue("id")
	l := list{
		path: "/section/" + url.PathEscape(id), name: id, scope: db.ScopeSection(id), query: db.ArticleQuery{Section: id},
		exists: func(ctx context.Context) (bool, error) { return p.known(ctx, db.ScopeSection(id)) },
	}
	for _, s := range p.Sections() {
		if s.ID == id {
			l.name, l.about, l.exists = s.Name(), s.Description, nil
		}
	}
	return l, nil
}

func (p *Publisher) sourceList(r *http.Request) (list, error) {
	id := r.PathValue("id")
	sources, err := p.sources(r.Context())
	if err != nil {
		return list{}, err
	}
	s, ok := sources[id]
	if !ok {
		return list{}, db.ErrNotFound
	}
	return list{
		path: "/source/" + url.PathEscape(id), name: s.Name(), about: "Articles first published by " + s.Name(),
		scope: db.ScopeSource(id), query: db.ArticleQuery{Source: id},
	}, nil
}

func (p *Publisher) tagList(r *http.Request) (list, error) {
	tag := r.PathValue("tag")
	return list{
		path: "/tag/" + url.PathEscape(tag), name: tag, about: "Articles with the tag " + tag,
		scope: db.ScopeTag(tag), query: db.ArticleQuery{Tag: tag},
		exists: func(ctx context.Context) (bool, error) { return p.known(ctx, db.ScopeTag(tag)) },
	}, nil
}

func (p *Publisher) monthList(r *http.Request) (list, error) {
	from, err := time.Parse("2006/01", r.PathValue("yyyy")+"/"+r.PathValue("mm"))
	if err != nil {
		return list{}, &web.Error{Status: http.StatusNotFound}
	}
	return p.dateList(from, from.AddDate(0, 1, 0), "2006/01", "January 2006", db.ScopeMonth(from)), nil
}

func (p *Publisher) dayList(r *http.Request) (list, error) {
	from, err := time.Parse(time.DateOnly, r.PathValue("yyyy")+"-"+r.PathValue("mm")+"-"+r.PathValue("dd"))
	if err != nil {
		return list{}, &web.Error{Status: http.StatusNotFound}
	}
	return p.dateList(from, from.AddDate(0, 0, 1), "2006/01/02", "2 January 2006", db.ScopeDay(from)), nil
}

// dateList lists what was published from one moment until before another. It
// exists where something was, and while the time runs.
func (p *Publisher) dateList(from, to time.Time, path, name, scope string) list {
	return list{
		path: "/archive/" + from.Format(path), name: from.Format(name), about: "Articles of " + from.Format(name),
		scope: scope, query: db.ArticleQuery{From: from, To: to},
		exists: func(ctx context.Context) (bool, error) {
			if now := p.now(); !now.Before(from) && now.Before(to) {
				return true, nil
			}
			return p.known(ctx, scope)
		},
	}
}

// sources are all sources by id. They are read once and again after one of
// them changed.
func (p *Publisher) sources(ctx context.Context) (map[string]db.Source, error) {
	if m := p.sourceMap.Load(); m != nil {
		return *m, nil
	}
	generation := p.sourceChanges.Load()
	all, err := p.store.Sources(ctx)
	if err != nil {
		return nil, err
	}
	m := make(map[string]db.Source, len(all))
	for _, s := range all {
		m[s.ID] = s
	}
	p.sourceMap.Store(&m)
	if p.sourceChanges.Load() != generation {
		p.sourceMap.Store(nil) // it changed while we read
	}
	return m, nil
}

// changed drops what was made from scopes; nil means everything.
func (p *Publisher) changed(scopes []string) {
	touched := scopes == nil
	for _, s := range scopes {
		touched = touched || s == db.ScopeSources
	}
	if touched {
		p.sourceChanges.Add(1)
		p.sourceMap.Store(nil)
	}
	p.keep.Drop(scopes)
}
