package publisher

import (
	"context"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"courant/db/dbtest"
	"courant/db/state"
	"courant/publisher/channels"
	"courant/publisher/discovery"
	"courant/publisher/opml"
)

func contextWithStop(t *testing.T) (context.Context, func()) {
	ctx, stop := context.WithCancel(t.Context())
	return ctx, stop
}

var alternates = regexp.MustCompile(`<link rel="?alternate"? type="?([^" >]+)"? title="([^"]+)" href="([^"]+)"`)

func testF1(t *testing.T) {
	b := newBusy(t)
	for page, title := range map[string]string{
		"/": "Courant", "/section/coast": "Courant – Coast", "/source/daily": "Courant – Source Daily", "/tag/Energy": "Courant – Energy",
		"/archive/2026/11": "Courant – November 2026", "/archive/2026/11/22": "Courant – 22 November 2026", b.path: "Comments on: Harbour City", "/comments": "Comments", "/corrections": "Corrections",
	} {
		text := b.get(page)
		head, _, _ := strings.Cut(text, "</head>")
		found := alternates.FindAllStringSubmatch(head, -1)
		var own []string
		titles := map[string]bool{}
		for _, m := range found {
			name := html.UnescapeString(m[2])
			if titles[name] {
				t.Errorf("%s: two alternates are called %s", page, name)
			}
			titles[name] = true
			address := html.UnescapeString(m[3])
			if strings.HasPrefix(address, base+channels.Below(page)+"/feed.") {
				own = append(own, html.UnescapeString(m[1]))
				if !strings.Contains(name, title) {
					t.Errorf("%s: %s is called %q", page, address, name)
				}
				if strings.HasSuffix(address, ".json") {
					if feed := b.json(strings.TrimPrefix(address, base)); name != feed.Title+" (JSON Feed)" {
						t.Errorf("%s: %s is called %q, and calls itself %q", page, address, name, feed.Title)
					}
				}
			}
			b.get(strings.TrimPrefix(address, base))
		}
		if got := strings.Join(own, " "); got != "application/atom+xml application/rss+xml application/feed+json" {
			t.Errorf("%s: alternates %s", page, got)
		}
	}
}

func testF2(t *testing.T) {
	s := newSite(t)
	for path, want := range map[string]string{
		"/feed": "/feed.atom", "/atom.xml": "/feed.atom", "/rss": "/feed.rss", "/rss.xml": "/feed.rss", "/index.xml": "/feed.rss", "/feed.xml": "/feed.rss",
	} {
		w := s.ask("GET", path)
		if w.Code != 301 || w.Header().Get("Location") != want {
			t.Errorf("%s: %d to %s, want %s", path, w.Code, w.Header().Get("Location"), want)
		}
		s.get(want)
	}
}

func testF3(t *testing.T) {
	b := newBusy(t)
	for address, want := range map[string][]string{
		"/sources.opml": {"https://source.example/feed.xml", "https://short.example/feed.xml"},
		"/feeds.opml": {
			base + "/feed.atom", base + "/comments/feed.atom", base + "/corrections/feed.atom",
			base + "/section/coast/feed.atom", base + "/section/empty/feed.atom", base + "/source/daily/feed.atom", base + "/source/excerpts/feed.atom",
		},
	} {
		w := b.ask("GET", address)
		if got := w.Header().Get("Content-Type"); got != "text/x-opml; charset=utf-8" {
			t.Errorf("%s: %s", address, got)
		}
		text := w.Body.String()
		contains(t, address, text, `<opml version="2.0">`, `type="rss"`, "<dateModified>", "htmlUrl=")
		if strings.Contains(text, "secret") {
			t.Errorf("%s has a password", address)
		}
		d, err := opml.Read([]byte(text))
		if err != nil || d.Modified.IsZero() {
			t.Errorf("%s: %v %v", address, d.Modified, err)
		}
		var got []string
		for _, f := range d.Feeds {
			got = append(got, f.URL)
			if f.Title == "" {
				t.Errorf("%s: %s has no title", address, f.URL)
			}
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s: %s\nwant %s", address, got, want)
		}
		if address == "/feeds.opml" {
			for _, f := range got {
				b.get(strings.TrimPrefix(f, base))
			}
		}
	}
}

func testF4(t *testing.T) {
	b := newBusy(t)
	contains(t, "/robots.txt", b.get("/robots.txt"), "User-agent: *", "Sitemap: "+base+"/sitemap.xml", "Disallow: /desk",
		"Disallow: /search\nAllow: /search$\n", "Disallow: /*?reply=", "Disallow: /*&reply=", "Disallow: /*?thread=", "Disallow: /*?sort=")
	text := b.get("/sitemap.xml")
	contains(t, "/sitemap.xml", text, "<loc>"+base+b.path+"</loc>\n  <lastmod>2026-11-22T09:30:00Z</lastmod>", "<loc>"+base+"/</loc>", "<loc>"+base+"/section/coast</loc>")
	if strings.Contains(text, b.gone) {
		t.Error("the sitemap names a withdrawn article")
	}
	for _, n := range parseSitemap(t, text) {
		b.get(strings.TrimPrefix(n, base))
	}
	// A large site has a sitemap for each day.
	const many = discovery.FlatSitemap + 200 // more than a day's above the limit
	s := newSite(t)
	if err := dbtest.Fill(t.Context(), s.store, many); err != nil {
		t.Fatal(err)
	}
	news, days := splitNews(parseSitemap(t, s.get("/sitemap.xml")))
	if news != base+discovery.NewsPath {
		t.Errorf("the index leads to no news: %v", days)
	}
	seen := map[string]bool{}
	for _, day := range days {
		for _, page := range parseSitemap(t, s.get(strings.TrimPrefix(day, base))) {
			seen[page] = true
		}
	}
	if len(days) < 7 || len(seen) != many {
		t.Errorf("%d days, %d articles", len(days), len(seen))
	}
	// A day of which nothing is left has none: a sitemap without a page is not valid.
	last := days[len(days)-1]
	for _, page := range parseSitemap(t, s.get(strings.TrimPrefix(last, base))) {
		if _, err := s.store.SetStatus(t.Context(), page[strings.LastIndexByte(page, '-')+1:], state.Withdrawn, "shell", ""); err != nil {
			t.Fatal(err)
		}
	}
	if _, got := splitNews(parseSitemap(t, s.get("/sitemap.xml"))); !slices.Equal(got, days[:len(days)-1]) {
		t.Errorf("sitemaps %v", got)
	}
	if w := s.ask("GET", strings.TrimPrefix(last, base)); w.Code != 404 {
		t.Errorf("the sitemap of no page: %d\n%s", w.Code, w.Body)
	}
	for _, day := range []string{"2020-01-01", "yesterday", "2026-11-31"} {
		if w := s.ask("GET", "/sitemap.xml?day="+day); w.Code != 404 {
			t.Errorf("the sitemap of %s: %d", day, w.Code)
		}
	}
}

// splitNews takes the sitemap of news out of those that an index leads to.
func splitNews(list []string) (news string, days []string) {
	for _, address := range list {
		if strings.Contains(address, "?day=") {
			days = append(days, address)
		} else {
			news += address
		}
	}
	return news, days
}

var sitemapLoc = regexp.MustCompile(`<loc>([^<]+)</loc>`)

func parseSitemap(t *testing.T, text string) (list []string) {
	t.Helper()
	for _, m := range sitemapLoc.FindAllStringSubmatch(text, -1) {
		list = append(list, html.UnescapeString(m[1]))
	}
	for _, m := range regexp.MustCompile(`<lastmod>([^<]+)</lastmod>`).FindAllStringSubmatch(text, -1) {
		if _, err := time.Parse(time.RFC3339, m[1]); err != nil {
			t.Error(err)
		}
	}
	return list
}
