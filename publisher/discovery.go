package publisher

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"courant/db"
	"courant/db/text"
	"courant/publisher/feeds"
	"courant/publisher/opml"
	"courant/publisher/web"
)

// aliases are where readers and crawlers look for a feed unasked (F2).
func (p *Publisher) aliases() []route {
	var list []route
	for path, format := range map[string]feeds.Format{
		"/feed": feeds.Atom, "/atom.xml": feeds.Atom,
		"/rss": feeds.RSS, "/rss.xml": feeds.RSS, "/index.xml": feeds.RSS, "/feed.xml": feeds.RSS,
	} {
		list = append(list, route{"GET " + path, func(w http.ResponseWriter, r *http.Request) error {
			moved(w, r, "/"+format.File())
			return nil
		}})
	}
	return list
}

// opmlType is the media type of a subscription list.
const opmlType = "text/x-opml; charset=utf-8"

// file answers with something that is neither page nor feed, and kept alike.
func (p *Publisher) file(contentType, address string, scopes []string, make func(context.Context) ([]byte, time.Time, error)) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return p.keep.Serve(w, r, address, scopes, func(ctx context.Context) (web.Document, error) {
			body, touched, err := make(ctx)
			return web.Document{
				ContentType: contentType, Body: body, LastModified: touched,
				Header: http.Header{"Cache-Control": {feedLifetime}, "Access-Control-Allow-Origin": {"*"}},
			}, err
		})
	}
}

// sourcesOPML lists what we read (F3).
func (p *Publisher) sourcesOPML(ctx context.Context) ([]byte, time.Time, error) {
	state, err := p.store.List(ctx, db.ScopeSources)
	if err != nil {
		return nil, time.Time{}, err
	}
	all, err := p.store.Sources(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	d := opml.Document{Title: "Sources of " + p.set.Site.Title, Modified: state.Touched}
	for _, s := range all {
		if !s.Configured {
			continue
		}
		f := opml.Feed{Title: s.Name(), URL: text.Redact(s.URL), Page: s.FeedLink, Language: languageOf(s)}
		if u, err := url.Parse(s.URL); f.Page == "" && err == nil {
			f.Page = u.Scheme + "://" + u.Host + "/" // until its feed says more
		}
		if s.Section != "" {
			f.Groups = []string{p.sectionName(s.Section)}
		}
		d.Feeds = append(d.Feeds, f)
	}
	b, err := opml.Write(d)
	return b, state.Touched, err
}

// languageOf is the language of a source's feed where what it says is a language
// tag (BCP 47), which many write as a locale.
func languageOf(s db.Source) string {
	if tag := strings.ReplaceAll(s.Language, "_", "-"); languageTag.MatchString(tag) {
		return tag
	}
	return ""
}

// feedsOPML lists what we publish: the site, its sections, its sources, and
// what is not of articles.
func (p *Publisher) feedsOPML(ctx context.Context) ([]byte, time.Time, error) {
	state, err := p.store.List(ctx, db.ScopeSources)
	if err != nil {
		return nil, time.Time{}, err
	}
	all, err := p.store.Sources(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	site := p.set.Site
	d := opml.Document{Title: "Feeds of " + site.Title, Modified: state.Touched}
	add := func(group, page, title string) {
		f := opml.Feed{Title: title, URL: site.Base() + below(page) + "/" + feeds.Atom.File(), Page: site.Base() + page}
		if group != "" {
			f.Groups = []string{group}
		}
		d.Feeds = append(d.Feeds, f)
	}
	add("", "/", site.Title)
	if p.set.Comments.Enabled {
		add("", "/comments", site.Title+" – Comments")
	}
	add("", "/corrections", site.Title+" – Corrections")
	for _, s := range p.Sections() {
		add("Sections", "/section/"+s.ID, site.Title+" – "+s.Name())
	}
	for _, s := range all {
		add("Sources", "/source/"+s.ID, site.Title+" – "+s.Name())
	}
	b, err := opml.Write(d)
	return b, state.Touched, err
}

// robots asks crawlers to leave alone what is not for them (F4).
func (p *Publisher) robots(context.Context) ([]byte, time.Time, error) {
	return []byte("User-agent: *\nDisallow: /desk\nDisallow: /search\nAllow: /\n\nSitemap: " + p.set.Site.Base() + "/sitemap.xml\n"),
		time.Time{}, nil
}

// sitemapFlat is how many articles one sitemap names; a site with more has a
// sitemap for each day. sitemapMax is the protocol's own limit
// (https://www.sitemaps.org/protocol.html).
const (
	sitemapFlat = 1000
	sitemapMax  = 50_000
	nsSitemap   = "http://www.sitemaps.org/schemas/sitemap/0.9"
)

type sitemapSet struct {
	XMLName xml.Name     `xml:"urlset"`
	NS      string       `xml:"xmlns,attr"`
	URLs    []sitemapURL `xml:"url"`
}

type sitemapIndex struct {
	XMLName xml.Name     `xml:"sitemapindex"`
	NS      string       `xml:"xmlns,attr"`
	Maps    []sitemapURL `xml:"sitemap"`
}

type sitemapURL struct {
	Loc     string `xml:"loc"`
	Lastmod string `xml:"lastmod,omitempty"`
}

// sitemap answers with all pages, or on a large site with the index of the
// sitemaps of its days (?day=yyyy-mm-dd).
func (p *Publisher) sitemap(w http.ResponseWriter, r *http.Request) error {
	const xmlType = "application/xml; charset=utf-8"
	day := r.URL.Query().Get("day")
	if day == "" {
		return p.file(xmlType, "/sitemap.xml", []string{db.ScopeSite}, p.siteMap)(w, r)
	}
	from, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return db.ErrNotFound
	}
	scope := db.ScopeDay(from)
	return p.file(xmlType, "/sitemap.xml?day="+from.Format(time.DateOnly), []string{scope}, func(ctx context.Context) ([]byte, time.Time, error) {
		l, err := p.store.List(ctx, scope)
		if err != nil {
			return nil, time.Time{}, err
		}
		if !l.Known {
			return nil, time.Time{}, db.ErrNotFound
		}
		list, err := p.store.Addresses(ctx, db.ArticleQuery{From: from, To: from.AddDate(0, 0, 1), Limit: sitemapMax})
		if err != nil {
			return nil, time.Time{}, err
		}
		if len(list) == 0 {
			return nil, time.Time{}, db.ErrNotFound // a sitemap names one page at least
		}
		b, err := writeSitemap(sitemapSet{NS: nsSitemap, URLs: p.articleURLs(list)})
		return b, l.Touched, err
	})(w, r)
}

func (p *Publisher) siteMap(ctx context.Context) ([]byte, time.Time, error) {
	base := p.set.Site.Base()
	state, err := p.store.List(ctx, db.ScopeSite)
	if err != nil {
		return nil, time.Time{}, err
	}
	list, err := p.store.Addresses(ctx, db.ArticleQuery{Limit: sitemapFlat + 1})
	if err != nil {
		return nil, time.Time{}, err
	}
	if len(list) > sitemapFlat {
		days, err := p.store.Days(ctx, sitemapMax)
		if err != nil {
			return nil, time.Time{}, err
		}
		index := sitemapIndex{NS: nsSitemap}
		for _, d := range days {
			index.Maps = append(index.Maps, sitemapURL{base + "/sitemap.xml?day=" + d.Day.Format(time.DateOnly), lastmod(d.Touched)})
		}
		b, err := writeSitemap(index)
		return b, state.Touched, err
	}
	set := sitemapSet{NS: nsSitemap, URLs: []sitemapURL{{base + "/", lastmod(state.Updated)}, {Loc: base + "/feeds"}}}
	for _, s := range p.Sections() {
		l, err := p.store.List(ctx, db.ScopeSection(s.ID))
		if err != nil {
			return nil, time.Time{}, err
		}
		set.URLs = append(set.URLs, sitemapURL{base + "/section/" + s.ID, lastmod(l.Updated)})
	}
	set.URLs = append(set.URLs, p.articleURLs(list)...)
	b, err := writeSitemap(set)
	return b, state.Touched, err
}

func (p *Publisher) articleURLs(list []db.Article) []sitemapURL {
	urls := make([]sitemapURL, len(list))
	for i, a := range list {
		urls[i] = sitemapURL{p.set.Site.Base() + a.Path(), lastmod(a.Updated)}
	}
	return urls
}

// lastmod is a W3C datetime, to the second.
func lastmod(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func writeSitemap(v any) ([]byte, error) {
	b, err := xml.MarshalIndent(v, "", " ")
	if err != nil {
		return nil, fmt.Errorf("write sitemap: %w", err)
	}
	return append([]byte(xml.Header), b...), nil
}

// isFeed reports whether an address is of a feed or a list of feeds, which any
// site's scripts may read (C7).
func isFeed(path string) bool {
	for _, f := range feeds.Formats() {
		if strings.HasSuffix(path, "/"+f.File()) {
			return true
		}
	}
	return strings.HasSuffix(path, ".opml")
}

// preflightKept is how long a browser need not ask again, in seconds: a day,
// the most that any of them takes.
const preflightKept = "86400"

// allowCORS says what a script of another site may ask a feed.
func allowCORS(h http.Header) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
	h.Set("Access-Control-Allow-Headers", "If-None-Match, If-Modified-Since, A-IM")
	h.Set("Access-Control-Max-Age", preflightKept)
}
