package publisher_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"courant/db"
	"courant/db/content"
	"courant/db/search/query"
	"courant/db/state"
	"courant/publisher"
)

// index takes all changes into the index of words, as the daemon does.
func (s *site) index() {
	s.Helper()
	for {
		n, err := s.store.Index(s.Context())
		if err != nil {
			s.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

// searched is the page of a search.
func (s *site) searched(written string, status int) string {
	s.Helper()
	return told(s.get("/search?q="+url.QueryEscape(written), status).body)
}

var stormy = db.Article{
	GUID: "storm", Headline: "Storm <b>surge</b> at the \"gate\"", Link: "https://echo.example/storm", Author: "Mara Lindqvist", Section: "city",
	Tags: []string{"sea level"}, Summary: "Waves.", Words: 9,
	Body: content.Clean("<p>The storm &lt;script&gt;alert(1)&lt;/script&gt; broke the wall.</p>", ""),
}

func v68(t *testing.T) {
	s := newSite(t, nil, tide, stormy)
	s.index()
	for _, text := range []string{
		`"`, `*`, `NEAR(`, `NEAR(storm surge, 2)`, `col:storm`, `words:storm`, `^storm`, `- `, `-`, `storm -`, `"storm`, `storm"`, `(storm`, `storm AND`,
		`{a b}: storm`, `storm + surge`, `%%%`, `%storm%`, `LIKE %%%`, `'`, `storm' OR '1'='1`, "storm\x00", "\xff\xfe", "storm\r\nSet-Cookie: a=b", "\ue000echo",
		`source:"`, `tag:""`, `before:"`, "after:9999999999", "after:0000-01-01 storm", strings.Repeat("storm ", 10_000/7), strings.Repeat("(", 2000),
		strings.Repeat(`"`, 2000), strings.Repeat("a*", 150), strings.Repeat("語", 300), "in:", "in:comments", "-in:comments storm",
	} {
		for _, path := range []string{"/search?q=", "/search/feed.atom?q=", "/search/feed.rss?q=", "/search/feed.json?q="} {
			a := s.do(s.request("GET", path+url.QueryEscape(text), nil))
			if a.StatusCode != 200 && a.StatusCode != 400 && (a.StatusCode != 414 || len(text) < 1000) {
				t.Errorf("%s%.60q = %d", path, text, a.StatusCode)
			}
			if strings.Contains(a.body, "<script>alert") || a.Header.Get("Set-Cookie") != "" {
				t.Errorf("%s%.60q: %s", path, text, told(a.body))
			}
			s.pass(time.Minute) // so that it may ask again
		}
	}
	// 10,000 terms and a megabyte are an address that is too long, or a query.
	for _, n := range []int{3_000, 10_000, 350_000} {
		a := s.do(s.request("GET", "/search?q="+strings.Repeat("a+b", n), nil))
		if a.StatusCode != 400 && a.StatusCode != 414 && a.StatusCode != 431 {
			t.Errorf("%d terms: %d", 2*n, a.StatusCode)
		}
	}
	// The same parameters in any order, or others, make no other page.
	if a, b := s.searched("storm", 200), told(s.get("/search?x=1&q=+storm++", 200).body); a != b {
		t.Errorf("other parameters make another page")
	}
	s.get("/search?q=storm&page=0", 404)
	s.get("/search?q=storm&page=99999999999999999999", 404)
	s.get("/search?q=storm&page=11", 404)
}

// What searching costs, one network pays for.
func TestSearchRate(t *testing.T) {
	s := newSite(t, nil, tide, stormy)
	s.index()
	limited := false
	for i := range 3000 { // each counts as a millisecond at the least
		a := s.do(s.request("GET", fmt.Sprintf("/search?q=storm+-x%d", i), nil))
		if a.StatusCode == 429 {
			limited = a.Header.Get("Retry-After") != ""
			break
		}
	}
	if !limited {
		t.Fatal("nobody was told to wait")
	}
	s.get("/feed.atom", 200)
	s.pass(time.Minute)
	s.searched("storm -other", 200)
}

func TestSearch(t *testing.T) {
	s := newSite(t, func(set *publisher.Settings) { set.Site.Timezone = "Europe/Rome" }, tide, stormy)
	a := s.newest()
	s.post(a, s.fill(a, "text", "A remark on the <i>surge</i>"), 303)
	if body := s.searched("storm", 200); !strings.Contains(body, "No article has all of this") || !strings.Contains(body, "What can be written") {
		t.Errorf("before anything is indexed: %s", body)
	}
	s.index()
	body := s.searched("storm gate", 200)
	for _, want := range []string{
		`<h1>Search: <bdi data-untrusted>storm gate</bdi></h1>`, `role="status">1 article</p>`,
		`data-untrusted><mark>Storm</mark> &lt;b&gt;surge&lt;/b&gt; at the &#34;<mark>gate</mark>&#34;</a>`,
		`data-untrusted>The <mark>storm</mark> &lt;script&gt;alert(1)&lt;/script&gt; broke the wall.</p>`,
		`<a href="/search?q=storm&#43;gate&#43;in%3Acomments" rel="nofollow">Comments</a>`,
		`<a href="https://news.example.org/search/feed.atom?q=storm&#43;gate">Atom</a>`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("lacks %s:\n%s", want, body)
		}
	}
	if strings.Contains(body, "What can be written") {
		t.Error("who finds is told how to look")
	}
	if body = s.searched("surge in:comments", 200); !strings.Contains(body, "Ann</a></h2>") || !strings.Contains(body, "<mark>surge</mark>") || strings.Contains(body, "<i>") {
		t.Errorf("comments: %s", body)
	}
	page := s.get("/search?q=%3C%2Ftitle%3E%3Cscript%3E", 200).body
	if strings.Contains(page, "<script>") || !strings.Contains(page, `value="&lt;/title&gt;&lt;script&gt;"`) || !strings.Contains(page, `<meta name="robots" content="noindex">`) {
		t.Errorf("what was written: %s", page)
	}
	if bare := s.get("/search", 200).body; strings.Contains(bare, "noindex") || !strings.Contains(bare, `<link rel="canonical" href="https://news.example.org/search">`) ||
		!strings.Contains(bare, `<meta name="description" content="Search Courant">`) && !strings.Contains(bare, `content="Search The Harbour Courant">`) {
		t.Errorf("the page that says how to search: %s", bare)
	}
	for text, want := range map[string]string{
		"":               "What can be written",
		"!!":             "There is no word in this to look for",
		"-storm":         "Add a word to look for",
		"after:tomorrow": "wants a date, such as after:2026-11-22",
		"in:pictures a":  "neither articles nor comments",
		strings.Repeat("word ", query.MaxTerms+1): "too many words",
	} {
		status := 400
		if text == "" {
			status = 200
		}
		if body := s.searched(text, status); !strings.Contains(body, want) || !strings.Contains(body, "What can be written") {
			t.Errorf("%q: %s", text, body)
		}
	}
	if s.get("/search", 200).body != s.get("/search?q=+", 200).body {
		t.Error("an empty query is not the empty page")
	}
	// What readers cannot see any more vanishes at once, and from the feeds too.
	s.get("/search/feed.rss?q=storm", 200)
	if _, err := s.store.SetStatus(t.Context(), a.ID, state.Withdrawn, "test", ""); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/search?q=storm", "/search?q=surge+in%3Acomments", "/search/feed.rss?q=storm", "/search/feed.json?q=storm", "/search/feed.atom?q=surge+in:comments"} {
		if body := told(s.get(path, 200).body); strings.Contains(body, a.Path()) || strings.Contains(body, "mark") {
			t.Errorf("%s has what was withdrawn: %s", path, body)
		}
	}
}

func TestSearchFeed(t *testing.T) {
	s := newSite(t, nil, tide, stormy)
	s.index()
	atom := s.get("/search/feed.atom?q=storm", 200)
	for _, want := range []string{
		`<title>The Harbour Courant – Search: storm</title>`, `<link rel="self" type="application/atom+xml" href="https://news.example.org/search/feed.atom?q=storm">`,
		`<link rel="alternate" type="text/html" href="https://news.example.org/search?q=storm">`, ":feed/search?q=storm</id>", s.newest().ID,
	} {
		if !strings.Contains(atom.body, want) {
			t.Errorf("lacks %s:\n%s", want, atom.body)
		}
	}
	// One that is looked for in other words is another feed, and one that is written
	// otherwise the same.
	if other := s.get("/search/feed.atom?n=&q=+storm+", 200); other.body != atom.body {
		t.Error("the same words make another feed")
	}
	if found := s.get("/search/feed.json?q=energy+tag:energy", 200).body; strings.Contains(found, "Storm") {
		t.Errorf("found: %s", found)
	}
	if empty := s.get("/search/feed.atom", 200).body; strings.Contains(empty, "<entry") || !strings.Contains(empty, "<updated>") {
		t.Errorf("without words: %s", empty)
	}
	s.get("/search/feed.rss?q=-storm", 400)
	// It is as it was until there is something new, and then at once.
	tag := atom.Header.Get("Etag")
	s.add(true, numbered(1)...)
	s.index()
	if got := s.get("/search/feed.atom?q=storm", 200).Header.Get("Etag"); got != tag {
		t.Error("something else was published, and the feed is another")
	}
	later := stormy
	later.GUID, later.Headline = "later", "A later storm"
	s.add(true, later)
	s.index()
	if got := s.get("/search/feed.atom?q=storm", 200).body; !strings.Contains(got, "A later storm") {
		t.Errorf("what is new is not in it: %s", got)
	}
	// A person gets a page about it.
	page := s.get("/search/feed.atom?q=storm&n=5", 200, "Sec-Fetch-Dest", "document").body
	for _, want := range []string{`value="https://news.example.org/search/feed.atom?q=storm&amp;n=5"`, `href="/search?q=storm"`} {
		if !strings.Contains(page, want) {
			t.Errorf("lacks %s: %s", want, told(page))
		}
	}
}

// The form on /feeds makes the feed of a search.
func TestFeedsOfWords(t *testing.T) {
	s := newSite(t, nil, tide, stormy)
	for path, want := range map[string]string{
		"/feeds?scope=/&format=atom&full=1&q=storm+surge":          "https://news.example.org/search/feed.atom?q=storm&#43;surge",
		"/feeds?scope=/section/city&format=rss&full=0&n=5&q=storm": "https://news.example.org/search/feed.rss?q=section%3Acity&#43;storm&amp;n=5&amp;full=0",
		"/feeds?scope=/source/echo&format=json&full=1&q=%22a+b%22": "https://news.example.org/search/feed.json?q=source%3Aecho&#43;%22a&#43;b%22",
		"/feeds?scope=/comments&format=atom&full=1&q=storm":        "https://news.example.org/search/feed.atom?q=in%3Acomments&#43;storm",
		"/feeds?scope=/section/city&format=atom&full=1&q=+":        "https://news.example.org/section/city/feed.atom",
	} {
		if body := told(s.get(path, 200).body); !strings.Contains(body, `value="`+want+`"`) {
			_, built, _ := strings.Cut(body, `id="built"`)
			t.Errorf("%s: %.300s, want %s", path, built, want)
		}
	}
	s.get("/feeds?scope=/corrections&format=atom&full=1&q=storm", 400)
	s.get("/feeds?scope=/&format=atom&full=1&q=-storm", 400)
}

func TestOpenSearch(t *testing.T) {
	s := newSite(t, func(set *publisher.Settings) { set.Site.Title = "Ann & Bob's <long> newspaper" })
	a := s.get("/opensearch.xml", 200)
	for _, want := range []string{"<ShortName>Ann &amp; Bob", `template="https://news.example.org/search?q={searchTerms}"/>`} {
		if !strings.Contains(a.body, want) {
			t.Errorf("lacks %s: %s", want, a.body)
		}
	}
	if a.Header.Get("Content-Type") != "application/opensearchdescription+xml; charset=utf-8" {
		t.Errorf("type %q", a.Header.Get("Content-Type"))
	}
	if page := s.get("/", 200).body; !strings.Contains(page, `<link rel="search" type="application/opensearchdescription+xml"`) {
		t.Error("no page leads there")
	}
}
