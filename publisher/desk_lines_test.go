package publisher_test

import (
	"html"
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

// The log has what each form of the desk changed, what was before and what is after; and
// a note that is left with an action goes and comes with it.
func TestDeskLog(t *testing.T) {
	s := newSite(t, func(set *publisher.Settings) { withDesk(set); set.Comments.Moderation = comments.All })
	published := s.newest()
	s.add(false, db.Article{GUID: "1", Headline: "Old headline", Section: "city", Tags: []string{"a"}, Body: content.Text("Text.")})
	list, err := s.store.Articles(t.Context(), db.ArticleQuery{Status: state.Incoming})
	if err != nil || len(list) != 1 {
		t.Fatal(len(list), err)
	}
	id := list[0].ID
	s.post(published, s.fill(published, "text", "A comment."), 303)
	remark := s.stored()[0].ID
	ann := s.signIn("ann")
	s.signIn("ann") // another session
	form := func(id string, pairs ...string) url.Values {
		f := s.fields(ann, id)
		for i := 0; i < len(pairs); i += 2 {
			f.Set(pairs[i], pairs[i+1])
		}
		return f
	}
	lines := func() []string {
		t.Helper()
		var out []string
		for row := range strings.SplitSeq(s.getAs(ann, "/desk/log").body, "<tr><td>") {
			if _, what, is := strings.Cut(row, "<td data-untrusted>"); is {
				what, _, _ = strings.Cut(what, "</td>")
				out = append(out, html.UnescapeString(what))
			}
		}
		return out
	}
	did := ""
	for _, c := range []struct {
		path string
		form func() url.Values
		want []string // the newest first
	}{
		{"/desk/article/" + id, func() url.Values {
			return form(id, "headline", "New headline", "tags", "a, b", "desk_note", "We asked.", "comments", "closed", "action", "save")
		}, []string{"headline: Old headline → New headline · address: old-headline → new-headline · tags: a → a, b · note from the desk: nothing → We asked. · comments: as configured → closed", "as configured → closed"}},
		{"/desk/undo", func() url.Values { return url.Values{"did": {did}} }, []string{
			"headline: New headline → Old headline · address: new-headline → old-headline · tags: a, b → a · note from the desk: We asked. → nothing · comments: closed → as configured",
		}},
		{"/desk/articles", func() url.Values { return url.Values{"action": {"note"}, "id": {id, id}, "note": {"published"}} }, []string{"nothing → “published”"}},
		{"/desk/articles", func() url.Values { return url.Values{"action": {"publish"}, "id": {id, id}, "note": {"Ask\nthem."}} }, []string{"nothing → “Ask them.”", "incoming → published"}},
		{"/desk/undo", func() url.Values { return url.Values{"did": {did}} }, []string{"published → incoming", "“Ask them.” → nothing"}},
		{"/desk/undo", func() url.Values { return url.Values{"did": {did}} }, []string{"nothing → “Ask them.”", "incoming → published"}},
		{"/desk/article/" + id, func() url.Values {
			return form(id, "headline", "Right headline", "change", "correction", "correction", "It was wrong.", "action", "save")
		}, []string{"headline: Old headline → Right headline · correction: nothing → It was wrong.: It was wrong."}},
		{"/desk/articles", func() url.Values { return url.Values{"action": {"withdraw"}, "id": {id}, "reason": {"Wrong."}} }, []string{"published → withdrawn: Wrong."}},
		{"/desk/articles", func() url.Values { return url.Values{"action": {"withdraw"}, "id": {id}, "reason": {"Still wrong."}} }, []string{"“Wrong.” → “Still wrong.”"}},
		{"/desk/comments", func() url.Values { return url.Values{"action": {"approve"}, "id": {remark}} }, []string{"pending → approved: ann"}},
		{"/desk/comments", func() url.Values {
			return url.Values{"action": {"spam"}, "id": {remark}, "reason": {"Advertising"}}
		}, []string{"approved → spam: ann: Advertising"}},
		{"/desk/undo", func() url.Values { return url.Values{"did": {did}} }, []string{"spam → approved"}},
		{"/desk/comments", func() url.Values { return url.Values{"action": {"block"}, "id": {remark}, "block": {"text"}} }, []string{"not blocked → blocked: text"}},
		{"/desk/comments", func() url.Values { return url.Values{"action": {"unblock"}, "id": {remark}, "block": {"text"}} }, []string{"blocked → not blocked: text"}},
		{"/desk/sources", func() url.Values { return url.Values{"action": {"pause"}, "id": {"echo"}} }, []string{"polled → paused"}},
		{"/desk/sources", func() url.Values { return url.Values{"action": {"pause"}, "id": {"echo"}} }, nil}, // it was already
		{"/desk/sources", func() url.Values { return url.Values{"action": {"resume"}, "id": {"echo"}} }, []string{"paused → polled"}},
		{"/desk/account", func() url.Values { return url.Values{"action": {"end-others"}} }, []string{"valid → ended"}},
		{"/desk/account", func() url.Values { return url.Values{"action": {"end-others"}} }, nil}, // there is none
		{"/desk/account", func() url.Values { return url.Values{"action": {"renew"}} }, []string{"valid → ended"}},
	} {
		s.pass(time.Second)
		before := lines()
		f := c.form()
		a := s.send(c.path, f, ann, ours...)
		if a.StatusCode != 303 {
			t.Fatalf("%s %v: %d\n%s", c.path, f, a.StatusCode, a.body)
		}
		if m := didPattern.FindStringSubmatch(a.Header.Get("Location")); m != nil {
			did = m[1]
		}
		if got := lines(); !slices.Equal(got[:len(got)-len(before)], c.want) {
			t.Errorf("%s %v: the log says\n%q, want\n%q", c.path, f["action"], got[:len(got)-len(before)], c.want)
		}
	}
	if page := s.getAs(ann, "/desk/article/"+id).body; strings.Count(page, "Ask\nthem.") != 1 {
		t.Error("the note is not there once")
	}
	// What is refused leaves no note, and it comes back in the form.
	s.pass(time.Second)
	before := len(lines())
	a := s.send("/desk/articles", url.Values{"action": {"reopen"}, "id": {published.ID}, "note": {"Never left"}}, ann, ours...)
	if a.StatusCode != 409 || !strings.Contains(a.body, "Never left") || len(lines()) != before || strings.Contains(s.getAs(ann, "/desk/article/"+published.ID).body, "Never left") {
		t.Errorf("%d\n%s", a.StatusCode, a.body)
	}
}
