package publisher_test

import (
	"crypto/sha256"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"courant/db"
	"courant/db/content"
	"courant/db/dbtest"
	"courant/db/setting"
	"courant/db/state"
	"courant/publisher"
	"courant/publisher/comments"
	"courant/publisher/editing"
	"courant/publisher/words"
)

func v10(t *testing.T) {
	s := newSite(t, nil)
	a := s.newest()
	form := s.fill(a)
	a.ID = "nosuch0000"
	s.post(a, form, 404)
	s.get("/article/"+strings.Repeat("-", 200), 404)
	s.none()
}

// An article that was never published answers as one that does not exist.
func v11(t *testing.T) {
	s := newSite(t, nil)
	form := s.fill(s.newest())
	absent := s.get("/article/slug-nosuch0000", 404)
	draft := tide
	draft.GUID, draft.Headline = "draft", "A Draft"
	s.add(false, draft)
	a := s.newest()
	for _, to := range unseen {
		s.move(a, to)
		for _, path := range []string{a.Path(), "/article/" + a.ID, "/article/wrong-" + a.ID} {
			if got := s.get(path, 404); got.body != absent.body {
				t.Errorf("%s, %s: another body than that of an absent article", to, path)
			}
		}
		if got := s.post(a, form, 404); got.body != absent.body {
			t.Errorf("%s: posting tells it from an absent one", to)
		}
	}
	gone, _ := s.store.Articles(t.Context(), db.ArticleQuery{})
	if _, err := s.store.SetStatus(t.Context(), gone[0].ID, state.Withdrawn, "test", "A source lied to us."); err != nil {
		t.Fatal(err)
	}
	if got := s.get(gone[0].Path(), 410); !strings.Contains(got.body, "A source lied to us.") {
		t.Error("the page of a withdrawn article does not say why")
	}
	s.post(gone[0], form, 410)
	s.none()
}

// unseen are the states of an article that no reader sees, in an order that one can
// have them in.
var unseen = []state.Article{state.Incoming, state.Scheduled, state.Incoming, state.Rejected}

// move brings an article to one of unseen.
func (s *site) move(a db.Article, to state.Article) {
	s.Helper()
	if now, err := s.store.Article(s.Context(), a.ID); err != nil || now.Status == to {
		return
	}
	o := editing.Order{Action: map[state.Article]editing.Action{
		state.Incoming: editing.Reopen, state.Scheduled: editing.Schedule, state.Rejected: editing.Reject,
	}[to], IDs: []string{a.ID}}
	if to == state.Scheduled {
		o.At = s.clock().Add(48 * time.Hour)
	}
	if _, err := editing.New(s.store, "shell", nil).Do(s.Context(), o); err != nil {
		s.Fatal(err)
	}
	if got, err := s.store.Article(s.Context(), a.ID); err != nil || got.Status != to {
		s.Fatalf("it is %s, want %s (%v)", got.Status, to, err)
	}
}

func v12(t *testing.T) {
	s := newSite(t, nil, numbered(2)...)
	list, _ := s.store.Articles(t.Context(), db.ArticleQuery{})
	s.post(list[0], s.fill(list[0]), 303)
	other := s.stored()[0]
	got := s.post(list[1], s.fill(list[1], "parent", other.ID, "text", "A reply."), 400)
	if len(s.stored()) != 1 {
		t.Error("a reply to another article's comment was stored")
	}
	if !strings.Contains(got.body, "A reply.") {
		t.Error("what was typed is lost")
	}
}

func v13(t *testing.T) {
	s := newSite(t, func(set *publisher.Settings) { set.Comments.Rate = setting.Rate{Count: 100, Per: time.Minute} })
	a := s.newest()
	add := func(status state.Comment) string {
		c, _, err := s.store.AddComment(t.Context(), db.Comment{Article: a.ID, Name: string(status), Text: "x", Body: content.Text("x"), Status: status})
		if err != nil {
			t.Fatal(err)
		}
		return c.ID
	}
	removed := add(state.Approved)
	if _, err := dbtest.Moderate(t.Context(), s.store, removed, state.Removed, "test", ""); err != nil {
		t.Fatal(err)
	}
	n := len(s.stored())
	for name, parent := range map[string]string{"unknown": "nosuch0000", "pending": add(state.Pending), "spam": add(state.Spam), "removed": removed, "odd": "'; DROP"} {
		s.post(a, s.fill(a, "parent", parent, "text", name), 400)
	}
	if got := len(s.stored()); got != n+2 {
		t.Errorf("%d comments, want %d", got, n+2)
	}
}

// Replies to replies have no end; a page nests six and goes on elsewhere.
func v14(t *testing.T) {
	s := newSite(t, func(set *publisher.Settings) { set.Comments.Rate = setting.Rate{Count: 100, Per: time.Minute} })
	a := s.newest()
	parent := ""
	for i := range 15 {
		s.post(a, s.fill(a, "parent", parent, "text", fmt.Sprint("Level ", i)), 303)
		list := s.stored()
		parent = list[len(list)-1].ID
	}
	page := s.get(a.Path(), 200)
	if strings.Count(page.body, `class="comment`) != 6 || !strings.Contains(page.body, "Continue this thread") {
		t.Error("the page does not nest six")
	}
	to := s.get("/comment/"+parent, 302).Header.Get("Location")
	if place := s.get(strings.SplitN(to, "#", 2)[0], 200); !strings.Contains(place.body, `id="c-`+parent) {
		t.Errorf("the deepest comment is not at %s", to)
	}
}

func v15(t *testing.T) {
	s := newSite(t, func(set *publisher.Settings) { set.Comments.Rate = setting.Rate{Count: 100, Per: time.Minute} })
	a := s.newest()
	for _, text := range []string{"", " \n\t", "\u200b\u200d\u2060", "\u3164", "\u00ad"} {
		got := s.post(a, s.fill(a, "name", "Ann Lee", "text", text), 422)
		if !strings.Contains(got.body, `value="Ann Lee"`) || !strings.Contains(got.body, "Please write a comment.") {
			t.Errorf("%q: the form does not keep what was typed, or does not say what is wrong", text)
		}
	}
	got := s.post(a, s.fill(a, "name", " ", "text", "Kept <text>"), 422)
	if !strings.Contains(got.body, "Kept &lt;text&gt;</textarea>") {
		t.Error("the text is not kept")
	}
	s.none()
}

func v18(t *testing.T) {
	s := newSite(t, nil)
	a := s.newest()
	s.post(a, s.fill(a, "text", "[x](javascript&colon;alert(1)) [y](&#106;avascript:alert(1)) <javascript&colon;z>"), 303)
	if body := s.get(a.Path(), 200).body; regexp.MustCompile(`(?i)href="[^"]*script`).MatchString(body) {
		t.Error("a link to a script")
	}
}

func v19(t *testing.T) {
	s := newSite(t, func(set *publisher.Settings) { set.Comments.Rate = setting.Rate{Count: 100, Per: time.Minute} })
	a := s.newest()
	for _, text := range []string{"a\x00b", "a\u202eb\u2066c", "a\xffb", "a" + strings.Repeat("\u0301", 5000), "\ufdd0\uffffx", "a\x1b[31m"} {
		s.post(a, s.fill(a, "text", text, "name", "N"+text[:2]), 303)
	}
	s.post(a, s.fill(a, "text", "\x00\u202e\ufdd0"), 422)
	for _, c := range s.stored() {
		if strings.ContainsAny(c.Text+c.Name, "\x00\x1b\u202e\u2066\ufdd0\uffff") || len(c.Text) > 100 {
			t.Errorf("stored %q", c.Text)
		}
	}
	s.get(a.Path(), 200)
}

func v20(t *testing.T) {
	s := newSite(t, nil)
	a := s.newest()
	s.post(a, s.fill(a, "name", strings.Repeat("n", 101)), 422)
	s.post(a, s.fill(a, "name", strings.Repeat("n", 70_000)), 413)
	s.none()
}

// No badge comes from a name, whatever it looks like.
func v21(t *testing.T) {
	s := newSite(t, func(set *publisher.Settings) { set.Site.Author = "News desk" })
	a := s.newest()
	for _, name := range []string{"News desk", "news  DESK", "Nеws desk"} {
		s.post(a, s.fill(a, "name", name, "text", "I am "+name), 303)
	}
	if body := s.get(a.Path(), 200).body; strings.Contains(body, `class="badge"`) {
		t.Error("a name got a badge")
	}
}

func v22(t *testing.T) {
	s := newSite(t, nil)
	a := s.newest()
	const email = "ann.secret@mail.example"
	s.post(a, s.fill(a, "email", email), 303)
	if s.stored()[0].Email != email {
		t.Fatal("the address was not kept")
	}
	hash := fmt.Sprintf("%x", sha256.Sum256([]byte(email)))
	for _, path := range []string{a.Path(), "/", "/comments", a.Path() + "/feed.rss", a.Path() + "/feed.atom", a.Path() + "/feed.json", "/comments/feed.json", "/feed.rss"} {
		if body := s.get(path, 200).body; strings.Contains(body, "ann.secret") || strings.Contains(body, hash) || strings.Contains(body, "gravatar") {
			t.Errorf("%s tells the address", path)
		}
	}
}

// What looks like a program is held, and told nothing of it.
func v23(t *testing.T) {
	s := newSite(t, nil)
	a := s.newest()
	honest := s.post(a, s.fill(a, "text", "Honest."), 303)
	quick := s.fill(a, "text", "Quick.")
	s.get(a.Path(), 200) // the page again, a moment before the post
	stampless := s.fill(a, "text", "No stamp.")
	stampless.Del("stamp")
	for name, form := range map[string]url.Values{"honeypot": s.fill(a, "text", "Trap.", "website", "https://spam.example"), "no stamp": stampless} {
		got := s.post(a, form, 303)
		if strings.SplitN(got.Header.Get("Location"), "#", 2)[0] != strings.SplitN(honest.Header.Get("Location"), "#", 2)[0] || got.body != "" {
			t.Errorf("%s: the answer differs: %s", name, got.Header.Get("Location"))
		}
	}
	s.get(a.Path(), 200)
	s.post(a, quick, 303)
	// A preview has a form with a stamp too, which a program may send on at once.
	s.pass(time.Hour)
	previewed := s.fill(a, "text", "Previewed.", "action", "preview")
	s.pass(time.Hour)
	s.post(a, previewed, 200)
	previewed.Set("action", "post")
	s.post(a, previewed, 303)
	for _, c := range s.stored() {
		if want := map[bool]state.Comment{true: state.Approved, false: state.Pending}[c.Text == "Honest."]; c.Status != want {
			t.Errorf("%q is %s (%s), want %s", c.Text, c.Status, c.Reason, want)
		}
	}
	if body := s.get(a.Path(), 200).body; !strings.Contains(body, "Comments (1)") || strings.Contains(body, "Trap.") {
		t.Error("a held comment is on the page")
	}
}

func v24(t *testing.T) {
	s := newSite(t, nil)
	a := s.newest()
	form := s.fill(a)
	first := s.post(a, form, 303)
	again := s.post(a, form, 303)
	if len(s.stored()) != 1 || first.Header.Get("Location") != again.Header.Get("Location") {
		t.Errorf("%d comments, at %s and %s", len(s.stored()), first.Header.Get("Location"), again.Header.Get("Location"))
	}
}

func v25(t *testing.T) {
	s := newSite(t, func(set *publisher.Settings) { set.Publisher.TrustedProxies = []string{"127.0.0.1"} })
	a := s.newest()
	form := s.fill(a)
	refused := 0
	for i := range 40 {
		form.Set("text", fmt.Sprint("Comment ", i))
		r := s.request("POST", a.Path()+"/comments", strings.NewReader(form.Encode()), "Content-Type", "application/x-www-form-urlencoded", "X-Forwarded-For", "198.51.100.7")
		if got := s.do(r); got.StatusCode == 429 {
			refused++
			if wait := got.Header.Get("Retry-After"); !regexp.MustCompile(`^[1-9]\d?$`).MatchString(wait) {
				t.Fatalf("Retry-After %q", wait)
			}
			if !strings.Contains(got.body, fmt.Sprint("\nComment ", i, "</textarea>")) || !strings.Contains(got.body, `role="alert"`) { // U33
				t.Fatalf("the text is lost: %s", got.body)
			}
		}
	}
	if refused != 35 {
		t.Errorf("%d of 40 refused, want 35", refused)
	}
	s.post(a, s.fill(a, "text", "Somebody else."), 303, "X-Forwarded-For", "198.51.100.8")
}

func v26(t *testing.T) {
	s := newSite(t, nil)
	a := s.newest()
	form := s.fill(a)
	refused := 0
	for i := range 10 {
		form.Set("text", fmt.Sprint("Comment ", i))
		other := fmt.Sprintf("198.51.100.%d", i)
		r := s.request("POST", a.Path()+"/comments", strings.NewReader(form.Encode()), "Content-Type", "application/x-www-form-urlencoded",
			"X-Forwarded-For", other, "X-Real-IP", other, "Forwarded", "for="+other)
		if s.do(r).StatusCode == 429 {
			refused++
		}
	}
	if refused != 5 {
		t.Errorf("%d of 10 refused: a header that anybody can write resets the limit", refused)
	}
	proxied := newSite(t, func(set *publisher.Settings) { set.Publisher.TrustedProxies = []string{"127.0.0.0/8"} })
	a = proxied.newest()
	for i := range 6 {
		form := proxied.fill(a, "text", fmt.Sprint("Comment ", i))
		r := proxied.request("POST", a.Path()+"/comments", strings.NewReader(form.Encode()), "Content-Type", "application/x-www-form-urlencoded",
			"X-Forwarded-For", fmt.Sprintf("203.0.113.%d, 2001:db8:1:2::%d", i, i))
		proxied.now = proxied.now.Add(-10 * time.Second) // no token comes back meanwhile
		if got, want := proxied.do(r).StatusCode, map[bool]int{true: 429, false: 303}[i == 5]; got != want {
			t.Errorf("comment %d of one /64, by another address and a forged first hop: %d, want %d", i+1, got, want)
		}
	}
}

// The table of addresses is bounded: comments.TestTableIsBounded measures it;
// here a flood does not lock others out.
func v27(t *testing.T) {
	th, err := comments.New(comments.DefaultConfig(), []byte("secret"), words.English)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for i := range 200_000 {
		th.AllowPost(addr(i), now)
	}
	if _, ok := th.AllowPost(addr(1<<30), now); !ok {
		t.Error("a newcomer is refused after a flood of addresses")
	}
}

func v28(t *testing.T) {
	s := newSite(t, nil)
	a := s.newest()
	s.post(a, s.fill(a, "text", strings.Repeat("https://a.example/ ", 50)), 303)
	if c := s.stored()[0]; c.Status != state.Pending {
		t.Errorf("it is %s (%s)", c.Status, c.Reason)
	}
}

func v30(t *testing.T) {
	s := newSite(t, func(set *publisher.Settings) { set.Comments.CloseAfter = setting.Every(14 * 24 * time.Hour) })
	a := s.newest()
	form := s.fill(a)
	s.pass(14 * 24 * time.Hour)
	page := s.get(a.Path(), 200).body
	if strings.Contains(page, `<form method="post"`) || !strings.Contains(page, "Comments closed after 14 days.") {
		t.Error("the form stays, or the page does not say why it is gone")
	}
	s.post(a, form, 403)
	s.none()
	off := newSite(t, func(set *publisher.Settings) { set.Comments.Enabled = false })
	a = off.newest()
	if body := off.get(a.Path(), 200).body; strings.Contains(body, `<form method="post"`) || strings.Contains(body, "Comments (") {
		t.Error("comments are off and the page has a thread")
	}
	off.post(a, form, 403)
	off.get("/comments", 404)
}
