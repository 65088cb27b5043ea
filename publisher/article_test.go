package publisher_test

import (
	"regexp"
	"strings"
	"testing"
)

// The first article: key points before the body, an empty thread, a form; then
// a comment, seen at once.
func TestFirstArticle(t *testing.T) {
	s := newSite(t, nil)
	a := s.newest()
	page := s.get(a.Path(), 200).body
	inOrder(t, page, `Harbour City Opens Its Tidal Power Plant After Ten Years</h1>`, `>Key points</h2>`, `<li>One.</li>`, `<li>Three.</li>`,
		`<p id="p1"`, `<p id="p10"`, `First published by`, `Comments (0)`, `No comments yet. Be the first to comment!`, `Leave a Comment`)
	r := s.post(a, s.fill(a), 303)
	c := s.stored()[0]
	if want := a.Path() + "#c-" + c.ID; r.Header.Get("Location") != want {
		t.Errorf("Location %q, want %q", r.Header.Get("Location"), want)
	}
	page = s.get(a.Path(), 200).body
	inOrder(t, page, `Comments (1)`, `id="c-`+c.ID, `Ann`, `<p>Well done.</p>`, `Leave a Comment`)
	if strings.Contains(page, "No comments yet") {
		t.Error("the empty state stays")
	}
}

func inOrder(t *testing.T, page string, parts ...string) {
	t.Helper()
	rest := page
	for _, p := range parts {
		i := strings.Index(rest, p)
		if i < 0 {
			t.Fatalf("%q is missing, or stands too early, in\n%s", p, page)
		}
		rest = rest[i+len(p):]
	}
}

var (
	headlineLink = regexp.MustCompile(`<h3[^>]*><a href="([^"]+)"`)
	olderLink    = regexp.MustCompile(`<a href="([^"]*\?before=[^"]+)" rel="next"`)
)
