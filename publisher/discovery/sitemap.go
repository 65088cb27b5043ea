package discovery

import (
	"context"
	"encoding/xml"
	"fmt"
	"time"

	"courant/db"
	"courant/db/scope"
)

// FlatSitemap is how many articles one sitemap names; a site with more has a
// sitemap for each day. sitemapMax is the protocol's own limit
// (https://www.sitemaps.org/protocol.html).
const (
	FlatSitemap = 1000
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

// Day is the sitemap of a day, UTC, given as its first moment, or
// db.ErrNotFound where it would name no page.
func (d *Discovery) Day(ctx context.Context, from time.Time) ([]byte, time.Time, error) {
	l, err := d.store.List(ctx, scope.Day(from))
	if err != nil {
		return nil, time.Time{}, err
	}
	if !l.Known {
		return nil, time.Time{}, db.ErrNotFound
	}
	list, err := d.store.Addresses(ctx, db.ArticleQuery{From: from, To: from.AddDate(0, 0, 1), Limit: sitemapMax})
	if err != nil {
		return nil, time.Time{}, err
	}
	if len(list) == 0 {
		return nil, time.Time{}, db.ErrNotFound // a sitemap names one page at least
	}
	b, err := writeSitemap(sitemapSet{NS: nsSitemap, URLs: d.articleURLs(list)})
	return b, l.Touched, err
}

// Sitemap names all pages, or on a large site is the index of the sitemaps of
// its days (/sitemap.xml?day=yyyy-mm-dd) and of its news.
func (d *Discovery) Sitemap(ctx context.Context) ([]byte, time.Time, error) {
	base := d.channels.Site().Base
	state, err := d.store.List(ctx, scope.Site)
	if err != nil {
		return nil, time.Time{}, err
	}
	list, err := d.store.Addresses(ctx, db.ArticleQuery{Limit: FlatSitemap + 1})
	if err != nil {
		return nil, time.Time{}, err
	}
	if len(list) > FlatSitemap {
		days, err := d.store.Days(ctx, sitemapMax)
		if err != nil {
			return nil, time.Time{}, err
		}
		index := sitemapIndex{NS: nsSitemap, Maps: []sitemapURL{{Loc: base + NewsPath}}}
		for _, day := range days {
			index.Maps = append(index.Maps, sitemapURL{base + "/sitemap.xml?day=" + day.Day.Format(time.DateOnly), lastmod(day.Touched)})
		}
		b, err := writeSitemap(index)
		return b, state.Touched, err
	}
	set := sitemapSet{NS: nsSitemap, URLs: []sitemapURL{{base + "/", lastmod(state.Updated)}, {Loc: base + "/feeds"}}}
	for _, s := range d.channels.Sections() {
		l, err := d.store.List(ctx, scope.Section(s.ID))
		if err != nil {
			return nil, time.Time{}, err
		}
		set.URLs = append(set.URLs, sitemapURL{base + "/section/" + s.ID, lastmod(l.Updated)})
	}
	set.URLs = append(set.URLs, d.articleURLs(list)...)
	b, err := writeSitemap(set)
	return b, state.Touched, err
}

func (d *Discovery) articleURLs(list []db.Article) []sitemapURL {
	urls := make([]sitemapURL, len(list))
	for i, a := range list {
		urls[i] = sitemapURL{d.channels.Site().Base + a.Path(), lastmod(a.Updated)}
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
