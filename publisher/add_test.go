package publisher_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"courant/db"
	"courant/db/content"
	"courant/db/newsroom"
	"courant/db/sqlrow"
	"courant/db/state"
	"courant/publisher"
	"courant/publisher/desk"
	"courant/publisher/editing"
)

// pagesOf are the pages that can be added, by address, in place of the web: that one
// is made of them is the command's business.
func pagesOf(address string) (db.Article, error) {
	a := db.Article{
		GUID: address, Link: address, Headline: "Of the tide", Author: "Mara Lindqvist", Language: "en", KeyPoints: []string{"It turns."}, Summary: "At last.",
		Image: db.Image{URL: "https://far.example/tide.jpg"}, Body: content.Clean("<p>The whole text of the page.</p>", address), SourcePublished: time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC),
	}
	if strings.Contains(address, "closed") {
		return db.Article{}, &editing.FieldError{Field: "url", Text: "cannot be read: its robots.txt asks programs to leave this page alone"}
	}
	return a, nil
}

// adder takes them in.
func (s *site) adder(e editing.Editor) desk.Adder { return adder{s, e} }

type adder struct {
	*site
	editor editing.Editor
}

func (a adder) Look(ctx context.Context, address string) (db.Article, error) {
	page, err := pagesOf(address)
	if err == nil {
		if page.ID, err = newsroom.New(a.store.DB, a.clock).Added(ctx, address); errors.Is(err, sqlrow.ErrNotFound) {
			err = nil
		}
	}
	return page, err
}

func (a adder) Page(ctx context.Context, address, section string) (page db.Article, fresh bool, err error) {
	if page, err = pagesOf(address); err != nil {
		return page, false, err
	}
	if id, err := newsroom.New(a.store.DB, a.clock).Added(ctx, address); err == nil {
		page, err = a.store.Article(ctx, id)
		return page, false, err
	}
	page.Section = section
	page, err = a.take(ctx, page)
	return page, true, err
}

func (a adder) Write(ctx context.Context, w desk.Written) (db.Article, error) {
	return a.take(ctx, db.Article{GUID: "own " + w.Headline, Headline: w.Headline, Link: w.Link, Author: w.Author, Section: w.Section, Body: content.Clean(w.Body, w.Link)})
}

func (a adder) take(ctx context.Context, article db.Article) (db.Article, error) {
	list := []db.Entry{{Article: article, Fingerprint: []byte(article.GUID), Raw: []byte("{}")}}
	results, err := a.store.Ingest(ctx, []db.Pass{{Source: newsroom.Source, At: a.clock(), Actor: a.editor.Name(), Entries: list}})
	if err != nil || results[0].Err != nil {
		return article, errors.Join(err, results[0].Err)
	}
	return a.store.Article(ctx, list[0].Article.ID)
}

// latest is newest with its body.
func (s *site) latest() db.Article {
	s.Helper()
	a, err := s.store.Article(s.Context(), s.newest().ID)
	if err != nil {
		s.Fatal(err)
	}
	return a
}

// A page is added by its address: what was read there is shown before anything is
// stored, and what the form says of it holds.
func TestDeskAdd(t *testing.T) {
	s := newSite(t, withDesk)
	ann := s.signIn("ann")
	before := s.newest().ID
	const at = "https://far.example/tide"
	page := s.getAs(ann, "/desk/add?url="+url.QueryEscape(at)+"&title=Another&text=What+was+selected")
	for _, want := range []string{`value="Of the tide"`, "The whole text of the page.", "By <bdi>Mara Lindqvist</bdi>", `value="https://far.example/tide.jpg"`, "What was selected</textarea>", `name="url" value="` + at + `"`} {
		if page.StatusCode != 200 || !strings.Contains(page.body, want) {
			t.Errorf("the form lacks %s: %d", want, page.StatusCode)
		}
	}
	if s.newest().ID != before {
		t.Fatal("it was stored before it was shown")
	}
	form := url.Values{"url": {at}, "headline": {"Of the tide, at last"}, "section": {"city"}, "tags": {"energy"}, "action": {"publish"}}
	got := s.send("/desk/add", form, ann, ours...)
	if got.StatusCode != 303 || !strings.HasPrefix(got.Header.Get("Location"), "/desk/incoming?did=") {
		t.Fatal(got.StatusCode, got.Header, got.body)
	}
	a := s.latest()
	if a.Status != state.Published || a.Headline != "Of the tide, at last" || a.Section != "city" || a.Source != "desk" || a.Author != "Mara Lindqvist" ||
		strings.Join(a.Curated, " ") != "headline tags" || !strings.Contains(a.Body.String(), "whole text") {
		t.Errorf("it is %+v", a)
	}
	page = s.get(a.Path(), 200)
	for _, want := range []string{"First published by", "far.example", `href="/source/desk"><bdi data-untrusted>The Harbour Courant</bdi>`, "Mara Lindqvist"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("its page lacks %s:\n%s", want, page.body)
		}
	}
	if feed := s.get("/feed.atom", 200).body; !strings.Contains(feed, `<link rel="via" type="text/html" href="`+at+`"/>`) {
		t.Errorf("the feed lacks where it is from:\n%s", feed)
	}
	// An undo takes all of it back, and what was typed comes back.
	undo := func(to string) string {
		t.Helper()
		a := s.send("/desk/undo", url.Values{"did": {didPattern.FindStringSubmatch(to)[1]}, "next": {"/desk/incoming"}}, ann, ours...)
		if a.StatusCode != 303 {
			t.Fatal(a.StatusCode, a.body)
		}
		return s.getAs(ann, a.Header.Get("Location")).body
	}
	if page := undo(got.Header.Get("Location")); s.latest().Status != state.Rejected || !strings.Contains(page, `href="/desk/add?draft=1">What you typed</a>`) {
		t.Errorf("undone it is %s:\n%s", s.latest().Status, page)
	}
	if page := s.getAs(ann, "/desk/add?draft=1").body; !strings.Contains(page, `value="Of the tide, at last"`) || !strings.Contains(page, `name="url" value="`+at+`"`) {
		t.Error("undone, what was typed is lost")
	}
	if undo(got.Header.Get("Location")); s.latest().Status != state.Published || s.latest().Headline != "Of the tide, at last" || strings.Contains(s.getAs(ann, "/desk/add").body, "did not save") {
		t.Errorf("done again it is %+v", s.latest())
	}
	// Again it is the same article.
	if page := s.getAs(ann, "/desk/add?url="+url.QueryEscape(at)).body; !strings.Contains(page, "It was added before") {
		t.Error("it is not said that it was added before")
	}
	if got := s.send("/desk/add", url.Values{"url": {at}, "action": {"save"}}, ann, ours...); got.StatusCode != 303 || s.newest().ID != a.ID {
		t.Errorf("added twice: %d %s", got.StatusCode, got.Header.Get("Location"))
	}
}

// A page that may not be read is not; an editor may write of it.
func TestDeskAddClosed(t *testing.T) {
	s := newSite(t, withDesk)
	ann := s.signIn("ann")
	const at = "https://closed.example/"
	page := s.getAs(ann, "/desk/add?url="+url.QueryEscape(at)+"&title=What+they+say").body
	if !strings.Contains(page, "The address cannot be read: its robots.txt") || !strings.Contains(page, `value="What they say"`) {
		t.Errorf("the form is\n%s", page)
	}
	got := s.send("/desk/add", url.Values{"url": {at}}, ann, ours...)
	if got.StatusCode != 422 || !strings.Contains(got.body, "robots.txt") {
		t.Errorf("a page that may not be read: %d", got.StatusCode)
	}
	got = s.send("/desk/add", url.Values{"url": {at}, "headline": {"What they say"}, "body": {"They say *much*."}}, ann, ours...)
	if page := s.getAs(ann, got.Header.Get("Location")).body; !strings.Contains(page, "Added: “What they say”") || !strings.Contains(page, ">Undo</button>") {
		t.Errorf("it leads to %s:\n%s", got.Header.Get("Location"), page)
	}
	if a := s.latest(); got.StatusCode != 303 || a.Link != at || a.Headline != "What they say" || !strings.Contains(a.Body.String(), "<em>much</em>") || a.Status != state.Incoming {
		t.Errorf("written of it: %d, %+v", got.StatusCode, a)
	}
	for _, form := range []url.Values{{"url": {""}}, {"url": {"https://far.example/" + strings.Repeat("x", 3000)}}, {}} {
		if got := s.send("/desk/add", form, ann, ours...); got.StatusCode != 422 {
			t.Errorf("%.40v: %d", form, got.StatusCode)
		}
	}
}

// An article of one's own, in Markdown, is an article like all others; nothing typed is
// lost.
func TestDeskWrite(t *testing.T) {
	s := newSite(t, withDesk)
	ann := s.signIn("ann")
	form := url.Values{
		"headline": {"Our own"}, "body": {"What *we* know.\n\n- One\n- Two\n\n<script>alert(1)</script>"}, "section": {"city"}, "key_point": {"We know.", ""}, "author": {"Ann A."}, "tags": {"two words, ok"},
		"action": {"preview"},
	}
	got := s.send("/desk/write", form, ann, ours...)
	if got.StatusCode != 200 || !strings.Contains(framed(got)[0], "<em>we</em>") || !strings.Contains(got.body, "What *we* know.") || strings.Contains(framed(got)[0]+framed(got)[1], "<script>alert") {
		t.Fatalf("the preview: %d\n%s", got.StatusCode, got.body)
	}
	form.Set("section", "nowhere")
	form.Set("action", "publish")
	if got = s.send("/desk/write", form, ann, ours...); got.StatusCode != 422 || !strings.Contains(got.body, "there is no section nowhere") || !strings.Contains(got.body, "What *we* know.") {
		t.Errorf("of no section: %d", got.StatusCode)
	}
	if page := s.getAs(ann, "/desk/write?draft=1").body; !strings.Contains(page, "What *we* know.") || !strings.Contains(page, `value="Ann A."`) {
		t.Error("what was typed is lost")
	}
	form.Set("section", "city")
	if got = s.send("/desk/write", form, ann, ours...); got.StatusCode != 303 {
		t.Fatal(got.StatusCode, got.body)
	}
	a := s.newest()
	if a.Status != state.Published || a.Source != "desk" || a.Author != "Ann A." || strings.Join(a.KeyPoints, "") != "We know." {
		t.Errorf("it is %+v", a)
	}
	page := s.get(a.Path(), 200).body
	if !strings.Contains(page, "<em>we</em>") || strings.Contains(page, "First published by") || strings.Contains(page, "alert(1)") {
		t.Errorf("its page is\n%s", page)
	}
	if page := s.getAs(ann, "/desk/write").body; strings.Contains(page, "did not save") {
		t.Error("what was saved is kept as a draft")
	}
	// A session that ended loses nothing.
	s.pass(13 * time.Hour)
	form.Set("headline", "Another one")
	got = s.send("/desk/write", form, ann, ours...)
	if to := got.Header.Get("Location"); got.StatusCode != 303 || !strings.HasPrefix(to, "/desk/login?next=%2Fdesk%2Fwrite") {
		t.Fatalf("after its end: %d %s", got.StatusCode, to)
	}
	ann = s.signIn("ann")
	if page := s.getAs(ann, "/desk/write?draft=1").body; !strings.Contains(page, `value="Another one"`) {
		t.Error("what was typed in a session that ended is lost")
	}
	s.send("/desk/write", url.Values{"action": {"discard"}}, ann, ours...)
	if page := s.getAs(ann, "/desk/write").body; strings.Contains(page, "did not save") {
		t.Error("the draft was not discarded")
	}
}

// Who decides on some sections alone adds to those alone, and who is no editor adds
// nothing.
func TestDeskAddRoles(t *testing.T) {
	s := newSite(t, func(set *publisher.Settings) {
		withDesk(set)
		set.Sections = append(set.Sections, publisher.Section{ID: "coast"})
		set.Desk.Users[0].Sections = []string{"coast"}
	})
	ann := s.signIn("ann")
	for section, want := range map[string]int{"": 422, "city": 422, "coast": 303} {
		if got := s.send("/desk/write", url.Values{"headline": {"Own " + section}, "body": {"Text."}, "section": {section}}, ann, ours...); got.StatusCode != want {
			t.Errorf("of %q: %d, want %d", section, got.StatusCode, want)
		}
	}
	for _, name := range []string{"mo", "vi"} {
		cookie := s.signIn(name)
		for _, path := range []string{"/desk/add", "/desk/write"} {
			if got := s.getAs(cookie, path).StatusCode; got != 403 {
				t.Errorf("%s gets %s: %d", name, path, got)
			}
			if got := s.send(path, url.Values{"headline": {"x"}}, cookie, ours...).StatusCode; got != 403 {
				t.Errorf("%s posts %s: %d", name, path, got)
			}
		}
	}
}

// What is far too much comes back whole, with why.
func TestDeskTooMuch(t *testing.T) {
	s := newSite(t, withDesk)
	s.add(false, db.Article{GUID: "1", Headline: "Old", Section: "city", Body: content.Text("Text.")})
	ann, id := s.signIn("ann"), s.newest().ID
	text := strings.Repeat("<p>A megabyte of text.</p>\n", 1<<20/27+1)
	points := make([]string, 200)
	for i := range points {
		points[i] = fmt.Sprint("Point number ", i)
	}
	headline := strings.Repeat("h", 64<<10)
	form := s.fields(ann, id)
	form.Set("body", text)
	form.Set("headline", headline)
	form["key_point"] = points
	form.Set("action", "save")
	form.Set("url", "https://far.example/tide")
	for _, path := range []string{"/desk/article/" + id, "/desk/write", "/desk/add"} {
		got := s.send(path, form, ann, ours...)
		if got.StatusCode != 422 {
			t.Fatalf("%s: %d", path, got.StatusCode)
		}
		for _, want := range []string{"The text is too long", "The headline is too long", "an article has at most 5", headline, `value="Point number 199"`, strings.ReplaceAll(strings.ReplaceAll(text[:4000], "<", "&lt;"), ">", "&gt;")} {
			if !strings.Contains(got.body, want) {
				t.Errorf("%s lacks %.60s", path, want)
			}
		}
		if n := strings.Count(got.body, "A megabyte of text."); n != strings.Count(text, "A megabyte of text.") {
			t.Errorf("%s gives %d lines of the text back", path, n)
		}
	}
	if got := s.newest(); got.Headline != "Old" {
		t.Error("it was saved")
	}
	for _, path := range []string{"/desk/article/" + id, "/desk/write", "/desk/add"} {
		page := s.getAs(ann, path+"?draft=1").body
		if !strings.Contains(page, `value="Point number 199"`) || !strings.Contains(page, headline) || strings.Count(page, "A megabyte of text.") < strings.Count(text, "A megabyte of text.") {
			t.Errorf("%s: the draft lacks what was typed", path)
		}
	}
}

// A reason for removing comments is kept with them, and counted.
func TestDeskCommentReason(t *testing.T) {
	s := newSite(t, withDesk)
	a := s.newest()
	var list []string
	for i := range 3 {
		c, _, err := s.store.AddComment(t.Context(), db.Comment{Article: a.ID, Name: "Bea", Text: fmt.Sprint("Words ", i), Body: content.Comment("Words."), Status: state.Approved})
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, c.ID)
	}
	mo := s.signIn("mo")
	for _, form := range []url.Values{
		{"action": {"remove"}, "id": list[:2], "reason": {"off topic <b>"}},
		{"action": {"spam"}, "id": list[2:], "reason": {"selling"}},
	} {
		if got := s.send("/desk/comments", form, mo, ours...); got.StatusCode != 303 {
			t.Fatal(got.StatusCode, got.body)
		}
	}
	if got := s.send("/desk/comments", url.Values{"action": {"remove"}, "reason": {"typed at length"}}, mo, ours...); got.StatusCode != 422 || !strings.Contains(got.body, `value="typed at length"`) {
		t.Errorf("of no comment: %d\n%s", got.StatusCode, got.body)
	}
	if page := s.getAs(mo, "/desk/comments").body; !strings.Contains(page, "off topic &lt;b&gt;</span> (2), <span data-untrusted>selling</span> (1)") {
		t.Errorf("the reasons are not counted:\n%s", page)
	}
	if page := s.getAs(mo, "/desk/comments?status=removed").body; !strings.Contains(page, "mo: off topic &lt;b&gt;") {
		t.Error("the reason is not with the comment")
	}
	if page := s.getAs(mo, "/desk/log?kind=comment").body; !strings.Contains(page, "mo: off topic") {
		t.Error("the reason is not in the log")
	}
	if page := s.get(a.Path(), 200).body; strings.Contains(page, "off topic") {
		t.Error("readers see the reason")
	}
}

// An article is pinned at the desk, and leads the front page until it is not.
func TestDeskPin(t *testing.T) {
	s := newSite(t, withDesk, numbered(5)...)
	ann := s.signIn("ann")
	list, err := s.store.Articles(t.Context(), db.ArticleQuery{})
	if err != nil {
		t.Fatal(err)
	}
	last := list[len(list)-1]
	lead := func() string {
		page := s.get("/", 200).body
		return page[strings.Index(page, `class="lead`):][:400]
	}
	if page := s.getAs(ann, "/desk/published").body; !strings.Contains(page, `value="pin"`) || strings.Contains(page, `value="unpin"`) {
		t.Error("the list offers no pin")
	}
	s.order(ann, url.Values{"action": {"pin"}, "id": {last.ID}})
	if page := s.getAs(ann, "/desk/published").body; !strings.Contains(page, `value="unpin"`) || !strings.Contains(page, ">pinned<") {
		t.Error("the list does not say what is pinned")
	}
	if !strings.Contains(lead(), last.ID) {
		t.Errorf("it does not lead: %s", lead())
	}
	s.order(ann, url.Values{"action": {"unpin"}, "id": {last.ID}})
	if strings.Contains(lead(), last.ID) {
		t.Error("it still leads")
	}
}
