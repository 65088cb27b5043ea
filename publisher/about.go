package publisher

import (
	"context"
	"fmt"
	"net/http"

	"courant/db"
	"courant/db/content"
	"courant/publisher/web"
)

// about and privacy are the operator's own words.
func (p *Publisher) about(w http.ResponseWriter, r *http.Request) error {
	return p.text(w, r, "/about", p.words.Say("about"), p.files.about)
}

func (p *Publisher) privacy(w http.ResponseWriter, r *http.Request) error {
	return p.text(w, r, "/privacy", p.words.Say("privacy"), p.files.privacy)
}

func (p *Publisher) text(w http.ResponseWriter, r *http.Request, path, heading string, body content.HTML) error {
	if body.Empty() {
		return fmt.Errorf("page %s: %w", path, db.ErrNotFound)
	}
	return p.page(w, r, path, nil, func(context.Context) (web.Document, error) {
		return htmlPage(p.view().Text(path, heading, body))
	})
}
