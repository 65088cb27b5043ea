package publisher

import (
	"context"
	"fmt"
	"net/http"

	"courant/db"
	"courant/publisher/pages"
	"courant/publisher/web"
)

// logo is the picture that stands for the site's title.
func (p *Publisher) logo(w http.ResponseWriter, r *http.Request) error {
	if len(p.files.logo.Body) == 0 {
		return fmt.Errorf("logo: %w", db.ErrNotFound)
	}
	return p.cache.Serve(w, r, "/logo", nil, func(context.Context) (web.Document, error) {
		d := p.files.logo
		d.Header = web.Day.Header()
		return d, nil
	})
}

// icon is the picture in a browser's tab.
func (p *Publisher) icon(w http.ResponseWriter, r *http.Request) error {
	return p.cache.Serve(w, r, "/icon.svg", nil, func(context.Context) (web.Document, error) {
		return web.Document{
			ContentType: "image/svg+xml", Body: []byte(pages.Icon), Header: web.Day.Header(),
		}, nil
	})
}
