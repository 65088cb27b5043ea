package publisher

import (
	"context"
	"net/http"
	"time"

	"courant/db"
	"courant/db/scope"
	"courant/publisher/discovery"
	"courant/publisher/web"
)

// The media types of these files. opmlType is that of a subscription list.
const (
	opmlType = "text/x-opml; charset=utf-8"
	textType = "text/plain; charset=utf-8"
	xmlType  = "application/xml; charset=utf-8"
)

// file answers with something that is neither page nor feed, and held alike.
func (p *Publisher) file(contentType, address string, scopes []string, make func(context.Context) ([]byte, time.Time, error)) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return p.cache.Serve(w, r, address, scopes, func(ctx context.Context) (web.Document, error) {
			body, touched, err := make(ctx)
			return web.Document{ContentType: contentType, Body: body, LastModified: touched, Header: web.FileHeader()}, err
		})
	}
}

// securityTxt says whom to tell of a hole in the site.
func (p *Publisher) securityTxt(w http.ResponseWriter, r *http.Request) error {
	return p.cache.Serve(w, r, discovery.SecurityPath, nil, func(context.Context) (web.Document, error) {
		body, until := p.discovery.Security(p.set.Site.Security, p.now())
		return web.Document{ContentType: textType, Body: body, Until: until, Header: web.FileHeader()}, nil
	})
}

// fixed is what never changes, for file.
func fixed(body []byte) func(context.Context) ([]byte, time.Time, error) {
	return func(context.Context) ([]byte, time.Time, error) { return body, time.Time{}, nil }
}

// newsSitemap answers with what was published in the last two days.
func (p *Publisher) newsSitemap(w http.ResponseWriter, r *http.Request) error {
	return p.cache.Serve(w, r, discovery.NewsPath, []string{scope.Site, scope.Sources}, func(ctx context.Context) (web.Document, error) {
		body, touched, until, err := p.discovery.News(ctx, p.now())
		return web.Document{ContentType: xmlType, Body: body, LastModified: touched, Until: until, Header: web.FileHeader()}, err
	})
}

// sitemap answers with all pages, or on a large site with the index of the
// sitemaps of its days (?day=yyyy-mm-dd).
func (p *Publisher) sitemap(w http.ResponseWriter, r *http.Request) error {
	day := r.URL.Query().Get("day")
	if day == "" {
		return p.file(xmlType, "/sitemap.xml", []string{scope.Site}, p.discovery.Sitemap)(w, r)
	}
	from, err := time.ParseInLocation(time.DateOnly, day, p.set.Site.Zone())
	if err != nil {
		return db.ErrNotFound
	}
	address := "/sitemap.xml?day=" + from.Format(time.DateOnly)
	return p.file(xmlType, address, []string{scope.Day(from)}, func(ctx context.Context) ([]byte, time.Time, error) {
		return p.discovery.Day(ctx, from)
	})(w, r)
}
