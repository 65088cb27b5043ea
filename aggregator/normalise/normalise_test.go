package normalise_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"courant/aggregator/feed"
	"courant/aggregator/identity"
	"courant/aggregator/normalise"
	"courant/db"
)

// entries reads RSS items and makes articles of them.
func entries(t *testing.T, items string) []db.Entry {
	t.Helper()
	const head = `<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"><channel><title>t</title><link>https://site.example/</link>`
	doc, err := feed.Parse([]byte(head+items+"</channel></rss>"), feed.Options{URL: "https://site.example/dir/feed.xml"})
	if err != nil {
		t.Fatal(err)
	}
	return made(doc)
}

// made makes an article of each entry of a document that a source without
// articles would take in.
func made(doc *feed.Document) (list []db.Entry) {
	var d identity.Document
	var prints [][]byte
	var at []int
	for i := range doc.Entries {
		if e := &doc.Entries[i]; !normalise.Empty(e) {
			print := normalise.Fingerprint(e)
			d.Claims, prints, at = append(d.Claims, normalise.Claim(e, print)), append(prints, print), append(at, i)
		}
	}
	for i, v := range d.Resolve().Verdicts {
		if e, ok := normalise.Make(&doc.Entries[at[i]], normalise.Source{ID: "s"}, prints[i]); ok && v.Kind == identity.New {
			e.Article.GUID = v.Key
			list = append(list, e)
		}
	}
	return list
}

func guids(list []db.Entry) (ids []string) {
	for _, e := range list {
		ids = append(ids, e.Article.GUID)
	}
	return ids
}

func TestIdentity(t *testing.T) {
	item := func(parts ...string) string { return "<item>" + strings.Join(parts, "") + "</item>" }
	for _, c := range []struct {
		name, items string
		want        []string
	}{
		{"I02: the id, whatever isPermaLink says", item("<guid>https://a.example/1</guid><link>https://a.example/2</link>"), []string{"https://a.example/1"}},
		{"I02: else the link, without what tracks", item("<link>https://a.example/2?utm_source=rss</link>"), []string{"https://a.example/2"}},
		{"I04: trimmed, case and all kept", item("<guid>  Aa b  </guid>"), []string{"Aa b"}},
		{"I04: a blank id is none", item("<guid> </guid><link>https://a.example/2</link>"), []string{"https://a.example/2"}},
		{"I30: relative links are resolved first", item("<link>../x</link>"), []string{"https://site.example/x"}},
		{"nothing at all is no entry", "<item/>" + item("<title/>"), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, guids(entries(t, c.items))); diff != "" {
				t.Errorf("GUIDs (-want +got):\n%s", diff)
			}
		})
	}
}

// I02, I03: an item with neither id nor link is kept, under what it says, and
// is the same next time.
func TestIdentityOfContent(t *testing.T) {
	const a, b = "<item><title>A</title><description>x</description></item>", "<item><title>B</title><description>x</description></item>"
	first, second := guids(entries(t, a+b)), guids(entries(t, b+a))
	if len(first) != 2 || first[0] == first[1] {
		t.Fatalf("GUIDs %q, want two", first)
	}
	if first[0] != second[1] || first[1] != second[0] {
		t.Errorf("GUIDs %q, then %q in the other order", first, second)
	}
}

// Two long ids that begin alike stay two.
func TestIdentityIsBounded(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	got := guids(entries(t, "<item><guid>"+long+"a</guid></item><item><guid>"+long+"b</guid></item>"))
	if len(got) != 2 || got[0] == got[1] || len(got[0]) > 512 {
		t.Errorf("GUIDs of %d bytes, want two of at most 512", len(got[0]))
	}
}

// I13, I14: a date is the source's own or none; never now.
func TestDates(t *testing.T) {
	got := entries(t, `<item><guid>1</guid></item><item><guid>2</guid><pubDate>soon</pubDate></item>
		<item><guid>3</guid><pubDate>Fri, 01 Jan 2100 00:00:00 GMT</pubDate></item><item><guid>4</guid><pubDate>Sun, 01 Feb 2026 10:00:00 +0200</pubDate></item>`)
	want := []time.Time{{}, {}, time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 2, 1, 8, 0, 0, 0, time.UTC)}
	for i, e := range got {
		if !e.Article.SourcePublished.Equal(want[i]) {
			t.Errorf("entry %d is of %v, want %v", i+1, e.Article.SourcePublished, want[i])
		}
	}
}

// I17: what is an update and what is not.
func TestFingerprint(t *testing.T) {
	const base = `<item><guid>1</guid><title>T</title><link>https://a.example/1</link><description>&lt;p class="a" title="b"&gt;Some text&lt;/p&gt;</description>
		<category>c</category><author>Ann</author><enclosure url="https://a.example/f.mp3?sig=1" type="audio/mpeg" length="1"/></item>`
	replace := func(from, to string) string {
		if !strings.Contains(base, from) {
			t.Fatalf("no %q to replace", from)
		}
		return strings.Replace(base, from, to, 1)
	}
	print := func(item string) []byte { return entries(t, item)[0].Fingerprint }
	for _, same := range []string{
		replace("https://a.example/1", "https://a.example/1?utm_source=x"),
		replace("Some text", "Some \n\n text "),
		replace(`class="a" title="b"`, `title="b" class="a"`),
		replace("sig=1", "sig=2"),
		replace("<author>", "<slash:comments>7</slash:comments><author>"),
	} {
		if !bytes.Equal(print(same), print(base)) {
			t.Errorf("an update, and should be none: %s", same)
		}
	}
	for _, other := range []string{
		replace("<title>T", "<title>U"), replace("Some text", "Other text"), replace("example/1", "example/2"), replace("Ann", "Bob"),
		replace("<category>c", "<category>d"), replace("f.mp3", "g.mp3"),
	} {
		if bytes.Equal(print(other), print(base)) {
			t.Errorf("no update, and should be one: %s", other)
		}
	}
}

// What the store keeps of an entry makes the same article again.
func TestPack(t *testing.T) {
	list := entries(t, `<item><guid>1</guid><title>T</title><description>&lt;p&gt;x</description></item>`)
	e, err := normalise.Unpack(list[0].Raw)
	if err != nil {
		t.Fatal(err)
	}
	again := normalise.Remake(e, normalise.Source{ID: "s"}).Article
	if diff := cmp.Diff(fmt.Sprintf("%+v", list[0].Article), fmt.Sprintf("%+v", again)); diff != "" {
		t.Errorf("made again (-first +again):\n%s", diff)
	}
	if _, err := normalise.Unpack([]byte("junk")); err == nil {
		t.Error("Unpack took junk")
	}
}

func TestArticle(t *testing.T) {
	doc, err := feed.Parse([]byte(`<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en_GB"><entry><id>1</id><title type="html">A &amp;amp; B</title>
		<link href="https://a.example/1?utm_medium=feed"/><author><name>Ann</name></author><author><email>bob@a.example</email></author>
		<category term="World News"/><category term="t1"/><summary>Short.</summary><content type="html">&lt;p&gt;&lt;img src="/a.png" alt="A boat"&gt;&lt;/p&gt;&lt;p&gt;Long text of the article. And more.&lt;/p&gt;</content>
		<link rel="enclosure" href="https://a.example/a.mp3" type="audio/mpeg" length="9"/></entry></feed>`), feed.Options{URL: "https://a.example/feed"})
	if err != nil {
		t.Fatal(err)
	}
	a := *normalise.Each(doc, normalise.Source{ID: "s", Section: "world", Tags: []string{"t1"}})[0]
	body := a.Body.PlainText()
	a.Body = db.Article{}.Body
	want := db.Article{
		GUID: "1", Source: "s", Headline: "A & B", Link: "https://a.example/1", Author: "Ann", Language: "en-GB", Section: "world",
		Tags: []string{"t1", "world-news"}, Summary: "Short.", Words: 7,
		Image:      db.Image{URL: "https://a.example/a.png", Alt: "A boat"},
		Enclosures: []db.Enclosure{{URL: "https://a.example/a.mp3", Type: "audio/mpeg", Length: 9}},
	}
	if diff := cmp.Diff(fmt.Sprintf("%+v", want), fmt.Sprintf("%+v", a)); diff != "" {
		t.Errorf("article (-want +got):\n%s", diff)
	}
	if want := "Long text of the article. And more."; body != want {
		t.Errorf("body %q, want %q", body, want)
	}
}

// An entry without a title is called by how it begins.
func TestHeadlineOfText(t *testing.T) {
	got := entries(t, `<item><guid>1</guid><description>&lt;p&gt;It rained all day. Then it stopped.</description></item>`)[0].Article.Headline
	if want := "It rained all day."; got != want {
		t.Errorf("headline %q, want %q", got, want)
	}
}

// A flag of a region is a black flag and tags, and is one character; tags that
// make no flag go, as all that no reader sees.
func TestFlags(t *testing.T) {
	const england, scotland = "\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F", "\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F"
	for in, want := range map[string]string{
		"Goal for " + england:              "Goal for " + england,
		england + scotland + " draw":       england + scotland + " draw",
		"a\U000E0067\U000E007Fb":           "ab",
		"\U0001F3F4 pirates":               "\U0001F3F4 pirates",
		"\U0001F3F4\U000E0067\U000E0062x":  "\U0001F3F4x",
		"\U0001F3F4\U000E007Fx":            "\U0001F3F4x",
		"\U0001F3F4\U000E0001\U000E007Fx":  "\U0001F3F4x",
		"\U0001F3F4\u200d\u2620\ufe0f":     "\U0001F3F4\u200d\u2620\ufe0f",
		"\u202ea\u00adb":                   "ab",
		"a" + strings.Repeat(england, 600): "a" + strings.Repeat(england, 498) + "…",
	} {
		if got := entries(t, "<item><guid>1</guid><title>"+in+"</title></item>")[0].Article.Headline; got != want {
			t.Errorf("headline of %+q = %+q, want %+q", in, got, want)
		}
	}
}

// S22: an entry that is only a picture is an article with a picture.
func TestOnlyPicture(t *testing.T) {
	const media = ` xmlns:media="http://search.yahoo.com/mrss/"`
	for in, want := range map[string]string{
		`<media:content` + media + ` url="https://site.example/i/a%20crane.jpg" medium="image"/>`:                                     "a crane | https://site.example/i/a%20crane.jpg",
		`<media:thumbnail` + media + ` url="https://site.example/?1"/>`:                                                               "site.example | https://site.example/?1",
		`<media:content` + media + ` url="https://site.example/b.jpg"><media:description>A crane</media:description></media:content>`: "A crane | https://site.example/b.jpg",
		`<enclosure url="https://site.example/c.jpg" type="image/jpeg" length="1"/>`:                                                  "c | https://site.example/c.jpg",
		`<description>&lt;img src="https://site.example/d.jpg" alt="A ship"&gt;</description>`:                                        "A ship | https://site.example/d.jpg",
		`<image><url>https://site.example/e.jpg</url></image>`:                                                                        "e | https://site.example/e.jpg",
	} {
		list := entries(t, "<item>"+in+"</item><item>"+strings.NewReplacer(".example/", ".example/other/", "A ", "Another ").Replace(in)+"</item>")
		if len(list) != 2 {
			t.Errorf("%s: %d articles, want 2 with keys of their own", in, len(list))
			continue
		}
		if a := list[0].Article; a.Headline+" | "+a.Image.URL != want {
			t.Errorf("%s is %q with %q, want %q", in, a.Headline, a.Image.URL, want)
		}
	}
}

func TestOrigLink(t *testing.T) {
	got := entries(t, `<item><guid>1</guid><link>https://feeds.example/~r/x/1</link><feedburner:origLink>https://a.example/1?utm_source=f</feedburner:origLink></item>`)[0].Article.Link
	if want := "https://a.example/1"; got != want {
		t.Errorf("link %q, want %q", got, want)
	}
}

// FuzzArticles holds the laws of the whole path: the same bytes give the same
// articles (I35), no two of a document under one key, plain text on one line, and
// what is kept of an entry makes the same article again.
func FuzzArticles(f *testing.F) {
	for _, s := range []string{
		`<rss version="2.0"><channel><title>t</title><item><title>a &lt;b&gt;</title><guid>1</guid><description>&lt;ul&gt;&lt;li&gt;x</description></item></channel></rss>`,
		`<feed xmlns="http://www.w3.org/2005/Atom" xml:base="/x"><entry xml:lang="de"><title type="xhtml"><div>a<br/></div></title><link href="y"/><content type="html">&lt;p&gt;a&lt;/p&gt;</content></entry></feed>`,
		`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel/><item rdf:about="a"><title>b</title><dc:date>2004-01-01T00:00Z</dc:date></item></rdf:RDF>`,
		`{"version":"https://jsonfeed.org/version/1.1","items":[{"id":1,"content_html":"<p>a","authors":[{"name":"x"}]},null,{"id":[]}]}`,
		`<rss><channel><item><title><![CDATA[a]]<description>b</item><item>c`, "\xff\xfe<\x00r\x00s\x00s\x00>\x00", `<rss><item><media:group><media:content url="a.jpg"/>`,
		`<rss><item><guid>x</guid><link>/a</link><title>a</title></item><item><guid>x</guid><link>/b</link><title>b</title></item><item><guid>X</guid><link>/a</link></item></rss>`,
		`<rss><item><link>/a</link><title>a</title><pubDate>Mon, 01 Jan 2024 00:00:00 GMT</pubDate></item><item><link>/a</link><title>a</title><description>b</description></item><item><title>a</title></item><item><title>a</title></item></rss>`,
		`<rss><item><guid>http://a.example/1</guid></item><item><guid>https://www.a.example/1</guid></item><item><guid>http://a.example/1|</guid></item></rss>`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		o := feed.Options{URL: "https://site.example/feed"}
		doc, err := feed.Parse(body, o)
		if err != nil {
			return
		}
		again, err := feed.Parse(body, o)
		if err != nil {
			t.Fatalf("read once, then: %v", err)
		}
		one, two := made(doc), made(again)
		judgeKeys(t, doc)
		for i, e := range one {
			if i >= len(two) || two[i].Article.GUID != e.Article.GUID || !bytes.Equal(two[i].Fingerprint, e.Fingerprint) {
				t.Fatalf("entry %d is another when read again", i)
			}
			for _, line := range append([]string{e.Article.Headline, e.Article.Author, e.Article.Summary}, e.Article.KeyPoints...) {
				judgeLine(t, line)
			}
			judgeBody(t, e.Article.Body.String())
			entry, err := normalise.Unpack(e.Raw)
			if err != nil {
				t.Fatal(err)
			}
			if made := normalise.Remake(entry, normalise.Source{ID: "s"}).Article; made.Body.String() != e.Article.Body.String() || made.Headline != e.Article.Headline {
				t.Fatalf("made again:\n%q\nfirst:\n%q", made.Body, e.Article.Body)
			}
		}
	})
}

// judgeKeys holds the laws of identity: in a document by itself each entry is new,
// under a key that no other has, or there twice; read once more, none is new, and
// no two are one article (I35).
func judgeKeys(t *testing.T, doc *feed.Document) {
	t.Helper()
	var d identity.Document
	var known []identity.Known
	for i := range doc.Entries {
		e := &doc.Entries[i]
		print := normalise.Fingerprint(e)
		made, ok := normalise.Make(e, normalise.Source{ID: "s"}, print)
		if !ok {
			continue
		}
		c := normalise.Claim(e, print)
		d.Claims = append(d.Claims, c)
		known = append(known, identity.Known{
			Link: made.Link, Path: made.Path, Title: made.Title, Sketch: made.Sketch, Words: made.Article.Words, Date: c.Date, Updated: c.Updated,
		})
	}
	first := d.Resolve()
	keys := map[string]bool{}
	for i, v := range first.Verdicts {
		switch {
		case v.Kind == identity.Double:
		case v.Kind != identity.New:
			t.Fatalf("entry %d is known where nothing is", i)
		case v.Key == "" || len(v.Key) > 512 || !utf8.ValidString(v.Key):
			t.Fatalf("key %q", v.Key)
		case keys[v.Key]:
			t.Fatalf("key %q twice", v.Key)
		default:
			keys[v.Key] = true
			known[i].Keys = []string{v.Key}
			d.Known = append(d.Known, known[i])
		}
	}
	d.Policy, d.Strikes = first.Policy, first.Strikes
	second := d.Resolve()
	found := map[int]bool{}
	for i, v := range second.Verdicts {
		switch {
		case v.Kind == identity.Double:
		case v.Kind != identity.Same:
			t.Fatalf("entry %d of %d is new when read again, as %q, by policy %q", i, len(d.Claims), v.Key, first.Policy)
		case found[v.Known]:
			t.Fatalf("two entries are article %q", d.Known[v.Known].Keys)
		default:
			found[v.Known] = true
		}
	}
	if len(found) != len(d.Known) || second.Policy != first.Policy {
		t.Fatalf("%d articles are found of %d; policy %q, then %q", len(found), len(d.Known), first.Policy, second.Policy)
	}
}

func TestWords(t *testing.T) {
	for in, want := range map[string]int{
		"&lt;p&gt;It rained  all day.&lt;/p&gt;&lt;p&gt;Then not.": 6,
		"今日は雨でした。":                                                 4,
		"":                                                         0,
	} {
		if got := entries(t, "<item><guid>1</guid><description>"+in+"</description></item>")[0].Article.Words; got != want {
			t.Errorf("words of %q = %d, want %d", in, got, want)
		}
	}
}

// A picture that the entry names leads, unless it is known to be small or no
// picture of anything; it is asked for as the page asks.
func TestLead(t *testing.T) {
	const media = ` xmlns:media="http://search.yahoo.com/mrss/"`
	const photo = `<description>&lt;p&gt;Words.&lt;/p&gt;&lt;img src="http://a.example/photo.jpg" alt="A boat"&gt;</description>`
	const large = `<description>&lt;p&gt;Words.&lt;/p&gt;&lt;img src="https://a.example/wide.jpg" width="900" height="600" alt="A fleet"&gt;</description>`
	const srcset = `<description>&lt;p&gt;Words.&lt;/p&gt;&lt;img src="https://a.example/s.jpg" srcset="https://a.example/s.jpg 300w, https://a.example/full.jpg 1200w"&gt;</description>`
	for in, want := range map[string]string{
		photo: "https://a.example/photo.jpg A boat",
		photo + `<media:thumbnail` + media + ` url="http://a.example/lead.jpg"/>`:                                        "https://a.example/lead.jpg ",
		photo + `<media:thumbnail` + media + ` url="https://a.example/photo.jpg"/>`:                                      "https://a.example/photo.jpg A boat",
		photo + `<media:thumbnail` + media + ` url="https://1.bp.blogspot.com/x/s72-c/a.jpg"/>`:                          "https://a.example/photo.jpg A boat",
		photo + `<media:thumbnail` + media + ` url="https://a.example/t.jpg" width="72" height="72"/>`:                   "https://a.example/photo.jpg A boat",
		photo + `<media:content` + media + ` url="https://0.gravatar.com/avatar/abc?s=96" medium="image"/>`:              "https://a.example/photo.jpg A boat",
		photo + `<media:thumbnail` + media + ` url="https://a.example/thumbs/lead.jpg"/>`:                                "https://a.example/photo.jpg A boat",
		photo + `<media:thumbnail` + media + ` url="https://a.example/lead_small.jpg"/>`:                                 "https://a.example/photo.jpg A boat",
		photo + `<media:content` + media + ` url="https://a.example/thumb/lead.jpg?w=1200" medium="image"/>`:             "https://a.example/thumb/lead.jpg?w=1200 ",
		photo + `<media:content` + media + ` url="https://a.example/smallpox.jpg" medium="image"/>`:                      "https://a.example/smallpox.jpg ",
		large + `<media:thumbnail` + media + ` url="https://a.example/lead.jpg"/>`:                                       "https://a.example/wide.jpg A fleet",
		large + `<enclosure type="image/jpeg" length="1" url="https://a.example/lead.jpg"/>`:                             "https://a.example/wide.jpg A fleet",
		large + `<media:content` + media + ` url="https://a.example/lead.jpg" width="800" medium="image"/>`:              "https://a.example/lead.jpg ",
		srcset + `<media:thumbnail` + media + ` url="https://a.example/lead.jpg"/>`:                                      "https://a.example/full.jpg ",
		`<description>Words.</description><media:thumbnail` + media + ` url="https://a.example/thumb.jpg"/>`:             "https://a.example/thumb.jpg ",
		`<description>Words.</description><media:thumbnail` + media + ` url="https://1.bp.blogspot.com/x/s72-c/a.jpg"/>`: " ",
	} {
		if a := entries(t, "<item><guid>1</guid>"+in+"</item>")[0].Article; a.Image.URL+" "+a.Image.Alt != want {
			t.Errorf("%s is led by %q, want %q", in, a.Image.URL+" "+a.Image.Alt, want)
		}
	}
}
