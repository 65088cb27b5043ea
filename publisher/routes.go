package publisher

import (
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"courant/db"
	"courant/publisher/web"
)

// route is an address and what answers it.
type route struct {
	pattern string // of http.ServeMux
	handle  web.Handler
}

// routes is every address that there is, but for the feeds under pages.
func (p *Publisher) routes() []route {
	return slices.Concat(
		[]route{
			{"GET /{$}", p.front},
			{"GET /section/{id}", p.section},
			{"GET /source/{id}", p.source},
			{"GET /tag/{tag}", p.tag},
			{"GET /archive/{yyyy}/{mm}", p.archiveMonth},
			{"GET /archive/{yyyy}/{mm}/{dd}", p.archiveDay},
			{"GET /article/{name}", p.article},
			{"GET /article/{name}/comments", p.toComments},
			{"POST /article/{name}/comments", p.postComment},
			{"GET /comment/{id}", p.comment},
			{"GET /comments", p.latest},
			{"GET /corrections", p.corrections},
			{"GET /feeds", p.feedsPage},
			{"GET /about", p.about},
			{"GET /privacy", p.privacy},
			{"GET /logo", p.logo},
			{"GET /icon.svg", p.icon},
			{"GET /healthz", p.healthy},
			{"GET /readyz", p.ready},
			{"GET /sources.opml", p.file(opmlType, "/sources.opml", []string{db.ScopeSources}, p.sourcesOPML)},
			{"GET /feeds.opml", p.file(opmlType, "/feeds.opml", []string{db.ScopeSources}, p.feedsOPML)},
			{"GET /robots.txt", p.file("text/plain; charset=utf-8", "/robots.txt", nil, p.robots)},
			{"GET /sitemap.xml", p.sitemap},
			{"GET " + feedStylePath, p.file("text/css; charset=utf-8", feedStylePath, nil, feedStyle)},
		},
		p.aliases(),
		p.feedRoutes("/", p.articles(p.siteList)),
		p.feedRoutes("/section/{id}", p.articles(p.sectionList)),
		p.feedRoutes("/source/{id}", p.articles(p.sourceList)),
		p.feedRoutes("/tag/{tag}", p.articles(p.tagList)),
		p.feedRoutes("/archive/{yyyy}/{mm}", p.articles(p.monthList)),
		p.feedRoutes("/archive/{yyyy}/{mm}/{dd}", p.articles(p.dayList)),
		p.feedRoutes("/article/{name}", p.articleThread),
		p.feedRoutes("/comment/{id}", p.replies),
		p.feedRoutes("/comments", p.allComments),
		p.feedRoutes("/corrections", p.correctionsFeed),
	)
}

// mux puts the table into a ServeMux. What no pattern fits gets our own 404 or
// 405.
func (p *Publisher) mux(mount map[string]http.Handler) http.Handler {
	m := http.NewServeMux()
	for _, r := range p.routes() {
		m.Handle(r.pattern, p.errs.Handle(func(w http.ResponseWriter, req *http.Request) error {
			note(w, func(o *Observation) { o.Route = r.pattern })
			return r.handle(w, req)
		}))
	}
	for pattern, h := range mount {
		m.Handle(pattern, h)
	}
	m.Handle("/", p.errs.Handle(func(w http.ResponseWriter, r *http.Request) error {
		return notFound(m, w, r)
	}))
	var leading []string
	for _, r := range p.aliases() {
		leading = append(leading, r.pattern)
	}
	return tidied(m, leading)
}

// tidied leads whoever asks for an address of m with needless slashes to the
// right one, for good (X33): ServeMux does so for the time being, and only for
// some. leading are the patterns that only lead elsewhere.
func tidied(m *http.ServeMux, leading []string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked := r.URL.EscapedPath()
		tidy := path.Clean("/" + asked)
		if tidy == asked || (r.Method != http.MethodGet && r.Method != http.MethodHead) {
			m.ServeHTTP(w, r)
			return
		}
		if _, pattern := m.Handler(r); strings.HasSuffix(pattern, "/") && pattern != "/" {
			m.ServeHTTP(w, r) // what is mounted has slashes of its own
			return
		}
		probe := r.Clone(r.Context())
		u, err := url.Parse(tidy)
		if err != nil {
			m.ServeHTTP(w, r)
			return
		}
		if probe.URL = u; r.URL.RawQuery != "" {
			tidy += "?" + r.URL.RawQuery
		}
		switch _, pattern := m.Handler(probe); {
		case pattern == "/", slices.Contains(leading, pattern):
			m.ServeHTTP(w, probe) // nothing is there either, or it leads on: one hop is enough
		default:
			moved(w, r, tidy)
		}
	})
}

// notFound answers what no route takes: OPTIONS, a method that the address
// does not know, or an address that there is not.
func notFound(m *http.ServeMux, w http.ResponseWriter, r *http.Request) error {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		probe := r.Clone(r.Context())
		probe.Method = method
		if _, pattern := m.Handler(probe); pattern != "/" {
			allowed = append(allowed, method)
			if method == http.MethodGet {
				allowed = append(allowed, http.MethodHead)
			}
		}
	}
	if len(allowed) == 0 {
		return &web.Error{Status: http.StatusNotFound}
	}
	w.Header().Set("Allow", strings.Join(append(allowed, http.MethodOptions), ", "))
	if isFeed(r.URL.Path) {
		allowCORS(w.Header())
	}
	if r.Method != http.MethodOptions {
		return &web.Error{Status: http.StatusMethodNotAllowed, Message: "This address does not take " + r.Method + "."}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// healthy says that the process answers.
func (p *Publisher) healthy(w http.ResponseWriter, r *http.Request) error {
	return plain(w, "ok\n")
}

// ready says that the store can be read too, and that nothing else keeps the
// site from working in full.
func (p *Publisher) ready(w http.ResponseWriter, r *http.Request) error {
	if err := p.store.Ping(r.Context()); err != nil {
		return &web.Error{Status: http.StatusServiceUnavailable, Message: "The store cannot be read.", Err: err}
	}
	if p.degraded != nil {
		if why := p.degraded(r.Context()); why != "" {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.Header().Set("Cache-Control", "no-store")
			w.WriteHeader(http.StatusServiceUnavailable)
			_, err := w.Write([]byte("degraded: " + why + "\n"))
			return err
		}
	}
	return plain(w, "ok\n")
}

func plain(w http.ResponseWriter, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, err := w.Write([]byte(text))
	return err
}
