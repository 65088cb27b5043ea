package publisher

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"courant/db"
	"courant/db/content"
	"courant/db/dbtest/cluster"
	"courant/db/engine"
	"courant/db/state"
)

func testX2(t *testing.T) {
	testA3(t)
	// An id is never given again, not even of what is gone.
	s := newSite(t)
	seen := map[string]bool{}
	for range 30 {
		a := s.publish("daily", tidal())[0]
		if seen[a.ID] {
			t.Fatalf("id %s came twice", a.ID)
		}
		seen[a.ID] = true
		if _, err := s.store.SetStatus(t.Context(), a.ID, state.Withdrawn, "shell", ""); err != nil {
			t.Fatal(err)
		}
	}
}

// ids are those of the entries of a feed in one format, by their links.
func (s *testSite) ids(page, format string) map[string]string {
	s.t.Helper()
	m := map[string]string{}
	switch format {
	case "json":
		for _, i := range s.json(page + "/feed.json").Items {
			m[i.URL] = i.ID
		}
	case "rss":
		for _, i := range s.rss(page + "/feed.rss").all("item") {
			m[i.value(s.t, "link")] = i.value(s.t, "guid")
		}
	default:
		for _, e := range s.atom(page + "/feed.atom").all("atom:entry") {
			m[e.links("alternate")[0].attr["href"]] = e.value(s.t, "atom:id")
		}
	}
	return m
}

func testX3(t *testing.T) {
	b := newBusy(t)
	known := map[string]string{}
	for _, page := range b.pages() {
		if page == "/corrections" {
			continue // its entries are news of articles, not articles
		}
		for _, format := range []string{"atom", "rss", "json"} {
			for link, id := range b.ids(page, format) {
				if known[link] != "" && known[link] != id {
					t.Errorf("%s/feed.%s: %s is %s, elsewhere %s", page, format, link, id, known[link])
				}
				known[link] = id
			}
		}
	}
	if len(known) != 4 { // two articles, two comments
		t.Errorf("ids %v", known)
	}
}

func testX4(t *testing.T) {
	b := newBusy(t)
	before := b.ids("", "atom")
	b.wait(time.Hour)
	b.publish("daily", tidal(), tidal())
	if _, _, err := b.store.EditArticle(t.Context(), b.tidal, db.Edit{Correction: "x"}, "shell"); err != nil {
		t.Fatal(err)
	}
	after := b.ids("", "atom")
	for link, id := range before {
		if after[link] != id {
			t.Errorf("%s was %s and is %s", link, id, after[link])
		}
	}
}

func testX5(t *testing.T) {
	cluster.SQLiteOnly(t, "a copy is a file")
	b := newBusy(t)
	copied := filepath.Join(t.TempDir(), "copy.db")
	if err := b.store.Backup(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(t.Context(), engine.Config{Path: copied}, db.Options{Authority: "other.example", Now: b.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	again := &testSite{t: t, clock: b.clock, store: d}
	again.open()
	for _, page := range b.pages() {
		for _, format := range []string{"atom", "rss", "json"} {
			if address := page + "/feed." + format; again.get(address) != b.get(address) {
				t.Errorf("%s differs after a backup was restored", address)
			}
		}
	}
}

// publishedAt are the publication dates in an Atom feed, in its order.
func publishedAt(t *testing.T, f *node) (list []time.Time) {
	t.Helper()
	for _, e := range f.all("atom:entry") {
		list = append(list, parsedTime(t, e.value(t, "atom:published")))
	}
	return list
}

func testX6(t *testing.T) {
	s := newSite(t)
	s.publish("daily", tidal())
	// The source dates its entry in the future, and an editor publishes it later.
	a := tidal()
	a.GUID, a.Headline, a.SourcePublished = "future", "Of the future", s.clock.now.Add(1000*time.Hour)
	r, err := s.store.Ingest(t.Context(), []db.Pass{{Source: "daily", At: s.clock.now, Entries: []db.Entry{{Article: a, Fingerprint: []byte("x"), Raw: []byte("x")}}}})
	if err != nil || r[0].Err != nil {
		t.Fatal(err, r)
	}
	list, err := s.store.Articles(t.Context(), db.ArticleQuery{Status: state.Incoming})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	for _, to := range []state.Article{state.Scheduled, state.Published} {
		if text := s.get("/feed.atom"); strings.Contains(text, "Of the future") {
			t.Errorf("it shows before it is %s", to)
		}
		s.wait(time.Hour)
		s.move(list[0].ID, to)
	}
	f := s.atom("/feed.atom")
	if first := publishedAt(t, f)[0]; !first.Equal(s.clock.now) {
		t.Errorf("published %v, want %v", first, s.clock.now)
	}
	for _, at := range append(publishedAt(t, f), parsedTime(t, f.value(t, "atom:updated"))) {
		if at.After(s.clock.now) {
			t.Errorf("%v is in the future", at)
		}
	}
}

func testX7(t *testing.T) {
	b := newBusy(t)
	zone := time.FixedZone("far", 13*3600)
	b.clock.now = b.clock.now.In(zone)
	a := b.publish("daily", tidal())[0]
	b.open(func(s *Settings) { s.Site.Timezone = "Pacific/Auckland" })
	e := b.atom("/feed.atom").all("atom:entry")[0]
	if at := parsedTime(t, e.value(t, "atom:published")); !at.Equal(a.Published) || e.value(t, "atom:published") != "2026-11-22T10:10:00.000Z" {
		t.Errorf("published %s", e.value(t, "atom:published"))
	}
	if got := b.rss("/feed.rss").all("item")[0].value(t, "pubDate"); got != "Sun, 22 Nov 2026 10:10:00 GMT" {
		t.Errorf("pubDate %s", got)
	}
	if got := b.json("/feed.json").Items[0].DatePublished; got != "2026-11-22T10:10:00Z" {
		t.Errorf("date_published %s", got)
	}
}

func testX9(t *testing.T) {
	b := newBusy(t)
	for _, page := range b.pages() {
		for _, e := range b.atom(page + "/feed.atom").all("atom:entry") {
			if p, u := parsedTime(t, e.value(t, "atom:published")), parsedTime(t, e.value(t, "atom:updated")); u.Before(p) {
				t.Errorf("%s: updated %v before published %v", page, u, p)
			}
		}
	}
}

func testX10(t *testing.T) {
	s := newSite(t)
	s.publish("daily", tidal())
	s.wait(time.Hour)
	before := s.get("/feed.atom")
	// Another source comes with its archive: nothing of it is news. The newest five,
	// which are shown so that its page is not empty, stand behind all that is.
	var old []db.Entry
	for i := range 100 {
		a := tidal()
		a.GUID, a.SourcePublished = fmt.Sprint(i), s.clock.now.AddDate(-1, 0, -i)
		old = append(old, db.Entry{Article: a, Fingerprint: []byte("x"), Raw: []byte("x")})
	}
	pass := db.Pass{
		Source: "excerpts", At: s.clock.now, Feed: &db.Feed{Title: "x"}, Entries: old,
		Publish: db.Publish{Auto: true, InitialWindow: 168 * time.Hour, InitialMax: 30},
	}
	if r, err := s.store.Ingest(t.Context(), []db.Pass{pass}); err != nil || r[0].Err != nil {
		t.Fatal(err, r)
	}
	const shown = 5
	if after := s.get("/feed.atom"); len(parseXML(t, after).all("atom:entry")) != 1+shown {
		t.Errorf("an archive flooded the feed:\n%s\n%s", before, after)
	}
	if list := publishedAt(t, s.atom("/feed.atom")); list[1].After(list[0].AddDate(0, -6, 0)) {
		t.Errorf("an archive is dated as news: %v", list)
	}
	// Later it adds an entry that it dates back: published is now.
	a := tidal()
	a.GUID, a.SourcePublished = "backdated", s.clock.now.AddDate(-2, 0, 0)
	pass.Entries = []db.Entry{{Article: a, Fingerprint: []byte("x"), Raw: []byte("x")}}
	s.wait(time.Hour)
	if r, err := s.store.Ingest(t.Context(), []db.Pass{pass}); err != nil || r[0].Err != nil {
		t.Fatal(err, r)
	}
	list := publishedAt(t, s.atom("/feed.atom"))
	if len(list) != 2+shown || !list[0].Equal(s.clock.now) || list[1].After(list[0]) {
		t.Errorf("published %v", list)
	}
}

func testX11(t *testing.T) {
	testR3(t)
	testA7(t)
	b := newBusy(t)
	if got := b.json("/feed.json").Items[1].Title; got != "AT&T <b> sells" {
		t.Errorf("JSON's title %q", got)
	}
}

// article publishes one with that body, as the sanitiser leaves it.
func (s *testSite) article(markup string) db.Article {
	s.t.Helper()
	a := tidal()
	a.Body = content.Clean(markup, "https://source.example/2026/tidal")
	return s.publish("daily", a)[0]
}

// texts are the contents of the newest entry of a feed in every format.
func (s *testSite) texts(page string) map[string]string {
	s.t.Helper()
	return map[string]string{
		"atom": s.atom(page + "/feed.atom").all("atom:entry")[0].value(s.t, "atom:content"),
		"rss":  s.rss(page + "/feed.rss").all("item")[0].value(s.t, "content:encoded"),
		"json": *s.json(page + "/feed.json").Items[0].ContentHTML,
	}
}

var (
	addresses = regexp.MustCompile(`(?:src|href|poster)="([^"]*)"`)
	sets      = regexp.MustCompile(`srcset="([^"]*)"`)
)

func testX12(t *testing.T) {
	s := newSite(t)
	a := s.article(`<p><a href="../x?a=1&amp;b=2">x</a> <a href="#note">n</a> <img src="/i.png" srcset="i1.png 1x, /i2.png 2x" alt="i">` +
		`<video src="v.mp4" poster="p.png" controls></video></p>`)
	s.comment(a.ID, "", "Ann", "See [this](/elsewhere) and [that](https://example.org/ok).")
	all := s.texts("")
	all["thread"] = s.atom(a.Path() + "/feed.atom").all("atom:entry")[0].value(t, "atom:content")
	for name, text := range all {
		found := addresses.FindAllStringSubmatch(text, -1)
		if len(found) == 0 {
			t.Errorf("%s has no address at all: %s", name, text)
		}
		for _, m := range found {
			if !strings.HasPrefix(m[1], "https://") && !strings.HasPrefix(m[1], "http://") {
				t.Errorf("%s: relative %q", name, m[1])
			}
		}
		for _, m := range sets.FindAllStringSubmatch(text, -1) {
			for _, one := range strings.Split(m[1], ",") {
				if !strings.HasPrefix(strings.TrimSpace(one), "http") {
					t.Errorf("%s: relative srcset %q", name, one)
				}
			}
		}
	}
}

func testX13(t *testing.T) {
	s := newSite(t)
	a := s.article(`<p onclick="x()" style="color:red">ok</p><script>alert(1)</script><style>p{}</style><iframe src="https://x.example/"></iframe>` +
		`<form action="https://x.example/"><input name="a"></form><a href="javascript:x()">j</a><img src="x" onerror="x()">`)
	s.comment(a.ID, "", "Ann", "<script>alert(1)</script> <b onclick=x>b</b> [j](javascript:alert(1))")
	all := s.texts("")
	all["thread"] = s.atom(a.Path() + "/feed.atom").all("atom:entry")[0].value(t, "atom:content")
	active := regexp.MustCompile(`(?i)<(script|style|iframe|form|input)|<[^>]*\s(on[a-z]+|style)=|javascript:[^<]*">`)
	for name, text := range all {
		if m := active.FindString(text); m != "" {
			t.Errorf("%s: %q in %s", name, m, text)
		}
	}
}

// illegal is every character that XML 1.0 cannot hold, and what is no UTF-8.
func illegal() string {
	var b strings.Builder
	for r := rune(0); r < 0x20; r++ {
		if r != '\t' && r != '\n' && r != '\r' {
			b.WriteRune(r)
		}
	}
	return b.String() + "\uFFFE\uFFFF" + "\xed\xa0\x80" + "\xff\xfe"
}

func testX14(t *testing.T) {
	s := newSite(t, func(s *Settings) { s.Site.Title, s.Site.Description = "News"+illegal(), "About"+illegal() })
	bad := illegal()
	if s.store.Path() == "" { // PostgreSQL holds only what is text at all
		bad = strings.ToValidUTF8(strings.ReplaceAll(bad, "\x00", ""), "")
	}
	a := tidal()
	a.Headline, a.Author, a.Summary = "Head"+bad+"line", "Au"+bad+"thor", "Sum"+bad+"mary"
	a.Tags, a.KeyPoints = []string{"ta" + bad + "g"}, []string{"po" + bad + "int"}
	if err := a.Body.Scan("<p>bo" + bad + "dy</p>"); err != nil { // as if the sanitiser had let it through
		t.Fatal(err)
	}
	a.Enclosures = []db.Enclosure{{URL: "https://source.example/a", Type: "audio/mpeg", Length: 1, Title: "fi" + bad + "le"}}
	published := s.publish("daily", a)[0]
	c := db.Comment{Article: published.ID, Name: "An" + bad + "n", Text: "x", Status: state.Approved}
	if err := c.Body.Scan("<p>com" + bad + "ment</p>"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.store.AddComment(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.store.EditArticle(t.Context(), published.ID, db.Edit{Correction: "wro" + bad + "ng"}, "shell"); err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"", published.Path(), "/comments", "/corrections"} {
		for _, format := range []string{"atom", "rss", "json"} {
			text := s.get(page + "/feed." + format)
			if !utf8.ValidString(text) {
				t.Errorf("%s/feed.%s is no UTF-8", page, format)
			}
			for _, r := range text {
				if (r < 0x20 && r != '\n' && r != '\t') || r == 0xFFFE || r == 0xFFFF {
					t.Errorf("%s/feed.%s has %U", page, format, r)
				}
			}
			if format == "json" {
				if parseJSON(t, text); regexp.MustCompile(`\\u00[01]`).MatchString(text) {
					t.Errorf("%s has a control character, escaped", page)
				}
			} else {
				parseXML(t, text)
			}
		}
	}
	for _, address := range []string{"/sources.opml", "/feeds.opml", "/sitemap.xml"} {
		parseXML(t, s.get(address))
	}
}

func testX15(t *testing.T) {
	s := newSite(t)
	a := tidal()
	a.Headline, a.Body = "Title ]]> end", content.Clean("<p>Body ]]&gt; ]]> end</p>", "")
	s.publish("daily", a)
	for format, text := range s.texts("") {
		if n := strings.Count(strings.ReplaceAll(text, "&gt;", ">"), "]]>"); n != 2 {
			t.Errorf("%s: %d of ]]> in %s", format, n, text)
		}
	}
	if got := s.rss("/feed.rss").all("item")[0].value(t, "title"); got != "Title ]]> end" {
		t.Errorf("title %q", got)
	}
}

func testX16(t *testing.T) {
	testX14(t)
	b := newBusy(t)
	for _, format := range []string{"atom", "rss"} {
		if text := b.get("/feed." + format); !strings.HasPrefix(text, `<?xml version="1.0" encoding="UTF-8"?>`) {
			t.Errorf("%s begins %.60q", format, text)
		}
	}
	if text := b.get("/feed.json"); !strings.HasPrefix(text, "{") {
		t.Errorf("JSON begins %.20q", text)
	}
}

var (
	cdata  = regexp.MustCompile(`(?s)<!\[CDATA\[.*?\]\]>`)
	entity = regexp.MustCompile(`&[A-Za-z][A-Za-z0-9]*;`)
)

func testX17(t *testing.T) {
	s := newSite(t)
	a := tidal()
	a.Headline, a.Body = "A\u00a0headline &nbsp; &eacute;", content.Clean("<p>caf&eacute;&nbsp;&mdash; &copy; &amp;nbsp;</p>", "")
	s.publish("daily", a)
	for _, format := range []string{"atom", "rss"} {
		for _, e := range entity.FindAllString(cdata.ReplaceAllString(s.get("/feed."+format), ""), -1) {
			switch e {
			case "&amp;", "&lt;", "&gt;", "&quot;", "&apos;":
			default:
				t.Errorf("%s has %s", format, e)
			}
		}
	}
	contains(t, "JSON", *s.json("/feed.json").Items[0].ContentHTML, "café")
}

func testX18(t *testing.T) {
	b := newBusy(t)
	for _, page := range b.pages() {
		for _, format := range []string{"atom", "rss"} {
			for _, view := range []string{"", "?view=raw"} {
				if text := b.get(page + "/feed." + format + view); !strings.HasPrefix(text, "<?xml ") {
					t.Errorf("%s/feed.%s%s begins %.20q", page, format, view, text)
				}
			}
		}
	}
}

// balanced reports whether markup closes what it opens, in order.
func balanced(markup string) bool {
	var open []string
	for _, m := range regexp.MustCompile(`<(/?)([a-z0-9]+)[^>]*?(/?)>`).FindAllStringSubmatch(markup, -1) {
		switch name := m[2]; {
		case m[3] == "/" || name == "img" || name == "br" || name == "hr" || name == "source":
		case m[1] == "":
			open = append(open, name)
		case len(open) == 0 || open[len(open)-1] != name:
			return false
		default:
			open = open[:len(open)-1]
		}
	}
	return len(open) == 0
}

func testX19(t *testing.T) {
	s := newSite(t)
	a := tidal()
	a.KeyPoints, a.Summary = nil, ""
	flag := "🏳️‍🌈" // one grapheme of six code points
	a.Body = content.Clean("<div><p>"+strings.Repeat("&amp;&lt;"+flag, 300)+"</p><p><b>unclosed", "")
	s.publish("daily", a)
	for name, text := range map[string]string{
		"whole": s.texts("")["atom"], "summary": s.atom("/feed.atom").all("atom:entry")[0].value(t, "atom:summary"),
		"?full=0": s.atom("/feed.atom?full=0").all("atom:entry")[0].value(t, "atom:content"),
		"JSON":    *s.json("/feed.json?full=0").Items[0].ContentHTML,
	} {
		if !balanced(text) {
			t.Errorf("%s is not balanced: %s", name, text)
		}
		rest := strings.ReplaceAll(text, flag, "")
		if strings.ContainsAny(rest, "🏳🌈\u200d\ufe0f") || regexp.MustCompile(`&[a-z]*(…|$)`).MatchString(rest) {
			t.Errorf("%s is cut inside a character: %s", name, rest)
		}
	}
	if n := len(s.atom("/feed.atom?full=0").all("atom:entry")[0].value(t, "atom:summary")); n > 12_000 {
		t.Errorf("a summary of %d bytes", n)
	}
}

func testX20(t *testing.T) {
	b := newBusy(t)
	usual := map[string]bool{}
	for _, p := range usualPrefix {
		usual[strings.TrimSuffix(p, ":")] = true
	}
	prefixed := regexp.MustCompile(`</?([a-z]+):[a-zA-Z-]+`)
	declared := regexp.MustCompile(`xmlns:([a-z]+)="([^"]+)"`)
	for _, page := range b.pages() {
		for _, format := range []string{"atom", "rss"} {
			text := b.get(page + "/feed." + format)
			own := map[string]bool{}
			for _, m := range declared.FindAllStringSubmatch(text, -1) {
				own[m[1]] = true
				if usualPrefix[m[2]] != m[1]+":" {
					t.Errorf("%s: prefix %s for %s", page, m[1], m[2])
				}
			}
			for _, m := range prefixed.FindAllStringSubmatch(cdata.ReplaceAllString(text, ""), -1) {
				if !own[m[1]] || !usual[m[1]] {
					t.Errorf("%s/feed.%s: prefix %s is not declared", page, format, m[1])
				}
			}
		}
	}
}

func testX21(t *testing.T) {
	s := newSite(t)
	s.article(`<p>text</p><img data-src="https://source.example/real.jpg" src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" class="lazy" alt="real">` +
		`<img src="https://tracker.example/p.gif" width="1" height="1"><img src="https://tracker.example/z.gif" width="0" height="0">`)
	for format, text := range s.texts("") {
		contains(t, format, text, `src="https://source.example/real.jpg"`)
		if strings.Contains(text, "tracker.example") {
			t.Errorf("%s: a tracking pixel stayed: %s", format, text)
		}
	}
}

func testX22(t *testing.T) {
	s := newSite(t)
	s.article(`<picture><source srcset="https://source.example/a.webp" type="image/webp"><img src="https://source.example/a.jpg" alt="a"></picture>` +
		`<img srcset="https://source.example/b1.jpg 1x, https://source.example/b2.jpg 2x" alt="b">`)
	for format, text := range s.texts("") {
		contains(t, format, text, `src="https://source.example/a.jpg"`, `src="https://source.example/b`)
	}
}
