package publisher

import (
	"net/http"
	"path"
	"strings"

	"courant/publisher/audience"
)

// heard notes for how many a feed was fetched, where the User-Agent says it and there
// is such a feed. The desk's are for their editors, and an outline is none.
func (p *Publisher) heard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fetcher, subscribers, says := audience.Said(r.UserAgent())
		if !says || !isFeed(r.URL.Path) || path.Ext(r.URL.Path) == ".opml" || strings.HasPrefix(r.URL.Path, "/desk/") {
			next.ServeHTTP(w, r)
			return
		}
		a := &answered{ResponseWriter: w}
		next.ServeHTTP(a, r)
		if a.status == 0 || a.status == http.StatusOK || a.status == http.StatusNotModified {
			p.audience.Heard(r.URL.Path, fetcher, subscribers)
		}
	})
}

// answered is an answer of which the status is remembered; 0: none was written, which
// is net/http's 200.
type answered struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (a *answered) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Unwrap is what http.ResponseController needs.
func (a *answered) Unwrap() http.ResponseWriter { return a.ResponseWriter }
