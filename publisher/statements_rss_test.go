package publisher

import (
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"courant/db"
)

const base = "https://news.example.org"

func testR1(t *testing.T) {
	b := newBusy(t)
	for _, page := range b.pages() {
		c := b.rss(page + "/feed.rss?x=1")
		for name, want := range map[string]string{
			"language": "en", "generator": "courant", "docs": "https://www.rssboard.org/rss-specification", "ttl": "5",
			"title": "", "link": "", "description": "", "lastBuildDate": "",
		} {
			if got := c.value(t, name); got == "" || (want != "" && got != want) {
				t.Errorf("%s: %s is %q, want %q", page, name, got, want)
			}
		}
		self := c.links("self")
		if len(self) != 1 || self[0].attr["href"] != base+page+"/feed.rss" || self[0].attr["type"] != "application/rss+xml" {
			t.Errorf("%s: self is %+v", page, self)
		}
	}
	if got := b.rss("/feed.rss?n=3&full=0").links("self")[0].attr["href"]; got != base+"/feed.rss?n=3&full=0" {
		t.Errorf("self of a feed with parameters: %s", got)
	}
}

func testR2(t *testing.T) {
	b := newBusy(t)
	for _, page := range b.pages() {
		for _, format := range []string{"rss", "atom", "json"} {
			address := page + "/feed." + format
			first := b.get(address)
			b.wait(100 * time.Hour)
			b.open()
			if again := b.get(address); again != first {
				t.Errorf("%s changed with time alone:\n%s\n%s", address, first, again)
			}
		}
	}
	if got, want := b.rss("/feed.rss").value(t, "lastBuildDate"), "Sun, 22 Nov 2026 10:10:00 GMT"; got != want {
		t.Errorf("lastBuildDate %s, want the withdrawal's %s", got, want)
	}
}

func testR3(t *testing.T) {
	b := newBusy(t)
	text := b.get("/feed.rss")
	contains(t, "/feed.rss", text, `<title>AT&#x26;T &#x3C;b&#x3E; sells</title>`)
	for _, item := range parseXML(t, text).all("channel/item") {
		link := item.value(t, "link")
		if !strings.HasPrefix(link, base+"/article/") {
			t.Errorf("link %s", link)
		}
		guid := item.one(t, "guid")
		if guid.attr["isPermaLink"] != "false" || !strings.HasPrefix(guid.text, "tag:news.example.org,2026:article/") {
			t.Errorf("guid %+v", guid)
		}
		at, err := time.Parse("Mon, 02 Jan 2006 15:04:05 GMT", item.value(t, "pubDate"))
		if err != nil || at.Year() != 2026 {
			t.Errorf("pubDate %v %v", at, err)
		}
	}
}

func testR4(t *testing.T) {
	b := newBusy(t)
	c := b.rss("/feed.rss")
	if n := len(c.all("managingEditor")) + len(c.all("item/author")); n != 0 {
		t.Errorf("%d authors without an address", n)
	}
	var creators []string
	for _, n := range c.all("item/dc:creator") {
		creators = append(creators, n.text)
	}
	if got := strings.Join(creators, "|"); got != "Jane Doe|Short & <Sweet>" { // the source stands in for an author
		t.Errorf("creators %s", got)
	}
	b.open(func(s *Settings) { s.Site.Email = "desk@news.example.org" })
	if got := b.rss("/feed.rss").value(t, "managingEditor"); got != "desk@news.example.org (News desk)" {
		t.Errorf("managingEditor %s", got)
	}
	b.open(func(s *Settings) { s.Site.Email, s.Site.Author = "desk@news.example.org", "Q & A" })
	contains(t, "/feed.rss", b.get("/feed.rss"), "<managingEditor>desk@news.example.org (Q &#x26; A)</managingEditor>") // plain text, as R3
}

func testR5(t *testing.T) {
	b := newBusy(t)
	item := b.rss("/feed.rss").all("item")[0]
	contains(t, "description", item.value(t, "description"), "<ul><li>The plant’s “first turn” lit 40,000 homes on Sunday.</li>")
	contains(t, "content:encoded", item.value(t, "content:encoded"), "<ul><li>", "<p>The gates opened at low water")
	var order []string
	for _, c := range item.children {
		order = append(order, c.name)
	}
	all := strings.Join(order, " ")
	if strings.Index(all, "description") > strings.Index(all, "content:encoded") {
		t.Errorf("order: %s", all)
	}
	// A source that grants an excerpt has no content, but where to read on.
	item = b.rss("/source/excerpts/feed.rss").all("item")[0]
	if len(item.all("content:encoded")) > 0 {
		t.Error("the text of an excerpt is published")
	}
	contains(t, "an excerpt's description", item.value(t, "description"), "<p>The gates opened", `href="https://source.example/2026/tidal"`)
	if got := item.value(t, "dc:rights"); got != "CC BY 4.0" {
		t.Errorf("rights %s", got)
	}
}

func testR6(t *testing.T) {
	b := newBusy(t)
	item := b.rss("/feed.rss").all("item")[0]
	if s := item.one(t, "source"); s.text != "Source Daily" || s.attr["url"] != "https://source.example/feed.xml" { // without its password
		t.Errorf("source %+v", s)
	}
	if via := item.links("via"); len(via) != 1 || via[0].attr["href"] != "https://source.example/2026/tidal" {
		t.Errorf("via %+v", via)
	}
}

func testR7(t *testing.T) {
	b := newBusy(t)
	for i, want := range []string{"2", "0"} {
		item := b.rss("/feed.rss").all("item")[i]
		link := item.value(t, "link")
		if got := item.value(t, "comments"); got != link+"#comments" {
			t.Errorf("comments %s", got)
		}
		if got := item.value(t, "wfw:commentRss"); got != link+"/feed.rss" {
			t.Errorf("wfw:commentRss %s", got)
		}
		if got := item.value(t, "slash:comments"); got != want {
			t.Errorf("slash:comments %s, want %s", got, want)
		}
	}
	b.open(func(s *Settings) { s.Comments.Enabled = false })
	for _, item := range b.rss("/feed.rss").all("item") {
		if n := len(item.all("comments")) + len(item.all("wfw:commentRss")) + len(item.all("slash:comments")); n > 0 {
			t.Errorf("%d traces of comments that are off", n)
		}
	}
}

func testR8(t *testing.T) {
	s := newSite(t)
	files := func(list ...db.Enclosure) db.Article {
		a := tidal()
		a.Enclosures = list
		return a
	}
	s.publish("daily",
		files(db.Enclosure{URL: "https://source.example/a.mp3", Type: "audio/mpeg", Length: 1234}, db.Enclosure{URL: "https://source.example/b.mp4", Type: "video/mp4", Length: 9}),
		files(db.Enclosure{URL: "https://source.example/c.mp3", Type: "audio/mpeg"}),
		files(db.Enclosure{URL: "https://source.example/f"}),
		files(db.Enclosure{URL: "https://source.example/d.mp3", Length: 5}, db.Enclosure{URL: "https://source.example/e.mp3", Type: "audio/mpeg", Length: 5}))
	var got []string
	for _, item := range s.rss("/feed.rss").all("item") {
		var one []string
		for _, e := range item.all("enclosure") {
			one = append(one, e.attr["url"][23:]+" "+e.attr["length"]+" "+e.attr["type"])
		}
		for _, m := range item.all("media:content") {
			one = append(one, "media "+m.attr["url"][23:])
		}
		got = append(got, strings.Join(one, ", "))
	}
	want := "a.mp3 1234 audio/mpeg, media b.mp4; c.mp3 0 audio/mpeg; f 0 application/octet-stream; e.mp3 5 audio/mpeg, media d.mp3"
	if all := strings.Join(got, "; "); all != want {
		t.Errorf("enclosures: %s\nwant %s", all, want)
	}
}

func testR9(t *testing.T) {
	for _, c := range []struct {
		width, height int
		shown         bool
	}{{144, 400, true}, {145, 10, false}, {10, 401, false}} {
		name := filepath.Join(t.TempDir(), "logo.png")
		f, err := os.Create(name)
		if err == nil {
			err = png.Encode(f, image.NewGray(image.Rect(0, 0, c.width, c.height)))
		}
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		s := newSite(t, func(s *Settings) { s.Site.Logo, s.Site.Title = name, "News & <b>" })
		channel := s.rss("/feed.rss")
		images := channel.all("image")
		if (len(images) == 1) != c.shown {
			t.Errorf("%d × %d: %d images", c.width, c.height, len(images))
		}
		for _, i := range images {
			if i.value(t, "title") != channel.value(t, "title") || i.value(t, "link") != channel.value(t, "link") || i.value(t, "url") != base+"/logo" {
				t.Errorf("image %+v", i)
			}
		}
		s.get("/logo")
	}
}
