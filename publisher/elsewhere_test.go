package publisher

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"courant/db"
	"courant/db/state"
	"courant/db/thread"
	"courant/publisher/comments"
)

// hear takes in what was said in the thread of an article at its source, as the worker
// does, and returns our comments, as many.
func (s *testSite) hear(a db.Article, list ...thread.Said) []db.Comment {
	s.t.Helper()
	ctx := s.t.Context()
	source, err := s.store.Source(ctx, a.Source)
	if err != nil {
		s.t.Fatal(err)
	}
	s.wait(time.Minute)
	polls := thread.New(s.store.DB)
	named := []thread.Named{{Article: a.Seq, Address: "https://source.example/thread", Host: "source.example", Said: s.clock.now.String(), Alive: s.clock.now}}
	if _, err := s.store.Ingest(ctx, []db.Pass{{Source: a.Source, At: s.clock.now, Outcome: state.OutcomeUnchanged, Threads: named}}); err != nil {
		s.t.Fatal(err)
	}
	t, err := polls.Of(ctx, a.ID)
	if err == nil {
		t, err = polls.Claim(ctx, t, s.clock.now, s.clock.now.Add(time.Hour))
	}
	if err != nil {
		s.t.Fatal(err)
	}
	step := thread.Step{Poll: t}
	step.Poll.Due = s.clock.now.Add(time.Hour)
	for _, said := range list {
		if said, ok := s.moderator.Clean(source, said); ok {
			step.New = append(step.New, said)
		}
	}
	if err := s.moderator.Elsewhere(ctx, step.New); err != nil {
		s.t.Fatal(err)
	}
	got, err := s.store.Ingest(ctx, []db.Pass{{Source: a.Source, At: s.clock.now, Thread: &step}})
	if err == nil {
		err = got[0].Err
	}
	if err != nil {
		s.t.Fatal(err)
	}
	all, err := s.store.Comments(ctx, db.CommentQuery{Article: a.ID, All: true, OldestFirst: true})
	if err != nil {
		s.t.Fatal(err)
	}
	return all[len(all)-len(step.New):]
}

func said(id, parent, name, markup string) thread.Said {
	return thread.Said{
		External: "urn:c:" + id, Parent: parent, Name: name, Markup: markup, Base: "https://source.example/", Link: "https://source.example/tidal#" + id,
		At: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC),
	}
}

func free(s *Settings) { s.Comments.Moderation = comments.None }

// What is said in an article's thread at its source stands in ours: marked, on the page
// and in each feed, under what it answers, beside what is said here (P101).
func TestElsewhere(t *testing.T) {
	s := newSite(t, free)
	a := s.publish("daily", tidal())[0]
	list := s.hear(a, said("1", "", "Ada", `<p>A <b>word</b>, <a href="/more">and more</a>.</p><script>alert(1)</script>`), said("2", "urn:c:1", "Bob", "An answer."))
	ada, bob := list[0], list[1]
	reply := s.comment(a.ID, ada.ID, "Eve", "Said here.")
	s.comment(a.ID, "", "Dan", "By itself.")

	page := s.get(a.Path())
	contains(t, "the page", page, `Comments (4)`, `id="c-`+ada.ID+`"`,
		`<span class="from"><a href="https://source.example/tidal#1" rel="nofollow ugc noopener">via <bdi data-untrusted>Source Daily</bdi></a></span>`,
		`<p>A <strong>word</strong>, <a href="https://source.example/more" rel="nofollow ugc noopener">and more</a>.</p>`, "?reply="+ada.ID)
	if strings.Contains(page, "alert(1)") {
		t.Error("the page has its script")
	}
	if n := strings.Count(page, `class="from"`); n != 2 {
		t.Errorf("%d comments are marked, want 2", n)
	}
	contains(t, "the latest comments", s.get("/comments"), `class="from"`)

	f := s.atom(a.Path() + "/feed.atom")
	entries := map[string]*node{}
	for _, e := range f.all("atom:entry") {
		entries[e.value(t, "atom:id")] = e
	}
	tag := s.store.Tag()
	at := entries[tag.Comment(bob.ID)]
	if len(entries) != 4 || at == nil {
		t.Fatalf("%d entries", len(entries))
	}
	if r := at.one(t, "thr:in-reply-to"); r.attr["ref"] != tag.Comment(ada.ID) {
		t.Errorf("it answers %s, want %s", r.attr["ref"], tag.Comment(ada.ID))
	}
	if src := at.one(t, "atom:source"); src.value(t, "atom:title") != "Source Daily" || src.value(t, "atom:id") != "https://daily.example/id" || src.links("self")[0].attr["href"] != "https://source.example/feed.xml" {
		t.Errorf("its source: %+v", src)
	}
	if got := at.value(t, "atom:title"); got != "Bob, via Source Daily, in reply to Ada" {
		t.Errorf("its title %q", got)
	}
	if got := at.value(t, "atom:content"); got != "<p>An answer.</p>" {
		t.Errorf("its content %q", got)
	}
	if via := at.links("via"); len(via) != 1 || via[0].attr["href"] != "https://source.example/tidal#2" {
		t.Errorf("via %+v", via)
	}
	if at.value(t, "atom:published") != "2026-11-22T09:00:00.000Z" {
		t.Errorf("published %s", at.value(t, "atom:published"))
	}
	ours := entries[tag.Comment(reply.ID)]
	if len(ours.all("atom:source")) != 0 || ours.one(t, "thr:in-reply-to").attr["ref"] != tag.Comment(ada.ID) {
		t.Errorf("the answer from here: %+v", ours)
	}
	front := s.atom("/feed.atom").all("atom:entry")[0]
	if front.value(t, "thr:total") != "4" {
		t.Errorf("thr:total %s", front.value(t, "thr:total"))
	}

	marked := 0
	for _, item := range s.rss(a.Path() + "/feed.rss").all("item") {
		for _, src := range item.all("source") {
			if marked++; src.attr["url"] != "https://source.example/feed.xml" || src.text != "Source Daily" {
				t.Errorf("RSS source %+v", src)
			}
		}
	}
	for _, item := range s.json(a.Path() + "/feed.json").Items {
		if item.Courant.Source.Title != "" {
			if marked++; item.Courant.Source.Title != "Source Daily" || !strings.HasPrefix(item.ExternalURL, "https://source.example/tidal#") {
				t.Errorf("JSON %+v", item)
			}
		}
	}
	if marked != 4 {
		t.Errorf("%d items of RSS and JSON Feed name a source, want 4", marked)
	}

	if _, _, err := s.store.Moderate(t.Context(), "eve", state.Removed, "rude", ada.ID); err != nil {
		t.Fatal(err)
	}
	page = s.get(a.Path())
	contains(t, "the page without it", page, "Comments (3)", "Comment removed by the desk")
	if r := s.atom(a.Path() + "/feed.atom"); len(r.all("atom:entry")) != 3 {
		t.Errorf("%d entries without it", len(r.all("atom:entry")))
	}
}

// Comments from elsewhere are judged by the rules that visitors are judged by.
func TestElsewhereIsModerated(t *testing.T) {
	long := "<p>" + strings.Repeat("Word upon word. ", 1000) + "</p>"
	for name, c := range map[string]struct {
		set     func(*Settings)
		said    thread.Said
		status  state.Comment
		because string
	}{
		"none":           {free, said("1", "", "Ada", "Fine."), state.Approved, "moderation: none"},
		"first":          {func(*Settings) {}, said("1", "", "Ada", "Fine."), state.Pending, "first comment"},
		"all":            {func(s *Settings) { s.Comments.Moderation = comments.All }, said("1", "", "Ada", "Fine."), state.Pending, "all are held"},
		"blocklist":      {func(s *Settings) { s.Comments.Blocklist = []string{"casino"} }, said("1", "", "Ada", "<p>The <i>CAS</i>INO.</p>"), state.Spam, "blocklist: casino"},
		"blocked name":   {func(s *Settings) { s.Comments.Blocklist = []string{"ada"} }, said("1", "", "Ada", "Fine."), state.Spam, "blocklist: ada"},
		"blocked link":   {func(s *Settings) { s.Comments.Blocklist = []string{"evil.example"} }, said("1", "", "Ada", `<a href="https://evil.example/">there</a>`), state.Spam, "blocklist"},
		"suspect":        {func(s *Settings) { free(s); s.Comments.Suspect = []string{"ferry"} }, said("1", "", "Ada", "The ferry."), state.Approved, "moderation: none"},
		"links":          {free, said("1", "", "Ada", strings.Repeat(`<a href="https://a.example/">a</a> `, 3)), state.Pending, "links: 3"},
		"long":           {free, said("1", "", "Ada", long), state.Approved, "moderation: none"},
		"no name":        {free, said("1", "", " ", "Fine."), state.Approved, "moderation: none"},
		"names that lie": {free, said("1", "", "Ada\u202e\u200b"+strings.Repeat("a", 500), "Fine."), state.Approved, "moderation: none"},
	} {
		s := newSite(t, c.set)
		a := s.publish("daily", tidal())[0]
		got := s.hear(a, c.said)[0]
		if got.Status != c.status || !strings.Contains(got.Reason, c.because) {
			t.Errorf("%s: %s, %s", name, got.Status, got.Reason)
		}
		if flagged := got.Flagged != ""; flagged != (name == "suspect") {
			t.Errorf("%s: flagged %q", name, got.Flagged)
		}
		if n := len([]rune(got.Text)); n > 5000 || len([]rune(got.Name)) > comments.MaxName || strings.ContainsAny(got.Name, "\u202e\u200b") {
			t.Errorf("%s: %d characters by %q", name, n, got.Name)
		}
		if name == "no name" && got.Name != "Source Daily" {
			t.Errorf("%s: by %q", name, got.Name)
		}
		if shown := strings.Contains(s.get(a.Path()), `id="c-`+got.ID+`"`); shown != (c.status == state.Approved) {
			t.Errorf("%s: shown is %t", name, shown)
		}
	}
}

// A writer is known by their name at their source: there alone, and no visitor is.
func TestElsewhereStanding(t *testing.T) {
	s := newSite(t)
	a, other := s.publish("daily", tidal())[0], s.publish("excerpts", tidal())[0]
	first := s.hear(a, said("1", "", "Ada", "The first."))[0]
	if _, _, err := s.store.Moderate(t.Context(), "eve", state.Approved, "", first.ID); err != nil {
		t.Fatal(err)
	}
	if c := s.hear(a, said("2", "", "Ada", "The second."))[0]; c.Status != state.Approved {
		t.Errorf("known: %s, %s", c.Status, c.Reason)
	}
	if c := s.hear(other, said("3", "", "Ada", "From another source."))[0]; c.Status != state.Pending {
		t.Errorf("of the same name elsewhere: %s, %s", c.Status, c.Reason)
	}
	// Many with the same words are a campaign, in one document too.
	text := "Buy this now, it is the very best that there is in the world."
	var list []thread.Said
	for i := range 4 {
		list = append(list, said(fmt.Sprint("same", i), "", fmt.Sprint("Reader ", i), text))
	}
	free := newSite(t, free)
	got := free.hear(free.publish("daily", tidal())[0], list...)
	if got[1].Status != state.Approved || got[2].Status != state.Pending || !strings.Contains(got[3].Reason, "duplicate") {
		t.Errorf("the same words: %s, %s, %s", got[1].Status, got[2].Status, got[3].Reason)
	}
}
