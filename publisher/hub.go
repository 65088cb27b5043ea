package publisher

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"

	"courant/db"
	"courant/db/search/query"
	"courant/publisher/channels"
	"courant/publisher/feeds"
	"courant/publisher/hub"
	"courant/publisher/web"
)

// hubAddress is that of the hub which the settings name, "" where there is none or
// nothing to reach anybody by.
func hubAddress(s Settings, o Options) string {
	if s.Publisher.Hub == "" || o.Outbound == nil {
		return ""
	}
	return hub.Address(s.Site.Base(), s.Publisher.Hub)
}

// newHub returns the hub that the settings name, nil where there is none.
func (p *Publisher) newHub(o Options) *hub.Hub {
	if hubAddress(p.set, o) == "" {
		return nil
	}
	return hub.New(p.store, hub.Options{
		Base: p.set.Site.Base(), Hub: p.set.Publisher.Hub, Topics: &topics{p, p.topicMux()}, Out: o.Outbound, Log: o.Log, Now: o.Now, Observe: o.ObserveHub,
		From: func(r *http.Request) netip.Addr { return web.Address(r, p.proxies) },
	})
}

// Subscriptions is how many subscriptions stand at our own hub.
func (p *Publisher) Subscriptions(ctx context.Context) (int, error) {
	if p.hub == nil {
		return 0, nil
	}
	return p.hub.Count(ctx)
}

// hubRoutes is where our own hub stands, nowhere where there is none.
func (p *Publisher) hubRoutes() (list []route) {
	if p.hub != nil && p.set.Publisher.Hub == hub.Own {
		list = append(list, route{"POST " + hub.Path, takeForm(p.hub.Handle)})
	}
	return list
}

// topics renders feeds for the hub.
type topics struct {
	*Publisher
	mux *http.ServeMux
}

// sought is what topicMux finds at an address.
type sought struct {
	asked
	found bool
	err   error
}

// The mux that finds a feed answers nobody.
func (s *sought) Header() http.Header         { return http.Header{} }
func (s *sought) Write(b []byte) (int, error) { return len(b), nil }
func (s *sought) WriteHeader(int)             {}

// topicMux finds the feed of an address, as the routes of readers do.
func (p *Publisher) topicMux() *http.ServeMux {
	m := http.NewServeMux()
	for _, s := range p.channels.Scopes() {
		for _, format := range feeds.Formats() {
			m.HandleFunc("GET "+channels.Path(s.Pattern, format), func(w http.ResponseWriter, r *http.Request) {
				at := w.(*sought)
				at.asked, at.err = askedOf(r, format, s)
				at.found = true
			})
		}
	}
	for path, format := range aliasFormats() {
		m.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			at := w.(*sought)
			at.asked, at.found = asked{p.channels.Front(), format, feedParams{Params: channels.Params{Page: 1}}}, true
		})
	}
	return m
}

// Topic implements hub.Topics. What is kept may be older than what another process
// changed, of which the hub may know before this one's cache does: fresh is made anew.
func (t *topics) Topic(ctx context.Context, address string, fresh bool) (hub.Document, error) {
	u, err := url.Parse(address)
	if err != nil {
		return hub.Document{}, hub.ErrGone
	}
	r := (&http.Request{Method: http.MethodGet, URL: u, Header: http.Header{}, RequestURI: address}).WithContext(ctx)
	at := &sought{}
	t.mux.ServeHTTP(at, r)
	if !at.found || at.err != nil {
		return hub.Document{}, topicError(at.err)
	}
	a := at.asked
	a.view, a.Params = viewAny, a.channel.Takes(a.Params) // in its one form
	doc, err := t.rendered(ctx, a, fresh)
	if err != nil {
		return hub.Document{}, topicError(err)
	}
	return hub.Document{
		Address: a.address(), ContentType: doc.ContentType, Body: doc.Body, News: doc.News, Scopes: append(a.scopes(), doc.Scopes...),
	}, nil
}

// rendered is the document of a, one that is kept where it need not be fresh.
func (t *topics) rendered(ctx context.Context, a asked, fresh bool) (web.Document, error) {
	if fresh {
		return t.renderFeed(a)(ctx)
	}
	return t.cache.Document(ctx, a.address(), a.scopes(), t.renderFeed(a))
}

// topicError is err, or hub.ErrGone where it means that there is no such feed.
func topicError(err error) error {
	wrong, isWeb := errors.AsType[*web.Error](err)
	_, isQuery := errors.AsType[*query.Error](err)
	if err == nil || isQuery || errors.Is(err, db.ErrNotFound) || errors.Is(err, db.ErrWithdrawn) || errors.Is(err, channels.ErrNoPage) ||
		isWeb && wrong.Status < http.StatusInternalServerError {
		return hub.ErrGone
	}
	return err
}

// Touched implements hub.Topics.
func (t *topics) Touched(ctx context.Context, scopes []string) (list []string, err error) {
	pages, err := t.channels.Touched(ctx, scopes)
	for _, page := range pages {
		for _, format := range feeds.Formats() {
			list = append(list, channels.Path(page, format))
		}
	}
	return list, err
}
