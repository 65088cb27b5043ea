package publisher_test

import (
	"strings"
	"testing"
	"time"

	"courant/db"
	"courant/db/audience"
)

// For how many a feed is fetched is kept where the fetcher says it and the feed is
// there, whether it is new to the fetcher or not; no address is (13.6 of the contract:
// subscribers by feed).
func TestSubscribersSaid(t *testing.T) {
	s := newSite(t, nil, db.Article{Headline: "Tides"})
	const agent = "Feedbin feed-id:7 - %d subscribers"
	said := func(n string) string { return strings.Replace(agent, "%d", n, 1) }
	tag := s.get("/feed.atom", 200, "User-Agent", said("11")).Header.Get("ETag")
	s.get("/feed.atom", 304, "User-Agent", said("12"), "If-None-Match", tag)
	s.get("/feed.rss", 200, "User-Agent", "NewsBlur Feed Fetcher - 3 subscribers")
	s.get("/section/none/feed.atom", 404, "User-Agent", said("99"))
	s.get("/", 200, "User-Agent", said("99"))
	s.get("/feeds.opml", 200, "User-Agent", said("99"))
	s.get("/feed.json", 200, "User-Agent", "curl/8")
	var list []audience.Feed
	for until := time.Now().Add(20 * time.Second); len(list) < 2 && time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		var err error
		if list, err = audience.Of(t.Context(), s.store.Reader(), s.store.Now(), 0); err != nil {
			t.Fatal(err)
		}
	}
	if len(list) != 2 || list[0].Path != "/feed.atom" || list[0].Subscribers != 12 || list[0].Fetchers[0].Name != "Feedbin" || list[1].Path != "/feed.rss" || list[1].Subscribers != 3 {
		t.Errorf("%+v", list)
	}
}
