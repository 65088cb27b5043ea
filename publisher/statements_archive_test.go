package publisher

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"courant/db"
	"courant/db/dbtest"
	"courant/db/dbtest/cluster"
	"courant/db/dbtest/cpu"
	"courant/db/setting"
	"courant/db/state"
)

// link is where a document's link of that rel leads, below the site's address; empty
// where it has none.
func link(n *node, element, rel string) string {
	for _, l := range n.all(element) {
		if l.attr["rel"] == rel {
			return strings.TrimPrefix(l.attr["href"], "https://news.example.org")
		}
	}
	return ""
}

// many are n articles, each with a headline of its own.
func many(n int) (list []db.Article) {
	for i := range n {
		a := tidal()
		a.Headline = fmt.Sprint("Number ", i)
		list = append(list, a)
	}
	return list
}

// ids are those of a document's entries.
func ids(t *testing.T, n *node) (list []string) {
	t.Helper()
	for _, e := range n.all("atom:entry") {
		list = append(list, e.value(t, "atom:id"))
	}
	return list
}

// walk reads a list from its subscription document to its oldest archive, and calls
// between after each document. It returns the ids in it, and the documents.
func (s *testSite) walk(page string, between func()) (found map[string]int, documents []string) {
	s.t.Helper()
	found = map[string]int{}
	for at := page + "/feed.atom"; at != ""; {
		if slices.Contains(documents, at) {
			s.t.Fatalf("the archives of %s lead in a circle: %v", page, documents)
		}
		documents = append(documents, at)
		n := s.atom(at)
		for _, id := range ids(s.t.(*testing.T), n) {
			found[id]++
		}
		if at = link(n, "atom:link", "prev-archive"); between != nil {
			between()
		}
	}
	return found, documents
}

func testH2(t *testing.T) {
	s := newSite(t)
	s.publish("daily", many(20)...)
	s.publish("daily", many(150)...)
	if w := s.ask("GET", "/feed.atom?archive=2"); w.Code != http.StatusNotFound {
		t.Errorf("an archive that lacks numbers yet answers %d", w.Code)
	}
	for _, wrong := range []string{"0", "-1", "x", "99999999999999999999"} {
		if w := s.ask("GET", "/feed.atom?archive="+wrong); w.Code != http.StatusNotFound {
			t.Errorf("archive=%s answers %d", wrong, w.Code)
		}
	}
	w := s.ask("GET", "/feed.atom?archive=1&n=5&page=3")
	if got := w.Header().Get("Cache-Control"); got != "public, max-age=3600" {
		t.Errorf("Cache-Control %q", got)
	}
	n := parseXML(t, w.Body.String())
	if n.one(t, "fh:archive"); len(n.all("atom:entry")) != 100 {
		t.Errorf("%d entries", len(n.all("atom:entry")))
	}
	for rel, want := range map[string]string{"self": "/feed.atom?archive=1", "current": "/feed.atom", "prev-archive": "", "next-archive": ""} {
		if got := link(n, "atom:link", rel); got != want {
			t.Errorf("%s leads to %q, want %q", rel, got, want)
		}
	}
	if got := link(s.atom("/feed.atom"), "atom:link", "prev-archive"); got != "/feed.atom?archive=1" {
		t.Errorf("the subscription document leads to %q", got)
	}

	// Its numbers go on, and its successor is linked once that is complete.
	s.publish("daily", many(100)...)
	addresses := []string{"/feed.atom?archive=1", "/feed.rss?archive=1", "/feed.json?archive=1", "/tag/Energy/feed.atom?archive=1", "/archive/2026/11/feed.atom?archive=1", "/feed.atom?full=0&archive=1"}
	was := map[string]string{}
	for _, address := range addresses {
		was[address] = s.get(address)
	}
	n = s.atom("/feed.atom?archive=1")
	if got := link(n, "atom:link", "next-archive"); got != "/feed.atom?archive=2" {
		t.Errorf("next-archive %q", got)
	}
	rss := s.rss("/feed.rss?archive=1")
	if rss.one(t, "fh:archive"); link(rss, "atom:link", "next-archive") != "/feed.rss?archive=2" || link(rss, "atom:link", "current") != "/feed.rss" {
		t.Errorf("RSS leads to %q and %q", link(rss, "atom:link", "next-archive"), link(rss, "atom:link", "current"))
	}
	contains(t, "JSON Feed", was["/feed.json?archive=1"], `"archive":true`, `"next_archive_url":"https://news.example.org/feed.json?archive=2"`)
	contains(t, "JSON Feed", s.get("/feed.json"), `"next_url":"https://news.example.org/feed.json?archive=2"`)

	// A year and many articles later it is the same, whatever was said of them: counts
	// of comments are not in it.
	first := n.all("atom:entry")[0]
	for _, count := range []string{"thr:total", "thr:count", "thr:updated", "slash:comments", "comment_count"} {
		for address, text := range was {
			if strings.Contains(text, count) {
				t.Errorf("%s has %s", address, count)
			}
		}
	}
	id := strings.TrimPrefix(first.value(t, "atom:id"), "tag:news.example.org,2026:article/")
	s.comment(id, "", "Ann", "First.")
	s.wait(365 * 24 * time.Hour)
	s.publish("daily", many(300)...)
	s.publish("excerpts", many(30)...)
	for _, address := range addresses {
		if got := s.get(address); got != was[address] {
			t.Errorf("%s is another after a year", address)
		}
	}

	// It gains nothing: an article that comes to a list late comes at its end.
	moved, tags := "empty", []string{"Energy", "late"}
	if _, _, err := s.store.EditArticle(t.Context(), id, db.Edit{Section: &moved, Tags: &tags}, "shell"); err != nil {
		t.Fatal(err)
	}
	if got := ids(t, s.atom("/section/empty/feed.atom")); len(got) != 1 || link(s.atom("/section/empty/feed.atom"), "atom:link", "prev-archive") != "" {
		t.Errorf("what was moved to a section is in %v of its subscription document", got)
	}
	if got := ids(t, s.atom("/tag/late/feed.atom?archive=1")); len(got) != 0 {
		t.Errorf("a tag gave archive 1 %v", got)
	}
	if got := ids(t, s.atom("/section/coast/feed.atom?archive=1")); len(got) != 99 {
		t.Errorf("archive 1 of the section that it left has %d", len(got))
	}

	// A correction and a withdrawal change it, and a withdrawal is told.
	said := "It was another plant."
	if _, _, err := s.store.EditArticle(t.Context(), id, db.Edit{Correction: said}, "shell"); err != nil {
		t.Fatal(err)
	}
	corrected := s.get("/feed.atom?archive=1")
	if corrected == was["/feed.atom?archive=1"] {
		t.Error("a correction did not change it")
	}
	s.move(id, state.Withdrawn)
	n = s.atom("/feed.atom?archive=1")
	if len(n.all("atom:entry")) != 99 || n.one(t, "at:deleted-entry").attr["ref"] != "tag:news.example.org,2026:article/"+id {
		t.Errorf("a withdrawal left %d entries", len(n.all("atom:entry")))
	}
	s.move(id, state.Published)
	if got := ids(t, s.atom("/feed.atom?archive=1")); len(got) != 100 {
		t.Errorf("what came back has no place: %d entries", len(got))
	}
}

func testH3(t *testing.T) {
	s := newSite(t, func(set *Settings) { set.Publisher.FeedItems, set.Publisher.FeedWindow = 10, setting.Duration{} })
	s.publish("excerpts", many(3)...) // the section's oldest: the documents between are skipped
	s.publish("daily", many(20)...)
	for i := range 4 {
		list := many(90)
		for j := range list {
			list[j].Section, list[j].Tags = "", nil
		}
		s.publish("daily", list...)
		if i == 1 {
			a := tidal()
			s.publish("daily", a)
		}
		s.wait(24 * time.Hour)
	}
	for _, page := range []string{"", "/section/coast", "/source/daily", "/source/excerpts", "/tag/Energy", "/archive/2026/11", "/archive/2026/11/22"} {
		l, more := db.ArticleQuery{}, 0
		switch page {
		case "/section/coast":
			l.Section = "coast"
		case "/source/daily":
			l.Source = "daily"
		case "/source/excerpts":
			l.Source = "excerpts"
		case "/tag/Energy":
			l.Tag = "Energy"
		case "/archive/2026/11/22":
			l.From = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
			l.To = l.From.AddDate(0, 0, 1)
		}
		list, err := s.store.Articles(t.Context(), l)
		if err != nil {
			t.Fatal(err)
		}
		found, documents := s.walk(page, func() {
			if more++; more < 3 && page == "" { // new ones come while it is read
				s.publish("daily", many(60)...)
			}
		})
		for _, a := range list {
			id := s.store.Tag().Article(a.ID)
			if found[id] == 0 {
				t.Errorf("%s: the walk %v lacks %s", page, documents, a.Headline)
			}
		}
		if page != "" && len(found) != len(list) {
			t.Errorf("%s: the walk has %d articles, the list %d", page, len(found), len(list))
		}
		twice := 0
		for _, n := range found {
			twice += n - 1
		}
		if twice > 10 { // only what the subscription document has because it is that long
			t.Errorf("%s: %d articles are in two documents", page, twice)
		}
		for _, at := range documents[1:] {
			if len(ids(t, s.atom(at))) == 0 {
				t.Errorf("%s: %s holds nothing", page, at)
			}
		}
	}
}

// What is published under an old date has its place among what is new to those who
// follow the archives, and in no archive that was given.
func TestBackdatedArchives(t *testing.T) {
	s := newSite(t, func(set *Settings) { set.Publisher.FeedItems = 10 })
	s.publish("daily", many(20)...)
	s.publish("daily", many(130)...)
	was := s.get("/feed.atom?archive=1")
	old := tidal()
	old.GUID, old.SourcePublished = "old", s.clock.now.Add(-100*time.Hour)
	rs, err := s.store.Ingest(t.Context(), []db.Pass{{
		Source: "excerpts", At: s.clock.now, Feed: &db.Feed{Title: "Short"}, Entries: []db.Entry{{Article: old, Fingerprint: []byte("old"), Raw: []byte("raw")}},
		Publish: db.Publish{Auto: true, InitialMax: 5},
	}})
	if err != nil || rs[0].Err != nil {
		t.Fatal(err, rs)
	}
	if s.get("/feed.atom?archive=1") != was {
		t.Error("an archive gained an article")
	}
	list := s.atom("/feed.atom").all("atom:entry")
	if len(list) != 151 || list[150].value(t, "atom:published") != "2026-11-18T05:30:00.000Z" {
		t.Errorf("%d entries", len(list))
	}
}

// A walk through the archives of a large site gives each article once, cheaply, and an
// archive has the same bytes a year and half as many articles later (H2, H3).
// COURANT_TEST_ARCHIVES is how many articles there are; 100,000 take some minutes.
func TestArchiveWalk(t *testing.T) {
	cluster.SQLiteOnly(t, "what is measured is rendering")
	articles, asked := 2000, false
	if n, err := strconv.Atoi(os.Getenv("COURANT_TEST_ARCHIVES")); err == nil {
		articles, asked = n, true
	}
	s := newSite(t)
	if err := dbtest.Fill(t.Context(), s.store, articles); err != nil {
		t.Fatal(err)
	}
	var used, most time.Duration
	found, documents := map[string]int{}, map[string]string{}
	for at, first := "/feed.atom", true; at != ""; first = false {
		before := cpu.Used(t)
		text := s.get(at)
		took := cpu.Used(t) - before
		used, most = used+took, max(most, took)
		n := parseXML(t, text)
		if !first { // the subscription document has more than the archives lack, to be long enough
			for _, id := range ids(t, n) {
				found[id]++
			}
			documents[at] = text
		}
		at = link(n, "atom:link", "prev-archive")
	}
	for id, n := range found {
		if n != 1 {
			t.Fatalf("%s is in %d archives", id, n)
		}
	}
	for _, id := range ids(t, s.atom("/feed.atom")) {
		found[id]++
	}
	if len(found) != articles {
		t.Errorf("the walk has %d articles, want %d", len(found), articles)
	}
	mean := used / time.Duration(len(documents)+1)
	t.Logf("%d documents, %s of processor time each, %s at most", len(documents)+1, mean.Round(10*time.Microsecond), most.Round(10*time.Microsecond))
	if asked && mean > 20*time.Millisecond {
		t.Errorf("a document takes %s", mean)
	}

	s.wait(365 * 24 * time.Hour)
	s.publish("daily", many(1)...) // of a first import it publishes one by one
	for n := articles / 2; n > 0; n -= 1000 {
		s.publish("daily", many(min(n, 1000))...)
	}
	// The newest of them had no successor yet, and names it now.
	last := link(s.atom("/feed.atom?archive="+strconv.Itoa(articles/100)), "atom:link", "self")
	others := 0
	for at, was := range documents {
		if at != last && s.get(at) != was {
			others++
		}
	}
	if others > 0 {
		t.Errorf("%d of %d archives are others a year later", others, len(documents))
	}
}

// What a document of the archives costs, of a site of 20,000 articles: ≤ 20 ms.
func BenchmarkArchive(b *testing.B) {
	s := newSite(b)
	if err := dbtest.Fill(b.Context(), s.store, 20_000); err != nil {
		b.Fatal(err)
	}
	for _, address := range []string{
		"/feed.atom", "/feed.atom?archive=150", "/feed.rss?archive=150", "/feed.json?archive=150", "/section/section-3/feed.atom?archive=150", "/tag/harbour/feed.atom?archive=150", "/archive/2026/11/feed.atom?archive=200",
	} {
		b.Run(address, func(b *testing.B) {
			b.ReportAllocs()
			start := cpu.Used(b)
			for b.Loop() {
				s.cache.Drop(nil)
				s.get(address)
			}
			b.ReportMetric(float64((cpu.Used(b)-start).Microseconds())/1000/float64(b.N), "cpu-ms/op")
		})
	}
}
