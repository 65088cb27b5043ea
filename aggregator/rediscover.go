package aggregator

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"courant/aggregator/discover"
	"courant/aggregator/feed"
	"courant/aggregator/fetch"
	"courant/aggregator/normalise"
	"courant/aggregator/schedule"
)

// Discover returns the feeds of the site at address, the likeliest first, asked
// for as politely as everything else.
func Discover(ctx context.Context, c Config, o Options, address string) ([]discover.Feed, error) {
	client, err := newClient(c, o)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	return discover.Find(ctx, getter(client), address)
}

// getter asks without validators or secrets.
func getter(client *fetch.Client) discover.Getter {
	return func(ctx context.Context, address string) (discover.Page, error) {
		answer, err := client.Get(ctx, fetch.Request{URL: address})
		defer answer.Release()
		if err != nil {
			return discover.Page{}, err
		}
		return discover.Page{URL: answer.URL, ContentType: answer.ContentType, Body: bytes.Clone(answer.Body)}, nil
	}
}

// maxTried is how many feeds of a page a pass looks at before it gives up.
const maxTried = 3

// discovery is what a look for a source's feed came to.
type discovery struct {
	to, why    string // the feed that is asked from now on; empty: none
	suggestion string // a feed of which we know no entry
}

// rediscover looks for the feed of a source whose address brings none: a page
// where a feed should be, or 404 for a week. What it finds takes the place of
// t's answer. It is done once in a row of failures, and it never takes a feed
// of which we know no entry (P71), unless none was ever taken in: then the
// configured address is the site's, and its page says which feed is meant.
func (e *engine) rediscover(c *source, s *subject, t *taken) {
	if s.memory.FoundMS != 0 {
		return
	}
	page, ok := e.sitePage(c, s, t)
	if !ok {
		return
	}
	t.found = &discovery{suggestion: discover.Refresh(page)}
	named, _ := discover.Links(page)
	tried := 0
	for _, link := range named {
		if fetch.Same(link.URL, c.URL) || tried == maxTried {
			continue
		}
		tried++
		if e.adopt(c, s, t, link.URL) {
			return
		}
	}
}

// sitePage is the page to look at: the very answer where it is one, so that no
// second request is made (P02), else the site's own page.
func (e *engine) sitePage(c *source, s *subject, t *taken) (discover.Page, bool) {
	switch {
	case t.err.Kind == fetch.Broken && looksLikePage(t.answer):
		if s.ImportedAt.IsZero() && !sameDomain(c.URL, t.answer.URL) {
			return discover.Page{}, false // somebody else's page: a login, a portal (P63)
		}
		return discover.Page{URL: t.answer.URL, ContentType: t.answer.ContentType, Body: t.answer.Body}, true
	case t.err.Kind == fetch.Missing && !s.ImportedAt.IsZero() && !s.ErrorSince.IsZero() && t.at.Sub(s.ErrorSince) >= schedule.RediscoverWait:
		site := s.FeedLink
		if site == "" {
			site = fetch.Root(c.URL)
		}
		page, err := getter(e.a.client)(e.ctx, site)
		return page, err == nil
	}
	return discover.Page{}, false
}

// sameDomain reports whether both addresses belong to one registrable domain.
func sameDomain(a, b string) bool {
	domain := func(raw string) string {
		host := fetch.Host(raw)
		if d, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
			return d
		}
		return host
	}
	return domain(a) == domain(b)
}

// adopt takes the feed at address for the source's own if it is.
func (e *engine) adopt(c *source, s *subject, t *taken, address string) bool {
	answer, err := e.a.client.Get(e.ctx, fetch.Request{URL: address, UserAgent: c.UserAgent})
	if err != nil {
		return false
	}
	other := &taken{at: t.at, answer: answer}
	e.a.parse(other)
	if other.err == nil && (s.ImportedAt.IsZero() || e.shares(c, other.doc)) {
		t.found.to, t.found.why = address, "found again on the site's page"
		if s.ImportedAt.IsZero() {
			t.found.why = "named by the site's page"
		}
		t.answer.Release()
		t.answer, t.err, t.doc, t.hash = answer, nil, other.doc, other.hash
		return true
	}
	if other.err == nil {
		t.found.suggestion = fetch.Redact(address)
	}
	answer.Release()
	return false
}

// shares reports whether we know an entry of doc by its id or link.
func (e *engine) shares(c *source, doc *feed.Document) bool {
	var guids, links []string
	for _, entry := range normalise.Entries(doc, normalise.Source{ID: c.ID}, time.Time{}) {
		guids = append(guids, entry.Article.GUID)
		if entry.Article.Link != "" {
			links = append(links, entry.Article.Link)
		}
	}
	known, err := e.a.store.KnowsEntry(e.ctx, c.ID, guids, links)
	return err == nil && known
}

// looksLikePage reports whether an answer that is no feed is a page for people.
func looksLikePage(answer *fetch.Answer) bool {
	if answer.Status != http.StatusOK {
		return false
	}
	kind, _, _ := strings.Cut(strings.ToLower(answer.ContentType), ";")
	switch strings.TrimSpace(kind) {
	case "text/html", "application/xhtml+xml":
		return true
	}
	head := bytes.ToLower(answer.Body[:min(len(answer.Body), 1024)])
	return bytes.Contains(head, []byte("<html")) || bytes.Contains(head, []byte("<!doctype html"))
}
