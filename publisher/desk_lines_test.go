package publisher_test

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"courant/db"
	"courant/db/blocks"
	"courant/db/content"
	"courant/db/state"
	"courant/publisher"
	"courant/publisher/comments"
)

// Each field of the form of an article does what desk.md says, and a time is kept to.
func TestDeskFields(t *testing.T) {
	s := newSite(t, func(set *publisher.Settings) {
		withDesk(set)
		set.Sections = append(set.Sections, publisher.Section{ID: "sea", Title: "Sea"})
	})
	s.add(false, db.Article{GUID: "1", Headline: "Headline", Section: "city", Tags: []string{"a"}, Body: content.Text("Text.")})
	ann, id := s.signIn("ann"), s.newest().ID
	form := s.fields(ann, id)
	for name, value := range map[string]string{
		"headline": "New", "slug": "another-address", "section": "sea", "tags": "tide, night ferry ,, tide-mill", "summary": "In short.", "body": "<p>Else.</p>",
		"desk_note": "We asked.", "image": "https://echo.example/mole.jpg", "image_alt": "The mole", "comments": "off", "at": "2026-11-23T09:00", "action": "schedule",
	} {
		form.Set(name, value)
	}
	form["key_point"] = []string{"", "First.", " ", "Second."}
	a := s.send("/desk/article/"+id, form, ann, ours...)
	if a.StatusCode != 303 || !strings.Contains(a.Header.Get("Location"), "did=") {
		t.Fatal(a.StatusCode, a.Header.Get("Location"), a.body)
	}
	got, err := s.store.Article(t.Context(), id)
	if err != nil || got.Headline != "New" || got.Slug != "another-address" || got.Section != "sea" || !slices.Equal(got.Tags, []string{"tide", "night ferry", "tide-mill"}) ||
		got.Summary != "In short." || got.Body.String() != "<p>Else.</p>" || got.Note != "We asked." || got.Image.URL != "https://echo.example/mole.jpg" || got.Image.Alt != "The mole" ||
		got.Thread != state.ThreadOff || !slices.Equal(got.KeyPoints, []string{"First.", "Second."}) {
		t.Errorf("it is %+v", got)
	}
	if got.Status != state.Scheduled || !got.Scheduled.Equal(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)) {
		t.Errorf("it is %s, for %s", got.Status, got.Scheduled)
	}
	// What was typed beside a button that does something else is kept.
	form = s.fields(ann, id)
	form.Set("headline", "Typed meanwhile")
	form.Set("action", "revert")
	s.send("/desk/article/"+id, form, ann, ours...)
	if page := s.getAs(ann, "/desk/article/"+id+"?draft=1").body; !strings.Contains(page, `value="Typed meanwhile"`) {
		t.Error("what was typed is lost")
	}
	// An address that readers have stays.
	if a := s.send("/desk/article/"+id, url.Values{"version": {s.fields(ann, id).Get("version")}, "action": {"publish"}}, ann, ours...); a.StatusCode != 303 {
		t.Fatal(a.StatusCode, a.body)
	}
	form = s.fields(ann, id)
	form.Set("slug", "third-address")
	form.Set("action", "save")
	if a := s.send("/desk/article/"+id, form, ann, ours...); a.StatusCode != 422 || !strings.Contains(a.body, "third-address") || s.newest().Slug != "another-address" {
		t.Errorf("another address: %d, it is %s", a.StatusCode, s.newest().Slug)
	}
}

// Sessions are ended from another one, one or all; what was kept for later is there
// after the next login, whatever the list is narrowed to.
func TestDeskAccount(t *testing.T) {
	s := newSite(t, withDesk)
	s.add(false, numbered(2)...)
	kept := s.newest()
	ann, train, home := s.signIn("ann"), s.signIn("ann"), s.signIn("ann")
	vi := s.signIn("vi")
	in := func(cookie string) bool { return s.getAs(cookie, "/desk/incoming").StatusCode == 200 }
	s.order(train, url.Values{"action": {"bin"}, "id": {kept.ID}, "next": {"/desk/incoming?q=nothing"}})
	page := s.getAs(ann, "/desk/account").body
	keys := regexp.MustCompile(`name="session" value="([0-9a-f]{64})"`).FindAllStringSubmatch(page, -1)
	if len(keys) != 2 || strings.Count(page, ">this one<") != 1 {
		t.Fatalf("%d other sessions:\n%s", len(keys), page)
	}
	end := func(cookie string, form url.Values, status int) {
		t.Helper()
		if a := s.send("/desk/account", form, cookie, ours...); a.StatusCode != status {
			t.Errorf("%v: %d, want %d", form, a.StatusCode, status)
		}
	}
	end(vi, url.Values{"action": {"end"}, "session": {keys[0][1]}}, 303) // nothing of hers
	if !in(train) || !in(home) {
		t.Error("somebody ends the session of another")
	}
	end(ann, url.Values{"action": {"end"}, "session": {keys[0][1]}}, 303)
	if in(train) == in(home) || !in(ann) {
		t.Error("not the one session was ended")
	}
	end(ann, url.Values{"action": {"end-others"}}, 303)
	if in(train) || in(home) || !in(ann) || !in(vi) {
		t.Error("not all others were ended")
	}
	end(ann, url.Values{"action": {"end"}, "session": {"xyz"}}, 400)
	end(ann, url.Values{"action": {"explode"}}, 400)
	s.send("/desk/logout", nil, ann, ours...)
	ann = s.signIn("ann")
	for path, want := range map[string]bool{"/desk/bin": true, "/desk/bin?q=" + url.QueryEscape(kept.Headline): true, "/desk/bin?q=nothing": false, "/desk/incoming": false, "/desk/incoming?page=2": false} {
		if got := strings.Contains(s.getAs(ann, path).body, `id="a-`+kept.ID+`"`); got != want {
			t.Errorf("%s shows what is kept: %v", path, got)
		}
	}
}

// Comments are narrowed to an article, and what they came with is blocked: by each kind.
func TestDeskBlock(t *testing.T) {
	s := newSite(t, func(set *publisher.Settings) { withDesk(set); set.Comments.Moderation = comments.All })
	s.add(true, db.Article{GUID: "other", Headline: "Another", Section: "city", Body: content.Text("Text.")})
	list, err := s.store.Articles(t.Context(), db.ArticleQuery{})
	if err != nil || len(list) != 2 {
		t.Fatal(len(list), err)
	}
	for i, text := range []string{"Of the first.", "Of the second."} {
		s.post(list[i], s.fill(list[i], "text", text, "email", "ann@a.example"), 303)
	}
	mo := s.signIn("mo")
	if page := s.getAs(mo, "/desk/comments?article="+list[1].ID).body; !strings.Contains(page, "Of the second.") || strings.Contains(page, "Of the first.") {
		t.Error("the comments are not those of one article")
	}
	id := s.stored()[0].ID
	for i, kind := range []string{"name", "email", "network", "text"} {
		if a := s.send("/desk/comments", url.Values{"action": {"block"}, "id": {id}, "block": {kind}}, mo, ours...); a.StatusCode != 303 {
			t.Errorf("%s: %d\n%s", kind, a.StatusCode, a.body)
		}
		blocked, err := blocks.New(s.store.DB, s.clock).List(t.Context())
		if err != nil || len(blocked) != i+1 {
			t.Errorf("%s: %+v, %v", kind, blocked, err)
		}
	}
	if a := s.send("/desk/comments", url.Values{"action": {"block"}, "id": {id}, "block": {"mood"}}, mo, ours...); a.StatusCode < 400 || a.StatusCode >= 500 {
		t.Errorf("a kind that there is not: %d", a.StatusCode)
	}
}

// A row says why it is where it is, and when it will be published, whatever was done to
// it since; the log says what each action changed.
func TestDeskWhy(t *testing.T) {
	s := newSite(t, withDesk)
	published := s.newest()
	s.add(false, numbered(2)...)
	list, err := s.store.Articles(t.Context(), db.ArticleQuery{Status: state.Incoming})
	if err != nil || len(list) != 2 {
		t.Fatal(len(list), err)
	}
	ann, vi := s.signIn("ann"), s.signIn("vi")
	s.order(ann, url.Values{"action": {"bin"}, "id": {list[0].ID}})
	s.order(vi, url.Values{"action": {"nominate"}, "id": {list[0].ID}})
	s.order(ann, url.Values{"action": {"schedule"}, "id": {list[1].ID}, "at": {"2026-12-01T10:05"}})
	s.order(ann, url.Values{"action": {"pin"}, "id": {published.ID}})
	if a := s.send("/desk/sources", url.Values{"action": {"pause"}, "id": {"echo"}}, ann, ours...); a.StatusCode != 303 {
		t.Error(a.StatusCode)
	}
	if _, _, err := s.store.AddComment(t.Context(), db.Comment{Article: published.ID, Name: "Bea", Text: "Words", Body: content.Comment("Words."), Status: state.Pending}); err != nil {
		t.Fatal(err)
	}
	if a := s.send("/desk/comments", url.Values{"action": {"approve"}, "id": {s.stored()[0].ID}}, ann, ours...); a.StatusCode != 303 {
		t.Error(a.StatusCode)
	}
	for path, wants := range map[string][]string{
		"/desk/bin":       {`class="why">kept for later by ann<`},
		"/desk/scheduled": {`class="why">scheduled by ann<`, `>1 Dec, 10:05</time>`},
		"/desk/published": {`class="why">published as it came<`},
		"/desk/log":       {">incoming → kept for later<", ">not nominated → nominated<", ">not pinned → pinned<", ">polled → paused<", ">pending → approved: ann<"},
	} {
		page := s.getAs(ann, path).body
		for _, want := range wants {
			if !strings.Contains(page, want) {
				t.Errorf("%s lacks %s:\n%s", path, want, page)
			}
		}
	}
	to := s.order(ann, url.Values{"action": {"withdraw"}, "id": {published.ID}, "next": {"/desk/withdrawn"}})
	if page := s.getAs(ann, to).body; !strings.Contains(page, "<h1>Withdrawn</h1>") || !strings.Contains(page, `class="why">withdrawn by ann<`) {
		t.Error("the list of what was withdrawn does not say what it is")
	}
}
