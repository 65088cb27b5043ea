package publisher

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"courant/db"
	"courant/db/content"
	"courant/db/dbtest"
	"courant/db/setting"
	"courant/db/state"
	"courant/publisher/feeds"
)

func testX23(t *testing.T) {
	b := newBusy(t)
	for _, page := range b.pages() {
		for _, query := range []string{"", "?token=secret&utm_source=x", "?n=5&utm_medium=y", "?view=feed"} {
			self := b.atom(page + "/feed.atom" + query).links("self")[0].attr["href"]
			if strings.Contains(self, "token") || strings.Contains(self, "utm") || strings.Contains(self, "view") {
				t.Errorf("%s: self %s", page+query, self)
			}
			if w := b.ask("GET", strings.TrimPrefix(self, base)); w.Code != 200 {
				t.Errorf("self %s answers %d", self, w.Code)
			}
		}
	}
}

func testX24(t *testing.T) {
	b := newBusy(t)
	for _, address := range []string{"/feed.atom", "/feed.rss", "/feed.json", "/", "/sources.opml", "/feeds.opml", "/sitemap.xml", "/robots.txt", b.path, "/article/" + b.tidal, "/feed"} {
		want := b.ask("GET", address)
		for _, r := range []*http.Request{
			httptest.NewRequest("GET", address, nil), httptest.NewRequest("GET", "http://evil.example"+address, nil),
		} {
			b.open() // nothing is kept
			r.Host = "evil.example"
			r.Header.Set("X-Forwarded-Host", "evil.example")
			r.Header.Set("X-Forwarded-Proto", "http")
			r.Header.Set("Forwarded", "host=evil.example;proto=http")
			w := httptest.NewRecorder()
			b.Handler().ServeHTTP(w, r)
			if w.Body.String() != want.Body.String() || w.Header().Get("Location") != want.Header().Get("Location") || strings.Contains(fmt.Sprint(w.Header()), "evil") {
				t.Errorf("%s listens to the Host header: %v", address, w.Header())
			}
		}
	}
	for _, l := range b.atom("/feed.atom").links("alternate") {
		if !strings.HasPrefix(l.attr["href"], "https://") {
			t.Errorf("link %s", l.attr["href"])
		}
	}
}

func testX25(t *testing.T) {
	b := newBusy(t)
	for _, page := range b.pages() {
		c := b.rss(page + "/feed.rss")
		for _, l := range append(c.all("link"), c.all("item/link")...) {
			if u, err := url.Parse(l.text); err != nil || u.Scheme != "https" || u.Host == "" {
				t.Errorf("%s: link %q", page, l.text)
			}
		}
	}
}

func testX26(t *testing.T) {
	s := newSite(t)
	a := tidal()
	a.Link = "https://source.example/?a=1&b=2"
	s.publish("daily", a)
	for _, format := range []string{"atom", "rss"} {
		text := s.get("/feed." + format)
		contains(t, format, text, `href="https://source.example/?a=1&amp;b=2"`)
		if strings.Contains(text, "&amp;amp;b") {
			t.Errorf("%s escapes & twice", format)
		}
	}
	if got := s.json("/feed.json").Items[0].ExternalURL; got != a.Link {
		t.Errorf("external_url %s", got)
	}
	self := s.atom("/feed.atom?n=2&full=0").links("self")[0].attr["href"]
	if self != base+"/feed.atom?n=2&full=0" {
		t.Errorf("self %s", self)
	}
}

func testX27(t *testing.T) {
	b := newBusy(t)
	for format, want := range map[string]string{
		"atom": "application/atom+xml; charset=utf-8", "rss": "application/rss+xml; charset=utf-8", "json": "application/feed+json; charset=utf-8",
	} {
		for _, page := range b.pages() {
			for _, query := range []string{"", "?view=feed", "?n=3"} {
				if got := b.ask("GET", page+"/feed."+format+query, "Accept", "text/html").Header().Get("Content-Type"); got != want {
					t.Errorf("%s/feed.%s%s is %s", page, format, query, got)
				}
			}
		}
	}
}

func testX30(t *testing.T) {
	b := newBusy(t)
	for _, encoding := range []string{"", "gzip", "zstd"} {
		tag := b.ask("GET", "/feed.atom", "Accept-Encoding", encoding).Header().Get("Etag")
		bare := strings.Trim(tag, `"`)
		for _, sent := range []string{"W/" + tag, `"` + bare + `-gzip"`, `W/"` + bare + `-gzip"`, `"` + bare + `;gzip"`} {
			if w := b.ask("GET", "/feed.atom", "Accept-Encoding", encoding, "If-None-Match", sent); w.Code != 304 {
				t.Errorf("%s for %s: %d", sent, tag, w.Code)
			}
		}
	}
}

// What is kept is answered with the store closed.
func testX31(t *testing.T) {
	b := newBusy(t)
	addresses := []string{"/feed.atom", "/feed.rss", b.path + "/feed.json", "/comments/feed.atom", "/"}
	tags := map[string]string{}
	for _, a := range addresses {
		tags[a] = b.ask("GET", a, "Accept-Encoding", "gzip").Header().Get("Etag")
	}
	if err := b.store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, a := range addresses {
		if w := b.ask("GET", a, "Accept-Encoding", "gzip", "If-None-Match", tags[a]); w.Code != 304 {
			t.Errorf("%s: %d", a, w.Code)
		}
		if w := b.ask("GET", a, "Accept-Encoding", "gzip"); w.Code != 200 || w.Header().Get("Etag") != tags[a] {
			t.Errorf("%s: %d", a, w.Code)
		}
	}
	r := httptest.NewRequest("GET", "/feed.atom", nil)
	r.Header.Set("If-None-Match", tags["/feed.atom"])
	r.Header.Set("Accept-Encoding", "gzip")
	w := httptest.NewRecorder()
	if n := testing.AllocsPerRun(100, func() { b.Handler().ServeHTTP(w, r) }); n > 2 {
		t.Errorf("a 304 allocates %v times", n)
	}
}

func testX32(t *testing.T) {
	b := newBusy(t)
	for _, page := range b.pages() {
		for _, format := range []string{"atom", "rss", "json"} {
			for _, agent := range []string{"", "curl/8", "Mozilla/5.0 (compatible; bot)"} {
				w := b.ask("GET", page+"/feed."+format, "User-Agent", agent)
				if w.Code != 200 || w.Header().Get("Set-Cookie") != "" {
					t.Errorf("%s/feed.%s for %q: %d %v", page, format, agent, w.Code, w.Header())
				}
			}
		}
	}
}

func testX33(t *testing.T) {
	testC9(t)
	testF2(t)
	b := newBusy(t)
	w := b.ask("GET", "/comment/"+b.bob)
	if w.Code != 302 || w.Header().Get("Location") != b.path+"#c-"+b.bob {
		t.Errorf("/comment/: %d to %s", w.Code, w.Header().Get("Location"))
	}
	// An address with needless slashes is one that moved.
	for address, want := range map[string]string{
		"/section/coast/": "/section/coast", "//feed.atom": "/feed.atom", "/feed/": "/feed.atom", "/comments//feed.rss?n=2": "/comments/feed.rss?n=2",
		"/tag/a%2Fb//feed.atom": "/tag/a%2Fb/feed.atom", "//": "/", b.path + "/": b.path,
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.URL.Path, _, _ = strings.Cut(address, "?")
		if strings.Contains(address, "%") {
			r = httptest.NewRequest("GET", address, nil)
		}
		_, r.URL.RawQuery, _ = strings.Cut(address, "?")
		w := httptest.NewRecorder()
		if b.Handler().ServeHTTP(w, r); w.Code != 301 || w.Header().Get("Location") != want {
			t.Errorf("%s: %d to %s, want %s", address, w.Code, w.Header().Get("Location"), want)
		}
	}
	// What climbs, or asks for something inside of a feed, leads nowhere (V67).
	for _, address := range []string{"/none/", "/section/", "/tag/.", "/tag/..", "/tag/%2e%2e", "/./feeds", "/section/coast/..", "/feed.rss/", "/comments/feed.atom/"} {
		if w := b.ask("GET", address); w.Code != 404 {
			t.Errorf("%s: %d to %s", address, w.Code, w.Header().Get("Location"))
		}
	}
}

func testX34(t *testing.T) {
	s := newSite(t)
	for _, page := range []string{"", "/section/empty", "/source/daily", "/archive/2026/11", "/archive/2026/11/22", "/comments", "/corrections"} {
		if n := len(s.atom(page + "/feed.atom").all("atom:entry")); n != 0 {
			t.Errorf("%s has %d entries", page, n)
		}
		if n := len(s.rss(page + "/feed.rss").all("item")); n != 0 {
			t.Errorf("%s has %d items", page, n)
		}
		if items := s.json(page + "/feed.json").Items; items == nil || len(items) != 0 {
			t.Errorf("%s has items %v", page, items)
		}
	}
	for _, address := range []string{"/none/feed.atom", "/section/none/feed.rss", "/article/none/feed.json", "/feed.xyz", "/feed.atom/none"} {
		w := s.ask("GET", address)
		if w.Code != 404 || strings.Contains(w.Header().Get("Content-Type"), "xml") || w.Header().Get("Etag") != "" {
			t.Errorf("%s: %d %v", address, w.Code, w.Header())
		}
	}
}

func testX35(t *testing.T) {
	testC5(t)
	b := newBusy(t)
	for _, address := range []string{"/feed.atom", b.path + "/feed.rss", "/sources.opml"} {
		w := b.ask("OPTIONS", address, "Origin", "https://reader.example", "Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "if-none-match")
		h := w.Header()
		if w.Code != 204 || h.Get("Allow") != "GET, HEAD, OPTIONS" || h.Get("Access-Control-Allow-Origin") != "*" ||
			!strings.Contains(h.Get("Access-Control-Allow-Headers"), "If-None-Match") || !strings.Contains(h.Get("Access-Control-Allow-Methods"), "GET") {
			t.Errorf("OPTIONS %s: %d %v", address, w.Code, h)
		}
	}
	if w := b.ask("OPTIONS", b.path); w.Code != 204 || w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("OPTIONS on a page: %d %v", w.Code, w.Header())
	}
	if w := b.ask("OPTIONS", "/none"); w.Code != 404 {
		t.Errorf("OPTIONS on nothing: %d", w.Code)
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH"} {
		if w := b.ask(method, "/feed.atom"); w.Code != 405 || w.Header().Get("Allow") == "" {
			t.Errorf("%s: %d %v", method, w.Code, w.Header())
		}
	}
}

func testX36(t *testing.T) {
	b := newBusy(t)
	tag := b.ask("GET", "/feed.atom").Header().Get("Etag")
	kept := b.cache.Len()
	for i := range 100 {
		if got := b.ask("GET", fmt.Sprintf("/feed.atom?x=%d&utm_source=%d", i, i)).Header().Get("Etag"); got != tag {
			t.Fatalf("?x=%d has another ETag", i)
		}
	}
	if n := b.cache.Len(); n != kept {
		t.Errorf("%d more documents are kept", n-kept)
	}
	for query, want := range map[string]string{
		"n=0": "?n=1", "n=-5": "?n=1", "n=99999999999999999999": "?n=500", "n=501": "?n=500", "n=x": "", "n=1": "?n=1", "n=007": "?n=7",
		"full=0": "?full=0", "full=1": "", "full=no": "", "view=xml": "", "full=0&n=2": "?n=2&full=0", "page=1": "", "N=3": "", "n=2&n=9": "?n=2",
		"n=NaN": "", "n=1e9": "", "n=%00": "", "n='": "",
	} {
		if got := b.atom("/feed.atom?" + query).links("self")[0].attr["href"]; got != base+"/feed.atom"+want {
			t.Errorf("?%s: self is %s, want %q", query, got, want)
		}
	}
	// A parameter that means nothing to a feed is as unknown as any.
	for _, page := range []string{"", "/section/coast", "/comments", "/corrections", b.path, "/comment/" + b.ann} {
		queries := []string{"page=2", "page=NaN", "page=99999999999"}
		switch page {
		case b.path, "/comment/" + b.ann: // they have pages
			queries = []string{"full=0"}
		case "/comments", "/corrections":
			queries = append(queries, "full=0")
		}
		tag := b.ask("GET", page+"/feed.atom").Header().Get("Etag")
		for _, q := range queries {
			if w := b.ask("GET", page+"/feed.atom?"+q); w.Header().Get("Etag") != tag {
				t.Errorf("%s/feed.atom?%s: %d, %s, want %s", page, q, w.Code, w.Header().Get("Etag"), tag)
			}
		}
	}
	if n := len(b.atom("/feed.atom?n=1").all("atom:entry")); n != 1 {
		t.Errorf("?n=1 gave %d entries", n)
	}
}

// long is an article with n bytes of text.
func long(n int) db.Article {
	a := tidal()
	a.Words = n / 5
	a.Body = content.Text(strings.Repeat("Word ", n/5))
	return a
}

func testX37(t *testing.T) {
	s := newSite(t, func(s *Settings) { s.Publisher.FeedItems = 20 })
	var list []db.Article
	for range 60 {
		list = append(list, long(20_000))
	}
	s.publish("daily", list...)
	var log strings.Builder
	s.log = slog.New(slog.NewTextHandler(&log, nil))
	count := func(address string) (whole, short, size int) {
		text := s.get(address)
		for _, i := range parseJSON(t, text).Items {
			if strings.Contains(*i.ContentHTML, "Continue reading") {
				short++
				if i.Courant.KeyPoints == nil { // not even room for its summary
					continue
				}
				if !strings.Contains(*i.ContentHTML, "<ul><li>"+i.Courant.KeyPoints[0]+"</li>") || !strings.Contains(*i.ContentHTML, `href="`+i.URL+`"`) {
					t.Errorf("a short item: %.300s", *i.ContentHTML)
				}
			} else {
				if short > 0 {
					t.Errorf("%s: a whole item after a short one", address)
				}
				whole++
			}
		}
		return whole, short, len(text)
	}
	for _, format := range []string{"atom", "rss", "json"} {
		if n := len(s.get("/feed." + format)); n > feeds.MaxBytes || n < feeds.MaxBytes/2 {
			t.Errorf("feed.%s has %d bytes", format, n)
		}
	}
	if whole, short, _ := count("/feed.json"); whole < 20 || whole+short != 60 {
		t.Errorf("%d whole and %d short items", whole, short)
	} else {
		// full_content is not given up in silence, nor told of at each rendering.
		s.cache.Drop(nil)
		s.get("/feed.json")
		s.get("/feed.json?full=0")
		if want := fmt.Sprintf("feed=/feed.json whole=%d short=%d ", whole, short); strings.Count(log.String(), want) != 1 || strings.Contains(log.String(), "full=0") {
			t.Errorf("the log says\n%s\nwant %s", log.String(), want)
		}
	}
	// Where even summaries are too much the oldest have but a title, and the
	// newest has its text all the same (U18).
	var fat []db.Article
	for range 60 {
		a := long(10_000)
		a.KeyPoints = []string{strings.Repeat("Fat ", 1_250) + "."}
		fat = append(fat, a)
	}
	s.publish("daily", fat...)
	whole, short, size := count("/feed.json")
	if whole == 0 || whole+short != 120 || size > feeds.MaxBytes {
		t.Errorf("fat: %d whole and %d short items, %d bytes", whole, short, size)
	}
	if n := len(s.atom("/feed.atom?n=45").all("atom:entry")); n != 45 {
		t.Errorf("?n=45 gave %d entries", n)
	}
}

func testX38(t *testing.T) {
	s := newSite(t, func(s *Settings) { s.Publisher.FeedItems = 5; s.Publisher.FeedWindow = setting.Every(48 * time.Hour) })
	count := func() int { return len(s.atom("/feed.atom").all("atom:entry")) }
	s.publish("daily", many(90)...)
	for range 10 { // up to the hundredth: an archive has them all, and the feed need not (H3)
		s.publish("daily", tidal())
		s.wait(24 * time.Hour)
	}
	if n := count(); n != 5 {
		t.Errorf("one a day: %d entries, want feed_items", n)
	}
	for range 20 {
		s.publish("daily", tidal())
		s.wait(time.Hour)
	}
	if n := count(); n != 21 { // 20 of this day, and one of the day before
		t.Errorf("one an hour: %d entries, want those of 48 hours", n)
	}
	s.wait(1000 * time.Hour)
	s.open(func(s *Settings) { s.Publisher.FeedItems = 5 })
	if n := count(); n != 21 {
		t.Errorf("after a while: %d entries", n)
	}
}

func testX39(t *testing.T) {
	s := newSite(t)
	a := s.publish("daily", tidal())[0]
	const total = 10_000
	if err := dbtest.FillThread(t.Context(), s.store, a.ID, total, 0); err != nil {
		t.Fatal(err)
	}
	text := s.get(a.Path() + "/feed.atom")
	f := parseXML(t, text)
	if n := len(f.all("atom:entry")); n != 50 || len(text) > 100<<10 || len(f.links("next")) != 1 || len(f.all("fh:complete")) != 0 {
		t.Errorf("%d entries, %d bytes", n, len(text))
	}
	if got := f.links("last")[0].attr["href"]; !strings.HasSuffix(got, "?page=200") {
		t.Errorf("last %s", got)
	}
	start := time.Now()
	s.get(a.Path() + "/feed.atom?page=200")
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("the last page took %v", took)
	}
}

func testX40(t *testing.T) {
	s := newSite(t)
	a := s.publish("daily", tidal())[0]
	form := url.Values{"name": {"Ann"}, "text": {strings.Repeat("x", 5001)}, "action": {"post"}}
	r := httptest.NewRequest("POST", a.Path()+"/comments", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	if w.Code != 422 {
		t.Errorf("a comment over the limit: %d", w.Code)
	}
	if n := len(s.atom(a.Path() + "/feed.atom").all("atom:entry")); n != 0 {
		t.Errorf("%d entries", n)
	}
}

func testX43(t *testing.T) {
	testT5(t)
	b := newBusy(t)
	shown := func() string {
		i := b.rss("/feed.rss").all("item")[0]
		return i.value(t, "title") + i.value(t, "description") + i.value(t, "guid") + i.value(t, "pubDate") + i.value(t, "content:encoded")
	}
	before := shown()
	b.comment(b.tidal, "", "Cid", "Third.")
	if after := shown(); after != before {
		t.Errorf("a comment changed what a reader shows:\n%s\n%s", before, after)
	}
}

func testX44(t *testing.T) {
	b := newBusy(t)
	shot := func() map[string]string {
		m := map[string]string{}
		addresses := []string{"/", b.path, "/comments", "/sitemap.xml", "/feeds.opml", "/section/coast"}
		for _, page := range b.pages() {
			addresses = append(addresses, page+"/feed.atom", page+"/feed.rss", page+"/feed.json")
		}
		for _, a := range addresses {
			w := b.ask("GET", a)
			m[a] = w.Header().Get("Etag") + w.Header().Get("Last-Modified") + w.Body.String()
		}
		return m
	}
	before := shot()
	b.wait(time.Minute)
	for _, status := range []state.Comment{state.Pending, state.Spam} {
		if _, _, err := b.store.AddComment(t.Context(), db.Comment{
			Article: b.tidal, Parent: b.ann, Name: "Mallory", Text: "Buy " + string(status), Body: content.Comment("Buy"), Status: status,
		}); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := b.store.AddComment(t.Context(), db.Comment{Article: b.tidal, Name: "Mallory", Text: "Gone", Status: state.Pending}); err != nil {
		t.Fatal(err)
	}
	list, err := b.store.Comments(t.Context(), db.CommentQuery{Status: state.Pending})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		if _, err := dbtest.Moderate(t.Context(), b.store, c.ID, state.Spam, "shell", ""); err != nil {
			t.Fatal(err)
		}
	}
	b.open() // nothing is kept: what differs would show
	for a, was := range before {
		if now := shot()[a]; now != was {
			t.Errorf("%s changed:\n%s\n%s", a, was, now)
		}
	}
}

func testX45(t *testing.T) {
	s := newSite(t)
	a := s.publish("daily", tidal())[0]
	hidden := tidal()
	hidden.GUID = "hidden"
	r, err := s.store.Ingest(t.Context(), []db.Pass{{Source: "daily", At: s.clock.now, Entries: []db.Entry{{Article: hidden, Fingerprint: []byte("x"), Raw: []byte("x")}}}})
	if err != nil || r[0].Err != nil {
		t.Fatal(err, r)
	}
	list, err := s.store.Articles(t.Context(), db.ArticleQuery{Status: state.Incoming})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	id := list[0].ID
	for i, to := range []state.Article{state.Incoming, state.Scheduled, state.Incoming, state.Rejected} {
		if i > 0 {
			s.move(id, to)
		}
		for _, rest := range []string{"", "/feed.atom", "/feed.rss", "/feed.json", "/comments"} {
			unknown := s.ask("GET", "/article/nothingxyz"+rest)
			for _, name := range []string{id, list[0].Slug + "-" + id} {
				w := s.ask("GET", "/article/"+name+rest)
				if w.Code != 404 || w.Body.String() != unknown.Body.String() {
					t.Errorf("%s: /article/%s%s is %d", to, name, rest, w.Code)
				}
			}
		}
		for _, address := range []string{"/feed.atom", "/feed.json", "/sitemap.xml", "/", "/section/coast", "/source/daily"} {
			if text := s.get(address); strings.Contains(text, id) || !strings.Contains(text, a.ID) {
				t.Errorf("%s: %s tells of it", to, address)
			}
		}
	}
}

func testX46(t *testing.T) {
	s := newSite(t)
	a := s.publish("daily", tidal())[0]
	s.wait(time.Hour)
	f := s.atom(a.Path() + "/feed.atom")
	if got := parsedTime(t, f.value(t, "atom:updated")); !got.Equal(a.Published) || len(f.all("fh:complete")) != 1 {
		t.Errorf("updated %v, want %v", got, a.Published)
	}
	if got := s.rss(a.Path()+"/feed.rss").value(t, "lastBuildDate"); got != "Sun, 22 Nov 2026 09:30:00 GMT" {
		t.Errorf("lastBuildDate %s", got)
	}
}

func testX47(t *testing.T) {
	s := newSite(t)
	a := s.publish("daily", tidal())[0]
	for range 3 {
		s.comment(a.ID, "", "Ann", "Twice.")
		s.wait(time.Minute)
	}
	if n := len(s.atom(a.Path() + "/feed.atom").all("atom:entry")); n != 1 {
		t.Errorf("%d comments", n)
	}
}
