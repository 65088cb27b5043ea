package aggregator

import (
	"bytes"
	"context"
	"net/http"
	"strings"

	"golang.org/x/net/publicsuffix"

	"courant/aggregator/discover"
	"courant/aggregator/feed"
	"courant/aggregator/fetch"
	"courant/aggregator/normalise"
	"courant/aggregator/poll"
	"courant/aggregator/schedule"
	"courant/db/text"
)

// getter asks without validators or secrets. named is the address that a person
// named, "" where none did.
func getter(client *fetch.Client, named string) discover.Getter {
	return func(ctx context.Context, address string) (discover.Page, error) {
		answer, err := client.Get(ctx, fetch.Request{URL: address, Named: address == named})
		defer answer.Release()
		if err != nil {
			return discover.Page{}, err
		}
		page := pageOf(answer)
		page.Body = bytes.Clone(page.Body)
		return page, nil
	}
}

// pageOf is an answer as a page that may name feeds. It has the answer's body.
func pageOf(answer *fetch.Answer) discover.Page {
	return discover.Page{URL: answer.URL, ContentType: answer.ContentType, Links: answer.Links, Refresh: answer.Refresh, Body: answer.Body}
}

// maxTried is how many feeds of a page a pass looks at before it gives up.
const maxTried = 3

// rediscover looks for the feed of a source whose address brings none: a page
// where a feed should be, or 404 for a week. What it finds takes the place of
// its answer. It is done once in a row of failures, and it never takes a feed
// of which we know no entry (P71), unless none was ever taken in: then the
// configured address is the site's, and its page says which feed is meant.
func (v *visitor) rediscover(s *poll.Subject, got *poll.Visit) {
	if s.Memory.FoundMS != 0 {
		return
	}
	page, ok := v.sitePage(s, got)
	if !ok {
		return
	}
	got.Found = &poll.Found{Suggestion: discover.Refresh(page)}
	named, _ := discover.Links(page)
	tried := 0
	for _, link := range named {
		if fetch.Same(link.URL, s.Config.Request.URL) || tried == maxTried {
			continue
		}
		tried++
		if v.adopt(s, got, link.URL) {
			return
		}
	}
}

// sitePage is the page to look at: the very answer where it is one, so that no
// second request is made (P02), else the site's own page.
func (v *visitor) sitePage(s *poll.Subject, got *poll.Visit) (discover.Page, bool) {
	switch {
	case got.Err.Kind == fetch.Broken && looksLikePage(got.Answer):
		if s.ImportedAt.IsZero() && !sameDomain(s.Config.Request.URL, got.Answer.URL) {
			return discover.Page{}, false // somebody else's page: a login, a portal (P63)
		}
		return pageOf(got.Answer), true
	case got.Err.Kind == fetch.Missing && !s.ImportedAt.IsZero() && !s.ErrorSince.IsZero() && got.At.Sub(s.ErrorSince) >= schedule.RediscoverWait:
		site := s.FeedLink
		if site == "" {
			site = fetch.Root(s.Config.Request.URL)
		}
		page, err := getter(v.client, "")(v.ctx, site)
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
func (v *visitor) adopt(s *poll.Subject, got *poll.Visit, address string) bool {
	answer, err := v.get(fetch.Request{URL: address, UserAgent: s.Config.Request.UserAgent})
	if err != nil {
		return false
	}
	other := &poll.Visit{At: got.At, Answer: answer}
	other.Sum()
	v.parse(other)
	if other.Err == nil && (s.ImportedAt.IsZero() || v.shares(s.ID, other.Document)) {
		got.Found.Address, got.Found.Why = address, "found again on the site's page"
		if s.ImportedAt.IsZero() {
			got.Found.Why = "named by the site's page"
		}
		got.Answer.Release()
		got.Answer, got.Err, got.Document, got.Digest = answer, nil, other.Document, other.Digest
		return true
	}
	if other.Err == nil {
		got.Found.Suggestion = text.Redact(address)
	}
	answer.Release()
	return false
}

// shares reports whether we know an entry of doc by its id or link.
func (v *visitor) shares(id string, doc *feed.Document) bool {
	var guids, links []string
	for _, a := range normalise.Each(doc, normalise.Source{ID: id}) {
		if a != nil {
			guids = append(guids, a.GUID)
		}
		if a != nil && a.Link != "" {
			links = append(links, a.Link)
		}
	}
	known, err := v.store.KnowsEntry(v.ctx, id, guids, links)
	return err == nil && known
}

// looksLikePage reports whether an answer that is no feed is a page for people.
func looksLikePage(answer *fetch.Answer) bool {
	if answer.Status != http.StatusOK {
		return false
	}
	mediaType, _, _ := strings.Cut(strings.ToLower(answer.ContentType), ";")
	switch strings.TrimSpace(mediaType) {
	case "text/html", "application/xhtml+xml":
		return true
	}
	head := bytes.ToLower(answer.Body[:min(len(answer.Body), 1024)])
	return bytes.Contains(head, []byte("<html")) || bytes.Contains(head, []byte("<!doctype html"))
}
