package publisher_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"courant/db"
	"courant/db/content"
	"courant/db/state"
	"courant/publisher"
)

func addr(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i)})
}

// everywhere are the addresses of all kinds that a site has.
var everywhere = []string{
	"/", "/section/city", "/source/echo", "/comments", "/corrections", "/feeds", "/feed.atom", "/feed.rss", "/feed.json",
	"/section/city/feed.atom", "/source/echo/feed.rss", "/comments/feed.atom", "/corrections/feed.atom", "/sitemap.xml", "/sources.opml", "/feeds.opml", "/robots.txt",
	"/archive/2026/11", "/archive/2026/11/22", "/archive/2026/11/22/feed.atom",
	"/search?q=turbines", "/search/feed.atom?q=turbines", "/search/feed.json?q=in:comments+turbines",
}

// What is not published is nowhere, and moves nothing.
func v60(t *testing.T) {
	s := newSite(t, nil)
	s.index()
	tags := map[string]string{}
	for _, path := range everywhere {
		tags[path] = s.get(path, 200).Header.Get("Etag")
	}
	s.add(false, db.Article{
		GUID: "hidden", Headline: "Hiddenword", Section: "hiddenword", Tags: []string{"hiddenword"}, Link: "https://echo.example/hiddenword",
		Summary: "Hiddenword", Author: "Hiddenword", KeyPoints: []string{"Hiddenword"}, Body: content.Text("Hiddenword"),
	})
	hidden := s.newest()
	for _, to := range unseen {
		s.move(hidden, to)
		s.index()
		for _, path := range append(everywhere, "/sitemap-news.xml", "/archive", "/search?q=hiddenword", "/search/feed.atom?q=hiddenword") {
			got := s.get(path, 200)
			if !strings.HasSuffix(path, "hiddenword") && strings.Contains(strings.ToLower(got.body), "hiddenword") || strings.Contains(got.body, hidden.ID) {
				t.Errorf("%s, %s: it tells of it", path, to)
			}
			if etag, known := tags[path]; known && got.Header.Get("Etag") != etag {
				t.Errorf("%s, %s: its ETag changed", path, to)
			}
			if strings.HasPrefix(path, "/search?q=hidden") && !strings.Contains(got.body, "No article has all of this") {
				t.Errorf("%s: it is found by a search", to)
			}
		}
	}
	for path := range s.crawl("/") {
		if strings.Contains(strings.ToLower(path), "hiddenword") {
			t.Errorf("a link leads to %s", path)
		}
	}
	for _, path := range []string{hidden.Path(), hidden.Path() + "/feed.atom", "/tag/hiddenword", "/tag/hiddenword/feed.rss", "/section/hiddenword", "/section/hiddenword/feed.json"} {
		s.get(path, 404)
	}
}

func v61(t *testing.T) {
	s := newSite(t, nil)
	s.add(false, numbered(1)...)
	hidden := s.newest()
	for _, end := range []string{"", "/feed.atom", "/feed.rss", "/feed.json"} {
		a, b := s.get("/article/x-"+hidden.ID+end, 404), s.get("/article/x-nosuch0000"+end, 404)
		a.Header.Del("Date")
		b.Header.Del("Date")
		if a.body != b.body || fmt.Sprint(a.Header) != fmt.Sprint(b.Header) {
			t.Errorf("%q: an unpublished article is told from an absent one", end)
		}
	}
}

func v62(t *testing.T) {
	s := newSite(t, nil)
	a := s.newest()
	cached := s.get(a.Path(), 200).Header.Get("Cache-Control")
	if cached != "no-cache" {
		t.Errorf("a page may be kept: %q", cached)
	}
	s.get("/feed.atom", 200)
	if _, err := s.store.SetStatus(t.Context(), a.ID, state.Withdrawn, "test", "Wrong."); err != nil {
		t.Fatal(err)
	}
	if got := s.get(a.Path(), 410); !strings.Contains(got.Header.Get("Cache-Control"), "no-store") || !strings.Contains(got.body, "Wrong.") {
		t.Errorf("410 with %q", got.Header.Get("Cache-Control"))
	}
	for _, path := range []string{"/", "/feed.rss", "/feed.json", "/section/city", "/sitemap.xml"} {
		if strings.Contains(s.get(path, 200).body, a.Path()) {
			t.Errorf("%s still has it", path)
		}
	}
	if got := s.get("/feed.atom", 200).body; strings.Contains(got, "<entry") || !strings.Contains(got, "deleted-entry") {
		t.Error("/feed.atom does not tell of the withdrawal")
	}
}

func v63(t *testing.T) {
	s := newSite(t, nil)
	for _, path := range append(everywhere, s.newest().Path()) {
		want := s.get(path, 200).body
		r := s.request("GET", path, nil, "X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "gopher", "Forwarded", "host=evil.example")
		r.Host = "evil.example"
		if got := s.do(r); got.StatusCode == 200 && got.body != want {
			t.Errorf("%s depends on the Host header", path)
		}
	}
	host := strings.TrimPrefix(s.url, "http://")
	if got := raw(t, host, "GET http://evil.example/feed.atom HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"); strings.Contains(got, "evil.example") {
		t.Error("an absolute-form request line changes the output")
	}
}

func v64(t *testing.T) {
	s := newSite(t, nil)
	for _, path := range []string{"/", "/feed.atom", s.newest().Path()} {
		tags := map[string]bool{}
		for _, encoding := range []string{"identity", "gzip", "zstd"} {
			got := s.get(path, 200, "Accept-Encoding", encoding)
			tags[got.Header.Get("Etag")] = true
			if !strings.Contains(got.Header.Get("Vary"), "Accept-Encoding") {
				t.Errorf("%s as %s: Vary %q", path, encoding, got.Header.Get("Vary"))
			}
		}
		if len(tags) != 3 {
			t.Errorf("%s: %d ETags for three encodings", path, len(tags))
		}
	}
	sameTag(s)
}

// While somebody writes, no ETag is that of two bodies.
func sameTag(s *site) {
	s.Helper()
	a := s.newest()
	var mu sync.Mutex
	bodies, writing := map[string]string{}, make(chan struct{})
	var readers sync.WaitGroup
	for _, path := range []string{a.Path(), a.Path() + "/feed.atom", "/", "/comments/feed.json"} {
		for _, encoding := range []string{"identity", "gzip"} {
			readers.Go(func() {
				for done := false; !done; {
					select {
					case <-writing:
						done = true // and once more
					default:
					}
					got := s.do(s.request("GET", path, nil, "Accept-Encoding", encoding))
					tag := path + " " + got.Header.Get("Etag")
					mu.Lock()
					if before, known := bodies[tag]; known && before != got.body {
						s.Errorf("%s is of two bodies", tag)
					}
					bodies[tag] = got.body
					mu.Unlock()
				}
			})
		}
	}
	for i := range 30 {
		text := fmt.Sprint("Comment ", i)
		if _, _, err := s.store.AddComment(s.Context(), db.Comment{Article: a.ID, Name: "Ann", Text: text, Body: content.Text(text), Status: state.Approved}); err != nil {
			s.Error(err)
		}
	}
	close(writing)
	readers.Wait()
	if len(bodies) < 16 {
		s.Errorf("only %d bodies were seen", len(bodies))
	}
}

func v65(t *testing.T) {
	s := newSite(t, nil)
	for _, path := range []string{"/", "/feed.rss"} {
		etag := s.get(path, 200).Header.Get("Etag")
		for _, c := range []struct {
			header, value string
			want          int
		}{
			{"If-None-Match", etag, 304},
			{"If-None-Match", "W/" + etag, 304},
			{"If-None-Match", `"a", ` + etag, 304},
			{"If-None-Match", "*", 304},
			{"If-None-Match", `"other"`, 200},
			{"If-None-Match", `"unclosed`, 200},
			{"If-None-Match", strings.Repeat(`"x",`, 1000), 200},
			{"If-Modified-Since", "garbage", 200},
			{"If-Modified-Since", "Thu, 99 Foo 99999 99:99:99 GMT", 200},
		} {
			s.get(path, c.want, c.header, c.value)
		}
		s.get(path, 431, "If-None-Match", strings.Repeat("x", 1<<20))
	}
}

func v66(t *testing.T) {
	s := newSite(t, nil)
	whole := s.get("/feed.atom", 200).body
	for _, r := range []string{"bytes=0-9", "bytes=-5", "bytes=9-0", "bytes=0-0,2-3", "lines=1"} {
		got := s.do(s.request("GET", "/feed.atom", nil, "Range", r))
		if got.StatusCode != 200 || got.body != whole {
			t.Errorf("Range %s: %d, %d bytes", r, got.StatusCode, len(got.body))
		}
	}
}

func v67(t *testing.T) {
	s := newSite(t, nil)
	host := strings.TrimPrefix(s.url, "http://")
	for _, path := range []string{
		"/../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2fetc", "/%5c..%5cetc", "/%252e%252e/etc", "//etc/passwd", "/article/%00",
		"/article/..%2f..%2fetc", "/source/..", "/logo/../../x", "/icon.svg%00.html", "/\\evil.example", "//evil.example/%2e%2e",
	} {
		got := raw(t, host, "GET "+path+" HTTP/1.1\r\nHost: news.example.org\r\nConnection: close\r\n\r\n")
		var status int
		fmt.Sscanf(got, "HTTP/1.1 %d", &status)
		switch {
		case status == 404 || status == 400:
		case status >= 300 && status < 400:
			if to := regexp.MustCompile(`(?m)^Location: (.*?)\r?$`).FindStringSubmatch(got); to == nil || !strings.HasPrefix(to[1], "/") || strings.HasPrefix(to[1], "//") || strings.HasPrefix(to[1], "/\\") {
				t.Errorf("%s leads to %v", path, to)
			}
		default:
			t.Errorf("%s answers %d", path, status)
		}
	}
}

func v69(t *testing.T) {
	s := newSite(t, nil)
	a := s.newest()
	for _, v := range []string{"-1", "0", "1e9", "9223372036854775808", "NaN", "1 OR 1=1", "' UNION SELECT 1--", "99999", "%00", "２"} {
		s.get(a.Path()+"?page="+strings.ReplaceAll(v, " ", "+"), 404)
	}
	before := s.dump()
	for _, path := range []string{
		"/?x=", a.Path() + "?thread=", a.Path() + "?reply=", a.Path() + "?sort=", "/section/city?before=", "/comments?before=", "/feeds?scope=",
		"/feeds?format=atom&full=1&scope=/&n=", "/tag/", "/source/", "/section/", "/comment/", "/article/x-", "/archive/2026/", "/feed.atom?n=", "/feed.atom?full=", a.Path() + "/feed.atom?page=",
	} {
		for _, v := range []string{"'", `"`, "')--", "1;DROP%20TABLE%20article", "%27%20OR%20%271%27=%271", "%25", "_", "\u0000"} {
			if got := s.do(s.request("GET", path+strings.ReplaceAll(v, "\u0000", "%00"), nil)).StatusCode; got >= 500 {
				t.Errorf("%s%s answers %d", path, v, got)
			}
		}
	}
	if s.dump() != before {
		t.Error("the database changed")
	}
}

func v70(t *testing.T) {
	bad := tide
	bad.Headline, bad.Author = "A\r\nSet-Cookie: x=1\r\n\r\n<b>\"quoted\"", "A\r\nX-Evil: 1"
	s := newSite(t, nil, bad)
	a := s.newest()
	for _, path := range []string{a.Path(), "/article/wrong-" + a.ID, "/article/%0d%0aX-Evil:%201-" + a.ID, a.Path() + "/feed.rss", "/"} {
		got := s.do(s.request("GET", path, nil))
		if got.Header.Get("Set-Cookie") != "" || got.Header.Get("X-Evil") != "" || got.StatusCode >= 500 {
			t.Errorf("%s: %d %v", path, got.StatusCode, got.Header)
		}
	}
}

// No address sends a reader to another site.
func v71(t *testing.T) {
	s := newSite(t, nil)
	a := s.newest()
	for _, path := range []string{"/article//evil.example-" + a.ID, "/article/%2f%2fevil.example-" + a.ID, "/article/x-" + a.ID + "?next=https://evil.example", "/feed?to=//evil.example", "/rss.xml"} {
		got := s.do(s.request("GET", path, nil))
		if to := got.Header.Get("Location"); to != "" && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//")) && !strings.HasPrefix(to, "https://news.example.org/") {
			t.Errorf("%s leads to %s", path, to)
		}
	}
	for path, got := range s.crawl("/") {
		if to := got.Header.Get("Location"); to != "" && !strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "https://news.example.org/") {
			t.Errorf("%s leads to %s", path, to)
		}
	}
}

func v76(t *testing.T) {
	s := newSite(t, nil)
	for _, path := range []string{"/debug/pprof/", "/debug/vars", "/metrics", "/version", "/debug/requests", "/.git/config", "/.env", "/courant.toml", "/courant.db"} {
		s.get(path, 404)
	}
}

func v77(t *testing.T) {
	s := newSite(t, nil)
	s.remount(map[string]http.Handler{"GET /broken": http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("secret /path SELECT 1") })})
	got := s.get("/broken", 500)
	for _, bad := range []string{"secret", "/path", "SELECT", "goroutine", ".go:"} {
		if strings.Contains(got.body, bad) {
			t.Errorf("the page of an internal error tells %q", bad)
		}
	}
	if got.Header.Get("Content-Security-Policy") == "" || !strings.Contains(got.body, "Something went wrong") {
		t.Error("no policy, or no sentence")
	}
	s.get("/", 200)
}

// remount serves the site anew with further addresses.
func (s *site) remount(mount map[string]http.Handler) {
	s.Helper()
	set := publisher.DefaultSettings()
	set.Site.URL = "https://news.example.org"
	var err error
	if s.pub, err = publisher.New(s.store, set, publisher.Options{Now: s.clock, Mount: mount}); err != nil {
		s.Fatal(err)
	}
	s.serve()
}

// What net/http answers by itself, to what is no request that it can read (a line it
// cannot parse, headers that are too long, a wrong version), has the headers too, and a
// body that nobody wrote but net/http.
func v78(t *testing.T) {
	s := newSite(t, nil)
	a := s.newest()
	etag := s.get("/feed.atom", 200).Header.Get("Etag")
	answers := []answer{
		s.get("/", 200), s.get(a.Path(), 200), s.get("/feed.atom", 200), s.get("/feed.atom", 304, "If-None-Match", etag), s.get("/nosuch", 404),
		s.get("/article/wrong-"+a.ID, 301), s.get("/?"+strings.Repeat("a&", 200), 400), s.get("/"+strings.Repeat("x", 5000), 414),
		s.post(a, s.fill(a), 303), s.post(a, s.fill(a), 403, "Origin", "null"), s.post(a, s.fill(a), 415, "Content-Type", "text/plain"),
		s.post(a, s.fill(a, "text", ""), 422), s.do(s.request("PUT", "/", nil)), s.do(s.request("HEAD", "/", nil)), s.do(s.request("OPTIONS", "/", nil)),
	}
	for _, got := range answers {
		name := got.Request.Method + " " + got.Request.URL.Path + " " + got.Status
		csp := got.Header.Get("Content-Security-Policy")
		if !strings.HasPrefix(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", name, csp)
		}
		if got.Header.Get("X-Content-Type-Options") != "nosniff" || got.Header.Get("Referrer-Policy") == "" || got.Header.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s: headers %v", name, got.Header)
		}
		if kind := got.Header.Get("Content-Type"); got.body != "" && !strings.Contains(kind, "charset=utf-8") && !strings.Contains(kind, "json") {
			t.Errorf("%s: Content-Type %q", name, kind)
		}
	}
	for _, own := range []string{"GET\r\n\r\n", "GET / HTTP/9.9\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 64<<10) + "\r\n\r\n"} {
		head, body, _ := strings.Cut(raw(t, s.host(), own), "\r\n\r\n")
		for _, name := range []string{"Content-Security-Policy: default-src 'none'", "X-Content-Type-Options: nosniff", "Referrer-Policy: ", "X-Frame-Options: DENY"} {
			if !strings.Contains(head, "\r\n"+name) {
				t.Errorf("%.40q is answered without %s: %q", own, name, head)
			}
		}
		if !strings.HasPrefix(head, "HTTP/1.1 4") && !strings.HasPrefix(head, "HTTP/1.1 5") || !strings.Contains(head, "text/plain; charset=utf-8") || strings.ContainsAny(body, "<>") {
			t.Errorf("%.40q is answered with %q %q", own, head, body)
		}
	}
}

// There is no proxy for pictures: they come from where the source has them.
func v79(t *testing.T) {
	pictured := tide
	pictured.Image = db.Image{URL: "https://echo.example/tidal.jpg", Alt: "Turbines", Width: 900, Height: 600}
	s := newSite(t, nil, pictured)
	if body := s.get(s.newest().Path(), 200).body; !strings.Contains(body, `src="https://echo.example/tidal.jpg"`) {
		t.Error("the picture has another address")
	}
	for _, path := range []string{"/proxy?url=http://127.0.0.1/", "/image?url=x", "/media/aHR0cDovLzEyNy4wLjAuMS8"} {
		s.get(path, 404)
	}
}

// raw sends bytes and returns all that comes back within a few seconds.
func raw(t *testing.T, host, request string) string {
	t.Helper()
	c, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(20 * time.Second))
	go c.Write([]byte(request)) // which may be answered before all of it was sent
	var b strings.Builder
	r := bufio.NewReader(c)
	for {
		line, err := r.ReadString('\n')
		b.WriteString(line)
		if err != nil {
			return b.String()
		}
	}
}
