package publisher_test

import (
	"context"
	"fmt"
	"html"
	"maps"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"courant/db"
	"courant/db/blocks"
	"courant/db/content"
	"courant/db/dbtest"
	"courant/db/newsroom"
	"courant/db/record"
	"courant/db/state"
	"courant/publisher"
	"courant/publisher/comments"
	"courant/publisher/desk"
	"courant/publisher/editing"
)

// order posts an action on lists as cookie; the answer must be a 303, whose address
// it returns.
func (s *site) order(cookie string, form url.Values) string {
	s.Helper()
	a := s.send("/desk/articles", form, cookie, ours...)
	if a.StatusCode != 303 {
		s.Fatalf("%v: %d\n%s", form, a.StatusCode, a.body)
	}
	return a.Header.Get("Location")
}

var didPattern = regexp.MustCompile(`[?&]did=([a-z0-9]+)`)

func ids(list []db.Article) (ids []string) {
	for _, a := range list {
		ids = append(ids, a.ID)
	}
	return ids
}

// A list shows what waits, an action moves it, what was done stands on the next page
// with its undo, and readers see it at once.
func TestDeskList(t *testing.T) {
	s := newSite(t, withDesk)
	s.add(false, numbered(60)...)
	ann := s.signIn("ann")
	if got := s.getAs(ann, "/desk"); got.StatusCode != 303 || got.Header.Get("Location") != "/desk/incoming" {
		t.Errorf("/desk: %d %s", got.StatusCode, got.Header.Get("Location"))
	}
	page := s.getAs(ann, "/desk/incoming").body
	if n := strings.Count(page, `<tr id="a-`); n != 50 {
		t.Errorf("%d rows", n)
	}
	list, err := s.store.Articles(t.Context(), db.ArticleQuery{Status: state.Incoming})
	if err != nil || len(list) != 60 {
		t.Fatal(len(list), err)
	}
	a := list[0]
	for _, want := range []string{`<tr id="a-` + a.ID + `"`, `name="id" value="` + a.ID + `"`, `data-untrusted>` + a.Headline + `</a>`, "Incoming <span>60</span>", "waits for review", `rel="next"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the list lacks %s", want)
		}
	}
	if page := s.getAs(ann, "/desk/incoming?page=2").body; strings.Count(page, `<tr id="a-`) != 10 {
		t.Error("the second page has other rows than 10")
	}
	for path, want := range map[string]int{
		"/desk/incoming?page=0": 404, "/desk/incoming?page=101": 404, "/desk/incoming?page=x": 404, "/desk/incoming?q=" + strings.Repeat("x", 300): 400,
		"/desk/incoming?q=%27%22%25&source=%00&lang=%27&section=1%20OR%201&rule=--&sort=nonsense": 200,
	} {
		if got := s.getAs(ann, path).StatusCode; got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}

	// A row that is asked for is looked at, on whatever page it lies; one that went, the next.
	last := list[59].ID
	for asked, want := range map[string][2]string{
		"row=" + last: {last, "51"}, "row=nosuch&row=" + list[4].ID: {list[4].ID, "50"}, "did=nosuch": {a.ID, "50"}, "row=" + last + "&page=2": {last, "10"},
	} {
		page := s.getAs(ann, "/desk/incoming?"+asked).body
		focus := regexp.MustCompile(`<tr id="a-(\w+)"[^>]* autofocus`).FindAllStringSubmatch(page, -1)
		if len(focus) != 1 || focus[0][1] != want[0] || fmt.Sprint(strings.Count(page, `<tr id="a-`)) != want[1] {
			t.Errorf("%s: %v, of %d rows", asked, focus, strings.Count(page, `<tr id="a-`))
		}
	}
	if page := s.getAs(ann, "/desk/scheduled").body; !strings.Contains(page, `src="/desk/keys.js"`) {
		t.Error("on an empty list no key undoes what emptied it")
	}
	s.get(a.Path(), 404)
	to := s.order(ann, url.Values{"action": {"publish"}, "id": {a.ID}, "next": {"/desk/incoming?q=x&did=old"}, "row": {list[1].ID}})
	s.get(a.Path(), 200)
	did := didPattern.FindStringSubmatch(to)
	if did == nil || !strings.HasPrefix(to, "/desk/incoming?") || !strings.Contains(to, "row="+list[1].ID) {
		t.Fatalf("it leads to %s", to)
	}
	page = s.getAs(ann, "/desk/incoming?did="+did[1]+"&row="+list[1].ID).body
	for _, want := range []string{"Published: “" + a.Headline + "”", `action="/desk/undo"`, `value="` + did[1] + `"`, `<tr id="a-` + list[1].ID + `" class="current" tabindex="-1" autofocus`} {
		if !strings.Contains(page, want) {
			t.Errorf("after the action the list lacks %s", want)
		}
	}
	if got := s.send("/desk/undo", url.Values{"did": {did[1]}, "next": {"/desk/incoming"}}, ann, ours...); got.StatusCode != 303 {
		t.Errorf("undo: %d\n%s", got.StatusCode, got.body)
	}
	s.get(a.Path(), 404)
	if strings.Contains(s.get("/feed.atom", 200).body, a.ID) {
		t.Error("the feed has what was undone")
	}
	s.send("/desk/undo", url.Values{"did": {did[1]}}, ann, ours...)
	s.get(a.Path(), 200)
	s.pass(2 * time.Hour)
	if got := s.send("/desk/undo", url.Values{"did": {did[1]}}, ann, ours...); got.StatusCode != 422 || !strings.Contains(got.body, "more than an hour ago") {
		t.Errorf("hours later: %d", got.StatusCode)
	}
}

// Words find what is published by its text, however old it is, narrowed as asked; and by
// its headline before the index has it.
func TestDeskWords(t *testing.T) {
	s := newSite(t, withDesk)
	s.add(true, db.Article{GUID: "old", Headline: "Of the tide", Section: "city", Language: "en", Body: content.Text("A kestrel nests in the crane.")},
		db.Article{GUID: "sea", Headline: "Of the sea", Section: "sea", Language: "de", Body: content.Text("Another kestrel was seen.")})
	s.index()
	s.add(true, db.Article{GUID: "new", Headline: "Kestrels everywhere", Section: "city", Body: content.Text("They came.")})
	ann := s.signIn("ann")
	for query, want := range map[string]string{
		"q=kestrel": "Kestrels everywhere|Of the sea|Of the tide", "q=kestrel+crane": "Of the tide", "q=kestrel&section=sea": "Of the sea",
		"q=kestrel&source=nosuch": "", "q=kestrel&lang=de": "Of the sea", "q=kestrel&sort=old": "Of the tide|Of the sea|Kestrels everywhere", "q=estrel": "Kestrels everywhere",
		"q=kestrel+-crane": "Of the sea", "q=in:comments+kestrel": "", "q=%22": "", "q=kestrel&rule=none": "", "q=kestrel&page=2": "",
	} {
		page := s.getAs(ann, "/desk/published?"+query)
		var got []string
		for _, m := range regexp.MustCompile(`dir="auto" data-untrusted>([^<]*)</a>`).FindAllStringSubmatch(page.body, -1) {
			got = append(got, m[1])
		}
		if page.StatusCode != 200 || strings.Join(got, "|") != want {
			t.Errorf("%s: %d, %s, want %s", query, page.StatusCode, strings.Join(got, "|"), want)
		}
	}
	if page := s.getAs(ann, "/desk/rejected?q=kestrel").body; !strings.Contains(page, "in the latest 20000 of these") {
		t.Error("it is not said how much is looked through")
	}
}

// Many at once, with what cannot be done said.
func TestDeskBulk(t *testing.T) {
	s := newSite(t, withDesk)
	s.add(false, numbered(20)...)
	ann := s.signIn("ann")
	list, err := s.store.Articles(t.Context(), db.ArticleQuery{Status: state.Incoming})
	if err != nil {
		t.Fatal(err)
	}
	s.order(ann, url.Values{"action": {"publish"}, "id": {list[0].ID}})
	to := s.order(ann, url.Values{"action": {"reject"}, "id": ids(list[1:]), "reason": {"dull"}})
	if !strings.Contains(s.getAs(ann, to).body, "and 18 more") {
		t.Error("it is not said how many were rejected")
	}
	to = s.order(ann, url.Values{"action": {"publish"}, "id": ids(list)})
	if page := s.getAs(ann, to).body; !strings.Contains(page, "1 could not be") {
		t.Errorf("it is not said what could not be done: %s", to)
	}
	if got := s.send("/desk/articles", url.Values{"action": {"publish"}, "id": {list[0].ID}}, ann, ours...); got.StatusCode != 409 || !strings.Contains(got.body, "ann was there before you, on 22 November at ") {
		t.Errorf("what is published already: %d", got.StatusCode)
	}
	for _, c := range []struct {
		form url.Values
		want int
	}{
		{url.Values{"action": {"explode"}, "id": {list[0].ID}}, 400},
		{url.Values{"action": {"publish"}}, 422},
		{url.Values{"action": {"publish"}, "id": {"nosuch"}}, 409},
		{url.Values{"action": {"attach"}, "id": {list[1].ID, list[1].ID}}, 422},
		{url.Values{"action": {"schedule"}, "id": {list[0].ID}, "at": {"soon"}}, 422},
		{url.Values{"action": {"schedule"}, "id": {list[0].ID}, "at": {"2001-01-01T00:00"}}, 422},
	} {
		if got := s.send("/desk/articles", c.form, ann, ours...); got.StatusCode != c.want {
			t.Errorf("%v: %d, want %d", c.form, got.StatusCode, c.want)
		}
	}
}

// What a role may do, and what is shown to it.
func TestDeskRoles(t *testing.T) {
	s := newSite(t, func(set *publisher.Settings) {
		withDesk(set)
		set.Desk.Users[0].Sections = []string{"coast"}
	})
	s.add(false, db.Article{GUID: "1", Headline: "Of the city", Section: "city"})
	a := s.newest()
	vi, ann := s.signIn("vi"), s.signIn("ann")
	if page := s.getAs(vi, "/desk/incoming").body; strings.Contains(page, `value="publish"`) || !strings.Contains(page, `value="nominate"`) {
		t.Error("a viewer sees what it may not do, or not what it may")
	}
	for _, action := range []string{"publish", "reject", "bin", "schedule", "attach", "withdraw"} {
		if got := s.send("/desk/articles", url.Values{"action": {action}, "id": {a.ID}}, vi, ours...); got.StatusCode != 403 {
			t.Errorf("a viewer may %s: %d", action, got.StatusCode)
		}
	}
	to := s.order(vi, url.Values{"action": {"nominate"}, "id": {a.ID}, "note": {"Good one <script>"}})
	page := s.getAs(ann, "/desk/incoming").body
	if !strings.Contains(page, "★ 1") || !strings.Contains(page, "1 note") {
		t.Error("a nomination is not shown")
	}
	if strings.Contains(page, `value="publish"`+` class="main"`) {
		t.Error("an editor of another section is shown what he may not do")
	}
	if got := s.send("/desk/articles", url.Values{"action": {"publish"}, "id": {a.ID}}, ann, ours...); got.StatusCode != 403 || !strings.Contains(got.body, "which is not yours") {
		t.Errorf("an editor of another section publishes: %d\n%s", got.StatusCode, got.body)
	}
	// A viewer undoes its own nomination, and nothing of an editor's.
	if got := s.send("/desk/undo", url.Values{"did": {didPattern.FindStringSubmatch(to)[1]}}, vi, ours...); got.StatusCode != 303 {
		t.Errorf("undo: %d", got.StatusCode)
	}
}

// What strangers wrote does nothing at the desk (V50).
func v50(t *testing.T) {
	s := newSite(t, withDesk)
	s.add(false, db.Article{
		GUID: "1", Headline: markup, Author: markup, Section: "city", Language: "en", Summary: markup, KeyPoints: []string{markup}, Tags: []string{"x"},
		Link: "https://echo.example/" + url.PathEscape(markup), Body: content.Clean(markup+"<p>text</p>", ""),
	})
	ann := s.signIn("ann")
	id := s.newest().ID
	s.order(ann, url.Values{"action": {"nominate"}, "id": {id}, "note": {markup}})
	to := s.order(ann, url.Values{"action": {"reject"}, "id": {id}, "reason": {markup}})
	for _, path := range []string{to, "/desk/rejected", "/desk/incoming?q=" + url.QueryEscape(markup) + "&source=" + url.QueryEscape(markup)} {
		page := s.getAs(ann, path)
		if page.StatusCode != 200 {
			t.Errorf("%s: %d", path, page.StatusCode)
		}
		for _, bad := range []string{"<script>alert", "<img src=x", "onerror=alert(1)>x", `href="javascript`, "<style>*"} {
			if strings.Contains(page.body, bad) {
				t.Errorf("%s has %s", path, bad)
			}
		}
	}
}

// Mass deletion takes one POST that a person sends, can be undone, and is on record
// (V47).
func v47(t *testing.T) {
	s := newSite(t, withDesk, numbered(60)...)
	list, err := s.store.Articles(t.Context(), db.ArticleQuery{})
	if err != nil || len(list) != 60 {
		t.Fatal(len(list), err)
	}
	ann := s.signIn("ann")
	for _, query := range []string{"?action=withdraw&id=" + strings.Join(ids(list), "&id=")} {
		if got := s.getAs(ann, "/desk/articles"+query).StatusCode; got != 405 && got != 400 && got != 414 {
			t.Errorf("GET: %d", got)
		}
	}
	to := s.order(ann, url.Values{"action": {"withdraw"}, "id": ids(list), "reason": {"All wrong."}})
	s.get(list[7].Path(), 410)
	if got := s.send("/desk/undo", url.Values{"did": {didPattern.FindStringSubmatch(to)[1]}}, ann, ours...); got.StatusCode != 303 {
		t.Fatal(got.StatusCode, got.body)
	}
	for _, a := range list {
		s.get(a.Path(), 200)
	}
	log, err := record.Actions(t.Context(), s.store, "article", list[7].ID)
	if n := len(log); err != nil || n < 2 || log[n-2].What != "withdrawn" || log[n-2].Actor != "ann" || log[n-2].Before != "published" || log[n-1].After != "published" {
		t.Errorf("the log has %+v, %v", log, err)
	}
}

// fields are what the form of an article holds, as a browser would send it.
func (s *site) fields(cookie, id string) url.Values {
	s.Helper()
	page := s.getAs(cookie, "/desk/article/"+id)
	if page.StatusCode != 200 {
		s.Fatalf("the form: %d\n%s", page.StatusCode, page.body)
	}
	form := url.Values{}
	for _, m := range regexp.MustCompile(`<input[^>]* name="(version|headline|slug|tags|key_point|image|image_alt)" value="([^"]*)"`).FindAllStringSubmatch(page.body, -1) {
		form.Add(m[1], html.UnescapeString(m[2]))
	}
	for _, m := range regexp.MustCompile(`(?s)<textarea[^>]* name="(\w+)"[^>]*>\n(.*?)</textarea>`).FindAllStringSubmatch(page.body, -1) {
		form.Add(m[1], html.UnescapeString(m[2]))
	}
	for _, m := range regexp.MustCompile(`(?s)<select[^>]* name="(\w+)">(.*?)</select>`).FindAllStringSubmatch(page.body, -1) {
		chosen := regexp.MustCompile(`value="([^"]*)" selected`).FindStringSubmatch(m[2])
		if form.Add(m[1], ""); chosen != nil {
			form.Set(m[1], chosen[1])
		}
	}
	if len(form) < 10 {
		s.Fatalf("the form has %v", form)
	}
	return form
}

// An edit changes what was changed, and only that is the editor's from then on.
func TestDeskEdit(t *testing.T) {
	s := newSite(t, withDesk)
	s.add(false, db.Article{GUID: "1", Headline: "Old headline", Section: "city", Tags: []string{"a"}, KeyPoints: []string{"One."}, Body: content.Clean("<p>Text &amp; more.</p>", "")})
	ann, id := s.signIn("ann"), s.newest().ID
	form := s.fields(ann, id)
	form.Set("headline", "New headline")
	form.Set("desk_note", "We asked.")
	form["key_point"] = []string{"One.", "Two.", "", "", ""}
	form.Set("comments", "closed")
	form.Set("action", "save")
	if a := s.send("/desk/article/"+id, form, ann, ours...); a.StatusCode != 303 {
		t.Fatal(a.StatusCode, a.body)
	}
	a := s.newest()
	if a.Headline != "New headline" || a.Slug != "new-headline" || a.Note != "We asked." || a.Thread != state.ThreadClosed || strings.Join(a.KeyPoints, "") != "One.Two." {
		t.Errorf("it is %+v", a)
	}
	if got := strings.Join(a.Curated, " "); got != "headline key_points" {
		t.Errorf("the editor's are %s", got)
	}
	// Seen first, then published.
	form = s.fields(ann, id)
	form.Set("action", "preview")
	form.Set("body", "<p>Shown <script>alert(1)</script>first.</p>")
	if a := s.send("/desk/article/"+id, form, ann, ours...); a.StatusCode != 200 || !strings.Contains(a.body, "As a page") || !strings.Contains(html.UnescapeString(a.body), "Shown first.</p>") || strings.Contains(framed(a)[0]+framed(a)[1], "<script>alert") {
		t.Errorf("preview: %d", a.StatusCode)
	}
	if got := s.newest().Body.String(); strings.Contains(got, "Shown") {
		t.Error("the preview was saved")
	}
	form.Set("action", "publish")
	if a := s.send("/desk/article/"+id, form, ann, ours...); a.StatusCode != 303 || !strings.Contains(a.Header.Get("Location"), "did=") {
		t.Fatal(a.StatusCode, a.body)
	}
	page := s.get(s.newest().Path(), 200).body
	if !strings.Contains(page, "Shown first.") || !strings.Contains(page, "We asked.") {
		t.Error("the page lacks what was edited")
	}
	// A correction tells readers.
	form = s.fields(ann, id)
	form.Set("headline", "Right headline")
	form.Set("change", "correction")
	form.Set("action", "save")
	if a := s.send("/desk/article/"+id, form, ann, ours...); a.StatusCode != 422 || !strings.Contains(a.body, "The correction says nothing") || !strings.Contains(a.body, "Right headline") {
		t.Errorf("a correction that says nothing: %d", a.StatusCode)
	}
	form.Set("change", "nonsense")
	if a := s.send("/desk/article/"+id, form, ann, ours...); a.StatusCode != 422 || !strings.Contains(a.body, "is minor or correction, not &#34;nonsense&#34;") {
		t.Errorf("a change of no kind: %d", a.StatusCode)
	}
	form.Set("change", "correction")
	form.Set("correction", "The headline was wrong.")
	if a := s.send("/desk/article/"+id, form, ann, ours...); a.StatusCode != 303 {
		t.Fatal(a.StatusCode, a.body)
	}
	if !strings.Contains(s.get("/corrections", 200).body, "The headline was wrong.") {
		t.Error("readers are not told")
	}
	// What changed when stands below the form, word by word.
	if page := s.getAs(ann, "/desk/article/"+id).body; !strings.Contains(page, "<del>New </del><ins>Right </ins>headline") {
		t.Error("the history lacks the change of the headline")
	}
}

// framed are the documents that a page of the desk shows in frames: an article's page,
// and its entry in feeds.
func framed(a answer) (documents [2]string) {
	for i, m := range regexp.MustCompile(`<iframe[^>]* sandbox srcdoc="([^"]*)"`).FindAllStringSubmatch(a.body, 2) {
		documents[i] = html.UnescapeString(m[1])
	}
	return documents
}

// A preview is, to the byte, the page that readers get once the article is published,
// and the entry that is in the feed then.
func TestDeskPreview(t *testing.T) {
	s := newSite(t, withDesk)
	s.add(false, db.Article{
		GUID: "1", Headline: "Of the tide", Section: "city", Language: "en", Link: "https://echo.example/tide", Author: "Mara Lindqvist",
		Tags: []string{"energy"}, KeyPoints: []string{"It rose.", "It fell."}, Body: content.Clean("<p>Text &amp; more.</p>", ""),
	})
	ann, id := s.signIn("ann"), s.newest().ID
	s.pass(time.Second) // no other article is of this moment
	form := s.fields(ann, id)
	form.Set("headline", "Of the “tide” <b>")
	form["key_point"] = []string{"It rose & fell.", "Twice."}
	form.Set("desk_note", "We were there.")
	form.Set("comments", "on")
	form.Set("body", "<p>Another text, by hand.</p><script>alert(1)</script>")
	form.Set("action", "preview")
	shown := s.send("/desk/article/"+id, form, ann, ours...)
	page, entry := framed(shown)[0], framed(shown)[1]
	if shown.StatusCode != 200 || !strings.Contains(entry, "<p>Another text, by hand.</p>") || !strings.Contains(entry, "It rose &amp; fell.") {
		t.Fatalf("%d, the entry is\n%s", shown.StatusCode, entry)
	}
	policy := shown.Header.Get("Content-Security-Policy")
	if strings.Contains(policy, "script") || strings.Count(policy, "'sha256-") != 2 {
		t.Errorf("the policy is %q", policy)
	}
	if s.get("/feed.atom", 200); s.newest().ID != id || s.latest().Headline != "Of the tide" {
		t.Error("the preview was saved")
	}
	form.Set("action", "publish")
	if a := s.send("/desk/article/"+id, form, ann, ours...); a.StatusCode != 303 {
		t.Fatal(a.StatusCode, a.body)
	}
	if real := s.get(s.newest().Path(), 200).body; real != page {
		t.Errorf("readers get\n%s\nnot\n%s", real, page)
	}
	feed := s.get("/feed.atom?view=feed", 200).body
	written := regexp.MustCompile(`(?s)<pre[^>]*>(.*?)</pre>`).FindStringSubmatch(shown.body)
	if written == nil || !strings.Contains(feed, html.UnescapeString(written[1])) {
		t.Errorf("the feed has not the entry that was shown:\n%s\n%v", feed, written)
	}
	// What is no article yet is shown likewise.
	for path, form := range map[string]url.Values{
		"/desk/write": {"headline": {"My own"}, "body": {"Some *words* of mine."}},
		"/desk/add":   {"url": {"https://far.example/tide"}, "headline": {"My own"}, "body": {"<p>Some <em>words</em> of mine.</p>"}},
	} {
		form.Set("action", "preview")
		documents := framed(s.send(path, form, ann, ours...))
		for i, want := range []string{`<h1 class="p-name" dir="auto" data-untrusted>My own</h1>`, `<h1 dir="auto">My own</h1>`} {
			if !strings.Contains(documents[i], want) || !strings.Contains(documents[i], "Some <em>words</em> of mine.") {
				t.Errorf("%s shows\n%s", path, documents[i])
			}
		}
	}
}

// Key points are moved and taken out by buttons, with all else that was typed kept.
func TestDeskKeyPoints(t *testing.T) {
	s := newSite(t, withDesk)
	s.add(false, db.Article{GUID: "1", Headline: "Headline", Section: "city", KeyPoints: []string{"One.", "Two.", "Three."}, Body: content.Text("Text.")})
	ann, id := s.signIn("ann"), s.newest().ID
	form := s.fields(ann, id)
	form.Set("summary", "Typed.")
	points := func(a answer) string {
		t.Helper()
		var list []string
		for _, m := range regexp.MustCompile(`name="key_point" value="([^"]*)"[^>]*?(autofocus)?>`).FindAllStringSubmatch(a.body, -1) {
			list = append(list, m[1]+m[2])
		}
		return strings.Join(list, "|")
	}
	for _, c := range []struct{ action, want string }{
		{"up-3", "One.|Three.autofocus|Two.||"}, {"drop-1", "Two.autofocus|Three.|||"}, {"up-2", "Two.autofocus|One.|Three.||"},
	} {
		form["key_point"] = []string{"One.", "Two.", "Three.", "", ""}
		form.Set("action", c.action)
		a := s.send("/desk/article/"+id, form, ann, ours...)
		if got := points(a); a.StatusCode != 200 || got != c.want || !strings.Contains(a.body, "Typed.</textarea>") {
			t.Errorf("%s: %d, %s, want %s", c.action, a.StatusCode, got, c.want)
		}
		if draft := s.getAs(ann, "/desk/article/"+id+"?draft=1"); strings.ReplaceAll(c.want, "autofocus", "") != points(draft) {
			t.Errorf("%s: the draft has %s", c.action, points(draft))
		}
	}
	for _, action := range []string{"up-1", "up-0", "up-9", "drop-0", "drop-99", "up-", "up"} {
		form.Set("action", action)
		if a := s.send("/desk/article/"+id, form, ann, ours...); a.StatusCode != 400 {
			t.Errorf("%s: %d", action, a.StatusCode)
		}
	}
	form.Set("headline", "Mine")
	form.Set("action", "up-2")
	if a := s.send("/desk/write", form, ann, ours...); a.StatusCode != 200 || points(a) != "Two.autofocus|One.|Three.||" || !strings.Contains(a.body, `value="Mine"`) {
		t.Errorf("/desk/write: %d, %s", a.StatusCode, points(a))
	}
	// Whoever presses Enter saves, and moves nothing.
	form.Del("action")
	if a := s.send("/desk/article/"+id, form, ann, ours...); a.StatusCode != 303 || s.newest().Headline != "Mine" {
		t.Errorf("Enter: %d", a.StatusCode)
	}
	if page := s.getAs(ann, "/desk/article/"+id).body; !regexp.MustCompile(`(?s)<form class="edit".*?<button`).MatchString(page) || !strings.Contains(page[strings.Index(page, `<form class="edit"`):], `<button class="vh" tabindex="-1" aria-hidden="true">Save</button>`) {
		t.Error("Enter does something else")
	}
	// What was typed can be forgotten.
	form = s.fields(ann, id)
	form.Set("action", "preview")
	s.send("/desk/article/"+id, form, ann, ours...)
	if page := s.getAs(ann, "/desk/article/"+id).body; !strings.Contains(page, `value="discard"`) {
		t.Error("there is no way to forget a draft")
	}
	if a := s.send("/desk/article/"+id, url.Values{"action": {"discard"}}, ann, ours...); a.StatusCode != 303 || strings.Contains(s.getAs(ann, "/desk/article/"+id).body, "and did not save it") {
		t.Errorf("forgotten: %d", a.StatusCode)
	}
}

// What was typed and is forgotten comes back with an undo, on every page that keeps it,
// for whoever typed it.
func TestDeskForget(t *testing.T) {
	s := newSite(t, withDesk)
	s.add(false, db.Article{GUID: "1", Headline: "Headline", Section: "city", Body: content.Text("Text.")})
	id := s.newest().ID
	for _, c := range []struct {
		path, page, action string
		list               bool // it keeps what a session that ended had
	}{
		{"/desk/article/" + id, "/desk/article/" + id, "preview", false},
		{"/desk/add", "/desk/add", "preview", false},
		{"/desk/write", "/desk/write", "preview", false},
		{"/desk/articles", "/desk/incoming", "note", true},
		{"/desk/comments", "/desk/comments", "remove", true},
	} {
		name, forget, again := "ann", "discard", "?draft=1"
		if c.list {
			name, forget, again = "mo", "forget", "?typed=1"
		}
		who := s.signIn(name)
		if c.list {
			s.pass(13 * time.Hour)
		}
		s.send(c.path, url.Values{"action": {c.action}, "url": {"https://far.example/tide"}, "id": {id}, "headline": {"Typed"}, "body": {"Typed with care."}, "note": {"Typed with care."}, "next": {c.page}}, who, ours...)
		if c.list {
			who = s.signIn(name)
		}
		shows := func() bool { return strings.Contains(s.getAs(who, c.page+again).body, "Typed with care.") }
		if !shows() {
			t.Fatalf("%s: nothing is kept", c.path)
		}
		a := s.send(c.path, url.Values{"action": {forget}, "next": {c.page}}, who, ours...)
		to := a.Header.Get("Location")
		did := didPattern.FindStringSubmatch(to)
		if a.StatusCode != 303 || did == nil || !strings.HasPrefix(to, c.page+"?") || shows() {
			t.Fatalf("%s: %d, to %s", c.path, a.StatusCode, to)
		}
		page := s.getAs(who, to).body
		if !strings.Contains(page, "Forgot what you typed") || !strings.Contains(page, ">Undo</button>") {
			t.Errorf("%s: it is not said:\n%s", c.path, page)
		}
		undo := func(cookie string, status int) answer {
			t.Helper()
			got := s.send("/desk/undo", url.Values{"did": {did[1]}, "next": {c.page}}, cookie, ours...)
			if got.StatusCode != status {
				t.Errorf("%s: undo: %d, want %d\n%s", c.path, got.StatusCode, status, got.body)
			}
			return got
		}
		undo(s.signIn("vi"), 403)
		page = s.getAs(who, undo(who, 303).Header.Get("Location")).body
		if !shows() || !strings.Contains(page, "Undone. Forgot what you typed") || !strings.Contains(page, ">Do it again</button>") || !strings.Contains(page, `href="`+c.page+again+`">What you typed</a>`) {
			t.Errorf("%s: undone it does not come back:\n%s", c.path, page)
		}
		if undo(who, 303); shows() {
			t.Errorf("%s: it is not forgotten again", c.path)
		}
		if a := s.send(c.path, url.Values{"action": {forget}, "next": {c.page}}, who, ours...); a.StatusCode != 303 || strings.Contains(a.Header.Get("Location"), "did=") {
			t.Errorf("%s: with nothing to forget: %d, to %s", c.path, a.StatusCode, a.Header.Get("Location"))
		}
	}
}

// A page of a list is small over the wire, however long what stands in it is
// (desk.md, Figures).
func TestDeskSize(t *testing.T) {
	const most = 40 << 10
	s := newSite(t, withDesk)
	list := numbered(60)
	words := func(i, n int) string {
		var b strings.Builder
		for j := range n {
			fmt.Fprintf(&b, "word%d%c ", i*(j+7)%997, 'a'+(i*j+j)%26)
		}
		return b.String()
	}
	for i := range list {
		word := func(n int) string { return words(i, n) }
		list[i].Headline, list[i].Author, list[i].Language = word(12), word(2), "en"
		list[i].KeyPoints, list[i].Summary, list[i].Body = []string{word(15), word(15), word(15)}, word(40), content.Text(word(600))
	}
	s.add(false, list...)
	articles, err := s.store.Articles(t.Context(), db.ArticleQuery{Status: state.Incoming})
	if err != nil || len(articles) != len(list) {
		t.Fatal(len(articles), err)
	}
	for i, a := range articles { // a page of the log has all that each edit changed
		i += len(list)
		headline, points, summary, body, note := words(i, 12), []string{words(i, 15), words(i+1, 15)}, words(i, 40), content.Text(words(i, 600)), words(i, 30)
		if _, _, err := s.store.EditArticle(t.Context(), a.ID, db.Edit{Headline: &headline, KeyPoints: &points, Summary: &summary, Body: &body, Note: &note}, "ann"); err != nil {
			t.Fatal(err)
		}
	}
	ann := s.signIn("ann")
	for _, path := range []string{"/desk/incoming", "/desk/published", "/desk/sources", "/desk/log", "/desk/comments", "/desk/account", "/desk/write", "/desk/article/" + s.newest().ID} {
		a := s.getAs(ann, path, "Accept-Encoding", "gzip")
		if a.StatusCode != 200 || a.Header.Get("Content-Encoding") != "gzip" || len(a.body) > most {
			t.Errorf("%s: %d, %s, %d bytes", path, a.StatusCode, a.Header.Get("Content-Encoding"), len(a.body))
		}
		t.Logf("%s: %d bytes", path, len(a.body))
	}
}

// An editor of one section decides on nothing of another: not by attaching to its
// articles, not by adding a page anew, not on its sources.
func TestDeskSections(t *testing.T) {
	s := newSite(t, func(set *publisher.Settings) {
		withDesk(set)
		limited := set.Desk.Users[0]
		limited.Name, limited.Sections = "kim", []string{"coast"}
		set.Desk.Users = append(set.Desk.Users, limited)
		set.Sections = append(set.Sections, publisher.Section{ID: "coast", Title: "Coast"})
	})
	s.add(false, db.Article{GUID: "1", Headline: "Of the city", Section: "city"}, db.Article{GUID: "2", Headline: "Of the coast", Section: "coast"})
	list, err := s.store.Articles(t.Context(), db.ArticleQuery{Status: state.Incoming})
	if err != nil || len(list) != 2 {
		t.Fatal(len(list), err)
	}
	byHeadline := map[string]string{list[0].Headline: list[0].ID, list[1].Headline: list[1].ID}
	city, coast := byHeadline["Of the city"], byHeadline["Of the coast"]
	kim, ann := s.signIn("kim"), s.signIn("ann")
	for _, action := range []string{"attach", "join"} {
		if a := s.send("/desk/articles", url.Values{"action": {action}, "id": {city, coast}}, kim, ours...); a.StatusCode != 403 || !strings.Contains(a.body, "not yours") {
			t.Errorf("%s: %d\n%s", action, a.StatusCode, a.body)
		}
	}
	to := s.order(kim, url.Values{"action": {"bin"}, "id": {coast, city}})
	if page := s.getAs(kim, to).body; !strings.Contains(page, "1 could not be: of a section that is not yours") {
		t.Error("it is not said what was left of many")
	}
	to = s.order(ann, url.Values{"action": {"bin"}, "id": {city}})
	if a := s.send("/desk/undo", url.Values{"did": {didPattern.FindStringSubmatch(to)[1]}}, kim, ours...); a.StatusCode != 403 || !strings.Contains(a.body, "not yours") {
		t.Errorf("undo of another's: %d\n%s", a.StatusCode, a.body)
	}
	for _, action := range []string{"pause", "resume", "fetch"} {
		if a := s.send("/desk/sources", url.Values{"action": {action}, "id": {"echo"}}, kim, ours...); a.StatusCode != 403 {
			t.Errorf("%s: %d", action, a.StatusCode)
		}
	}
	if page := s.getAs(kim, "/desk/sources").body; strings.Contains(page, "Fetch now") {
		t.Error("what may not be done to a source is shown")
	}
	const at = "https://far.example/tide"
	if a := s.send("/desk/add", url.Values{"url": {at}, "section": {"city"}, "action": {"save"}}, ann, ours...); a.StatusCode != 303 {
		t.Fatal(a.StatusCode, a.body)
	}
	a := s.send("/desk/add", url.Values{"url": {at}, "section": {"coast"}, "headline": {"Kim's headline"}, "action": {"save"}}, kim, ours...)
	if a.StatusCode != 422 || !strings.Contains(a.body, "The section: is not one of yours") || !strings.Contains(a.body, "Kim&#39;s headline") || s.newest().Section != "city" {
		t.Errorf("added anew: %d\n%s", a.StatusCode, a.body)
	}
	if page := s.getAs(kim, "/desk/add?draft=1").body; !strings.Contains(page, "Kim&#39;s headline") {
		t.Error("what was typed is lost")
	}
	// What one nominated, another does not take back.
	to = s.order(kim, url.Values{"action": {"nominate"}, "id": {city}})
	did := didPattern.FindStringSubmatch(to)[1]
	if got := s.send("/desk/undo", url.Values{"did": {did}}, s.signIn("vi"), ours...); got.StatusCode != 403 {
		t.Errorf("a nomination is taken back by another: %d", got.StatusCode)
	}
	if got := s.send("/desk/undo", url.Values{"did": {did}}, kim, ours...); got.StatusCode != 303 {
		t.Errorf("a nomination is not taken back: %d", got.StatusCode)
	}
}

// What no store holds finds nothing and breaks nothing; only lists run a script.
func TestDeskOdd(t *testing.T) {
	s := newSite(t, withDesk)
	ann := s.signIn("ann")
	for path, want := range map[string]int{
		"/desk/log?actor=%00&kind=%ff&ref=%00": 200, "/desk/comments?q=%00&article=%00%ff": 200, "/desk/incoming?rule=%ff&source=%00&q=%ff": 200,
		"/desk/incoming?did=%00": 200, "/desk/article/%ff": 404, "/desk/log?before=99999999999999999999": 404, "/desk/sources?page=x": 404,
	} {
		if got := s.getAs(ann, path).StatusCode; got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
	for path, runs := range map[string]bool{
		"/desk/incoming": true, "/desk/published": true, "/desk/article/" + s.newest().ID: false, "/desk/comments": false, "/desk/account": false, "/desk/write": false, "/desk/sources": false,
	} {
		if policy := s.getAs(ann, path).Header.Get("Content-Security-Policy"); strings.Contains(policy, "script-src 'self'") != runs {
			t.Errorf("%s: %q", path, policy)
		}
	}
}

// Of two editors at once the second sees what the first did, word by word, and what
// they typed stays.
func TestDeskConflict(t *testing.T) {
	s := newSite(t, withDesk)
	s.add(false, db.Article{GUID: "1", Headline: "The old headline", Section: "city", Body: content.Text("Text.")})
	id := s.newest().ID
	ann, other := s.signIn("ann"), s.signIn("ann")
	first, second := s.fields(ann, id), s.fields(other, id)
	first.Set("headline", "The first headline")
	first.Set("action", "save")
	second.Set("headline", "The second headline")
	second.Set("summary", "Typed with care.")
	second.Set("action", "save")
	if a := s.send("/desk/article/"+id, first, ann, ours...); a.StatusCode != 303 {
		t.Fatal(a.StatusCode)
	}
	a := s.send("/desk/article/"+id, second, other, ours...)
	if a.StatusCode != 409 || !strings.Contains(a.body, "The <del>first </del><ins>second </ins>headline") || !strings.Contains(a.body, "Typed with care.") || !strings.Contains(a.body, "Changed by ann at 09:30") {
		t.Errorf("the second: %d\n%s", a.StatusCode, a.body)
	}
	if got := s.newest().Headline; got != "The first headline" {
		t.Errorf("it is %q", got)
	}
	again := regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(a.body)
	second.Set("version", again[1])
	if a := s.send("/desk/article/"+id, second, other, ours...); a.StatusCode != 303 || s.newest().Headline != "The second headline" {
		t.Errorf("saved again: %d", a.StatusCode)
	}
	// Nobody gives back, or takes over, what they have not seen; a form of no version has seen nothing.
	for _, action := range []string{"revert", "take"} {
		if a := s.send("/desk/article/"+id, url.Values{"version": {again[1]}, "action": {action}}, ann, ours...); a.StatusCode != 409 || !strings.Contains(a.body, "ann at 09:30 changed it since you looked") {
			t.Errorf("%s of an old version: %d", action, a.StatusCode)
		}
	}
	form := s.fields(ann, id)
	typed := maps.Clone(form)
	typed.Set("version", "nonsense")
	typed.Set("headline", "The third headline")
	if a := s.send("/desk/article/"+id, typed, ann, ours...); a.StatusCode != 409 || !strings.Contains(a.body, `value="The third headline"`) {
		t.Errorf("nonsense as version: %d", a.StatusCode)
	}
	if got := s.newest().Headline; got != "The second headline" {
		t.Errorf("it is %q", got)
	}
	// Readers are told of no correction of what they have not seen.
	form.Set("change", "correction")
	form.Set("correction", "All was wrong.")
	if a := s.send("/desk/article/"+id, form, ann, ours...); a.StatusCode != 422 || !strings.Contains(a.body, "they have not seen this") {
		t.Errorf("a correction of what waits: %d", a.StatusCode)
	}
}

// sends is a source that changed an article at a moment; taken counts who took that over.
type sends struct {
	at    time.Time
	taken int
}

func (*sends) Original(context.Context, string) (db.Article, error) {
	return db.Article{}, db.ErrNotFound
}

func (m *sends) Waiting(_ context.Context, a db.Article) (db.Article, db.PendingChange, error) {
	a.Headline = "What it sent at " + m.at.Format("15:04")
	return a, db.PendingChange{At: m.at}, nil
}

func (*sends) Revert(context.Context, string, []string) (db.Article, newsroom.Deed, error) {
	return db.Article{}, newsroom.Deed{}, db.ErrNotFound
}

func (m *sends) Take(context.Context, string) (db.Article, newsroom.Deed, error) {
	m.taken++
	return db.Article{}, newsroom.Deed{}, nil
}

// Nobody takes over what the source sent after they looked.
func TestDeskTakeSeen(t *testing.T) {
	s := newSite(t, withDesk)
	m := &sends{at: s.clock()}
	s.again(publisher.Options{Remake: func(editing.Editor) desk.Remaker { return m }}, withDesk)
	id, ann := s.newest().ID, s.signIn("ann")
	seen := func(page string) url.Values {
		form := regexp.MustCompile(`(?s)name="version" value="(\d+)"><input type="hidden" name="sent" value="(\d+)"><button name="action" value="take"`).FindStringSubmatch(page)
		if form == nil {
			t.Fatalf("nothing can be taken over:\n%s", page)
		}
		return url.Values{"version": {form[1]}, "sent": {form[2]}, "action": {"take"}}
	}
	form := seen(s.getAs(ann, "/desk/article/"+id).body)
	m.at = m.at.Add(time.Hour)
	a := s.send("/desk/article/"+id, form, ann, ours...)
	if a.StatusCode != 409 || !strings.Contains(a.body, "Its source changed it again since you looked") || m.taken != 0 {
		t.Errorf("what was not seen: %d, taken %d times", a.StatusCode, m.taken)
	}
	if a := s.send("/desk/article/"+id, seen(a.body), ann, ours...); a.StatusCode != 303 || m.taken != 1 {
		t.Errorf("what was seen: %d, taken %d times", a.StatusCode, m.taken)
	}
}

// Nothing typed is lost: not with the session, not for being too long.
func TestDeskKeepsTyped(t *testing.T) {
	s := newSite(t, withDesk)
	s.add(false, db.Article{GUID: "1", Headline: "Headline", Section: "city", Body: content.Text("Text.")})
	id := s.newest().ID
	ann := s.signIn("ann")
	form := s.fields(ann, id)
	form.Set("headline", "Typed before lunch")
	form.Set("action", "save")
	s.pass(13 * time.Hour)
	a := s.send("/desk/article/"+id, form, ann, ours...)
	to := "/desk/article/" + id + "?draft=1"
	if a.StatusCode != 303 || a.Header.Get("Location") != "/desk/login?next="+url.QueryEscape(to) {
		t.Fatalf("%d %s", a.StatusCode, a.Header.Get("Location"))
	}
	if got := s.newest().Headline; got != "Headline" {
		t.Error("a session that has ended saved something")
	}
	ann = s.signIn("ann")
	if page := s.getAs(ann, to).body; !strings.Contains(page, `value="Typed before lunch"`) {
		t.Error("what was typed is lost")
	}
	if page := s.getAs(s.signIn("mo"), to).body; strings.Contains(page, "Typed before lunch") {
		t.Error("somebody else reads it")
	}
	// Whoever never had a session leaves nothing.
	s.send("/desk/article/"+id, url.Values{"headline": {"A stranger's"}}, strings.Repeat("A", 43), ours...)
	if strings.Contains(s.everything(), "stranger") {
		t.Error("a stranger's form was kept")
	}
	for name, change := range map[string]func(url.Values){
		"The text is too long":     func(f url.Values) { f.Set("body", strings.Repeat("<p>ä</p>", 150_000)) },
		"The headline is too long": func(f url.Values) { f.Set("headline", strings.Repeat("word ", 13_000)) },
		"an article has at most 5": func(f url.Values) { f["key_point"] = strings.Split(strings.Repeat("A point.,", 200), ",") },
	} {
		form := s.fields(ann, id)
		change(form)
		form.Set("summary", "kept as it was")
		form.Set("action", "save")
		a := s.send("/desk/article/"+id, form, ann, ours...)
		if a.StatusCode != 422 || !strings.Contains(a.body, name) || !strings.Contains(a.body, "kept as it was") {
			t.Errorf("%s: %d", name, a.StatusCode)
		}
		for _, field := range []string{"headline", "body"} {
			if !strings.Contains(a.body, html.EscapeString(form.Get(field))) {
				t.Errorf("%s: the %s is lost", name, field)
			}
		}
		if n := strings.Count(a.body, `name="key_point" value="`); n < len(form["key_point"]) {
			t.Errorf("%s: of %d key points %d are left", name, len(form["key_point"]), n)
		}
	}
}

// What was decided on comments is undone for an hour, all of it at once, and done again
// by an undo of that; what somebody else decided since stays.
func TestDeskCommentUndo(t *testing.T) {
	s := newSite(t, func(set *publisher.Settings) { withDesk(set); set.Comments.Moderation = comments.All })
	a := s.newest()
	var ids []string
	for _, text := range []string{"First of them.", "Second of them.", "Third of them."} {
		s.post(a, s.fill(a, "text", text), 303)
	}
	for _, c := range s.stored() {
		ids = append(ids, c.ID)
	}
	mo, vi := s.signIn("mo"), s.signIn("vi")
	stand := func(want ...state.Comment) {
		t.Helper()
		seen := 0
		for i, id := range ids {
			c, err := s.store.Comment(t.Context(), id)
			if err != nil || c.Status != want[i] || c.Decided.IsZero() != (want[i] == state.Pending) {
				t.Errorf("comment %d is %s, decided %v, %v; want %s", i, c.Status, c.Decided, err, want[i])
			}
			if want[i] == state.Approved {
				seen++
			}
		}
		if !strings.Contains(s.get(a.Path(), 200).body, fmt.Sprintf("Comments (%d)", seen)) {
			t.Errorf("the page does not show %d comments", seen)
		}
	}
	undo := func(did, cookie string, status int) answer {
		t.Helper()
		got := s.send("/desk/undo", url.Values{"did": {did}, "next": {"/desk/comments"}}, cookie, ours...)
		if got.StatusCode != status {
			t.Errorf("undo: %d, want %d\n%s", got.StatusCode, status, got.body)
		}
		return got
	}
	done := s.send("/desk/comments", url.Values{"action": {"approve"}, "id": ids, "next": {"/desk/comments"}}, mo, ours...)
	at, err := url.Parse(done.Header.Get("Location"))
	if err != nil || done.StatusCode != 303 {
		t.Fatal(done.StatusCode, err, done.body)
	}
	did := at.Query().Get("did")
	if page := s.getAs(mo, at.String()).body; !strings.Contains(page, "Approved: a comment on") || !strings.Contains(page, "and 2 more") || !strings.Contains(page, ">Undo</button>") {
		t.Errorf("it does not say what was done:\n%s", page)
	}
	if page := s.getAs(vi, at.String()).body; strings.Contains(page, ">Undo</button>") {
		t.Error("who may only read is offered an undo")
	}
	stand(state.Approved, state.Approved, state.Approved)
	undo(did, vi, 403)
	s.pass(time.Second)
	undo(did, mo, 303)
	stand(state.Pending, state.Pending, state.Pending)
	undo(did, mo, 303)
	stand(state.Approved, state.Approved, state.Approved)
	if _, err := dbtest.Moderate(t.Context(), s.store, ids[1], state.Spam, "ann", "ann"); err != nil {
		t.Fatal(err)
	}
	if got := undo(did, mo, 303); !strings.Contains(got.Header.Get("Location"), "left=1") {
		t.Errorf("it is not said what stayed: %s", got.Header.Get("Location"))
	}
	stand(state.Pending, state.Spam, state.Pending)
	s.pass(2 * time.Hour)
	undo(did, mo, 422)
	stand(state.Pending, state.Spam, state.Pending)
}

// Comments are moderated many at once; sources are paused and asked for; and all of
// it stands in the log.
func TestDeskRest(t *testing.T) {
	s := newSite(t, func(set *publisher.Settings) { withDesk(set); set.Comments.Moderation = comments.All })
	a := s.newest()
	for _, text := range []string{"First of them.", "Second of them.", markup} {
		s.post(a, s.fill(a, "text", text), 303)
	}
	mo, ann := s.signIn("mo"), s.signIn("ann")
	page := s.getAs(mo, "/desk/comments").body
	for _, want := range []string{"First of them.", "Second of them.", "Comments <span>3</span>", "pending"} {
		if !strings.Contains(page, want) {
			t.Errorf("the comments lack %s", want)
		}
	}
	if strings.Contains(page, "<script>alert") || strings.Contains(page, "onerror=alert(1)>x") {
		t.Error("a comment does something at the desk")
	}
	if page := s.getAs(mo, "/desk/comments?q=second").body; !strings.Contains(page, "Second of them.") || strings.Contains(page, "First of them.") {
		t.Error("words do not narrow the comments")
	}
	var waiting []string
	for _, c := range s.stored() {
		waiting = append(waiting, c.ID)
	}
	if got := s.send("/desk/comments", url.Values{"action": {"approve"}, "id": waiting, "next": {"/desk/comments"}}, mo, ours...); got.StatusCode != 303 {
		t.Errorf("approve: %d\n%s", got.StatusCode, got.body)
	}
	if !strings.Contains(s.get(a.Path(), 200).body, "Comments (3)") {
		t.Error("the page lacks what was approved")
	}
	if got := s.send("/desk/comments", url.Values{"action": {"block"}, "id": waiting[:1], "block": {"name"}}, mo, ours...); got.StatusCode != 303 {
		t.Errorf("block: %d\n%s", got.StatusCode, got.body)
	}
	// A block is undone, and made again.
	blocked := s.send("/desk/comments", url.Values{"action": {"block"}, "id": waiting[:2], "block": {"name"}, "next": {"/desk/comments?q=them"}}, mo, ours...).Header.Get("Location")
	for _, c := range []struct {
		action, says string
		blocks       int
	}{{"unblock", "2 blocked.", 0}, {"block", "2 blocked no more.", 1}} {
		page := s.getAs(mo, blocked).body
		if !strings.Contains(page, c.says) || !strings.Contains(page, `value="`+c.action+`" accesskey="u"`) || strings.Count(page, `type="hidden" name="id"`) != 2 {
			t.Errorf("before %s the comments are\n%s", c.action, page)
		}
		got := s.send("/desk/comments", url.Values{"action": {c.action}, "id": waiting[:2], "block": {"name"}, "next": {"/desk/comments?q=them"}}, mo, ours...)
		blocked = got.Header.Get("Location")
		list, err := blocks.New(s.store.DB, s.clock).List(t.Context())
		if got.StatusCode != 303 || !strings.HasPrefix(blocked, "/desk/comments?") || err != nil || len(list) != c.blocks {
			t.Errorf("%s: %d, %d blocks, %v\n%s", c.action, got.StatusCode, len(list), err, got.body)
		}
	}
	for action, want := range map[string]int{"approve": 409, "explode": 400, "block": 422, "unblock": 422} { // of what, it does not say
		if got := s.send("/desk/comments", url.Values{"action": {action}, "id": waiting[:1]}, mo, ours...); got.StatusCode != want {
			t.Errorf("%s: %d, want %d", action, got.StatusCode, want)
		}
	}

	if page := s.getAs(ann, "/desk/sources").body; !strings.Contains(page, "Harbour Echo") || !strings.Contains(page, "Fetch now") {
		t.Error("the sources lack one")
	}
	for action, paused := range map[string]bool{"pause": true} {
		if got := s.send("/desk/sources", url.Values{"action": {action}, "id": {"echo"}}, ann, ours...); got.StatusCode != 303 {
			t.Errorf("%s: %d", action, got.StatusCode)
		}
		if source, err := s.store.Source(t.Context(), "echo"); err != nil || source.Paused != paused {
			t.Errorf("after %s it is paused: %v, %v", action, source.Paused, err)
		}
	}
	// Where it says so, a click undoes it.
	for _, c := range []struct {
		action, undo, says string
		paused             bool
	}{{"pause", "resume", "Paused: Harbour Echo", true}, {"resume", "pause", "Resumed: Harbour Echo", false}, {"pause", "resume", "Paused: Harbour Echo", true}} {
		to := s.send("/desk/sources", url.Values{"action": {c.action}, "id": {"echo"}, "next": {"/desk/sources?page=1"}}, ann, ours...).Header.Get("Location")
		page := s.getAs(ann, to).body
		if source, err := s.store.Source(t.Context(), "echo"); err != nil || source.Paused != c.paused {
			t.Errorf("after %s it is paused: %v, %v", c.action, source.Paused, err)
		}
		if !strings.HasPrefix(to, "/desk/sources?") || !strings.Contains(to, "page=1") || !strings.Contains(page, c.says) || !strings.Contains(page, `value="`+c.undo+`" accesskey="u">Undo<`) {
			t.Errorf("after %s it leads to %s:\n%s", c.action, to, page)
		}
		if page := s.getAs(mo, to).body; strings.Contains(page, ">Undo<") {
			t.Error("who may not pause is offered to undo it")
		}
	}
	for action, want := range map[string]int{"resume": 303, "fetch": 303, "explode": 400} {
		if got := s.send("/desk/sources", url.Values{"action": {action}, "id": {"echo"}}, ann, ours...); got.StatusCode != want {
			t.Errorf("%s: %d, want %d", action, got.StatusCode, want)
		}
	}
	if got := s.send("/desk/sources", url.Values{"action": {"pause"}, "id": {"nosuch"}}, ann, ours...); got.StatusCode != 404 {
		t.Errorf("a source that there is not: %d", got.StatusCode)
	}

	s.order(ann, url.Values{"action": {"withdraw"}, "id": {a.ID}, "reason": {"It was wrong."}})
	log := s.getAs(ann, "/desk/log").body
	for _, want := range []string{"published → withdrawn: It was wrong.", ">ann</a>", ">mo</a>"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s", want)
		}
	}
	if log := s.getAs(ann, "/desk/log?actor=mo&kind=comment").body; strings.Contains(log, "withdrawn") || !strings.Contains(log, "approved") {
		t.Error("the log is not narrowed")
	}
}

// The private feed wants its key, and a new one makes the old lead nowhere.
func TestDeskFeed(t *testing.T) {
	s := newSite(t, func(set *publisher.Settings) {
		withDesk(set)
		set.Desk.Filters = []desk.Filter{{Name: "Of the tide", Query: "q=tide"}}
	})
	s.add(false, db.Article{GUID: "1", Headline: "Waits " + markup, Section: "city", Body: content.Text("Text.")}, db.Article{GUID: "2", Headline: "The tide waits", Section: "city"})
	ann := s.signIn("ann")
	if page := s.getAs(ann, "/desk/incoming").body; !strings.Contains(page, `>Of the tide <span>1</span>`) {
		t.Error("the list with a name is no tab")
	}
	addresses := func() []string {
		t.Helper()
		var list []string
		for _, m := range regexp.MustCompile(`value="https://news\.example\.org([^"]*feed\.atom[^"]*)"`).FindAllStringSubmatch(s.getAs(ann, "/desk/account").body, -1) {
			list = append(list, html.UnescapeString(m[1]))
		}
		if len(list) != 2 {
			t.Fatalf("%d addresses of feeds", len(list))
		}
		return list
	}
	old := addresses()
	body := s.get(old[0], 200).body
	for _, want := range []string{"The tide waits", `href="https://news.example.org/desk/incoming?row=` + s.newest().ID + `#a-` + s.newest().ID + `"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the feed lacks %s:\n%s", want, body)
		}
	}
	if body := s.get(old[1], 200).body; strings.Contains(body, "Waits ") || !strings.Contains(body, "The tide waits") {
		t.Error("the feed of a list has other entries than the list")
	}
	for _, path := range []string{"/desk/feed.atom", "/desk/feed.atom?key=", old[0] + "x"} {
		if got := s.getAs("", path).StatusCode; got != 401 {
			t.Errorf("%s: %d", path, got)
		}
	}
	if strings.Contains(s.everything(), strings.TrimPrefix(old[0], "/desk/feed.atom?key=")) {
		t.Error("the key is stored")
	}
	if got := s.send("/desk/account", url.Values{"action": {"renew"}}, ann, ours...); got.StatusCode != 303 {
		t.Error(got.StatusCode)
	}
	if got := s.getAs("", old[0]).StatusCode; got != 401 {
		t.Errorf("with the old key: %d", got)
	}
	s.get(addresses()[0], 200)
	if page := s.getAs(ann, "/desk/account").body; !strings.Contains(page, `href="/desk/incoming"`) {
		t.Error("from the account nothing leads back to the lists")
	}
	if page := s.getAs(ann, "/desk/keys.js"); page.StatusCode != 200 || len(page.body) > 3<<10 {
		t.Errorf("the script: %d, %d bytes", page.StatusCode, len(page.body))
	}
}

// What the form saved is undone where it says so, published with it or not, and a
// correction; what somebody else saved since stays.
func TestDeskUndoSaved(t *testing.T) {
	s := newSite(t, withDesk)
	s.add(false, db.Article{GUID: "1", Headline: "Old headline", Section: "city", Body: content.Text("Text.")})
	ann, vi, id := s.signIn("ann"), s.signIn("vi"), s.newest().ID
	save := func(action string, fields ...string) (to string) {
		t.Helper()
		form := s.fields(ann, id)
		form.Set("action", action)
		for i := 0; i < len(fields); i += 2 {
			form.Set(fields[i], fields[i+1])
		}
		a := s.send("/desk/article/"+id, form, ann, ours...)
		if a.StatusCode != 303 {
			t.Fatal(a.StatusCode, a.body)
		}
		return a.Header.Get("Location")
	}
	undo := func(to string, status int) answer {
		t.Helper()
		a := s.send("/desk/undo", url.Values{"did": {didPattern.FindStringSubmatch(to)[1]}, "next": {"/desk/article/" + id}}, ann, ours...)
		if a.StatusCode != status {
			t.Fatal(a.StatusCode, a.body)
		}
		return a
	}
	to := save("save", "headline", "New headline", "comments", "off")
	if page := s.getAs(ann, to).body; !strings.HasPrefix(to, "/desk/article/"+id+"?did=") || !strings.Contains(page, "Saved: “New headline”") || !strings.Contains(page, ">Undo</button>") {
		t.Errorf("after a save it leads to %s, which does not say so", to)
	}
	if strings.Contains(s.getAs(vi, to).body, ">Undo</button>") {
		t.Error("a viewer is offered to undo an edit")
	}
	if undo(to, 303); s.newest().Headline != "Old headline" || s.newest().Thread != state.ThreadAsSet || len(s.newest().Curated) != 0 {
		t.Errorf("undone it is %+v", s.newest())
	}
	if to := save("save"); to != "/desk/article/"+id+"?saved=1" {
		t.Errorf("where nothing is another it leads to %s", to)
	}
	to = save("publish", "headline", "Published headline")
	if a := s.newest(); a.Status != state.Published || a.Headline != "Published headline" {
		t.Fatalf("%+v", a)
	}
	if undo(to, 303); s.newest().Status != state.Incoming || s.newest().Headline != "Old headline" {
		t.Errorf("undone it is %s %q", s.newest().Status, s.newest().Headline)
	}
	undo(to, 303)
	to = save("save", "headline", "Right headline", "change", "correction", "correction", "It was wrong.")
	if !strings.Contains(s.get("/corrections", 200).body, "It was wrong.") || !strings.Contains(s.getAs(ann, to).body, "Corrected: “Right headline”") {
		t.Error("a correction is not told of")
	}
	s.pass(time.Second)
	undo(to, 303)
	if page := s.get(s.newest().Path(), 200).body; strings.Contains(s.get("/corrections", 200).body, "It was wrong.") || strings.Contains(page, "Right headline") || strings.Contains(page, "It was wrong.") {
		t.Error("readers are told of a correction that was undone")
	}
	if page := s.getAs(ann, "/desk/article/"+id).body; !strings.Contains(page, "<del>Right </del><ins>Published </ins>headline") {
		t.Error("the history lacks the undo")
	}
	to = save("save", "headline", "Mine")
	save("save", "headline", "Another's")
	if got := undo(to, 409); !strings.Contains(got.body, "changed by somebody else meanwhile") || s.newest().Headline != "Another's" {
		t.Errorf("what was saved since is %q", s.newest().Headline)
	}
}

// What is asked for, and typed, in the form of a list comes back: after the session
// ended, and where it could not be done.
func TestDeskKeepsTypedInLists(t *testing.T) {
	s := newSite(t, withDesk)
	published := s.newest()
	s.add(false, numbered(3)...)
	list, err := s.store.Articles(t.Context(), db.ArticleQuery{Status: state.Incoming})
	if err != nil || len(list) != 3 {
		t.Fatal(len(list), err)
	}
	if _, _, err := s.store.AddComment(t.Context(), db.Comment{Article: published.ID, Name: "Bea", Text: "Words", Body: content.Comment("Words."), Status: state.Pending}); err != nil {
		t.Fatal(err)
	}
	remark := s.stored()[0].ID
	for _, c := range []struct {
		path, next string
		form       url.Values
	}{
		{"/desk/articles", "/desk/incoming?q=headline", url.Values{"action": {"note"}, "id": {list[0].ID}, "note": {"Ask “them” first."}}},
		{"/desk/articles", "/desk/article/" + list[0].ID, url.Values{"action": {"note"}, "id": {list[0].ID}, "note": {"And them."}}},
		{"/desk/articles", "/desk/incoming", url.Values{"action": {"reject"}, "id": ids(list[1:]), "reason": {"Too dull."}}},
		{"/desk/comments", "/desk/comments", url.Values{"action": {"remove"}, "id": {remark}, "reason": {"Sells things."}}},
	} {
		ann := s.signIn("ann")
		s.pass(13 * time.Hour)
		c.form.Set("next", c.next)
		a := s.send(c.path, c.form, ann, ours...)
		to, err := url.Parse(a.Header.Get("Location"))
		back := to.Query().Get("next")
		if err != nil || a.StatusCode != 303 || to.Path != "/desk/login" || back != withTyped(c.next) {
			t.Fatalf("%v: %d, to %s", c.form, a.StatusCode, to)
		}
		if page := s.getAs(s.signIn("vi"), back).body; strings.Contains(page, "Your session had ended") {
			t.Error("somebody else reads it")
		}
		ann = s.signIn("ann")
		page := s.getAs(ann, back).body
		again := regexp.MustCompile(`(?s)<form class="did again".*?</form>`).FindString(page)
		if !strings.Contains(again, "Your session had ended") || !strings.Contains(again, html.EscapeString(c.form.Get("note")+c.form.Get("reason"))) {
			t.Fatalf("%v: it does not come back:\n%s", c.form, page)
		}
		form := url.Values{}
		for _, m := range regexp.MustCompile(`<input[^>]* name="(\w+)" value="([^"]*)"`).FindAllStringSubmatch(again, -1) {
			form.Add(m[1], html.UnescapeString(m[2]))
		}
		form.Set("action", c.form.Get("action"))
		if a := s.send(c.path, form, ann, ours...); a.StatusCode != 303 || !strings.Contains(a.Header.Get("Location"), "did=") {
			t.Errorf("%v, sent again: %d %s\n%s", form, a.StatusCode, a.Header.Get("Location"), a.body)
		}
		if page := s.getAs(ann, back).body; strings.Contains(page, "Your session had ended") {
			t.Error("what was done comes back again")
		}
	}
	if a, err := s.store.Article(t.Context(), list[2].ID); err != nil || a.Status != state.Rejected || a.Reason != "Too dull." {
		t.Errorf("%s for %q, %v", a.Status, a.Reason, err)
	}
	if c, err := s.store.Comment(t.Context(), remark); err != nil || c.Status != state.Removed || !strings.HasSuffix(c.Reason, "Sells things.") {
		t.Errorf("%s for %q, %v", c.Status, c.Reason, err)
	}
	if page := s.getAs(s.signIn("ann"), "/desk/article/"+list[0].ID).body; !strings.Contains(page, "Ask “them” first.") || !strings.Contains(page, "And them.") {
		t.Error("the notes are not there")
	}
	// A mistake loses nothing either.
	ann, long := s.signIn("ann"), strings.Repeat("long ", 500)
	for path, form := range map[string]url.Values{
		"/desk/articles": {"action": {"note"}, "id": {list[0].ID}, "note": {long}},
		"/desk/comments": {"action": {"approve"}, "id": {remark}, "reason": {long}},
	} {
		if a := s.send(path, form, ann, ours...); a.StatusCode != 422 || !strings.Contains(a.body, long) {
			t.Errorf("%s: %d\n%.300s", path, a.StatusCode, a.body)
		}
	}
	// What is forgotten does not come back.
	s.pass(13 * time.Hour)
	s.send("/desk/articles", url.Values{"action": {"note"}, "id": {list[0].ID}, "note": {"No."}}, ann, ours...)
	ann = s.signIn("ann")
	if a := s.send("/desk/articles", url.Values{"action": {"forget"}, "next": {"/desk/incoming"}}, ann, ours...); a.StatusCode != 303 {
		t.Error(a.StatusCode, a.body)
	}
	if page := s.getAs(ann, "/desk/incoming?typed=1").body; strings.Contains(page, "Your session had ended") {
		t.Error("what was forgotten comes back")
	}
}

// withTyped is an address that shows what was typed before a session ended.
func withTyped(path string) string {
	if strings.Contains(path, "?") {
		return path + "&typed=1"
	}
	return path + "?typed=1"
}

// Comments at the desk have pages: what waits, then what is flagged, each once.
func TestDeskCommentPages(t *testing.T) {
	s := newSite(t, withDesk)
	a := s.newest()
	for i := range 130 {
		c := db.Comment{Article: a.ID, Name: "Bea", Text: fmt.Sprintf("Number %03d of them", i), Body: content.Comment("Words."), Status: state.Pending}
		if i >= 70 {
			c.Status, c.Flagged = state.Approved, "reported"
		}
		if i%10 == 3 {
			c.Flagged = "long"
		}
		if _, _, err := s.store.AddComment(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	mo := s.signIn("mo")
	remarks := regexp.MustCompile(`<article class="remark" id="c-(\w+)"`)
	older := regexp.MustCompile(`<a href="([^"]*)" rel="next">`)
	for path, want := range map[string][]int{
		"/desk/comments":                     {50, 50, 30},
		"/desk/comments?status=pending":      {50, 20},
		"/desk/comments?status=flagged":      {50, 17},
		"/desk/comments?q=number+of":         {50, 50, 30},
		"/desk/comments?q=007":               {1},
		"/desk/comments?q=nothing+like+that": {0},
	} {
		seen := map[string]bool{}
		for i, n := range want {
			page := s.getAs(mo, path)
			ids := remarks.FindAllStringSubmatch(page.body, -1)
			next := older.FindStringSubmatch(page.body)
			if page.StatusCode != 200 || len(ids) != n || (next != nil) != (i+1 < len(want)) {
				t.Fatalf("%s: %d, %d comments, want %d, and then %v", path, page.StatusCode, len(ids), n, next)
			}
			for _, id := range ids {
				if seen[id[1]] {
					t.Errorf("%s is there twice", id[1])
				}
				seen[id[1]] = true
			}
			if next != nil {
				path = html.UnescapeString(next[1])
			}
		}
	}
	for _, before := range []string{"x", "9-1", "-1-1", "0-x", "0-99999999999999999999"} {
		if got := s.getAs(mo, "/desk/comments?before="+before).StatusCode; got != 404 {
			t.Errorf("%s: %d", before, got)
		}
	}
	if page := s.getAs(mo, "/desk/incoming").body; !strings.Contains(page, "Comments <span>70</span>") || !strings.Contains(page, "Sources <span>1</span>") || !strings.Contains(page, "Log <span>") {
		t.Error("a tab has no count")
	}
}
