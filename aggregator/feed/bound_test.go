package feed

import (
	"context"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

// S8: each word of a stranger has a bound, and ids that begin alike stay two.
func TestBound(t *testing.T) {
	word := strings.Repeat("wörd ", 10_000)
	doc := read(t, `<rss version="`+word+`"><channel><title>`+word+`</title><description>`+word+`</description><language>`+word+`</language><copyright>`+word+`</copyright>
		<item><guid>`+word+`1</guid><title>`+word+`</title><author>`+word+`</author><category domain="`+word+`">`+word+`</category><pubDate>`+word+`</pubDate><rights>`+word+`</rights>
		<source url="https://b.example/">`+word+`</source><link rel="enclosure" href="https://b.example/a" title="`+word+`"/><thr:in-reply-to ref="`+word+`"/></item>
		<item><guid>`+word+`2</guid></item></channel></rss>`)
	e := doc.Entries[0]
	for name, c := range map[string]struct {
		s    string
		most int // bytes
	}{
		"format": {doc.Format, maxFormat}, "title": {doc.Title, 2 * maxFeedTitle}, "description": {doc.Description, 2 * maxWords}, "language": {doc.Language, 0},
		"rights": {doc.Rights, 2 * maxWords}, "id": {e.ID, maxID}, "entry's title": {e.Title, 2 * maxTitle}, "author": {e.Authors[0].Name, 2 * maxTitle},
		"category": {e.Categories[0].Term, 2 * maxWho}, "scheme": {e.Categories[0].Scheme, maxWords}, "date": {e.RawDate, maxDate}, "entry's rights": {e.Rights, 2 * maxWords},
		"source": {e.Source.Title, 2 * maxFeedTitle}, "file": {e.Enclosures[0].Title, 2 * maxTitle}, "answer": {e.InReplyTo, maxID},
	} {
		if len(c.s) > c.most || c.most > 0 && len(c.s) < c.most/8 || !utf8.ValidString(c.s) {
			t.Errorf("%s has %d bytes, want at most %d: %.40q", name, len(c.s), c.most, c.s)
		}
	}
	if doc.Entries[1].ID == e.ID || len(e.ID) != len(doc.Entries[1].ID) {
		t.Errorf("ids %.40q and %.40q, want two", e.ID, doc.Entries[1].ID)
	}
	short := "<rss><channel><item><guid>" + strings.Repeat("x", maxID) + "</guid></item></channel></rss>"
	if e := read(t, short).Entries[0]; len(e.ID) != maxID || strings.Contains(e.ID, "#") {
		t.Errorf("an id of %d bytes is %d long", maxID, len(e.ID))
	}
}

// A document is read no longer than its reader waits, whatever it is.
func TestDone(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	o := Options{URL: "https://site.example/feed", Done: ctx.Done()}
	documents := []string{
		"<rss><channel><item><title>a</title></item></channel></rss>", "<feed><entry/></feed>", `{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1"}]}`,
		"<!DOCTYPE rss [" + strings.Repeat("<!--", 1000),
	}
	for _, in := range documents[:3] {
		if _, err := Parse([]byte(in), o); err != nil {
			t.Errorf("%.20s, in time: %v", in, err)
		}
	}
	cancel()
	for _, in := range documents {
		if doc, err := Parse([]byte(in), o); !errors.Is(err, errStopped) {
			t.Errorf("%.20s, when time is up: %v, %v", in, doc, err)
		}
	}
}

// Short addresses under a long base make no document many times its size.
func TestGrowth(t *testing.T) {
	in := "<rss xml:base='https://site.example/" + strings.Repeat("a", 200) + "/'><channel><item>" + strings.Repeat("<a:thumbnail xmlns:a='http://search.yahoo.com/mrss/' url='x'/>", 500) + "</item></channel></rss>"
	if e := read(t, in).Entries[0]; !strings.HasSuffix(e.Image.URL, "a/x") {
		t.Errorf("picture %q", e.Image.URL)
	}
	long := strings.Replace(in, "/'>", "/"+strings.Repeat("b/", maxBase)+"'>", 1)
	if e := read(t, long).Entries[0]; e.Image.URL != "" {
		t.Errorf("a picture under a base of %d bytes: %.80q", 2*maxBase, e.Image.URL)
	}
	items := "<rss xml:base='https://site.example/" + strings.Repeat("a", 200) + "/'><channel>" + strings.Repeat("<item>"+strings.Repeat("<link>x</link>", 100)+"</item>", 2000) + "</channel></rss>"
	if _, err := Parse([]byte(items), Options{}); !errors.Is(err, errGrowth) {
		t.Errorf("Parse: %v, want %v", err, errGrowth)
	}
	e := item(t, "<keywords scheme='"+strings.Repeat("s", 1000)+"'>"+strings.Repeat("a, ", 5)+"b"+strings.Repeat(",c", 1000)+"</keywords>")
	if len(e.Categories) != 3 {
		t.Errorf("%d categories, want a, b, c", len(e.Categories))
	}
}
