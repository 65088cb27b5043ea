package discover

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
)

const atomFeed = `<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:x</id><title>Tidal</title><updated>2026-01-02T03:04:05Z</updated>
<entry><id>urn:1</id><title>One</title><updated>2026-01-02T03:04:05Z</updated></entry></feed>`

func TestLinks(t *testing.T) {
	page := Page{URL: "https://tidal.example/news/", ContentType: "text/html", Body: []byte(`<!doctype html>
<link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed">
<link rel="Alternate" type="application/atom+xml; charset=utf-8" title=" All " href="atom.xml">
<link rel="alternate" type="application/atom+xml" href="atom.xml">
<link rel="alternate stylesheet" type="text/xml" href="a.xsl">
<link rel="alternate" hreflang="de" href="/de">
<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">
<a href="/rss">RSS</a> <a href="https://other.example/feed">theirs</a> <a href="/about">about</a> <a href="#feed">x</a>`)}
	named, linked := Links(page)
	wantNamed := []Link{{"https://tidal.example/news/atom.xml", "All"}, {"https://tidal.example/comments/feed", "Comments"}}
	wantLinked := []Link{{URL: "https://tidal.example/rss"}}
	if !reflect.DeepEqual(named, wantNamed) || !reflect.DeepEqual(linked, wantLinked) {
		t.Errorf("Links = %v, %v, want %v, %v", named, linked, wantNamed, wantLinked)
	}
}

// site answers from a map and notes what was asked.
type site struct {
	pages map[string]string
	asked []string
}

func (s *site) get(_ context.Context, address string) (Page, error) {
	s.asked = append(s.asked, address)
	body, ok := s.pages[address]
	if !ok {
		return Page{}, errors.New("404")
	}
	return Page{URL: address, ContentType: "text/html", Body: []byte(body)}, nil
}

func TestFind(t *testing.T) {
	for _, c := range []struct {
		name  string
		pages map[string]string
		from  string
		url   string
		asked int
	}{
		{"the address itself", map[string]string{"http://a.example/": atomFeed}, "the address itself", "http://a.example/", 1},
		{"named by the page, nothing guessed", map[string]string{
			"http://a.example/":  `<link rel=alternate type=application/atom+xml href=/x>`,
			"http://a.example/x": atomFeed,
		}, "the page", "http://a.example/x", 2},
		{"what the page names is none, what it links to is", map[string]string{
			"http://a.example/":        `<link rel=alternate type=application/atom+xml href=/x><a href=/old.rss>feed</a>`,
			"http://a.example/x":       "<html>",
			"http://a.example/old.rss": atomFeed,
		}, "a link of the page", "http://a.example/old.rss", 3},
		{"usual addresses last, until one is found", map[string]string{
			"http://a.example/":         `<p>hello`,
			"http://a.example/feed.xml": atomFeed, "http://a.example/rss.xml": atomFeed,
		}, "a usual address", "http://a.example/feed.xml", 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &site{pages: c.pages}
			got, err := Find(t.Context(), s.get, "http://a.example/")
			if err != nil || len(got) != 1 || got[0].URL != c.url || got[0].From != c.from || got[0].Title != "Tidal" || got[0].Entries != 1 {
				t.Errorf("Find = %+v, %v", got, err)
			}
			if len(s.asked) != c.asked {
				t.Errorf("asked %v, want %d requests", s.asked, c.asked)
			}
		})
	}
	s := &site{pages: map[string]string{"http://a.example/": "<p>"}}
	if got, err := Find(t.Context(), s.get, "http://a.example/"); err != nil || len(got) != 0 || len(s.asked) != 1+len(Usual("http://a.example/")) {
		t.Errorf("a site without a feed: %v, %v, asked %v", got, err, s.asked)
	}
	if _, err := Find(t.Context(), s.get, "http://b.example/"); err == nil {
		t.Error("a site that does not answer is no error")
	}
	if slices.ContainsFunc(Usual("http://a.example/x/y"), func(l Link) bool { return l.URL[:17] != "http://a.example/" }) {
		t.Error("a usual address on another host")
	}
}
