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
	"courant/aggregator/poll"
	"courant/aggregator/schedule"
	"courant/db/text"
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

// rediscover looks for the feed of a source whose address brings none: a page
// where a feed should be, or 404 for a week. What it finds takes the place of
// v's answer. It is done once in a row of failures, and it never takes a feed
// of which we know no entry (P71), unless none was ever taken in: then the
// configured address is the site's, and its page says which feed is meant.
func (e *engine) rediscover(s *poll.Subject, v *poll.Visit) {
	if s.Memory.FoundMS != 0 {
		return
	}
	page, ok := e.sitePage(s, v)
	if !ok {
		return
	}
	v.Found = &poll.Found{Suggestion: discover.Refresh(page)}
	named, _ := discover.Links(page)
	tried := 0
	for _, link := range named {
		if fetch.Same(link.URL, s.Config.Request.URL) || tried == maxTried {
			continue
		}
		tried++
		if e.adopt(s, v, link.URL) {
			return
		}
	}
}

// sitePage is the page to look at: the very answer where it is one, so that no
// second request is made (P02), else the site's own page.
func (e *engine) sitePage(s *poll.Subject, v *poll.Visit) (discover.Page, bool) {
	switch {
	case v.Err.Kind == fetch.Broken && looksLikePage(v.Answer):
		if s.ImportedAt.IsZero() && !sameDomain(s.Config.Request.URL, v.Answer.URL) {
			return discover.Page{}, false // somebody else's page: a login, a portal (P63)
		}
		return discover.Page{URL: v.Answer.URL, ContentType: v.Answer.ContentType, Body: v.Answer.Body}, true
	case v.Err.Kind == fetch.Missing && !s.ImportedAt.IsZero() && !s.ErrorSince.IsZero() && v.At.Sub(s.ErrorSince) >= schedule.RediscoverWait:
		site := s.FeedLink
		if site == "" {
			site = fetch.Root(s.Config.Request.URL)
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
func (e *engine) adopt(s *poll.Subject, v *poll.Visit, address string) bool {
	answer, err := e.a.client.Get(e.ctx, fetch.Request{URL: address, UserAgent: s.Config.Request.UserAgent})
	if err != nil {
		return false
	}
	other := &poll.Visit{At: v.At, Answer: answer}
	other.Sum()
	e.a.parsing(other.Parse)
	if other.Err == nil && (s.ImportedAt.IsZero() || e.shares(s.ID, other.Document)) {
		v.Found.Address, v.Found.Why = address, "found again on the site's page"
		if s.ImportedAt.IsZero() {
			v.Found.Why = "named by the site's page"
		}
		v.Answer.Release()
		v.Answer, v.Err, v.Document, v.Digest = answer, nil, other.Document, other.Digest
		return true
	}
	if other.Err == nil {
		v.Found.Suggestion = text.Redact(address)
	}
	answer.Release()
	return false
}

// shares reports whether we know an entry of doc by its id or link.
func (e *engine) shares(id string, doc *feed.Document) bool {
	var guids, links []string
	for _, entry := range normalise.Entries(doc, normalise.Source{ID: id}, time.Time{}) {
		guids = append(guids, entry.Article.GUID)
		if entry.Article.Link != "" {
			links = append(links, entry.Article.Link)
		}
	}
	known, err := e.a.store.KnowsEntry(e.ctx, id, guids, links)
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
