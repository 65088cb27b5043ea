package publisher

import (
	"strings"
	"testing"

	"courant/db/content"
)

// U25: of a link site's entry the feed tells what the page does, and no more.
func TestHollowEntry(t *testing.T) {
	s := newSite(t)
	a := tidal()
	a.KeyPoints, a.Summary, a.Words, a.Tags = nil, "Comments", 1, []string{"Uncategorized", "Energy"}
	a.Body = content.Clean(`<a href="https://news.ycombinator.com/item?id=1">Comments</a>`, "")
	published := s.publish("daily", a)[0]
	item := s.json("/feed.json").Items[0]
	if html := *item.ContentHTML; strings.Contains(html, "ycombinator") || !strings.HasPrefix(html, `<p><a href="https://source.example/2026/tidal">Continue reading</a></p><p>First published by`) {
		t.Errorf("content: %s", html)
	}
	if item.Summary != "" || len(item.Tags) != 2 { // the section, and the tag that says something
		t.Errorf("summary %q, tags %v", item.Summary, item.Tags)
	}
	page := s.get(published.Path())
	contains(t, "the page", page, `>Read it at <bdi data-untrusted>source.example</bdi> →</a>`)
	if strings.Contains(page, "ycombinator") {
		t.Error("the page shows what is none")
	}
}
