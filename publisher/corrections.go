package publisher

import (
	"context"
	"net/http"

	"courant/db/scope"
	"courant/publisher/web"
)

// correctionItems is how many corrections and withdrawals their page tells of.
const correctionItems = 200

// corrections is the page of corrections and withdrawals.
func (p *Publisher) corrections(w http.ResponseWriter, r *http.Request) error {
	return p.page(w, r, "/corrections", []string{scope.Corrections}, func(ctx context.Context) (web.Document, error) {
		list, err := p.store.Notices(ctx, correctionItems)
		if err != nil {
			return web.Document{}, err
		}
		return htmlPage(p.view().Corrections(list, follow(p.channels.Corrections())))
	})
}
