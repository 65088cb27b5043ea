package feed

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// read parses text and fails where that fails.
func read(t *testing.T, text string) *Document {
	t.Helper()
	doc, err := Parse([]byte(text), Options{URL: "https://site.example/dir/feed.xml"})
	if err != nil {
		t.Fatalf("Parse: %v", err)
	}
	return doc
}

// item parses one RSS item.
func item(t *testing.T, inside string) Entry {
	t.Helper()
	doc := read(t, `<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"
		xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:atom="http://www.w3.org/2005/Atom"
		xmlns:wfw="http://wellformedweb.org/CommentAPI/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:thr="http://purl.org/syndication/thread/1.0"
		><channel><title>t</title><item>`+inside+`</item></channel></rss>`)
	if len(doc.Entries) != 1 {
		t.Fatalf("%d entries, want 1", len(doc.Entries))
	}
	return doc.Entries[0]
}

// entry parses one Atom entry.
func entry(t *testing.T, inside string) Entry {
	t.Helper()
	doc := read(t, `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0"><title>t</title><entry>`+inside+`</entry></feed>`)
	if len(doc.Entries) != 1 {
		t.Fatalf("%d entries, want 1", len(doc.Entries))
	}
	return doc.Entries[0]
}

func TestTitles(t *testing.T) {
	for in, want := range map[string]string{
		"<title>A &amp; B</title>":                                     "A & B",
		"<title>A &amp;amp; B</title>":                                 "A & B",
		"<title><![CDATA[A & B]]></title>":                             "A & B",
		"<title><![CDATA[A &amp; <b>B</b>]]></title>":                  "A & B",
		"<title>A &lt;b&gt;B&lt;/b&gt;</title>":                        "A B",
		"<title>&amp;lt;b&amp;gt; is a tag</title>":                    "<b> is a tag",
		"<title>A &lt;html&gt; in a title</title>":                     "A <html> in a title",
		"<title>A\">&lt;SCRIPT SRC=x&gt; Ltd</title>":                  "A\"><SCRIPT SRC=x> Ltd",
		"<title>A&lt;br&gt;B</title>":                                  "A B",
		"<title>A &lt; B</title>":                                      "A < B",
		"<title>one</title><title>two</title>":                         "one",
		"<media:title>other</media:title><title>T</title>":             "T",
		"<media:title>other</media:title>":                             "other",
		"<media:content><media:title>in</media:title></media:content>": "in",
		"<dc:title>D</dc:title>":                                       "D",
		"<title>it <b>is</b> so</title>":                               "it is so",
		"<title>&nbsp;caf&eacute;</title>":                             "café",
		"<title>a<!-- no --> b</title>":                                "a b",
		"<TITLE>loud</TITLE>":                                          "loud",
		"<title>a <![CDATA[b]]> c</title>":                             "a b c",

		"<title>Using Vec<String> &amp; Box<dyn T></title>":           "Using Vec<String> & Box<dyn T>",
		"<title>a &lt; b and c<d</title>":                             "a < b and c<d",
		"<title>a < b and c<d</title>":                                "a < b and c<d",
		"<title>Map<K, V> &lt;3 &#8217;</title>":                      "Map<K, V> <3 ’",
		"<title>A <b>bold</b> List<T> &amp; so</title>":               "A <b>bold</b> List<T> & so",
		"<title>AT&amp;T <b>is</b> &amp; so</title>":                  "AT&T is & so",
		"<title>&lt;![CDATA[Hi there]]&gt;</title>":                   "Hi there",
		"<title><![CDATA[<![CDATA[Hi there]]]]><![CDATA[>]]></title>": "Hi there",
		"<title>&amp;lt;![CDATA[Hi there]]&amp;gt;</title>":           "Hi there",
		"<title>Party &#55357;&#56832; time</title>":                  "Party 😀 time",
		"<title><![CDATA[Party &#55357;&#56832; time]]></title>":      "Party 😀 time",
		"<title>Read&shy;Whole&#xAD;File</title>":                     "ReadWholeFile",
		"<title>See &lt;http://a.example/&gt; now</title>":            "See <http://a.example/> now",
	} {
		if got := item(t, in).Title; got != want {
			t.Errorf("title of %s = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"<title>A &amp;amp; B</title>":                                "A &amp; B",
		"<title>&lt;b&gt;</title>":                                    "<b>",
		"<title type='html'>A &amp;amp; &lt;b&gt;B&lt;/b&gt;</title>": "A & B",
		"<title type='text'><![CDATA[<b> & so]]></title>":             "<b> & so",

		"<title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>a <b>b</b> &lt;c&gt;</div></title>": "a b <c>",

		"<title type='html'><![CDATA[caf&eacute;]]></title>": "café",

		"<title>Using Vec<String> &amp; Box<dyn T></title>":               "Using Vec<String> & Box<dyn T>",
		"<title type='text'>a < b and c<d</title>":                        "a < b and c<d",
		"<title type='html'>&lt;![CDATA[Hi &amp;amp; there]]&gt;</title>": "Hi & there",
		"<title type='html'>&amp;#55357;&amp;#56832;</title>":             "😀",

		"<title type='application/x-own'>test</title>":            "test",
		"<title type='application/octet-stream'>YSA8Yj4=</title>": "a <b>",
	} {
		if got := entry(t, in).Title; got != want {
			t.Errorf("title of %s = %q, want %q", in, got, want)
		}
	}
}

func TestBodies(t *testing.T) {
	for _, c := range []struct{ name, in, body, summary string }{
		{"description", "<description>&lt;p&gt;a&lt;/p&gt;</description>", "<p>a</p>", ""},
		{"content and description", "<description>short</description><content:encoded><![CDATA[<p>much longer</p>]]></content:encoded>", "<p>much longer</p>", "short"},
		{"the longer by what is seen", "<description>what a reader sees</description><content:encoded><![CDATA[<p class='very long'>a</p>]]></content:encoded>", "what a reader sees", ""},
		{"markup not escaped", "<description><p>a <br/>b</p> &amp; <i/>c</description>", "<p>a <br/>b</p> &amp; <i></i>c", ""},
		{"two descriptions", "<description>a</description><description>a longer</description>", "a longer", "a"},
		{"itunes:summary", "<description>a</description><itunes:summary>a longer one</itunes:summary>", "a longer one", "a"},
		{"media:description", "<media:group><media:description>of a film</media:description></media:group>", "of a film", ""},
		{"a caption is none where there is a text", "<description>a</description><media:content url='a.jpg'><media:description>a caption, longer</media:description></media:content>", "a", ""},
		{"]]> inside", "<description><![CDATA[a ]]]]><![CDATA[> b]]></description>", "a ]]> b", ""},
		{"an element in escaped HTML", "<content:encoded>&lt;p&gt;a &amp;amp; b<br/>&lt;/p&gt;</content:encoded>", "<p>a &amp; b<br/></p>", ""},
		{"an element behind CDATA", "<description><![CDATA[<p>a</p>]]><br/></description>", "<p>a</p><br/>", ""},
		{"escaped tags in markup", "<description><p>Write &lt;b&gt;</p></description>", "<p>Write &lt;b&gt;</p>", ""},
		{"metadata with a title inside", "<description><p>a</p><svg><x:Work><dc:title>b</dc:title></x:Work></svg><p>c</p></description><title>t</title>", "<p>a</p><svg><Work><title>b</title></Work></svg><p>c</p>", ""},
		{"marks of CDATA that were escaped", "<description>&lt;![CDATA[&lt;p&gt;Body text&lt;/p&gt;]]&gt;</description>", "<p>Body text</p>", ""},
		{"marks of CDATA in CDATA", "<content:encoded><![CDATA[ <![CDATA[<p>a</p>]]]]>&gt;</content:encoded>", "<p>a</p>", ""},
		{"a character in two halves", "<description>x &#xD83D;&#xDE00; y</description>", "x 😀 y", ""},
		{"a character in two halves, in HTML", "<description><![CDATA[x &#55357;&#56832; y]]></description>", "x 😀 y", ""},
		{"an address in brackets", "<description>See &lt;http://a.example/x&gt; now</description>", "See &lt;http://a.example/x> now", ""},
		{"an address in brackets, not escaped", "<description>See <http://a.example/x> now</description>", "See &lt;http://a.example/x> now", ""},
		{"lines of itunes:summary", "<itunes:summary>one &amp;amp; a\ntwo</itunes:summary>", "one &amp; a<br>two", ""},
		{"lines of media:description", "<media:group><media:description type='plain'>one\r\n\r\ntwo &lt;3\nthree</media:description></media:group>", "<p>one</p><p>two &lt;3<br>three</p>", ""},
		{"media:description in HTML", "<media:group><media:description type='html'>one\ntwo &lt;b&gt;x&lt;/b&gt;</media:description></media:group>", "one\ntwo <b>x</b>", ""},
		{"HTML in itunes:summary", "<itunes:summary><![CDATA[<p>one\ntwo</p>]]></itunes:summary>", "<p>one\ntwo</p>", ""},
		{"a description is HTML, where a line's end is a space", "<description>one\ntwo</description>", "one\ntwo", ""},
		{"xhtml:body", "<body xmlns='http://www.w3.org/1999/xhtml'><p>a</p></body>", "<p>a</p>", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := item(t, c.in)
			if e.Body != c.body || e.Summary != c.summary {
				t.Errorf("body %q, summary %q, want %q, %q", e.Body, e.Summary, c.body, c.summary)
			}
		})
	}
	for _, c := range []struct{ name, in, body string }{
		{"html", "<content type='html'>&lt;p&gt;a&lt;/p&gt;</content>", "<p>a</p>"},
		{"text", "<content type='text'>a &lt; b &amp;amp; c</content>", "a &lt; b &amp;amp; c"},
		{"html without its type", "<content>&lt;p&gt;a&lt;/p&gt;</content>", "<p>a</p>"},
		{"lines of text", "<content type='text'>one\ntwo\n\n    three</content>", "<p>one<br>two</p><p>    three</p>"},
		{"lines of a summary", "<summary>one\r\ntwo</summary>", "one<br>two"},
		{"lines of media:description", "<group xmlns='http://search.yahoo.com/mrss/'><description>one\ntwo</description></group>", "one<br>two"},
		{"lines of text/plain", "<content type='text/plain; charset=utf-8'>one\ntwo</content>", "one<br>two"},
		{"lines of HTML", "<content type='html'>one\ntwo</content>", "one\ntwo"},
		{"base64 in ISO 8859-1", "<content type='text/html' mode='base64'>PHA+Y2Fm6TwvcD4=</content>", "<p>café</p>"},
		{"base64 in a stated charset", "<content mode='base64' type='text/html; charset=koi8-r'>8NLJ18XU</content>", "Привет"},
		{"base64 in UTF-16", "<content mode='base64' type='text/plain'>//5hACAAYgA=</content>", "a b"},
		{"base64 of another type, in ISO 8859-1", "<content type='application/octet-stream'>PHA+VW4gY2Fm6SBub2lyPC9wPg</content>", "<p>Un café noir</p>"},
		{"base64 of a picture", "<content mode='base64' type='image/png'>iVBORw0KGgoAAAAN</content>", ""},
		{"base64 of a document", "<content type='application/pdf'>JVBERi0xLjUKJcOkw7zDtsOfCgAB</content>", ""},
		{"paragraphs of text", "<content>a\n\nb &amp; c</content>", "<p>a</p><p>b &amp; c</p>"},
		{"xhtml", "<content type='xhtml'><h:div xmlns:h='http://www.w3.org/1999/xhtml'><h:p>a<h:br/></h:p></h:div></content>", "<div xmlns:h='http://www.w3.org/1999/xhtml'><p>a<br/></p></div>"},
		{"base64", "<content type='text/html' mode='base64'>PHA+YTwvcD4=</content>", "<p>a</p>"},
		{"html with an element around it", "<content type='html'><div>a &lt;b&gt;c&lt;/b&gt;</div></content>", "<div>a <b>c</b></div>"},
		{"text about HTML", "<content>write &lt;input checked /&gt;</content>", "write &lt;input checked /&gt;"},
		{"text about scripts", "<content type='text/plain'>&lt;script&gt;a&lt;/script&gt; b</content>", "&lt;script&gt;a&lt;/script&gt; b"},
		{"text of no known type", "<content type='application/octet-stream'>PHA+YTwvcD4=</content>", "<p>a</p>"},
		{"a drawing", "<content type='application/svg+xml'><svg xmlns='http://www.w3.org/2000/svg'><text>a</text></svg></content>", ""},
		{"elsewhere", "<content src='https://a.example/x' type='text/html'/>", ""},
		{"a picture", "<content type='image/png'>iVBORw0KGgo=</content>", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if e := entry(t, c.in); e.Body != c.body {
				t.Errorf("body %q, want %q", e.Body, c.body)
			}
		})
	}
}

func TestLinks(t *testing.T) {
	for in, want := range map[string]string{
		"<link>https://a.example/1</link>":                                        "https://a.example/1",
		"<link><![CDATA[ https://a.example/1?a=1&b=2 ]]></link>":                  "https://a.example/1?a=1&b=2",
		"<link>https://a.example/1?a=1&copy=2</link>":                             "https://a.example/1?a=1&copy=2",
		"<link>../x</link>":                                                       "https://site.example/x",
		"<link xml:base='https://b.example/d/'>x</link>":                          "https://b.example/d/x",
		"<link xml:base='https://詹姆斯.example/d/'>x</link>":                        "https://詹姆斯.example/d/x",
		"<link href='https://a.example/1'/>":                                      "https://a.example/1",
		"<guid>HTTPS://a.example/1</guid>":                                        "https://a.example/1",
		"<guid>https:</guid>":                                                     "",
		"<guid>https://a.example/1</guid>":                                        "https://a.example/1",
		"<guid isPermaLink='false'>https://a.example/1</guid>":                    "",
		"<guid isPermaLink='true'>/x</guid>":                                      "https://site.example/x",
		"<guid>abc</guid>":                                                        "",
		"<atom:link href='https://a.example/2'/><link>https://a.example/1</link>": "https://a.example/1",
		"<link>a: b.html</link>":                                                  "",
		"<link>a b: c.html</link>":                                                "https://site.example/dir/a%20b:%20c.html",
		"<link>2006: a year</link>":                                               "https://site.example/dir/2006:%20a%20year",
		"<link>://x</link>":                                                       "https://site.example/dir/://x",
		"<link>javascript:alert(1)</link>":                                        "",
		"<link>https://a.example/1<title>x</title>":                               "https://a.example/1",

		"<link><![CDATA[https://site.example/?t=41&amp;p=907]]></link>": "https://site.example/?t=41&p=907",
		"<link>https://site.example/?t=41&amp;amp;amp;p=907</link>":     "https://site.example/?t=41&p=907",
		"<link>https://site.example/?a&amp;amp=1</link>":                "https://site.example/?a&amp=1",
		"<link>https:///site.example/a</link>":                          "https://site.example/a",
		"<link>https:\\\\site.example\\a</link>":                        "https://site.example/a",
		"<guid>https:/site.example/?a=1&amp;amp;b=2</guid>":             "https://site.example/?a=1&b=2",
		"<link>&lt;![CDATA[https://site.example/a]]&gt;</link>":         "https://site.example/a",
	} {
		if got := item(t, in).Link; got != want {
			t.Errorf("link of %s = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"<link href='/x' rel='alternate' type='text/html'/>": "https://site.example/x",
		"<link href='/x' rel='self'/><link href='/y'/>":      "https://site.example/y",
		"<link href='/x' type='application/json'/>":          "https://site.example/x",

		"<link rel='http://www.iana.org/assignments/relation/alternate' href='/x'/>":             "https://site.example/x",
		"<link rel=' HTTPS://www.iana.org/assignments/relation/Alternate ' href='/x'/>":          "https://site.example/x",
		"<link rel='http://www.iana.org/assignments/relation/self' href='/x'/><link href='/y'/>": "https://site.example/y",
		"<link rel='https://a.example/rel/alternate' href='/x'/>":                                "",
		"<link type='text/html' href='/x'/><link type='text/html' hreflang='de' href='/y'/>":     "https://site.example/x",
		"<link href='/x'/><link href='/y'/>":                                                     "https://site.example/x",
		"<link href='/x'/><link type='application/xhtml+xml' href='/y'/>":                        "https://site.example/y",
		"<link type='application/json' href='/x'/><link type='application/pdf' href='/y'/>":      "https://site.example/x",
		"<link type='application/json' href='/x'/><link href='/y'/>":                             "https://site.example/y",
		"<link xml:base='https:///b.example\\d/' href='x&amp;amp;y'/>":                           "https://b.example/d/x&y",
		"<link rel='via' href='/x'/><id>https://a.example/1</id>":                                "https://a.example/1",
		"<link>https://a.example/1</link>":                                                       "https://a.example/1",
	} {
		if got := entry(t, in).Link; got != want {
			t.Errorf("link of %s = %q, want %q", in, got, want)
		}
	}
}

// I30: xml:base, then the feed's own address, then where it was read from.
func TestBase(t *testing.T) {
	const self = "<link rel='self' href='https://self.example/d/feed'/>"
	for _, c := range []struct{ name, attributes, inside, link, base string }{
		{"where it was read from", "", "", "https://site.example/dir/x", "https://site.example/dir/x"},
		{"its own address", "", self, "https://self.example/d/x", "https://self.example/d/x"},
		{"its own, relative", "", "<link rel='self' href='other/feed'/>", "https://site.example/dir/x", "https://site.example/dir/x"},
		{"xml:base", " xml:base='https://base.example/b/'", self, "https://base.example/b/x", "https://base.example/b/"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := read(t, "<feed xmlns='http://www.w3.org/2005/Atom'"+c.attributes+">"+c.inside+"<entry><link href='x'/><content>a</content></entry></feed>").Entries[0]
			if e.Link != c.link || e.Base != c.base {
				t.Errorf("link %q, base %q, want %q, %q", e.Link, e.Base, c.link, c.base)
			}
		})
	}
	for _, in := range []string{
		"<feed xmlns='http://www.w3.org/2005/Atom'>" + self + "<entry><link href='x'/></entry></feed>",
		`{"version":"https://jsonfeed.org/version/1.1","feed_url":"https://self.example/d/feed","items":[{"id":"1","url":"x"}]}`,
	} {
		doc, err := Parse([]byte(in), Options{URL: "https://site.example/dir/feed.xml", Fixed: true})
		if err != nil || doc.Self != "https://self.example/d/feed" || doc.Entries[0].Link != "https://site.example/dir/x" {
			t.Errorf("where its own address does not count: %+v, %v", doc, err)
		}
	}
	e := entry(t, "<content type='html' xml:base='https://c.example/'>a</content><summary>b</summary>")
	if e.Base != "https://c.example/" {
		t.Errorf("base of the content %q", e.Base)
	}
}

// I40: without xml:base, addresses in a body are relative to the entry's page
// where that is on the feed's own site.
func TestBodyBase(t *testing.T) {
	rss := func(channel, item string) string {
		return "<rss xmlns:atom='http://www.w3.org/2005/Atom' xmlns:feedburner='http://rssnamespace.org/feedburner/ext/1.0'><channel>" + channel + "<item>" + item + "<description>a</description></item></channel></rss>"
	}
	const link, self = "<link>https://blog.example/</link>", "<atom:link rel='self' href='https://self.example/feed.xml'/>"
	for _, c := range []struct{ name, in, base string }{
		{"the site's host", rss(link+self, "<link>https://blog.example/2024/post/</link>"), "https://blog.example/2024/post/"},
		{"with www", rss(link+self, "<link>https://www.Blog.example/2024/post/</link>"), "https://www.Blog.example/2024/post/"},
		{"the host of the feed's own address", rss(link+self, "<link>https://self.example/2024/post/</link>"), "https://self.example/2024/post/"},
		{"the host that answered", rss(link+self, "<link>https://site.example/2024/post/</link>"), "https://site.example/2024/post/"},
		{"another host", rss(link+self, "<link>https://other.example/2024/post/</link>"), "https://self.example/feed.xml"},
		{"another host, with no address of its own", rss(link, "<link>https://other.example/2024/post/</link>"), "https://site.example/dir/feed.xml"},
		{"a host that ends alike", rss(link, "<link>https://myblog.example/post/</link>"), "https://site.example/dir/feed.xml"},
		{"no link", rss(link+self, "<guid>1</guid>"), "https://self.example/feed.xml"},
		{"the link behind a counter", rss(link+self, "<link>https://feeds.example/~r/1</link><feedburner:origLink>https://blog.example/1/</feedburner:origLink>"), "https://blog.example/1/"},
		{"xml:base", "<rss xml:base='https://base.example/'><channel>" + link + "<item><link>https://blog.example/1/</link><description>a</description></item></channel></rss>", "https://base.example/"},
		{"Atom", "<feed xmlns='http://www.w3.org/2005/Atom'><link href='https://blog.example/'/><entry><link href='https://blog.example/1/'/><content type='html'>a</content></entry></feed>", "https://blog.example/1/"},
		{"JSON Feed", `{"version":"https://jsonfeed.org/version/1.1","home_page_url":"https://blog.example/","items":[{"id":"1","url":"https://blog.example/1/","content_html":"a"}]}`, "https://blog.example/1/"},
		{"JSON Feed, another host", `{"version":"https://jsonfeed.org/version/1.1","home_page_url":"https://blog.example/","items":[{"id":"1","url":"https://other.example/1/","content_html":"a"}]}`, "https://site.example/dir/feed.xml"},
	} {
		if got := read(t, c.in).Entries[0].Base; got != c.base {
			t.Errorf("%s: base %q, want %q", c.name, got, c.base)
		}
	}
}

// xml:base inside XHTML is of the element that has it and those inside.
func TestBaseInside(t *testing.T) {
	for in, want := range map[string]string{
		"<p xml:base='q/'><img src='1.png' alt='&quot;'/></p><img src='2.png'/>":                                      `<p><img src="https://c.example/p/q/1.png" alt="&quot;"/></p><img src='2.png'/>`,
		"<p xml:base='q/'><b xml:base='r/'><a href='x?a&amp;b'>a</a></b><a href='y'/></p>":                            `<p><b><a href="https://c.example/p/q/r/x?a&amp;b">a</a></b><a href="https://c.example/p/q/y"></a></p>`,
		"<img xml:base='/q/' src='1.png'/><img src='2.png'/>":                                                         `<img src="https://c.example/q/1.png"/><img src='2.png'/>`,
		"<p xml:base='https://d.example/'><img src='1.png' srcset='1.png 1x, /2.png 2x'/></p>":                        `<p><img src="https://d.example/1.png" srcset="https://d.example/1.png 1x, https://d.example/2.png 2x"/></p>`,
		"<p xml:base='q/'><a href='#n'>1</a><a href='mailto:a@b.example'>2</a><a href='https://e.example/'>3</a></p>": `<p><a href="#n">1</a><a href="mailto:a@b.example">2</a><a href="https://e.example/">3</a></p>`,
		"<video xml:base='q/' poster='p.jpg'><source src='v.mp4'/></video><q cite='c'/>":                              `<video poster="https://c.example/p/q/p.jpg"><source src="https://c.example/p/q/v.mp4"/></video><q cite='c'></q>`,
		"<p xml:base='javascript:x'><img src='1.png'/></p>":                                                           `<p xml:base='javascript:x'><img src='1.png'/></p>`,
		"<p xml:base='q/'>a<br/>b<ul><li><img src='1.png'/></li></ul></p><p>xml:base</p>":                             `<p>a<br/>b<ul><li><img src="https://c.example/p/q/1.png"/></li></ul></p><p>xml:base</p>`,
	} {
		e := entry(t, "<content type='xhtml' xml:base='https://c.example/p/'><div>"+in+"</div></content>")
		if want = "<div>" + want + "</div>"; e.Body != want || e.Base != "https://c.example/p/" {
			t.Errorf("body of %s is %s with base %s, want %s", in, e.Body, e.Base, want)
		}
	}
}

func TestPeople(t *testing.T) {
	names := func(e Entry) (list []string) {
		for _, p := range e.Authors {
			list = append(list, p.String())
		}
		return list
	}
	for in, want := range map[string][]string{
		"<author>ann@a.example (Ann)</author><dc:creator>Bob</dc:creator><itunes:author>Cy</itunes:author>": {"Ann", "Bob", "Cy"},
		"<author>Ann</author><dc:creator>ann</dc:creator>":                                                  {"Ann"},
		"<dc:creator>Ann</dc:creator><dc:creator>Bob</dc:creator>":                                          {"Ann", "Bob"},
		"<author><name>Ann</name><email>a@a.example</email></author>":                                       {"Ann"},
		"<atom:author><atom:name>Ann</atom:name></atom:author>":                                             {"Ann"},
		"<author>ann@a.example</author>":                                                                    {"ann@a.example"},
		"<author><![CDATA[Ann &amp; Bob]]></author>":                                                        {"Ann & Bob"},
		"<author>Ann<title>T</title>":                                                                       {"Ann"},
		"<author><name>Ann</name><title>Editor</title></author><dc:creator>Bob</dc:creator>":                {"Ann", "Bob"},
		"<author/>": nil,
	} {
		if diff := cmp.Diff(want, names(item(t, in))); diff != "" {
			t.Errorf("authors of %s (-want +got):\n%s", in, diff)
		}
	}
	doc := read(t, "<feed xmlns='http://www.w3.org/2005/Atom'><author><name>Owner</name></author><entry><title>a</title></entry><entry><author><name>Ann</name><uri>/ann</uri></author><contributor><name>Bob</name></contributor></entry></feed>")
	if diff := cmp.Diff([]string{"Owner"}, names(doc.Entries[0])); diff != "" {
		t.Errorf("an entry without author has the feed's (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Person{{Name: "Ann", URL: "https://site.example/ann"}}, doc.Entries[1].Authors); diff != "" {
		t.Errorf("author (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Person{{Name: "Bob"}}, doc.Entries[1].Contributors); diff != "" {
		t.Errorf("contributor (-want +got):\n%s", diff)
	}
}

// What the universal model of gofeed drops.
func TestBesides(t *testing.T) {
	two := 2
	got := item(t, `<guid isPermaLink="false"> x </guid><comments>/c</comments><wfw:commentRss>/c.xml</wfw:commentRss><slash:comments>2</slash:comments>
		<thr:in-reply-to ref="tag:1"/><source url="https://b.example/feed">B &amp;amp; C</source><category domain="d">a</category><category>b</category>
		<itunes:keywords>k, l</itunes:keywords><enclosure url="/f.mp3" type="audio/mpeg" length="12"/><enclosure url="/g.mp3" type="junk" length="-1"/>
		<media:thumbnail url="/t.jpg" width="100"/><dc:rights>&#169; B</dc:rights><dc:date>2006-01-02T15:04:05Z</dc:date><pubDate>soon</pubDate>`)
	want := Entry{
		ID: "x", Comments: "https://site.example/c", CommentsFeed: "https://site.example/c.xml", CommentsCount: &two, InReplyTo: "tag:1",
		Source:     Source{Title: "B & C", URL: "https://b.example/feed"},
		Categories: []Category{{Term: "a", Scheme: "d"}, {Term: "b"}, {Term: "k"}, {Term: "l"}},
		Enclosures: []Enclosure{{URL: "https://site.example/f.mp3", Type: "audio/mpeg", Length: 12}, {URL: "https://site.example/g.mp3", Type: "audio/mpeg"}},
		Image:      Image{URL: "https://site.example/t.jpg", Width: 100}, Rights: "© B",
		Updated: time.Date(2006, 1, 2, 15, 4, 5, 0, time.UTC),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("RSS (-want +got):\n%s", diff)
	}
	got = item(t, `<link>https://詹姆斯.example/詹</link><atom:link rel="enclosure" href="https://詹姆斯.example/詹.mp3"/><enclosure href="/f.mp3"/><thr:total>3</thr:total><slash:comments>2</slash:comments>`)
	want = Entry{
		Link: "https://詹姆斯.example/詹", CommentsCount: &two,
		Enclosures: []Enclosure{{URL: "https://詹姆斯.example/詹.mp3", Type: "audio/mpeg"}, {URL: "https://site.example/f.mp3", Type: "audio/mpeg"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("odd RSS (-want +got):\n%s", diff)
	}
	got = entry(t, `<id> tag:1 </id><link rel="replies" type="application/atom+xml" href="/r" thr:count="2"/><link rel="replies" type="text/html" href="/c"/>
		<link rel="enclosure" href="/f.mp3" type="audio/mpeg" length="12" title="F"/><link rel="via" href="https://b.example/"/><category term="a" label="A" scheme="s"/>
		<source><title>B</title><id>tag:b</id><link rel="self" href="https://b.example/feed"/></source><published>2006-01-02T15:04:05Z</published><rights>r</rights>`)
	want = Entry{
		ID: "tag:1", Comments: "https://site.example/c", CommentsFeed: "https://site.example/r", CommentsCount: &two, Via: "https://b.example/",
		Source:     Source{Title: "B", ID: "tag:b", URL: "https://b.example/feed"},
		Categories: []Category{{Term: "a", Label: "A", Scheme: "s"}},
		Enclosures: []Enclosure{{URL: "https://site.example/f.mp3", Type: "audio/mpeg", Length: 12, Title: "F"}},
		Rights:     "r", Published: time.Date(2006, 1, 2, 15, 4, 5, 0, time.UTC),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Atom (-want +got):\n%s", diff)
	}
}

func TestFeed(t *testing.T) {
	doc := read(t, `<rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
		xmlns:fh="http://purl.org/syndication/history/1.0"><channel><title>A &amp;amp; B</title><link>/</link><description>D</description><language>en-gb</language><copyright>c</copyright>
		<atom:link rel="self" href="https://site.example/self"/><atom:link rel="hub" href="https://hub.example/"/><itunes:new-feed-url>https://new.example/feed</itunes:new-feed-url>
		<fh:complete/><ttl>90</ttl><skipHours><hour>24</hour><hour>3</hour><hour>99</hour></skipHours><skipDays><day>Sunday</day><day>never</day></skipDays>
		<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency><sy:updateBase>2000-01-01T12:00+00:00</sy:updateBase>
		<lastBuildDate>Mon, 02 Jan 2006 15:04:05 GMT</lastBuildDate><image><title>not this</title><url>/x</url></image></channel></rss>`)
	want := &Document{
		Format: "rss2.0", Title: "A & B", Link: "https://site.example/", Description: "D", Language: "en-gb", Rights: "c",
		Self: "https://site.example/self", Hub: "https://hub.example/", NewURL: "https://new.example/feed", Complete: true,
		Updated: time.Date(2006, 1, 2, 15, 4, 5, 0, time.UTC), Entries: []Entry{},
		Hints: Hints{
			TTL: 90 * time.Minute, SkipHours: []int{0, 3}, SkipDays: []time.Weekday{time.Sunday}, Period: 12 * time.Hour,
			Base: time.Date(2000, 1, 1, 12, 0, 0, 0, time.UTC),
		},
	}
	want.Context = doc.Context // TestKnown says what it stands for
	if diff := cmp.Diff(want, doc); diff != "" {
		t.Errorf("document (-want +got):\n%s", diff)
	}
}

// The title of a feed is its own before that of a module.
func TestFeedTitle(t *testing.T) {
	for in, want := range map[string]string{
		"<rss><channel><dc:title>D</dc:title><title>T</title></channel></rss>": "T",
		"<rss><channel><dc:title>D</dc:title></channel></rss>":                 "D",
		"<feed><dc:title>D</dc:title><title>T</title></feed>":                  "T",
		"<feed><dc:title>D</dc:title></feed>":                                  "D",
	} {
		if doc := read(t, in); doc.Title != want {
			t.Errorf("title of %s is %q, want %q", in, doc.Title, want)
		}
	}
}

// Formats are told apart by their root, wherever junk has pushed it.
func TestFormats(t *testing.T) {
	for in, want := range map[string]string{
		`<rss version="0.91"><channel/></rss>`: "rss0.91",
		`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"/>`:               "rss1.0",
		`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://my.netscape.com/rdf/simple/0.9/"/>`: "rss0.90",
		`<feed version="0.3" xmlns="http://purl.org/atom/ns#"/>`:                                                            "atom0.3",
		`<a:feed xmlns:a="http://www.w3.org/2005/Atom"/>`:                                                                   "atom1.0",
		"  \n<br/><b>Warning</b>: x in y.php" + strings.Repeat(" junk", 2000) + `<?xml version="1.0"?><rss version="2.0"/>`: "rss2.0",
		`<!DOCTYPE rss [<!ENTITY a "b>c"><!-- > -->]><rss version="2.0"/>`:                                                  "rss2.0",
		`{"version":"https://jsonfeed.org/version/1.1","items":[]}`:                                                         "json1.1",
	} {
		if doc := read(t, in); doc.Format != want {
			t.Errorf("format of %.60s is %q, want %q", in, doc.Format, want)
		}
	}
	for in, want := range map[string]error{
		"": errEmpty, " \n": errEmpty, "<html><head><title>x</title></head></html>": errHTML, "<!doctype html><html>": errHTML,
		"<opml/>": errNoFeed, "hello": errNoFeed, `{"a":1}`: errNoFeed,
	} {
		if _, err := Parse([]byte(in), Options{}); err != want {
			t.Errorf("Parse(%q) = %v, want %v", in, err, want)
		}
	}
}

// Channel Definition Format has what counts in attributes.
func TestCDF(t *testing.T) {
	doc := read(t, `<CHANNEL HREF="https://a.example/" LASTMOD="2004-04-06T23:05:43-05:00" BASE="https://a.example/d/"><TITLE>C</TITLE>
		<ITEM HREF="1.html" LASTMOD="2004-04-06T23:05:43-05:00"><TITLE>T</TITLE><ABSTRACT>a</ABSTRACT></ITEM></CHANNEL>`)
	want := []Entry{{Title: "T", Link: "https://a.example/d/1.html", Updated: time.Date(2004, 4, 7, 4, 5, 43, 0, time.UTC), Body: "a", Base: "https://a.example/d/"}}
	if diff := cmp.Diff(want, doc.Entries); diff != "" || doc.Title != "C" || doc.Link != "https://a.example/" {
		t.Errorf("title %q, link %q, entries (-want +got):\n%s", doc.Title, doc.Link, diff)
	}
}

// RSS 1.0 items stand beside the channel, and rdf:about is their id.
func TestRDF(t *testing.T) {
	doc := read(t, `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
		<channel rdf:about="x"><title>C</title><link>https://a.example/</link><items><rdf:Seq><rdf:li resource="https://a.example/1"/></rdf:Seq></items></channel>
		<image><title>not this</title><url>x</url></image><item rdf:about="urn:1"><title>T</title><link>https://a.example/1</link><dc:creator>Ann</dc:creator></item>
		<textinput><title>nor this</title></textinput></rdf:RDF>`)
	want := []Entry{{ID: "urn:1", Title: "T", Link: "https://a.example/1", Authors: []Person{{Name: "Ann"}}}}
	if diff := cmp.Diff(want, doc.Entries); diff != "" || doc.Title != "C" {
		t.Errorf("title %q, entries (-want +got):\n%s", doc.Title, diff)
	}
}

// FuzzParse holds the laws of a Document: no panic, bounded, valid text on one
// line, addresses of the web.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`<rss version="2.0"><channel><title>t</title><item><title>a &lt;b&gt;</title><guid>1</guid><description><![CDATA[<p>x]]></description></item></channel></rss>`,
		`<feed xmlns="http://www.w3.org/2005/Atom" xml:base="/x"><entry xml:lang="de"><title type="xhtml"><div>a<br/></div></title><link href="y"/></entry></feed>`,
		`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><channel/><item rdf:about="a"><dc:date>2004</dc:date></item></rdf:RDF>`,
		`{"version":"https://jsonfeed.org/version/1.1","items":[{"id":1,"content_html":"<p>a","authors":[null]},null,{"id":[]}]}`,
		`<rss><channel><item><title><![CDATA[a]]<description>b</item><item>c`, `<rss><item><media:group><media:content url="a.jpg"/>`,
		`<a xmlns:b="c"><rss><b:item a='>'>&#x;</rss>`, `<rss><item><author><name>a</author><source url=x>y`, `<rss><!-- <item>--><![CDATA[<item>]]><?x?>`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		doc, err := Parse(body, Options{URL: "https://site.example/feed"})
		if err != nil {
			if strings.Contains(err.Error(), "gave up") || strings.Contains(err.Error(), "as XML") {
				t.Fatalf("%v", err) // what our scanner writes, gofeed reads
			}
			return
		}
		lines := []string{doc.Title, doc.Description}
		links := []string{doc.Link, doc.Self, doc.Hub, doc.NewURL}
		for _, e := range doc.Entries {
			lines = append(lines, e.Title)
			links = append(links, e.Link, e.OrigLink, e.Image.URL, e.Comments, e.CommentsFeed, e.Via, e.Source.URL)
			for _, n := range e.Enclosures {
				links = append(links, n.URL)
			}
			for _, p := range e.Authors {
				lines = append(lines, p.Name, p.Email)
			}
			if !utf8.ValidString(e.Body) || !utf8.ValidString(e.ID) || len(e.Body) > 6*maxMarkup {
				t.Fatalf("body %q, id %q", e.Body, e.ID)
			}
		}
		for _, s := range lines {
			if !utf8.ValidString(s) || strings.ContainsAny(s, "\n\r\x00") {
				t.Fatalf("text %q", s)
			}
		}
		for _, s := range links {
			if s != "" && !strings.HasPrefix(s, "http://") && !strings.HasPrefix(s, "https://") && !strings.HasPrefix(strings.ToLower(s), "http") {
				t.Fatalf("address %q", s)
			}
		}
	})
}

// R8: the type of a file is what the feed says, if that is one, else what its
// address ends in.
func TestMediaType(t *testing.T) {
	for _, c := range []struct{ said, at, want string }{
		{"", "https://c.example/a.mp3", "audio/mpeg"},
		{"mp3", "https://c.example/b.mp3", "audio/mpeg"},
		{"audio/mpeg; charset=binary", "https://c.example/c.mp3", "audio/mpeg"},
		{" AUDIO/MPEG ", "https://c.example/c", "audio/mpeg"},
		{"audio", "https://c.example/d.M4A?x=1.mp3#y", "audio/mp4"},
		{"audio/", "https://c.example/e.opus", "audio/ogg"},
		{"application/octet-stream", "https://c.example/f.mp4", "video/mp4"},
		{"application/octet-stream", "https://c.example/f", "application/octet-stream"},
		{"binary/octet-stream; x", "https://c.example/g.epub", "application/epub+zip"},
		{"audio/mp3", "https://c.example/h", "audio/mpeg"},
		{"image/jpg", "https://c.example/i.png", "image/jpeg"},
		{"video/mp4", "https://c.example/j.mp3", "video/mp4"},
		{"mp3", "https://c.example/play?id=1", "audio/mpeg"},
		{".ogg", "https://c.example/play", "audio/ogg"},
		{"a/b/c", "https://c.example/k.pdf", "application/pdf"},
		{"text/html\"><b>", "https://c.example/l.flac", "audio/flac"},
		{"", "https://c.example/m%2Emp3", "audio/mpeg"},
		{"", "https://c.example/mp3", ""},
		{"", "https://mp3.example.mp3", ""},
		{"junk", "https://c.example/n.php", ""},
	} {
		if got := mediaType(c.said, c.at); got != c.want {
			t.Errorf("mediaType(%q, %q) = %q, want %q", c.said, c.at, got, c.want)
		}
	}
	var got []Enclosure
	for _, in := range []string{
		"<enclosure url='https://c.example/a.mp3' length='123'/>", "<enclosure url='https://c.example/b.jpg' type='image'/>",
		"<atom:link rel='enclosure' href='https://c.example/c.m4v' type='video/mp4; codecs=x' length='x'/>", "<media:content url='https://c.example/d.mp3' medium='audio' fileSize='-1'/>",
	} {
		got = append(got, item(t, in).Enclosures...)
	}
	got = append(got, read(t, `{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","attachments":[{"url":"https://c.example/e.mp3","mime_type":"mp3"}]}]}`).Entries[0].Enclosures...)
	want := []Enclosure{
		{URL: "https://c.example/a.mp3", Type: "audio/mpeg", Length: 123},
		{URL: "https://c.example/b.jpg", Type: "image/jpeg"},
		{URL: "https://c.example/c.m4v", Type: "video/mp4"},
		{URL: "https://c.example/d.mp3", Type: "audio/mpeg"},
		{URL: "https://c.example/e.mp3", Type: "audio/mpeg"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("enclosures (-want +got):\n%s", diff)
	}
}
