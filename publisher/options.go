package publisher

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"courant/db"
	heard "courant/db/audience"
	"courant/db/push"
	"courant/publisher/audience"
	"courant/publisher/channels"
	"courant/publisher/comments"
	"courant/publisher/desk"
	"courant/publisher/discovery"
	"courant/publisher/editing"
	"courant/publisher/feeds"
	"courant/publisher/hub"
	"courant/publisher/moderation"
	"courant/publisher/pages"
	"courant/publisher/web"
	"courant/publisher/words"
)

// Options are what New needs besides store and settings.
type Options struct {
	Log *slog.Logger     // nil: nothing is logged
	Now func() time.Time // nil: time.Now
	// Observe is told of every answer, from many goroutines; nil: nobody is.
	Observe func(Observation)
	// Degraded says in a few words what keeps the site from working in full, or
	// ""; /readyz asks it. nil: nothing does.
	Degraded func(context.Context) string
	// Remake makes articles anew of what their sources sent, for the desk; nil: that
	// cannot be read.
	Remake func(editing.Editor) desk.Remaker
	// Adder takes in articles that have no feed, for the desk; nil: it takes none.
	Adder func(editing.Editor) desk.Adder
	// Mount are further addresses by their http.ServeMux pattern, which the
	// publisher serves for others with its own headers and limits.
	Mount map[string]http.Handler
	// Outbound reaches those who subscribed to feeds, and the hub where that is
	// another's; nil: nobody is told of news, and feeds name no hub.
	Outbound hub.Outbound
	// MaxDelivery is how many bytes hubs elsewhere may deliver at once of what sources
	// publish; 0: nobody subscribes to any.
	MaxDelivery int64
	// ObserveHub is told of every request that the hub makes, from many goroutines;
	// nil: nobody is.
	ObserveHub func(hub.Observation)
}

// cacheBytes bounds what is held of rendered documents. Feeds of 512 KiB and
// their compressed forms fit some forty times; the whole process shall stay
// under 128 MiB.
const cacheBytes = 24 << 20

// New returns a Publisher of what store holds.
func New(store *db.DB, s Settings, o Options) (*Publisher, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	f, err := readFiles(s.Site)
	if err != nil {
		return nil, err
	}
	view, err := newPages(s, f)
	if err != nil {
		return nil, err
	}
	judge, err := comments.New(s.Comments, store.Secret(), func() *words.Words { return f.words })
	if err != nil {
		return nil, fmt.Errorf("comments.%w", err)
	}
	proxies, err := parseProxies(s.Publisher.TrustedProxies)
	if err != nil {
		return nil, fmt.Errorf("publisher.trusted_proxies: %w", err)
	}
	header := web.Headers(view.Policy())
	s.Publisher.AI.Set(header)
	p := &Publisher{
		store: store, set: s, log: o.Log, now: o.Now, degraded: o.Degraded, header: header,
		cache: web.NewCache(cacheBytes, header),
		files: f, words: f.words, judge: judge, searches: newSearches(), moderator: moderation.New(store, s.Comments, judge, o.Log, o.Now), proxies: proxies,
		inbox: push.NewInbox(store), maxDelivery: o.MaxDelivery, deliveries: make(chan struct{}, deliveriesAtOnce),
	}
	p.audience = audience.New(func(ctx context.Context, claims []heard.Claim) error {
		return heard.Note(ctx, store.DB, store.Now(), claims)
	}, o.Now)
	p.cache.Now = o.Now
	p.pages.Store(view)
	site := channelSite(s, f)
	site.Hub = hubAddress(s, o)
	p.channels = channels.New(store, site, channelSections(s.Sections), o.Now)
	p.hub = p.newHub(o)
	p.showSections()
	p.discovery = discovery.New(store, p.channels)
	if p.desk, err = desk.New(store, s.Desk, desk.Options{
		Base: s.Site.Base(), Title: s.Site.Title, Lang: s.Site.Language, Zone: s.Site.Zone(), Proxies: proxies, Log: o.Log, Now: o.Now,
		Sections: p.deskSections, HasSection: p.hasSection, Remake: o.Remake, Adder: o.Adder, Preview: p.previewOf,
	}); err != nil {
		return nil, fmt.Errorf("desk.%w", err)
	}
	p.errs = &web.Errors{Log: o.Log, Page: p.errorPage, Held: p.cache.Held}
	sameOrigin, err := web.SameOrigin(p.errs, s.Site.Base())
	if err != nil {
		return nil, fmt.Errorf("site.url: %w", err)
	}
	p.handler = web.Chain(p.mux(o.Mount),
		observe(o.Observe),
		web.Recover(p.errs),
		web.Log(o.Log),
		web.Framing{}.Refuse(p.errs, header),
		web.OneWay,
		p.visited,
		p.heard,
		p.cached,
		web.SetHeaders(header),
		web.Limits(p.errs, p.formLimit),
		sameOrigin,
	)
	store.OnChange(p.changed)
	return p, nil
}

// cached answers what is held rendered before anything else looks at a request.
func (p *Publisher) cached(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		visitor, err := p.own(r)
		if err != nil {
			p.errs.Answer(w, r, err)
			return
		}
		hit := false
		if visitor != "" {
			hit = p.cache.HitFor(w, r, visitor)
		} else {
			hit = p.cache.Hit(w, r)
		}
		if !hit {
			next.ServeHTTP(w, r)
			return
		}
		note(w, func(o *Observation) { o.Cached = true })
	})
}

// newPages makes the pages of the site.
func newPages(s Settings, f files) (*pages.Pages, error) {
	site := pages.Site{
		Title: s.Site.Title, Base: s.Site.Base(), Description: s.Site.Description, Language: s.Site.Language, Words: f.words,
		Email: s.Site.Email, Zone: s.Site.Zone(), CSS: f.css, About: !f.about.Empty(), Privacy: !f.privacy.Empty(),
		Comments: s.Comments.Enabled, Formats: pageFormats(), Sections: pageSections(s.Sections, nil),
	}
	if len(f.logo.Body) > 0 {
		site.Logo = "/logo"
	}
	return pages.New(site)
}

// channelSite is what the feeds need of the configuration.
func channelSite(s Settings, f files) channels.Site {
	base := s.Site.Base()
	return channels.Site{
		Title: s.Site.Title, Base: base, Description: s.Site.Description, Language: s.Site.Language, Words: f.words,
		Author: s.Site.Author, Email: s.Site.Email, Image: f.image(base), Zone: s.Site.Zone(), Comments: s.Comments.Enabled,
		Items: s.Publisher.FeedItems, Window: s.Publisher.FeedWindow.Duration, Full: s.Publisher.FullContent,
	}
}

// pageFormats are the formats of feeds as pages name them.
func pageFormats() []pages.Format {
	var out []pages.Format
	for _, f := range feeds.Formats() {
		out = append(out, pages.Format{ID: string(f), Name: f.Name(), Brief: f.Brief(), File: f.File(), Type: f.Type(), XML: f.XML()})
	}
	return out
}

// NewModerator judges the comments of store as a Publisher with the same settings does:
// for who takes in comments and publishes nothing.
func NewModerator(store *db.DB, s Settings, log *slog.Logger) (*moderation.Moderator, error) {
	rules, err := comments.New(s.Comments, store.Secret(), words.English) // nobody is told what is wrong
	if err != nil {
		return nil, fmt.Errorf("comments.%w", err)
	}
	return moderation.New(store, s.Comments, rules, log, store.Now), nil
}
