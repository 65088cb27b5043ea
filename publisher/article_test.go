package publisher_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"courant/db/dbtest"
	"courant/db/state"
	"courant/publisher"
	"courant/publisher/comments"
	"courant/publisher/threads"
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

// In a long thread whoever wrote is led to an address that finds the page with the
// comment when it is asked for: the one that waits too, for its author alone.
func TestLedToLongThread(t *testing.T) {
	s := newSite(t, func(set *publisher.Settings) { set.Comments.Moderation = comments.First })
	a := s.newest()
	const n = 2*threads.PerPage + 50
	if err := dbtest.FillThread(t.Context(), s.store, a.ID, n, 0); err != nil {
		t.Fatal(err)
	}
	a = s.newest()
	r := s.post(a, s.fill(a, "text", "My first here."), 303)
	list := s.stored()
	mine := list[len(list)-1]
	if want := a.Path() + "?comment=" + mine.ID + "#c-" + mine.ID; r.Header.Get("Location") != want {
		t.Fatalf("Location %q, want %q", r.Header.Get("Location"), want)
	}
	address, cookie := a.Path()+"?comment="+mine.ID, r.Cookies()[0].Name+"="+r.Cookies()[0].Value
	inOrder(t, s.get(address, 200, "Cookie", cookie).body, `id="c-`+mine.ID, "My first here.")
	plain := s.get(a.Path(), 200).body
	for _, other := range []string{address, a.Path() + "?comment=nosuch0000"} {
		if s.get(other, 200).body != plain {
			t.Errorf("%s tells somebody else more than the article's own page", other)
		}
	}
	if _, err := dbtest.Moderate(t.Context(), s.store, mine.ID, state.Approved, "test", ""); err != nil {
		t.Fatal(err)
	}
	got := s.get(address, 200)
	inOrder(t, got.body, fmt.Sprintf("Comments (%d)", n+1), `id="c-`+mine.ID, "My first here.")
	if third := s.get(a.Path()+"?page=3", 200); third.body != got.body || third.Header.Get("ETag") != got.Header.Get("ETag") {
		t.Error("the page of the comment is not the page that has it")
	}
	parent := list[0] // a reply stands far from the end
	s.post(a, s.fill(a, "parent", parent.ID, "text", "To the first one."), 303, "Cookie", cookie)
	list = s.stored()
	reply := list[len(list)-1]
	inOrder(t, s.get(a.Path()+"?comment="+reply.ID, 200).body, `id="c-`+parent.ID, `id="c-`+reply.ID)
}
