package discovery

import (
	"context"
	"encoding/xml"
	"strings"
	"time"

	"courant/db"
	"courant/db/scope"
)

// NewsPath is where the news sitemap stands.
const NewsPath = "/sitemap-news.xml"

// What Google wants of a news sitemap
// (https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap):
// articles of the last two days, and so many at most.
const (
	newsWindow = 48 * time.Hour
	newsMax    = 1000
	nsNews     = "http://www.google.com/schemas/sitemap-news/0.9"
)

type newsSet struct {
	XMLName xml.Name  `xml:"urlset"`
	NS      string    `xml:"xmlns,attr"`
	News    string    `xml:"xmlns:news,attr"`
	URLs    []newsURL `xml:"url"`
}

type newsURL struct {
	Loc         string `xml:"loc"`
	Name        string `xml:"news:news>news:publication>news:name"`
	Language    string `xml:"news:news>news:publication>news:language"`
	Publication string `xml:"news:news>news:publication_date"`
	Title       string `xml:"news:news>news:title"`
}

// News is the sitemap of what was published in the two days before now, the
// newest first (F6). It names no article whose page leads search engines to the
// original. until is when the oldest of them has to go, the zero time where there
// is none.
func (d *Discovery) News(ctx context.Context, now time.Time) (body []byte, touched, until time.Time, err error) {
	state, err := d.store.List(ctx, scope.Site)
	if err != nil {
		return nil, touched, until, err
	}
	sources, err := d.channels.Sources(ctx)
	if err != nil {
		return nil, touched, until, err
	}
	list, err := d.store.Articles(ctx, db.ArticleQuery{From: now.Add(-newsWindow).Truncate(time.Millisecond).Add(time.Millisecond), News: true, Limit: newsMax})
	if err != nil {
		return nil, touched, until, err
	}
	site := d.channels.Site()
	set := newsSet{NS: nsSitemap, News: nsNews}
	for _, a := range list {
		until = a.Published.Add(newsWindow)
		if a.Link != "" && sources[a.Source].Canonical == "source" {
			continue
		}
		set.URLs = append(set.URLs, newsURL{site.Base + a.Path(), site.Title, newsLanguage(site.Language), lastmod(a.Published), a.Headline})
	}
	body, err = writeSitemap(set)
	return body, state.Touched, until, err
}

// newsLanguage is a language tag as a news sitemap has it: a code of ISO 639, but
// for Chinese, of which it tells the scripts apart by zh-cn and zh-tw.
func newsLanguage(tag string) string {
	parts := strings.Split(strings.ToLower(tag), "-")
	if parts[0] != "zh" {
		return parts[0]
	}
	for _, p := range parts[1:] {
		switch p {
		case "hant", "tw", "hk", "mo":
			return "zh-tw"
		}
	}
	return "zh-cn"
}
