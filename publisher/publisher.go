// Package publisher serves readers: pages, and under each page its feeds, from
// what the store holds. New makes a Publisher of a store and Settings; Serve
// answers on a listener until its context ends. What it renders it holds until
// the store says that something it was made from has changed.
//
// routes.go is the table of addresses; the handlers stand one entity a file.
//
// How a change reaches what is held rendered. Whoever writes to the store says
// with the same commit which scopes it touched: an article's own, its lists',
// the thread's. The store tells OnChange of those, at once for what this process
// wrote, and within a second, found by the watch in Serve, for what another did.
// changed then forgets what was read of the sources, and drops from the cache
// every document that was made from one of those scopes. A rendering that was
// under way still answers those who wait for it, and is given to nobody who
// came after the change. So an edit is seen by the next request here, and a
// second later everywhere, and a document that nothing touched stays as it is.
//
// How memory is bounded. The cache counts the bytes of its documents and of
// their compressed forms; beyond cacheBytes those go first that nobody asked
// for since room was last made. Parameters that mean nothing to an address are
// left out of its key, so that no query makes another copy. As many documents
// are rendered at once as there are processors; a request for what is just
// being rendered waits for it. A feed reads no more bodies than fit into it.
package publisher

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"courant/db"
	"courant/db/push"
	"courant/publisher/audience"
	"courant/publisher/channels"
	"courant/publisher/comments"
	"courant/publisher/desk"
	"courant/publisher/discovery"
	"courant/publisher/hub"
	"courant/publisher/moderation"
	"courant/publisher/pages"
	"courant/publisher/web"
	"courant/publisher/words"
)

// Publisher serves one site. Safe for concurrent use.
type Publisher struct {
	store     *db.DB
	set       Settings
	channels  *channels.Channels
	discovery *discovery.Discovery
	words     *words.Words                // of the furniture
	pages     atomic.Pointer[pages.Pages] // replaced on reload
	judge     *comments.Threads
	searches  searches
	desk      *desk.Desk
	hub       *hub.Hub // nil: there is none
	inbox     push.Inbox
	// maxDelivery bounds what hubs deliver; deliveries has a place for each body that
	// is just received.
	maxDelivery int64
	deliveries  chan struct{}
	moderator   *moderation.Moderator
	owners      owners
	audience    *audience.Audience
	files       files
	proxies     []netip.Prefix // trusted ones
	log         *slog.Logger
	now         func() time.Time
	degraded    func(context.Context) string // may be nil
	cache       *web.Cache
	cutMu       sync.Mutex
	cut         map[string]time.Time // when tellCut told of a feed
	errs        *web.Errors
	header      http.Header // of every answer
	handler     http.Handler
}

// Handler answers the requests of readers.
func (p *Publisher) Handler() http.Handler { return p.handler }

// Rendered is how many documents were rendered since p was made.
func (p *Publisher) Rendered() uint64 { return p.cache.Rendered() }

// Sections are the configured ones, in their order.
func (p *Publisher) Sections() []Section {
	var list []Section
	for _, s := range p.channels.Sections() {
		list = append(list, Section(s))
	}
	return list
}

// deskSections are the same for the desk.
func (p *Publisher) deskSections() (list []desk.Section) {
	for _, s := range p.Sections() {
		list = append(list, desk.Section{ID: s.ID, Name: s.Name()})
	}
	return list
}

// hasSection reports whether an article may be in the section with the given id.
// Where the configuration lists none, any will do.
func (p *Publisher) hasSection(id string) bool {
	list := p.Sections()
	return len(list) == 0 || id == "" || slices.ContainsFunc(list, func(s Section) bool { return s.ID == id })
}

// SetSections replaces the sections, as a reload of the configuration does.
func (p *Publisher) SetSections(list []Section) {
	p.channels.SetSections(channelSections(list))
	p.showSections()
}

// bareTimeout is how long a change may wait for the store to say what is empty.
const bareTimeout = time.Second

// showSections renders every page anew, with the sections of now. No page leads
// to those in which nothing was ever published; a store that cannot say which
// these are hides none.
func (p *Publisher) showSections() {
	ctx, cancel := context.WithTimeout(context.Background(), bareTimeout)
	defer cancel()
	bare, err := p.channels.Bare(ctx)
	if err != nil {
		p.log.Warn("cannot tell which sections are empty", "err", err)
	}
	p.pages.Store(p.view().WithSections(pageSections(p.Sections(), bare)))
	p.cache.Drop(nil)
}

// page answers with an HTML page that is held under its canonical address, path
// and query. scopes are those the page is sure to be made from; render adds
// what else it turns out to need.
func (p *Publisher) page(w http.ResponseWriter, r *http.Request, address string, scopes []string,
	render func(context.Context) (web.Document, error),
) error {
	return p.cache.Serve(w, r, address, scopes, asPage(render))
}

// asPage makes render's document an HTML page.
func asPage(render func(context.Context) (web.Document, error)) func(context.Context) (web.Document, error) {
	return func(ctx context.Context) (web.Document, error) {
		d, err := render(ctx)
		d.ContentType = "text/html; charset=utf-8"
		if d.Header == nil {
			d.Header = http.Header{}
		}
		web.Ask.Set(d.Header)
		return d, err
	}
}

// once answers with a page that is made for this request alone.
func (p *Publisher) once(w http.ResponseWriter, r *http.Request, status int, body []byte) error {
	if err := web.Once(w, r, status, "text/html; charset=utf-8", web.PrivateOnce, body); err != nil {
		p.log.Debug("answer cut short", "err", err) // its reader has gone: nobody is left to tell
	}
	return nil
}

// htmlPage is a rendered page as a document.
func htmlPage(body []byte, err error) (web.Document, error) { return web.Document{Body: body}, err }

// follow is how the page of a channel names its feeds.
func follow(c *channels.Channel) pages.Follow { return pages.Follow{Path: c.Page, Title: c.Title} }

// view is the pages with the sections of now.
func (p *Publisher) view() *pages.Pages { return p.pages.Load() }

// errorPage is what a reader sees of an error.
func (p *Publisher) errorPage(_ *http.Request, status int, message string) []byte {
	body, err := p.view().Message(status, message)
	if err != nil {
		p.log.Error("render the page of an error", "err", err)
		return nil
	}
	return body
}

// changed drops what was made from scopes; nil means everything.
func (p *Publisher) changed(scopes []string) {
	p.channels.Changed(scopes)
	p.owners.changed(scopes)
	if p.view().Fills(scopes) {
		p.showSections()
	} else {
		p.cache.Drop(scopes)
	}
	if p.hub != nil {
		p.hub.Changed() // by now nothing is rendered from what was before
	}
}

// route is an address and what answers it.
type route struct {
	pattern string // of http.ServeMux
	handle  web.Handler
}
