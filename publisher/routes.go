package publisher

import (
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"courant/db/scope"
	"courant/publisher/channels"
	"courant/publisher/desk"
	"courant/publisher/discovery"
	"courant/publisher/web"
)

// routes is every address that there is.
func (p *Publisher) routes() []route {
	return slices.Concat(
		[]route{
			{"GET /{$}", p.front},
			{"GET /section/{id}", p.section},
			{"GET /source/{id}", p.source},
			{"GET /tag/{tag}", p.tag},
			{"GET /archive", p.archiveYears},
			{"GET /archive/{yyyy}", p.archiveYear},
			{"GET /archive/{yyyy}/{mm}", p.archiveMonth},
			{"GET /archive/{yyyy}/{mm}/{dd}", p.archiveDay},
			{"GET /article/{name}", p.withArticle(p.article)},
			{"GET /article/{name}/comments", p.withArticle(p.toComments)},
			{"POST /article/{name}/comments", takeForm(p.withArticle(p.postComment))},
			{"GET /comment/{id}", p.comment},
			{"GET /comment/{id}/edit", p.withOwn(p.editForm)},
			{"POST /comment/{id}/edit", takeForm(p.withOwn(p.edit))},
			{"GET /comment/{id}/delete", p.withOwn(p.takeForm)},
			{"POST /comment/{id}/delete", takeForm(p.withOwn(p.take))},
			{"GET /comment/{id}/report", p.reportForm},
			{"POST /comment/{id}/report", takeForm(p.withSeen(p.report))},
			{"GET /search", p.search},
			{"GET /opensearch.xml", p.file("application/opensearchdescription+xml; charset=utf-8", "/opensearch.xml", nil, fixed(p.view().OpenSearch()))},
			{"GET /comments", p.latest},
			{"GET /corrections", p.corrections},
			{"GET /feeds", p.feedsPage},
			{"GET /about", p.about},
			{"GET /privacy", p.privacy},
			{"GET /logo", p.logo},
			{"GET /icon.svg", p.icon},
			{"GET /healthz", p.healthy},
			{"GET /readyz", p.ready},
			{"GET /sources.opml", p.file(opmlType, "/sources.opml", []string{scope.Sources}, p.discovery.SourcesOPML)},
			{"GET " + channels.BlogrollPath, p.file(opmlType, channels.BlogrollPath, []string{scope.Sources}, p.discovery.SourcesOPML)},
			{"GET /feeds.opml", p.file(opmlType, "/feeds.opml", []string{scope.Sources}, p.discovery.FeedsOPML)},
			{"GET /robots.txt", p.file(textType, "/robots.txt", nil, fixed(p.discovery.Robots(p.set.Publisher.AI)))},
			{"GET /sitemap.xml", p.sitemap},
			{"GET " + discovery.NewsPath, p.newsSitemap},
			{"GET " + feedStylePath, p.file("text/css; charset=utf-8", feedStylePath, nil, fixed(feedCSS))},
		},
		p.security(),
		p.hubRoutes(),
		p.callbacks(),
		p.aliases(),
		p.feeds(),
		p.editors(),
	)
}

// security is where security.txt stands, nowhere while [site] security names
// nobody.
func (p *Publisher) security() (list []route) {
	if p.set.Site.Security != "" {
		list = append(list, route{"GET " + discovery.SecurityPath, p.securityTxt})
	}
	return list
}

// editors are the addresses of the desk, none where nobody may sign in.
func (p *Publisher) editors() (list []route) {
	for _, r := range p.desk.Routes() {
		list = append(list, route{r.Pattern, r.Handle})
	}
	return list
}

// feeds are the addresses of all feeds.
func (p *Publisher) feeds() []route {
	var list []route
	for _, s := range p.channels.Scopes() {
		list = append(list, p.feedRoutes(s)...)
	}
	return list
}

// formLimit is how large a body may be: editors send whole articles, hubs feeds.
func (p *Publisher) formLimit(r *http.Request) int64 {
	if p.desk.Open() && strings.HasPrefix(r.URL.Path, "/desk/") && r.URL.Path != "/desk/login" {
		return desk.MaxForm
	}
	if isDelivery(r) && p.maxDelivery > 0 {
		return p.maxDelivery
	}
	return web.MaxForm
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
		if astray(asked) {
			m.ServeHTTP(w, nowhere(r))
			return
		}
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
			web.Redirect(w, r, tidy, http.StatusMovedPermanently, web.Moved)
		}
	})
}

// astray reports whether an address is none that we lead to and none that a slip
// of the hand makes: it climbs (V67), or asks for something inside of a feed.
func astray(asked string) bool {
	last := ""
	for part := range strings.SplitSeq(asked, "/") {
		plain, err := url.PathUnescape(part)
		if err != nil || plain == "." || plain == ".." {
			return true
		}
		if part != "" {
			last = part
		}
	}
	return strings.HasSuffix(asked, "/") && isFeed("/"+last)
}

// nowhere is r for an address that there is not.
func nowhere(r *http.Request) *http.Request {
	other := r.Clone(r.Context())
	other.URL = &url.URL{Path: "/-/"}
	return other
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
		web.AllowPreflight(w.Header())
	}
	if r.Method != http.MethodOptions {
		return &web.Error{Status: http.StatusMethodNotAllowed, Message: "This address does not take that."}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
