package channels

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"courant/db"
	"courant/db/scope"
)

// List is a page that lists articles, with the feeds under it.
type List struct {
	Path   string // of the page, below site.url
	Name   string // within the site; empty: the site itself
	About  string // what it lists; empty: what the site says of itself
	Scope  string // of the store
	Query  db.ArticleQuery
	exists func(context.Context) (bool, error) // nil: it always does
}

// Found is db.ErrNotFound where there is no such list.
func (l List) Found(ctx context.Context) error {
	if l.exists == nil {
		return nil
	}
	ok, err := l.exists(ctx)
	if err == nil && !ok {
		err = fmt.Errorf("list %s: %w", l.Path, db.ErrNotFound)
	}
	return err
}

// Front is the channel of all articles.
func (c *Channels) Front() *Channel { return c.Of(List{Path: "/", Scope: scope.Site}) }

// front finds it.
func (c *Channels) front(context.Context, Values) (*Channel, error) { return c.Front(), nil }

// zone is the one of the archive's days.
func (c *Channels) zone() *time.Location {
	if c.site.Zone == nil {
		return time.UTC
	}
	return c.site.Zone
}

// Bare are the configured sections in which nothing was ever published.
func (c *Channels) Bare(ctx context.Context) (map[string]bool, error) {
	bare := map[string]bool{}
	for _, s := range c.Sections() {
		known, err := c.known(ctx, scope.Section(s.ID))
		if err != nil {
			return nil, err
		}
		bare[s.ID] = !known
	}
	return bare, nil
}

// known reports whether a list of that scope ever had anything in it.
func (c *Channels) known(ctx context.Context, scope string) (bool, error) {
	l, err := c.store.List(ctx, scope)
	return l.Known, err
}

// Section is the list of a section: one that is configured, or that ever had an
// article.
func (c *Channels) Section(_ context.Context, at Values) (List, error) {
	id := at("id")
	l := List{
		Path: "/section/" + url.PathEscape(id), Name: id, Scope: scope.Section(id), Query: db.ArticleQuery{Section: id},
		exists: func(ctx context.Context) (bool, error) { return c.known(ctx, scope.Section(id)) },
	}
	for _, s := range c.Sections() {
		if s.ID == id {
			l.Name, l.About, l.exists = s.Name(), s.Description, nil
		}
	}
	return l, nil
}

// Source is the list of a source.
func (c *Channels) Source(ctx context.Context, at Values) (List, error) {
	id := at("id")
	sources, err := c.Sources(ctx)
	if err != nil {
		return List{}, err
	}
	s, ok := sources[id]
	if !ok {
		return List{}, db.ErrNotFound
	}
	return List{
		Path: "/source/" + url.PathEscape(id), Name: s.Name(), About: c.site.Words.Say("articles_by", "Source", s.Name()),
		Scope: scope.Source(id), Query: db.ArticleQuery{Source: id},
	}, nil
}

// Tag is the list of a tag.
func (c *Channels) Tag(_ context.Context, at Values) (List, error) {
	tag := at("tag")
	return List{
		Path: "/tag/" + url.PathEscape(tag), Name: tag, About: c.site.Words.Say("articles_tagged", "Tag", tag),
		Scope: scope.Tag(tag), Query: db.ArticleQuery{Tag: tag},
		exists: func(ctx context.Context) (bool, error) { return c.known(ctx, scope.Tag(tag)) },
	}, nil
}

// Month is the list of what was published in a month of the site's zone.
func (c *Channels) Month(_ context.Context, at Values) (List, error) {
	from, err := time.ParseInLocation("2006/01", at("yyyy")+"/"+at("mm"), c.zone())
	if err != nil {
		return List{}, fmt.Errorf("archive: %w: %w", db.ErrNotFound, err)
	}
	return c.dateList(from, from.AddDate(0, 1, 0), "2006/01", c.site.Words.Month(from), scope.Month(from)), nil
}

// Day is the list of what was published on a day of the site's zone.
func (c *Channels) Day(_ context.Context, at Values) (List, error) {
	from, err := time.ParseInLocation(time.DateOnly, at("yyyy")+"-"+at("mm")+"-"+at("dd"), c.zone())
	if err != nil {
		return List{}, fmt.Errorf("archive: %w: %w", db.ErrNotFound, err)
	}
	return c.dateList(from, from.AddDate(0, 0, 1), "2006/01/02", c.site.Words.Date(from), scope.Day(from)), nil
}

// dateList lists what was published from one moment until before another. It
// exists where something was, and while the time runs.
func (c *Channels) dateList(from, to time.Time, path, name, scope string) List {
	return List{
		Path: "/archive/" + from.Format(path), Name: name, About: c.site.Words.Say("articles_dated", "When", name),
		Scope: scope, Query: db.ArticleQuery{From: from, To: to},
		exists: func(ctx context.Context) (bool, error) {
			if now := c.now(); !now.Before(from) && now.Before(to) {
				return true, nil
			}
			return c.known(ctx, scope)
		},
	}
}
