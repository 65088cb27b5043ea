package feed

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Documents that are broken in one way each, and what is read all the same.
func TestRepairs(t *testing.T) {
	const one, two = "<item><guid>1</guid><title>One</title></item>", "<item><guid>2</guid><title>Two</title></item>"
	for _, c := range []struct {
		name, in string
		titles   []string
		repair   string // part of one of the repairs
	}{
		{"truncated in an item", "<rss><channel>" + one + "<item><guid>2</guid><title>Tw", []string{"One"}, "its last entry is left out"},
		{"truncated between items", "<rss><channel>" + one + two, []string{"One", "Two"}, "cut short"},
		{"truncated behind an item's last element", "<rss><channel>" + one + "<item><guid>2</guid><title>Two</title>\n</it", []string{"One", "Two"}, "cut short"},
		{"truncated before an item has an id", "<rss><channel>" + one + "<item><title>Two</title>\n", []string{"One"}, "its last entry is left out"},
		{"truncated in an item's last tag", "<rss><channel>" + one + "<item><guid>2</guid><title>Two</title><pubDa", []string{"One"}, "its last entry is left out"},
		{"truncated in an author", "<rss><channel>" + one + "<item><guid>2</guid><title>Two</title><author><name>A</name>", []string{"One"}, "its last entry is left out"},
		{"truncated in an atom entry", "<feed><entry><title>One</title></entry><entry><title>Two</title><content>", []string{"One"}, "its last entry is left out"},
		{"an item not closed", "<rss><channel><item><guid>1</guid><title>One</title>" + two + "</channel></rss>", []string{"One", "Two"}, "not closed"},
		{"a title not closed", "<rss><channel><item><title>One<guid>1</guid></item>" + two + "</channel></rss>", []string{"One", "Two"}, "not closed"},
		{"a link not closed", "<rss><channel><item><link>https://a.example/<title>One</title></item></channel></rss>", []string{"One"}, "not closed"},
		{"an author not closed", "<feed><entry><author><name>Ann</name><title>One</title></entry></feed>", []string{"One"}, "not closed"},
		{"end tags in the wrong order", "<rss><channel><item><title>One</title></channel></item>" + two + "</rss>", []string{"One", "Two"}, "not closed"},
		{"an end tag with another prefix", "<rss><channel><item><dc:title>One</title></item></channel></rss>", []string{"One"}, "another prefix"},
		{"end tags of nothing", "<rss><channel></p></item>" + one + "</b></channel></rss>", []string{"One"}, ""},
		{"CDATA not closed", "<rss><channel><item><title><![CDATA[One</title></item><item><title><![CDATA[Two]]></title></item></channel></rss>", []string{"One", "Two"}, "CDATA"},
		{"the last CDATA not closed", "<rss><channel>" + one + "<item><title><![CDATA[Two</title></item></channel></rss>", []string{"One", "Two"}, "CDATA"},
		{"bare ampersands and brackets", "<rss><channel><item><title>A & B < C</title></item></channel></rss>", []string{"A & B < C"}, ""},
		{"undeclared entities", "<rss><channel><item><title>caf&eacute;&nbsp;&hellip;</title></item></channel></rss>", []string{"café …"}, ""},
		{"illegal references", "<rss><channel><item><title>a&#0;&#x1F;b</title></item></channel></rss>", []string{"ab"}, ""},
		{"undeclared prefixes", "<rss><channel><item><dc:title>One</dc:title><media:thumbnail url='x'/></item></channel></rss>", []string{"One"}, ""},
		{"no quotes, stray quotes", `<rss version=2.0><channel><item><title type=text"">One</title><enclosure url="a"" type='b></item></channel></rss>`, []string{"One"}, ""},
		{"junk behind", "<rss><channel>" + one + "</channel></rss>" + two + "junk", []string{"One"}, ""},
		{"a declaration that is not first", "\n\n<!-- x --><?xml version='1.0'?><rss><channel>" + one + "</channel></rss>", []string{"One"}, ""},
		{"an item in an item", "<rss><channel><item><title>One</title><item><title>Two</title></item></item></channel></rss>", []string{"One", "Two"}, "not closed"},
		{"items behind the channel", "<rss><channel></channel>" + one + two + "</rss>", []string{"One", "Two"}, ""},
		{"items in an unknown element", "<rss><channel><list>" + one + two + "</list></channel></rss>", []string{"One", "Two"}, ""},
		{"comments in comments", "<rss><channel><!-- <item><title>no</title></item> -->" + one + "</channel></rss>", []string{"One"}, ""},
		{"a comment not closed", "<rss><channel><!-- " + one + "</channel></rss>", []string{"One"}, ""},
		{"entities that are declared stay as they are", `<!DOCTYPE rss [<!ENTITY lol "ha"><!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><item><title>&lol;&x;</title></item></channel></rss>`, []string{"&lol;&x;"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc := read(t, c.in)
			var titles []string
			for _, e := range doc.Entries {
				titles = append(titles, e.Title)
			}
			if diff := cmp.Diff(c.titles, titles); diff != "" {
				t.Errorf("titles (-want +got):\n%s", diff)
			}
			if all := strings.Join(doc.Repairs, "; "); !strings.Contains(all, c.repair) {
				t.Errorf("repairs %q, want one with %q", all, c.repair)
			}
		})
	}
}

// Each item of a JSON Feed stands for itself.
func TestJSON(t *testing.T) {
	const head = `{"version":"https://jsonfeed.org/version/1.1","title":"T &amp; t","home_page_url":"/","authors":[{"name":"Owner"}],"hubs":[{"type":"WebSub","url":"https://hub.example/"}],"items":[`
	doc := read(t, head+`
		{"id":1,"url":"/1","title":"A &amp; <b>","content_html":"<p>a</p>","summary":"s","date_published":"2006-01-02T15:04:05Z","tags":["x",null,"y"],"attachments":[{"url":"/f.mp3","mime_type":"audio/mpeg","size_in_bytes":"12"}]},
		null, 7, "x", {"id":"2","title":["no"],"content_text":"a < b\n\nc","authors":[null,{"name":"Ann"}],"url":{}}, {"id":"3","author":{"name":"Old"},"image":"/i.png"}]}`)
	want := []Entry{
		{
			ID: "1", Title: "A &amp; <b>", Link: "https://site.example/1", Authors: []Person{{Name: "Owner"}}, Published: time.Date(2006, 1, 2, 15, 4, 5, 0, time.UTC),
			Body: "<p>a</p>", Summary: "s", Base: "https://site.example/1", Categories: []Category{{Term: "x"}, {Term: "y"}},
			Enclosures: []Enclosure{{URL: "https://site.example/f.mp3", Type: "audio/mpeg", Length: 12}},
		},
		{ID: "2", Authors: []Person{{Name: "Ann"}}, Body: "<p>a &lt; b</p><p>c</p>", Base: "https://site.example/dir/feed.xml"},
		{ID: "3", Authors: []Person{{Name: "Old"}}, Image: Image{URL: "https://site.example/i.png"}, Base: "https://site.example/dir/feed.xml"},
	}
	if diff := cmp.Diff(want, doc.Entries); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	if doc.Title != "T &amp; t" || doc.Link != "https://site.example/" || doc.Hub != "https://hub.example/" {
		t.Errorf("title %q, link %q, hub %q", doc.Title, doc.Link, doc.Hub)
	}
	for _, c := range []struct {
		in      string
		entries int
	}{
		{head + `{"id":"1"},{"id":"2"},{"id":"3","title":"cut`, 2},
		{head + "{\"id\":\"1\",\"title\":\"a\nb\"}]}", 1},
		{head + `]} junk`, 0},
		{`{"items":[{"id":"1"}]}`, 1},
	} {
		if doc := read(t, c.in); len(doc.Entries) != c.entries {
			t.Errorf("%.40q…: %d entries, want %d", c.in, len(doc.Entries), c.entries)
		}
	}
	for _, in := range []string{head, `{"version":"https://jsonfeed.org/version/1","items":{}}`, `{"a":[1]}`, "{"} {
		if doc, err := Parse([]byte(in), Options{}); err == nil {
			t.Errorf("%q was read: %+v", in, doc)
		}
	}
}

// The documents that are made to kill: each is read, or refused, in little
// time and memory.
func TestHostileSizes(t *testing.T) {
	const n = 200_000
	numbered := func(f string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, f, i, i)
		}
		return b.String()
	}
	in := func(s string) string { return "<rss><channel><item><title>a</title>" + s }
	for _, c := range []struct{ name, in, want string }{
		{"nested elements with prefixes", in(strings.Repeat("<a:b>", n)), errDepth.Error()},
		{"nested containers", in(strings.Repeat("<media:group>", n)), errDepth.Error()},
		{"nested channels", "<rss>" + strings.Repeat("<channel>", n), errDepth.Error()},
		{"nested elements before the root", strings.Repeat("<a:b>", n), errNoFeed.Error()},
		{"nested declarations", in(numbered("<media:group xmlns:x%d='u%d'>", 10_000)), errDepth.Error()},
		{"declarations on one element", in("<a " + numbered("xmlns:x%d='u%d' ", 10_000) + "/></item></channel></rss>"), ""},
		{"declarations in scope", "<rss " + numbered("xmlns:x%d='u%d' ", 200) + "><channel " + numbered("xmlns:x%d='u%d' ", 200) + "/></rss>", errNamespaces.Error()},
		{"attributes", in("<enclosure " + numbered("a%d='%d' ", n) + "/></item></channel></rss>"), ""},
		{"empty items", "<rss><channel>" + strings.Repeat("<item/>", n) + "</channel></rss>", ""},
		{"fields", in(strings.Repeat("<author>a</author>", n) + "</item></channel></rss>"), ""},
		{"unclosed comments", in(strings.Repeat("<!--", n)), ""},
		{"unclosed CDATA", in("<description>" + strings.Repeat("<![CDATA[", n)), ""},
		{"unclosed quotes", in(strings.Repeat("<a b='\"", n)), errDepth.Error()},
		{"brackets", in("<description>" + strings.Repeat("<", n)), ""},
		{"titles inside a text", in("<description>" + strings.Repeat("<dc:title>a", n) + "</description></item></channel></rss>"), ""},
		{"titles inside a text without end", in("<description>" + strings.Repeat("<b><dc:title>a", n)), errDepth.Error()},
		{"texts without end, of many names", in(numbered("<a%d:description xmlns:a%d='http://purl.org/dc/elements/1.1/'>a<guid>b</guid>", 10_000)), errDepth.Error()},
		{"bytes of no encoding", in("<description>" + strings.Repeat("\xe9\xe8\x81 \xff", n) + "</description></item></channel></rss>"), ""},
		{"ampersands", in("<description>" + strings.Repeat("&", n) + "</description></item></channel></rss>"), ""},
		{"a long text", in("<description>" + strings.Repeat("word ", 1_800_000) + "</description></item></channel></rss>"), ""},
		{"a long title", in("<title>" + strings.Repeat("word ", 1_800_000) + "</title></item></channel></rss>"), ""},
		{"entities", `<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">` + numbered(`<!ENTITY a%d "&a%d;&a;&a;">`, 1000) + "]>" + in(strings.Repeat("&a999;", n)+"</item></channel></rss>"), ""},
		{"JSON in depth", `{"version":"https://jsonfeed.org/version/1","items":[` + strings.Repeat("[", n), "cannot be read as JSON: invalid character '[' exceeded max depth"},
		{"JSON nulls", `{"version":"https://jsonfeed.org/version/1","items":[` + strings.Repeat("null,", n) + "null]}", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begin := time.Now()
			_, err := Parse([]byte(c.in), Options{URL: "https://site.example/feed"})
			if took := time.Since(begin); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
			runtime.ReadMemStats(&after)
			if mib := (after.TotalAlloc - before.TotalAlloc) >> 20; mib > 128 {
				t.Errorf("allocated %d MiB", mib)
			}
			if got := fmt.Sprint(err); c.want != "" && got != c.want || c.want == "" && err != nil {
				t.Errorf("Parse: %v, want %q", err, c.want)
			}
		})
	}
}

// What is left out is told.
func TestLimits(t *testing.T) {
	doc := read(t, "<rss><channel>"+strings.Repeat("<item/>", maxEntries+5)+"</channel></rss>")
	if len(doc.Entries) != maxEntries || !strings.Contains(doc.Repairs[0], fmt.Sprint(maxEntries+5)) {
		t.Errorf("%d entries, repairs %q", len(doc.Entries), doc.Repairs)
	}
	e := item(t, "<description>"+strings.Repeat("é", maxMarkup)+"</description>")
	if len(e.Body) > maxMarkup || !strings.HasSuffix(e.Body, "é") {
		t.Errorf("a body of %d bytes that ends %q", len(e.Body), e.Body[len(e.Body)-4:])
	}
	if _, err := Parse(make([]byte, maxDocument+1), Options{}); err == nil {
		t.Error("a document without end was read")
	}
}
