package demo

import (
	"strings"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"
)

// Each bundled article is whole, and each paper is a feed.
func TestPapers(t *testing.T) {
	papers, err := readPapers("http://127.0.0.1:1", "http://127.0.0.1:2/demo/", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, p := range papers {
		body, _, err := p.document()
		if err != nil {
			t.Fatal(err)
		}
		feed, err := gofeed.NewParser().ParseString(string(body))
		if err != nil || len(feed.Items) != len(p.Articles) {
			t.Errorf("%s: %d of %d articles: %v", p.ID, len(feed.Items), len(p.Articles), err)
		}
		total += len(p.Articles)
		for _, s := range p.Articles {
			if s.Title == "" || s.Author == "" || s.At.IsZero() || len(s.Tags) == 0 || len(s.Body) < 400 {
				t.Errorf("%s/%s is incomplete", p.ID, s.Name)
			}
			if name := strings.TrimPrefix(s.Picture, "http://127.0.0.1:2/demo/"); s.Picture != "" {
				if _, err := files.Open("pictures/" + name); err != nil || s.Alt == "" {
					t.Errorf("%s/%s: picture %s: %v", p.ID, s.Name, name, err)
				}
			}
		}
	}
	if total < 30 {
		t.Errorf("%d articles", total)
	}
}
