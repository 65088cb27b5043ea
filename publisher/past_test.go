package publisher

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"courant/db"
	"courant/db/past"
)

// What comes from a source's past is in lists, pages and archives, and in no feed
// that somebody follows for news: not even where those are short. Nothing is pushed of
// it.
func TestPastIsNoNews(t *testing.T) {
	s := newSite(t)
	s.publish("daily", many(30)...)
	s.index(t, s.store)
	push := &topics{s.Publisher, s.topicMux()}
	news := func(address string) string {
		t.Helper()
		doc, err := push.Topic(t.Context(), address, true)
		if err != nil {
			t.Fatal(address, err)
		}
		return doc.News
	}
	was, pushed := map[string]string{}, map[string]string{}
	for _, address := range []string{"/feed.atom", "/feed.rss", "/source/daily/feed.atom", "/tag/Energy/feed.atom", "/feed.atom?n=100", "/search/feed.atom?q=turbines"} {
		was[address], pushed[address] = s.get(address), news(address)
	}
	updated := s.atom("/feed.atom").value(t, "atom:updated")
	if err := past.New(s.store.DB, s.store.Now).Ask(t.Context(), "daily", 0); err != nil {
		t.Fatal(err)
	}
	p := db.Pass{Source: "daily", At: s.clock.now, Publish: db.Publish{Auto: true}, Past: &past.Step{
		Way:      past.Way{Source: "daily", Asked: s.clock.now, Due: s.clock.now},
		Document: past.Document{Source: "daily", Address: "https://source.example/a1", At: s.clock.now},
	}}
	for i := range 8 {
		a := tidal()
		a.GUID, a.Headline, a.SourcePublished = fmt.Sprint("old ", i), fmt.Sprint("Old ", i), s.clock.now.AddDate(-3, 0, -i)
		switch i {
		case 6:
			a.SourcePublished = time.Time{} // when it was nobody knows: it waits
		case 7:
			a.SourcePublished = s.clock.now.Add(-time.Hour) // it fell out of the feed unseen
		}
		p.Entries = append(p.Entries, db.Entry{Article: a, Fingerprint: []byte(a.GUID), Raw: []byte("raw")})
	}
	rs, err := s.store.Ingest(t.Context(), []db.Pass{p})
	if err != nil || rs[0].Err != nil || rs[0].New != 8 || rs[0].Shown != 7 || len(rs[0].Published) != 0 {
		t.Fatal(err, rs)
	}
	s.index(t, s.store)
	for address, text := range was {
		if news(address) != pushed[address] {
			t.Errorf("%s is pushed", address)
		}
		n := parseXML(t, s.get(address))
		if address != "/feed.rss" && strings.Join(ids(t, n), " ") != strings.Join(ids(t, parseXML(t, text)), " ") || strings.Contains(s.get(address), "Old ") {
			t.Errorf("%s has what is no news", address)
		}
	}
	if got := s.atom("/feed.atom").value(t, "atom:updated"); got != updated {
		t.Errorf("the feed is of %s, was of %s", got, updated)
	}
	contains(t, "the source's page", s.get("/source/daily"), "Old 0", "Old 5")
	contains(t, "what is found", s.get("/search?q=old"), "Old</mark> 0")
	if strings.Contains(s.get("/sitemap-news.xml"), "Old ") {
		t.Error("the news sitemap has what is no news")
	}
	contains(t, "its month", s.get("/archive/2023/11"), "Old 0")
	found, documents := s.walk("", nil)
	if len(found) != 37 || len(documents) != 3 {
		t.Errorf("the walk %v has %d articles", documents, len(found))
	}
	if n := len(ids(t, s.atom("/feed.atom?archive=2"))); n != 7 {
		t.Errorf("their archive has %d articles", n)
	}
}
