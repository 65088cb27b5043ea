package publisher_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"courant/db"
	"courant/db/content"
	"courant/db/dbtest"
	"courant/db/state"
	"courant/publisher"
	"courant/publisher/comments"
)

// A visitor's first comment waits, seen by nobody else; once it is approved,
// the next one shows at once.
func TestModerationFirst(t *testing.T) {
	s := newSite(t, func(set *publisher.Settings) { set.Comments.Moderation = comments.First })
	a := s.newest()
	r := s.post(a, s.fill(a, "text", "My first."), 303)
	cookies := r.Cookies()
	paths := map[string]bool{}
	for _, c := range cookies {
		if !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Value != cookies[0].Value {
			t.Errorf("a cookie %v", c)
		}
		paths[c.Path] = true
	}
	if len(cookies) != 2 || !paths["/article/"] || !paths["/comment/"] { // feeds and lists stay everybody's
		t.Fatalf("cookies %v", cookies)
	}
	cookie := cookies[0].Name + "=" + cookies[0].Value
	own := s.get(a.Path(), 200, "Cookie", cookie)
	if !strings.Contains(own.body, "Waiting for review") || !strings.Contains(own.body, "My first.") || !strings.Contains(own.body, "Comments (0)") {
		t.Error("its author does not see that it waits")
	}
	if own.Header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("her page: %q", own.Header.Get("Cache-Control"))
	}
	for name, header := range map[string]string{"another": "", "a forged cookie": cookies[0].Name + "=" + strings.Repeat("0", 32) + ".x"} {
		if body := s.get(a.Path(), 200, "Cookie", header).body; strings.Contains(body, "My first.") {
			t.Errorf("%s visitor sees it", name)
		}
	}
	c := s.stored()[0]
	s.get("/comment/"+c.ID, 404)
	s.post(a, s.fill(a, "text", "My second."), 303, "Cookie", cookie)
	if got := s.stored()[1]; got.Status != state.Pending || got.Visitor != c.Visitor {
		t.Errorf("the second is %s, by %q", got.Status, got.Visitor)
	}
	if _, err := dbtest.Moderate(t.Context(), s.store, c.ID, state.Approved, "test", ""); err != nil {
		t.Fatal(err)
	}
	if r := s.post(a, s.fill(a, "text", "My third."), 303, "Cookie", cookie); len(r.Cookies()) != 0 {
		t.Error("she got another cookie")
	}
	if got := s.stored()[2]; got.Status != state.Approved {
		t.Errorf("the third is %s (%s)", got.Status, got.Reason)
	}
	if to := s.get("/comment/"+c.ID, 302).Header.Get("Location"); to != a.Path()+"#c-"+c.ID {
		t.Errorf("the first leads to %s", to)
	}
}

// A preview stores nothing and keeps what was typed.
func TestPreview(t *testing.T) {
	s := newSite(t, nil)
	a := s.newest()
	s.post(a, s.fill(a), 303)
	parent := s.stored()[0].ID
	got := s.post(a, s.fill(a, "text", "Some **strong** words", "action", "preview", "parent", parent), 200)
	inOrder(t, got.body, "This is how it will look", "Some <strong>strong</strong> words", "In reply to", `name="parent" value="`+parent, `value="Ann"`, "Some **strong** words</textarea>")
	if len(s.stored()) != 1 {
		t.Error("the preview was stored")
	}
	s.post(a, s.fill(a, "action", "delete"), 400)
}

// A form that lay open for days is shown again, its text kept.
func TestOldStamp(t *testing.T) {
	s := newSite(t, nil)
	a := s.newest()
	form := s.fill(a)
	s.pass(49 * time.Hour)
	got := s.post(a, form, 422)
	stamp := stampField.FindStringSubmatch(got.body)
	if stamp == nil || stamp[1] == form.Get("stamp") || !strings.Contains(got.body, "Well done.</textarea>") {
		t.Fatal("no new stamp, or the text is lost")
	}
	form.Set("stamp", stamp[1])
	s.post(a, form, 303)
	if c := s.stored()[0]; c.Status != state.Approved {
		t.Errorf("it is %s (%s)", c.Status, c.Reason)
	}
}

// The stamp changes with the hour, and the page with it, though it is kept.
func TestStampOfTheHour(t *testing.T) {
	s := newSite(t, nil)
	a := s.newest()
	stamp := func() string { return stampField.FindStringSubmatch(s.get(a.Path(), 200).body)[1] }
	first := stamp()
	if again := stamp(); again != first {
		t.Error("it changed within the hour")
	}
	s.pass(time.Hour)
	if later := stamp(); later == first {
		t.Error("it is the same an hour later")
	}
}

// A removed comment that was answered keeps its place; without answers it is gone.
func TestRemoved(t *testing.T) {
	s := newSite(t, nil)
	a := s.newest()
	s.post(a, s.fill(a, "text", "Rude."), 303)
	rude := s.stored()[0].ID
	s.post(a, s.fill(a, "text", "An answer.", "parent", rude), 303)
	answer := s.stored()[1].ID
	remove := func(id string) {
		if _, err := dbtest.Moderate(t.Context(), s.store, id, state.Removed, "test", ""); err != nil {
			t.Fatal(err)
		}
	}
	remove(rude)
	page := s.get(a.Path(), 200).body
	inOrder(t, page, "Comments (1)", `id="c-`+rude, "Comment removed by the desk", `id="c-`+answer, "An answer.")
	if strings.Contains(page, "Rude.") {
		t.Error("its text stays")
	}
	s.get("/comment/"+rude, 302)
	remove(answer)
	if page := s.get(a.Path(), 200).body; strings.Contains(page, `id="c-`) || !strings.Contains(page, "No comments yet") {
		t.Error("a removed comment without answers stays")
	}
	s.get("/comment/"+rude, 404)
}

// Whoever reloads the answer to a form comes back to the thread.
func TestCommentsAddress(t *testing.T) {
	s := newSite(t, nil)
	a := s.newest()
	if to := s.get(a.Path()+"/comments", 301).Header.Get("Location"); to != a.Path()+"#comments" {
		t.Errorf("leads to %s", to)
	}
}

func TestSlug(t *testing.T) {
	s := newSite(t, nil)
	a := s.newest()
	for _, wrong := range []string{"/article/" + a.ID, "/article/wrong-" + a.ID, "/article/-" + a.ID} {
		if to := s.get(wrong+"?sort=newest", 301).Header.Get("Location"); to != a.Path()+"?sort=newest" {
			t.Errorf("%s leads to %s", wrong, to)
		}
	}
	s.add(true, db.Article{GUID: "x", Headline: "港湾都市", Body: content.Text("x")}, db.Article{GUID: "y", Headline: "…", Body: content.Text("x")})
	list, err := s.store.Articles(t.Context(), db.ArticleQuery{Limit: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range list {
		want := "/article/" + b.ID
		if b.Headline == "港湾都市" { // U36
			want = "/article/%E6%B8%AF%E6%B9%BE%E9%83%BD%E5%B8%82-" + b.ID
		}
		if b.Path() != want {
			t.Errorf("%s is at %s", b.Headline, b.Path())
		}
		s.get(b.Path(), 200)
		s.get(b.Path()+"/feed.atom", 200)
		s.get("/article/"+b.ID+"?sort=newest", map[bool]int{true: 301, false: 200}[b.Slug != ""])
	}
}

// Lists go on after their last article, and name no page that is empty.
func TestLists(t *testing.T) {
	s := newSite(t, nil, numbered(120)...)
	for _, path := range []string{"/section/city", "/source/echo", "/archive/2026/11", "/archive/2026/11/22"} {
		seen := map[string]bool{}
		for next := path; next != ""; {
			page := s.get(next, 200).body
			for _, m := range headlineLink.FindAllStringSubmatch(page, -1) {
				if seen[m[1]] {
					t.Errorf("%s shows %s twice", path, m[1])
				}
				seen[m[1]] = true
			}
			next = ""
			if m := olderLink.FindStringSubmatch(page); m != nil {
				next = m[1]
			}
		}
		if len(seen) != 120 {
			t.Errorf("%s shows %d articles, want 120", path, len(seen))
		}
	}
	front := s.get("/", 200).body
	older := regexp.MustCompile(`href="(/archive/2026/11/22\?before=[a-z0-9]+)" rel="next"`).FindStringSubmatch(front)
	if older == nil || len(front) > 40_000 {
		t.Fatalf("the front page has %d bytes, or no way to what is older", len(front))
	}
	next := s.get(older[1], 200).body
	for i, m := range headlineLink.FindAllStringSubmatch(front, -1) { // U23
		if strings.Contains(next, m[1]) {
			t.Errorf("%s, number %d of the front page, is not older", m[1], i)
		}
	}
	for _, path := range []string{
		"/section/nosuch", "/source/nosuch", "/tag/nosuch", "/archive/2026/10", "/archive/2026/11/21", "/archive/2026/1", "/archive/2026/13",
		"/archive/2026/11/31", "/archive/26/11", "/section/city?before=nosuch", "/comments?before=nosuch", "/about", "/privacy", "/logo",
	} {
		s.get(path, 404)
	}
	empty := newSite(t, func(set *publisher.Settings) { set.Sections = append(set.Sections, publisher.Section{ID: "quiet"}) })
	if body := empty.get("/section/quiet", 200).body; !strings.Contains(body, "Nothing published here yet.") {
		t.Error("an empty section has no sentence")
	}
}

// The front page of a site without articles tells within a second that some wait,
// and that none does any more, whichever pass brought them.
func TestFrontWaits(t *testing.T) {
	s := newSite(t, nil)
	becomes := func(to state.Article) {
		t.Helper()
		if _, err := s.store.SetStatus(t.Context(), s.newest().ID, to, "shell", ""); err != nil {
			t.Fatal(err)
		}
	}
	becomes(state.Withdrawn)
	tells := func(want bool) {
		t.Helper()
		s.pass(time.Second)
		if got := strings.Contains(s.get("/", 200).body, "wait to be published"); got != want {
			t.Errorf("the front page tells that articles wait: %v, want %v", got, want)
		}
	}
	tells(false)
	s.add(false, numbered(1)...)
	tells(true)
	becomes(state.Rejected)
	tells(false)
}

// The archive leads from day to day, over those that are empty.
func TestArchive(t *testing.T) {
	s := newSite(t, nil)
	s.pass(3 * 24 * time.Hour)
	s.add(true, numbered(1)...)
	inOrder(t, s.get("/archive/2026/11/22", 200).body, "Sunday 22 November 2026", `href="/archive/2026/11/25"`)
	inOrder(t, s.get("/archive/2026/11/25", 200).body, "Wednesday 25 November 2026", `href="/archive/2026/11/22"`)
}

// The operator's files: texts, a stylesheet, a logo.
func TestSiteFiles(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	s := newSite(t, func(set *publisher.Settings) {
		set.Site.About = file("about.md", "# Who\n\nWe are *few*. <script>x</script>")
		set.Site.Privacy = file("privacy.md", "None is kept.")
		set.Site.CSS = file("own.css", "h1{color:teal}")
		set.Site.Logo = file("logo.png", "\x89PNG")
	})
	about := s.get("/about", 200)
	if !strings.Contains(about.body, "<em>few</em>") || strings.Contains(about.body, "<script>") || !strings.Contains(about.body, "h1{color:teal}") {
		t.Error("the text or the stylesheet is not there")
	}
	if !strings.Contains(about.body, `src="/logo" alt="The Harbour Courant"`) || strings.Count(about.body, "<h1") != 1 {
		t.Error("no logo, or two headings")
	}
	s.get("/privacy", 200)
	if got := s.get("/logo", 200); got.Header.Get("Content-Type") != "image/png" {
		t.Errorf("the logo is %s", got.Header.Get("Content-Type"))
	}
	set := publisher.DefaultSettings()
	set.Site.About = filepath.Join(dir, "nosuch")
	if _, err := publisher.New(s.store, set, publisher.Options{}); err == nil || !strings.Contains(err.Error(), "site.about") {
		t.Errorf("a missing file: %v", err)
	}
}
