package publisher_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"courant/db"
	"courant/db/dbtest"
	"courant/db/state"
	"courant/publisher"
	"courant/publisher/comments"
)

// author posts a comment and returns it with the cookie of who wrote it.
func (s *site) author(fields ...string) (id, cookie string) {
	s.Helper()
	a := s.newest()
	got := s.post(a, s.fill(a, fields...), 303)
	list := s.stored()
	for _, c := range got.Cookies() {
		cookie = c.Name + "=" + c.Value
	}
	return list[len(list)-1].ID, cookie
}

// submit posts a form to path and wants the status.
func (s *site) submit(path string, form url.Values, status int, header ...string) answer {
	s.Helper()
	got := s.do(s.request("POST", path, strings.NewReader(form.Encode()), append(header, "Content-Type", "application/x-www-form-urlencoded")...))
	if got.StatusCode != status {
		s.Fatalf("POST %s = %d, want %d\n%s", path, got.StatusCode, status, told(got.body))
	}
	return got
}

func form(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

// Every way by which a comment's text gets in: what leads to a script leads nowhere,
// and a quote ends no attribute.
func v17(t *testing.T) {
	s := newSite(t, nil)
	const text = `[a](javascript:alert(1)) [b](data:text/html,x) [c](https://a.example/'onmouseover='alert(1)) [d](https://a.example/"x)`
	id, cookie := s.author("text", text)
	check := func(where, body string) {
		t.Helper()
		doc, err := html.Parse(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for n := range doc.Descendants() {
			for _, a := range n.Attr {
				value := strings.ToLower(strings.TrimSpace(a.Val))
				leads := (a.Key == "href" || a.Key == "src" || a.Key == "action") && (strings.HasPrefix(value, "javascript:") || strings.HasPrefix(value, "data:"))
				if leads || strings.HasPrefix(a.Key, "on") || n.Data == "script" && a.Key == "src" {
					t.Errorf("%s has <%s %s=%q>", where, n.Data, a.Key, a.Val)
				}
			}
		}
	}
	a := s.newest()
	check("the page", s.get(a.Path(), 200).body)
	check("a preview", s.post(a, s.fill(a, "text", text, "name", `'><a href=javascript:x>`, "action", "preview"), 200).body)
	edit := "/comment/" + id + "/edit"
	check("the form that changes it", s.get(edit, 200, "Cookie", cookie).body)
	check("a preview of the change", s.submit(edit, form("text", text+" changed", "action", "preview"), 200, "Cookie", cookie).body)
	s.pass(time.Minute)
	s.submit(edit, form("text", text+" changed", "action", "save"), 303, "Cookie", cookie)
	check("the changed page", s.get(a.Path(), 200).body)
	for _, item := range regexp.MustCompile(`(?s)<content:encoded>(.*?)</content:encoded>`).FindAllStringSubmatch(s.get(a.Path()+"/feed.rss", 200).body, -1) {
		check("the feed", html.UnescapeString(item[1]))
	}
	check("a report", s.get("/comment/"+id+"/report", 200).body)
	check("a report with mistakes", s.submit("/comment/"+id+"/report", form("reason", strings.Repeat(`'"><script>`, 60)), 422).body)
}

// Nobody but its author changes a comment or takes it back, by no cookie of another's
// and no made-up one, from no other site, and not when the time is over.
func v29(t *testing.T) {
	s := newSite(t, nil)
	id, cookie := s.author("text", "Mine.")
	other, others := s.author("text", "Another's.", "name", "Bob")
	name, value, _ := strings.Cut(cookie, "=")
	for _, path := range []string{"/comment/" + id + "/edit", "/comment/" + id + "/delete"} {
		for who, header := range map[string]string{
			"nobody": "", "another author": others, "a cookie without a signature": name + "=" + value[:33] + "x", "a cut one": name + "=" + value[:32],
		} {
			if got := s.do(s.request("GET", path, nil, "Cookie", header)); got.StatusCode != 403 || strings.Contains(got.body, "<form method=\"post\"") {
				t.Errorf("%s gets %s: %d", who, path, got.StatusCode)
			}
			s.submit(path, form("text", "Stolen.", "action", "save"), 403, "Cookie", header)
		}
		s.submit(path, form("text", "Stolen.", "action", "save"), 403, "Cookie", cookie, "Sec-Fetch-Site", "cross-site")
		s.submit(path, form("text", "Stolen.", "action", "save"), 403, "Cookie", cookie, "Origin", "null")
		if got := s.get(path, 200, "Cookie", cookie); got.Header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("%s: Cache-Control %q", path, got.Header.Get("Cache-Control"))
		}
	}
	s.pass(15 * time.Minute)
	for _, path := range []string{"/comment/" + id + "/edit", "/comment/" + id + "/delete"} {
		s.get(path, 403, "Cookie", cookie)
		s.submit(path, form("text", "Too late.", "action", "save"), 403, "Cookie", cookie)
	}
	s.get("/comment/nosuch0000/edit", 404, "Cookie", cookie)
	if c := s.stored(); c[0].Text != "Mine." || c[0].Status != state.Approved || c[1].ID != other || c[1].Text != "Another's." {
		t.Errorf("stored %+v", c)
	}
}

// An author changes a comment: previewed, judged like a new one, and told to readers
// and feeds, but for a slip that was mended at once.
func TestEdit(t *testing.T) {
	s := newSite(t, func(set *publisher.Settings) { set.Comments.Blocklist = []string{"cheap pills"} })
	a := s.newest()
	id, cookie := s.author("text", "A slpi.")
	path := "/comment/" + id + "/edit"
	page := s.get(a.Path(), 200, "Cookie", cookie)
	if !strings.Contains(page.body, `href="`+path+`"`) || page.Header.Get("Cache-Control") != "private, no-store" {
		t.Error("its author finds no way to change it, or a cache may keep the page")
	}
	if strings.Contains(s.get(a.Path(), 200).body, path) {
		t.Error("everybody is led to change it")
	}
	inOrder(t, s.get(path, 200, "Cookie", cookie).body, "Edit your comment", "A slpi.</textarea>", `value="preview"`, `value="save"`)
	s.pass(10 * time.Second)
	preview := s.submit(path, form("text", "A *slip*.", "action", "preview"), 200, "Cookie", cookie)
	inOrder(t, preview.body, "This is how it will look", "A <em>slip</em>.", "A *slip*.</textarea>")
	if s.stored()[0].Text != "A slpi." {
		t.Error("the preview was saved")
	}
	feed := s.get(a.Path()+"/feed.atom", 200)
	s.pass(10 * time.Second)
	if to := s.submit(path, form("text", "A *slip*.", "action", "save"), 303, "Cookie", cookie).Header.Get("Location"); to != a.Path()+"#c-"+id {
		t.Errorf("leads to %s", to)
	}
	body := s.get(a.Path(), 200).body
	if !strings.Contains(body, "A <em>slip</em>.") || strings.Contains(body, "<small>edited</small>") {
		t.Error("the page does not show the change, or makes a fuss of it")
	}
	if later := s.get(a.Path()+"/feed.atom", 200); later.body == feed.body || later.Header.Get("Etag") == feed.Header.Get("Etag") || !strings.Contains(later.body, "slip") {
		t.Error("the feed is as before")
	}
	s.submit(path, form("text", " ", "action", "save"), 422, "Cookie", cookie)
	s.submit(path, form("text", "x", "action", "destroy"), 400, "Cookie", cookie)
	s.pass(time.Minute)
	s.submit(path, form("text", "Another thing.", "action", "save"), 303, "Cookie", cookie)
	if !strings.Contains(s.get(a.Path(), 200).body, "<small>edited</small>") {
		t.Error("nothing says that it was edited")
	}
	s.submit(path, form("text", strings.Repeat("https://a.example/ ", 9), "action", "save"), 303, "Cookie", cookie)
	if c := s.stored()[0]; c.Status != state.Pending || !strings.Contains(c.Reason, "links") {
		t.Errorf("nine links: %s (%s)", c.Status, c.Reason)
	}
	if body := s.get(a.Path(), 200).body; !strings.Contains(body, "Comments (0)") {
		t.Error("the count is wrong")
	}
	if own := s.get(a.Path(), 200, "Cookie", cookie).body; !strings.Contains(own, "Waiting for review") || !strings.Contains(own, path) {
		t.Error("its author does not see that it waits, or cannot mend it")
	}
	s.pass(time.Minute)
	s.submit(path, form("text", "Cheap pills!", "action", "save"), 303, "Cookie", cookie)
	if c := s.stored()[0]; c.Status != state.Spam {
		t.Errorf("blocked words: %s (%s)", c.Status, c.Reason)
	}
	s.get(path, 404, "Cookie", cookie)
}

// A change that comes as quickly as a program's waits; so does the hidden field.
func TestEditByPrograms(t *testing.T) {
	s := newSite(t, nil)
	id, cookie := s.author("text", "Honest.")
	path := "/comment/" + id + "/edit"
	s.get(path, 200, "Cookie", cookie)
	s.submit(path, form("text", "Quick."), 303, "Cookie", cookie)
	if c := s.stored()[0]; c.Status != state.Pending || !strings.Contains(c.Reason, "min_delay") {
		t.Errorf("at once: %s (%s)", c.Status, c.Reason)
	}
	s.pass(time.Minute)
	s.submit(path, form("text", "Slow.", "website", "x"), 303, "Cookie", cookie)
	if c := s.stored()[0]; c.Status != state.Pending || !strings.Contains(c.Reason, "honeypot") {
		t.Errorf("the hidden field: %s (%s)", c.Status, c.Reason)
	}
}

// Who was approved once edits freely; where all are held, a change is held too.
func TestEditIsModerated(t *testing.T) {
	for moderation, want := range map[comments.Moderation]state.Comment{comments.First: state.Approved, comments.All: state.Pending} {
		s := newSite(t, func(set *publisher.Settings) { set.Comments.Moderation = moderation })
		id, cookie := s.author()
		if _, err := dbtest.Moderate(t.Context(), s.store, id, state.Approved, "ann", ""); err != nil {
			t.Fatal(err)
		}
		s.submit("/comment/"+id+"/edit", form("text", "Changed."), 303, "Cookie", cookie)
		if c := s.stored()[0]; c.Status != want || c.Text != "Changed." {
			t.Errorf("%s: %s (%s)", moderation, c.Status, c.Reason)
		}
	}
}

// An author takes a comment back: gone at once, its place kept where it was answered.
func TestDelete(t *testing.T) {
	s := newSite(t, nil)
	a := s.newest()
	id, cookie := s.author("text", "Regretted.")
	s.author("text", "An answer.", "parent", id, "name", "Bob")
	path := "/comment/" + id + "/delete"
	inOrder(t, s.get(path, 200, "Cookie", cookie).body, "Delete your comment", "Regretted.", "cannot be brought back")
	if to := s.submit(path, nil, 303, "Cookie", cookie).Header.Get("Location"); to != a.Path()+"#c-"+id {
		t.Errorf("leads to %s", to)
	}
	page := s.get(a.Path(), 200).body
	inOrder(t, page, "Comments (1)", "Comment removed by its author", "An answer.")
	if strings.Contains(page, "Regretted.") || strings.Contains(s.get(a.Path()+"/feed.atom", 200).body, "Regretted.") {
		t.Error("its text stays")
	}
	s.submit(path, nil, 404, "Cookie", cookie)
	alone, cookie := s.author("text", "Regretted too.", "name", "Cleo")
	if to := s.submit("/comment/"+alone+"/delete", nil, 303, "Cookie", cookie).Header.Get("Location"); to != a.Path()+"#comments" {
		t.Errorf("leads to %s", to)
	}
	if strings.Contains(s.get(a.Path(), 200).body, "c-"+alone) {
		t.Error("a comment that nobody answered leaves a trace")
	}
}

// Anybody reports a comment, once; three hide it until an editor has looked.
func TestReport(t *testing.T) {
	s := newSite(t, func(set *publisher.Settings) { set.Publisher.TrustedProxies = []string{"127.0.0.0/8"} })
	a := s.newest()
	id, _ := s.author("text", "Rude.")
	path := "/comment/" + id + "/report"
	if !strings.Contains(s.get(a.Path(), 200).body, `href="`+path+`"`) {
		t.Error("no way to report it")
	}
	inOrder(t, s.get(path, 200).body, "Report a comment", "Rude.", `name="reason"`)
	report := func(from, reason string, status int, header ...string) answer {
		return s.submit(path, form("reason", reason), status, append(header, "X-Forwarded-For", from)...)
	}
	report("203.0.113.1", " ", 422)
	report("203.0.113.1", strings.Repeat("x", 501), 422)
	report("203.0.113.1", "rude", 403, "Sec-Fetch-Site", "cross-site")
	to := report("203.0.113.1", "rude", 303).Header.Get("Location")
	report("203.0.113.1", "very rude", 303)
	s.pass(24 * time.Hour) // its network has another name today
	report("203.0.113.1", "rude still", 303)
	report("203.0.113.2", "rude", 303)
	s.submit(path, form("reason", "buy", "website", "x"), 303, "X-Forwarded-For", "203.0.113.9")
	if c := s.stored()[0]; c.Status != state.Approved || c.Flagged != "reported by 2 visitors" {
		t.Errorf("after two: %s, flagged %q", c.Status, c.Flagged)
	}
	report("203.0.113.3", "rude", 303)
	if body := s.get(a.Path(), 200).body; strings.Contains(body, "Rude.") || !strings.Contains(body, "Comments (0)") {
		t.Error("three reported it, and it stays")
	}
	inOrder(t, s.get(to, 200).body, "Thank you for your report")
	s.get(path, 404)
	report("203.0.113.4", "rude", 404)
	if _, err := dbtest.Moderate(t.Context(), s.store, id, state.Approved, "ann", ""); err != nil {
		t.Fatal(err)
	}
	for _, from := range []string{"203.0.113.5", "203.0.113.6", "203.0.113.7"} {
		report(from, "rude", 303)
	}
	if c := s.stored()[0]; c.Status != state.Approved {
		t.Errorf("an editor looked, and it is %s", c.Status)
	}
	for range 3 {
		report("203.0.113.8", "rude", 303)
	}
	for range 3 {
		if got := s.do(s.request("POST", path, strings.NewReader("reason=x"), "Content-Type", "application/x-www-form-urlencoded", "X-Forwarded-For", "203.0.113.8")); got.StatusCode == 429 {
			if got.Header.Get("Retry-After") == "" {
				t.Error("429 without Retry-After")
			}
			return
		}
	}
	t.Error("nobody bounds reports")
}

// A third of the last comments refused: the next one waits, and says why.
func TestStanding(t *testing.T) {
	s := newSite(t, func(set *publisher.Settings) { set.Comments.Suspect = []string{"crypto"} })
	a := s.newest()
	id, cookie := s.author("text", "First.")
	if _, err := dbtest.Moderate(t.Context(), s.store, id, state.Removed, "ann", ""); err != nil {
		t.Fatal(err)
	}
	s.post(a, s.fill(a, "text", "Second."), 303, "Cookie", cookie)
	if c := s.stored()[1]; c.Status != state.Pending || !strings.Contains(c.Reason, "standing") {
		t.Errorf("%s (%s)", c.Status, c.Reason)
	}
	s.post(a, s.fill(a, "text", "Crypto is the future.", "name", "Bob"), 303)
	if c := s.stored()[2]; c.Status != state.Approved || c.Flagged != "suspect: crypto" {
		t.Errorf("a suspect: %s, flagged %q", c.Status, c.Flagged)
	}
}

// The same long text a second time by the same address waits, and a rate outlives the
// process.
func TestLimitsOutliveRestarts(t *testing.T) {
	s := newSite(t, nil)
	a := s.newest()
	const text = "The very best watches of the whole town are sold here"
	s.post(a, s.fill(a, "text", text), 303)
	s.post(a, s.fill(a, "text", text+"!", "name", "Bob"), 303)
	if c := s.stored()[1]; c.Status != state.Pending || !strings.Contains(c.Reason, "duplicate") {
		t.Errorf("a copy: %s (%s)", c.Status, c.Reason)
	}
	set := publisher.DefaultSettings()
	set.Site.URL, set.Comments.Moderation = "https://news.example.org", comments.None
	now := s.clock()
	for i := range 4 {
		var err error
		if s.pub, err = publisher.New(s.store, set, publisher.Options{Now: s.clock}); err != nil {
			t.Fatal(err)
		}
		s.serve() // another process
		form := s.fill(a, "text", "Number "+string(rune('A'+i)), "name", "Cleo")
		s.mu.Lock()
		s.now = now // no time passes
		s.mu.Unlock()
		want := 303
		if i == 3 {
			want = http.StatusTooManyRequests
		}
		s.post(a, form, want)
	}
}

// Where an editor would have it, one article's thread is closed, or off, or open
// though it is old; feeds, lists and counts follow at once.
func TestThreadOfOne(t *testing.T) {
	s := newSite(t, nil)
	a := s.newest()
	id, cookie := s.author("text", "A word.")
	form2 := s.fill(a, "text", "Another word.")
	set := func(to state.Thread) {
		t.Helper()
		if _, _, err := s.store.EditArticle(t.Context(), a.ID, db.Edit{Thread: &to}, "ann"); err != nil {
			t.Fatal(err)
		}
	}
	set(state.ThreadClosed)
	page := s.get(a.Path(), 200).body
	inOrder(t, page, "Comments (1)", "A word.", "Comments on this article are closed.")
	if strings.Contains(page, `action="/article/`) {
		t.Error("the form stays")
	}
	s.post(a, form2, 403)
	s.submit("/comment/"+id+"/edit", form("text", "Changed."), 403, "Cookie", cookie)
	set(state.ThreadOff)
	for path, bad := range map[string]string{"/search?q=word+in:comments": "A word.", a.Path(): "Comments (", "/": "1 comment", "/comments": "A word.", "/comments/feed.atom": "A word.", "/feed.rss": "slash:comments>"} {
		if strings.Contains(s.get(path, 200).body, bad) {
			t.Errorf("%s still has %s", path, bad)
		}
	}
	for _, path := range []string{a.Path() + "/feed.atom", "/comment/" + id, "/comment/" + id + "/feed.atom", "/comment/" + id + "/report"} {
		s.get(path, 404)
	}
	s.post(a, form2, 403)
	set(state.ThreadOn)
	s.get(a.Path()+"/feed.atom", 200)
	if !strings.Contains(s.get("/feed.rss", 200).body, "<slash:comments>1</slash:comments>") {
		t.Error("the count does not come back")
	}
	s.post(a, form2, 303)
}

// The order of threads is the site's, and a reader's where they say.
func TestSort(t *testing.T) {
	s := newSite(t, func(set *publisher.Settings) { set.Comments.Sort = comments.Newest })
	a := s.newest()
	s.author("text", "The first word.")
	s.author("text", "The last word.", "name", "Bob")
	inOrder(t, s.get(a.Path(), 200).body, "The last word.", "The first word.")
	inOrder(t, s.get(a.Path()+"?sort=oldest", 200).body, "The first word.", "The last word.")
	inOrder(t, s.get(a.Path()+"?sort=newest", 200).body, "The last word.", "The first word.")
}

// Who has something of their own gets it from memory, without a look at the store: their
// cookie is known, and their page is held. What an editor does shows at once all the same.
func TestOwnHeld(t *testing.T) {
	s := newSite(t, func(set *publisher.Settings) { set.Comments.Moderation = comments.All })
	id, cookie := s.author("text", "Mine to change")
	path := s.newest().Path()
	const waits = "Waiting for review"
	if body := s.get(path, 200, "Cookie", cookie).body; !strings.Contains(body, waits) {
		t.Fatalf("its author does not see it: %s", body)
	}
	if body := s.get(path, 200).body; strings.Contains(body, "Mine to change") {
		t.Error("others see it")
	}
	if _, err := dbtest.Moderate(t.Context(), s.store, id, state.Approved, "ann", ""); err != nil {
		t.Fatal(err)
	}
	if body := s.get(path, 200, "Cookie", cookie).body; strings.Contains(body, waits) || !strings.Contains(body, "Mine to change") {
		t.Errorf("after it was approved: %s", body)
	}
	s.store.Close()
	if body := s.get(path, 200, "Cookie", cookie).body; !strings.Contains(body, "/comment/"+id+"/edit") {
		t.Errorf("its author cannot change it: %s", body)
	}
}
