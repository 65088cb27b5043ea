package publisher

import (
	"slices"
	"strings"
	"testing"
	"time"

	"courant/db"
	"courant/publisher/discovery"
)

func testF5(t *testing.T) {
	type asked struct{ usage, signal string }
	allow := asked{"search=y, train-ai=y", "search=yes, ai-input=yes, ai-train=yes"}
	search := asked{"search=y, train-ai=n", "search=yes, ai-input=no, ai-train=no"}
	deny := asked{"search=n, train-ai=n", "search=no, ai-input=no, ai-train=no"}
	for ai, want := range map[discovery.Usage]struct{ site, excerpt asked }{"": {search, search}, "search": {search, search}, "allow": {allow, search}, "deny": {deny, deny}} {
		b := newBusy(t, func(s *Settings) {
			s.Publisher.AI = ai
		})
		_, group, _ := strings.Cut(b.get("/robots.txt"), "User-agent: *\n")
		group, _, _ = strings.Cut(group, "\n\n")
		rules := "\nAllow: /\n"
		if ai != "" {
			rules += "Content-Usage: " + want.site.usage + "\n"
		}
		if !strings.HasSuffix(group, rules+"Content-Signal: "+want.site.signal) {
			t.Errorf("ai %q: robots.txt asks\n%s", ai, group)
		}
		excerpt := "/article/" + b.excerpt
		for address, want := range map[string]asked{
			"/": want.site, "/feed.atom": want.site, "/sources.opml": want.site, "/none": want.site, b.path: want.site, b.path + "?sort=newest": want.site,
			b.ask("GET", excerpt).Header().Get("Location"): want.excerpt,
		} {
			for range 2 { // made, and kept
				w := b.ask("GET", address)
				if got := (asked{w.Header().Get("Content-Usage"), w.Header().Get("Content-Signal")}); got != want {
					t.Errorf("ai %q: %s: %d asks %v, not %v", ai, address, w.Code, got, want)
				}
			}
		}
	}
	// A source that gives more rights, or less, is heard at once.
	b := newBusy(t, func(s *Settings) { s.Publisher.AI = discovery.Allow })
	b.get(b.path)
	if err := b.store.SetSources(t.Context(), slices.Values([]db.Source{{ID: "daily", URL: "https://source.example/feed.xml", Title: "Source Daily", Rights: "excerpt"}})); err != nil {
		t.Fatal(err)
	}
	if got := b.ask("GET", b.path).Header().Get("Content-Usage"); got != search.usage {
		t.Errorf("an article of which only an excerpt may be shown any more asks %s", got)
	}
	s := testSettings().Publisher
	for _, wrong := range []discovery.Usage{"none", "Search"} {
		s.AI = wrong
		if err := s.Validate(); err == nil || !strings.HasPrefix(err.Error(), "ai: ") {
			t.Errorf("ai = %q: %v", string(wrong), err)
		}
	}
}

func testF6(t *testing.T) {
	const address = "/sitemap-news.xml"
	b := newBusy(t, func(s *Settings) { s.Site.Language = "zh-Hant" })
	contains(t, "/robots.txt", b.get("/robots.txt"), "\nSitemap: "+base+"/sitemap.xml\nSitemap: "+base+address+"\n")
	text := b.get(address)
	contains(t, address, text, ` xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"`, "<loc>"+base+b.path+"</loc>\n  <news:news>\n   <news:publication>\n    <news:name>Courant</news:name>\n"+
		"    <news:language>zh-tw</news:language>\n   </news:publication>\n   <news:publication_date>2026-11-22T09:30:00Z</news:publication_date>\n   <news:title>Harbour City Opens Its Tidal Power Plant After Ten Years</news:title>\n  </news:news>",
		"<news:title>AT&amp;T &lt;b&gt; sells</news:title>")
	if n := len(parseSitemap(t, text)); n != 2 || strings.Contains(text, b.gone) {
		t.Errorf("%d articles, the withdrawn one among them or not:\n%s", n, text)
	}
	for _, page := range parseSitemap(t, text) {
		b.get(strings.TrimPrefix(page, base))
	}
	// An article whose page calls another one canonical is not ours to announce.
	if err := b.store.SetSources(t.Context(), slices.Values([]db.Source{{ID: "daily", URL: "https://source.example/feed.xml", Canonical: "source"}})); err != nil {
		t.Fatal(err)
	}
	if text := b.get(address); strings.Contains(text, b.tidal) || !strings.Contains(text, b.excerpt) {
		t.Errorf("canonical elsewhere:\n%s", text)
	}
	// What is older than two days goes though nothing else happens.
	s := newSite(t)
	first := s.publish("daily", tidal())[0]
	s.wait(24 * time.Hour)
	second := s.publish("daily", tidal())[0]
	for _, step := range []struct {
		at   time.Duration
		want []string
	}{
		{24*time.Hour - time.Second, []string{base + second.Path(), base + first.Path()}},
		{time.Second, []string{base + second.Path()}},
		{24 * time.Hour, nil},
	} {
		s.wait(step.at)
		if got := parseSitemap(t, s.get(address)); !slices.Equal(got, step.want) {
			t.Errorf("%v: %v, want %v", s.clock.now, got, step.want)
		}
	}
}

func testF7(t *testing.T) {
	b := newBusy(t)
	const address = "/.well-known/recommendations.opml"
	w := b.ask("GET", address)
	if got := w.Header().Get("Content-Type"); got != "text/x-opml; charset=utf-8" || w.Body.String() != b.get("/sources.opml") {
		t.Errorf("%s:\n%s", got, w.Body)
	}
	if err := b.store.SetSources(t.Context(), slices.Values([]db.Source{{ID: "daily", URL: "https://source.example/other.xml", Title: "Source Daily"}})); err != nil {
		t.Fatal(err)
	}
	contains(t, address, b.get(address), "https://source.example/other.xml")
	for _, page := range []string{"/", b.path, "/section/coast", "/feeds", "/search?q=tide"} {
		contains(t, page, b.get(page), `<link rel="blogroll" type="text/x-opml" title="Sources of Courant" href="`+address+`">`)
	}
	contains(t, "/feed.rss", b.get("/feed.rss"), ` xmlns:source="http://source.scripting.com/"`, "<source:blogroll>"+base+address+"</source:blogroll>")
	for _, feed := range []string{"/feed.atom", "/feed.json", "/section/coast/feed.rss", b.path + "/feed.rss", "/comments/feed.rss"} {
		if strings.Contains(b.get(feed), "source.scripting.com") {
			t.Errorf("%s has a blogroll", feed)
		}
	}
}

func testF8(t *testing.T) {
	const address = "/.well-known/security.txt"
	if w := newSite(t).ask("GET", address); w.Code != 404 {
		t.Errorf("of nobody: %d\n%s", w.Code, w.Body)
	}
	s := newSite(t, func(s *Settings) { s.Site.Security = "security@news.example.org" })
	w := s.ask("GET", address)
	if got := w.Header().Get("Content-Type"); got != "text/plain; charset=utf-8" {
		t.Error(got)
	}
	want := "Contact: mailto:security@news.example.org\nExpires: 2027-05-01T00:00:00Z\nPreferred-Languages: en\nCanonical: " + base + address + "\n"
	if got := w.Body.String(); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	// It stays as it is for days, and never runs out.
	tag := w.Header().Get("Etag")
	s.clock.now = s.clock.now.AddDate(0, 0, 7)
	if w := s.ask("GET", address, "If-None-Match", tag); w.Code != 304 {
		t.Errorf("a week later: %d", w.Code)
	}
	s.clock.now = s.clock.now.AddDate(1, 0, 0)
	_, rest, _ := strings.Cut(s.get(address), "Expires: ")
	line, _, _ := strings.Cut(rest, "\n")
	at, err := time.Parse(time.RFC3339, line)
	if left := at.Sub(s.clock.now); err != nil || left < 90*24*time.Hour || left > 365*24*time.Hour {
		t.Errorf("a year later it expires at %q, in %v", line, left)
	}
	// What stands on plain HTTP is canonical nowhere.
	plain := newSite(t, func(s *Settings) {
		s.Site.URL, s.Site.Security = "http://news.example.org", "https://news.example.org/report"
	})
	if got := plain.get(address); strings.Contains(got, "Canonical") || !strings.HasPrefix(got, "Contact: https://news.example.org/report\n") {
		t.Error(got)
	}
}

// What is no contact is refused when the configuration is read.
func TestSecuritySetting(t *testing.T) {
	for contact, good := range map[string]bool{
		"": true, "a@b.example": true, "mailto:a@b.example": true, "tel:+1-201-555-0123": true, "https://b.example/x": true,
		"http://b.example/x": false, "somebody": false, "@": false, "mailto:a": false, "https:": false, "a@b.example\nExpires: never": false, "a b@c.example": false, "javascript:alert(1)@b": false,
	} {
		s := testSettings().Site
		s.Security = contact
		if err := s.Validate(); (err == nil) != good {
			t.Errorf("%q: %v", contact, err)
		} else if err != nil && !strings.HasPrefix(err.Error(), "security: ") {
			t.Errorf("%q: %v", contact, err)
		}
	}
}
