package publisher

import (
	"net/http"

	"courant/publisher/web"
)

// healthy says that the process answers.
func (p *Publisher) healthy(w http.ResponseWriter, r *http.Request) error {
	plain(w, r, http.StatusOK, "ok\n")
	return nil
}

// ready says that the store can be read too, and that nothing else keeps the
// site from working in full.
func (p *Publisher) ready(w http.ResponseWriter, r *http.Request) error {
	if err := p.store.Ping(r.Context()); err != nil {
		return &web.Error{Status: http.StatusServiceUnavailable, Message: "The store cannot be read.", Err: err}
	}
	if p.degraded != nil {
		if why := p.degraded(r.Context()); why != "" {
			plain(w, r, http.StatusServiceUnavailable, "degraded: "+why+"\n")
			return nil
		}
	}
	plain(w, r, http.StatusOK, "ok\n")
	return nil
}

func plain(w http.ResponseWriter, r *http.Request, status int, text string) {
	web.Once(w, r, status, "text/plain; charset=utf-8", web.NoStore, []byte(text)) // whoever has gone needs no answer
}
