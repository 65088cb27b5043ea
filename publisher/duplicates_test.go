package publisher_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"courant/db"
	"courant/db/content"
	"courant/db/likeness"
	"courant/db/record"
	"courant/db/state"
)

// report takes in an article that source has of one event, where auto says that the
// source publishes what no rule decides on, and returns its id.
func (s *site) report(source, event string, auto bool) string {
	s.Helper()
	guid := source + " " + event
	results, err := s.store.Ingest(s.Context(), []db.Pass{{
		Source: source, At: s.clock(), Feed: &db.Feed{Title: source}, Publish: db.Publish{Auto: auto, InitialMax: 10, InitialWindow: 1e15},
		Entries: []db.Entry{{
			Fingerprint: []byte(guid), Raw: []byte("{}"), Link: likeness.Hash(event), Sketch: likeness.Of(event),
			Article: db.Article{GUID: guid, Headline: event + " by " + source, Link: "https://" + source + ".example/" + url.PathEscape(event), Section: "city", Body: content.Text(event)},
		}},
	}})
	if err != nil || results[0].Err != nil {
		s.Fatal(err, results)
	}
	if err := s.pub.TendDesk(s.Context()); err != nil {
		s.Fatal(err)
	}
	list, err := s.store.Articles(s.Context(), db.ArticleQuery{All: true, Limit: 1})
	if err != nil || len(list) != 1 || list[0].GUID != guid {
		s.Fatal(list, err)
	}
	return list[0].ID
}

// sourcesOfEvents are the sources of report.
func (s *site) sourcesOfEvents() {
	s.Helper()
	if err := s.store.SetSources(s.Context(), func(yield func(db.Source) bool) {
		for _, id := range []string{"echo", "gull", "tern", "wren"} {
			if !yield(db.Source{ID: id, URL: "https://" + id + ".example/feed", Title: "The " + id}) {
				return
			}
		}
	}); err != nil {
		s.Fatal(err)
	}
}

func (s *site) status(id string) state.Article {
	s.Helper()
	a, err := s.store.Article(s.Context(), id)
	if err != nil {
		s.Fatal(err)
	}
	return a.Status
}

// The same article from several sources is one row, published once: the others are
// attached, and page and feeds name them. What comes later is attached too, though its
// source publishes by itself.
func TestDuplicates(t *testing.T) {
	s := newSite(t, withDesk)
	s.sourcesOfEvents()
	s.report("wren", "something else", true) // no first import any more
	first, second := s.report("echo", "a fire", false), s.report("gull", "a fire", false)
	ann := s.signIn("ann")
	page := s.getAs(ann, "/desk/incoming").body
	if strings.Count(page, `<tr id="a-`) != 1 || !strings.Contains(page, `<tr id="a-`+first+`" data-similar="1"`) || !strings.Contains(page, "+1 similar") {
		t.Fatalf("they are no one row:\n%s", page)
	}
	before := s.get("/feed.json", 200)
	to := s.order(ann, url.Values{"action": {"publish"}, "id": {first}})
	if s.status(first) != state.Published || s.status(second) != state.Rejected {
		t.Fatalf("they are %s and %s", s.status(first), s.status(second))
	}
	late := s.report("wren", "a fire", true)
	if s.status(late) != state.Rejected {
		t.Fatalf("what came late is %s", s.status(late))
	}
	if log, err := record.Actions(t.Context(), s.store, "article", late); err != nil || len(log) == 0 || log[0].Actor != "desk" {
		t.Errorf("the log has %+v, %v", log, err)
	}
	if got := s.getAs(ann, "/desk/rejected").body; strings.Contains(got, `<tr id="a-`) {
		t.Error("what is attached stands among what was rejected")
	}
	if got := s.getAs(ann, "/desk/published").body; !strings.Contains(got, `<tr id="a-`+first+`" data-similar="2"`) {
		t.Error("the published row does not say what it stands for")
	}

	a, err := s.store.Article(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	page = s.get(a.Path(), 200).body
	for _, want := range []string{`<h2 id="also">Also reported by</h2>`, `href="https://gull.example/a%20fire" rel="nofollow noopener external"`, "a fire by wren</a>", `<bdi data-untrusted>The gull</bdi> · <time datetime="2026-11-22T`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	var feed struct {
		Items []struct {
			ID      string
			Courant struct {
				Also []map[string]string `json:"also_reported_by"`
			} `json:"_courant"`
		}
	}
	if err := json.Unmarshal([]byte(s.get("/feed.json", 200).body), &feed); err != nil {
		t.Fatal(err)
	}
	want := "map[date_published:2026-11-22T09:30:00Z source:The gull title:a fire by gull url:https://gull.example/a%20fire]"
	if len(feed.Items) != 3 || len(feed.Items[0].Courant.Also) != 2 || fmt.Sprint(feed.Items[0].Courant.Also[0]) != want {
		t.Errorf("JSON Feed has %+v, want %s", feed.Items, want)
	}
	for path, want := range map[string]string{
		"/feed.atom":              `<link rel="related" type="text/html" href="https://gull.example/a%20fire" title="The gull: a fire by gull"/>`,
		"/feed.rss":               `<atom:link rel="related" type="text/html" href="https://wren.example/a%20fire" title="The wren: a fire by wren"/>`,
		"/section/city/feed.atom": `title="The wren: a fire by wren"`,
		"/source/echo/feed.atom":  `title="The wren: a fire by wren"`,
	} {
		if got := s.get(path, 200).body; !strings.Contains(got, want) {
			t.Errorf("%s lacks %s:\n%s", path, want, got)
		}
	}

	// An undo takes all of the row back, but for what came since.
	s.send("/desk/undo", url.Values{"did": {didPattern.FindStringSubmatch(to)[1]}}, ann, ours...)
	if s.status(first) != state.Incoming || s.status(second) != state.Incoming || s.get("/feed.json", 200).body != before.body {
		t.Errorf("undone they are %s and %s", s.status(first), s.status(second))
	}
	if got := s.getAs(ann, "/desk/rejected").body; !strings.Contains(got, `<tr id="a-`+late) {
		t.Error("what was attached to what stands no more is nowhere")
	}
}

// An editor says what is the same and what is not, and nothing says otherwise
// afterwards; both are undone.
func TestSplitJoin(t *testing.T) {
	s := newSite(t, withDesk)
	s.sourcesOfEvents()
	a, b, c := s.report("echo", "a fire", false), s.report("gull", "a fire", false), s.report("tern", "a flood", false)
	ann := s.signIn("ann")
	rows := func() (list []string) {
		t.Helper()
		page := s.getAs(ann, "/desk/incoming").body
		for name, id := range map[string]string{"a": a, "b": b, "c": c} {
			if strings.Contains(page, `<tr id="a-`+id+`" data-similar="1"`) {
				list = append(list, name+"+1")
			} else if strings.Contains(page, `<tr id="a-`+id+`"`) {
				list = append(list, name)
			}
		}
		return list
	}
	want := func(what, want string) {
		t.Helper()
		got := map[string]bool{}
		for _, r := range rows() {
			got[r] = true
		}
		for r := range strings.FieldsSeq(want) {
			if !got[r] || len(got) != len(strings.Fields(want)) {
				t.Fatalf("%s: the rows are %v, want %s", what, got, want)
			}
		}
	}
	undo := func(to string) {
		t.Helper()
		if got := s.send("/desk/undo", url.Values{"did": {didPattern.FindStringSubmatch(to)[1]}}, ann, ours...); got.StatusCode != 303 {
			t.Fatal(got.StatusCode, got.body)
		}
	}
	want("at first", "a+1 c")
	to := s.order(ann, url.Values{"action": {"split"}, "id": {a}})
	want("split", "a b c")
	undo(to)
	want("undone", "a+1 c")
	s.order(ann, url.Values{"action": {"split"}, "id": {a}})
	s.order(ann, url.Values{"action": {"join"}, "id": {a, c}})
	want("joined", "a+1 b")
	// Of what stands, who joins it is attached, and split off it waits again.
	s.order(ann, url.Values{"action": {"publish"}, "id": {b}})
	to = s.order(ann, url.Values{"action": {"join"}, "id": {b, c}})
	if s.status(c) != state.Rejected {
		t.Errorf("what joined a published article is %s", s.status(c))
	}
	want("joined what is published", "a")
	s.order(ann, url.Values{"action": {"split"}, "id": {c}})
	want("split off", "a c")
	if err := s.pub.TendDesk(t.Context()); err != nil {
		t.Fatal(err)
	}
	want("looked at again", "a c")
	if got := s.send("/desk/undo", url.Values{"did": {didPattern.FindStringSubmatch(to)[1]}}, ann, ours...); got.StatusCode != 409 {
		t.Errorf("an undo of what was moved since: %d", got.StatusCode)
	}
	for _, form := range []url.Values{
		{"action": {"split"}, "id": {c}},
		{"action": {"join"}, "id": {c}},
		{"action": {"join"}, "id": {"nosuch", c}},
	} {
		if got := s.send("/desk/articles", form, ann, ours...); got.StatusCode != 409 && got.StatusCode != 422 {
			t.Errorf("%v: %d", form, got.StatusCode)
		}
	}
}

// What was attached to an article that was to be published waits again with it.
func TestReopenGroup(t *testing.T) {
	s := newSite(t, withDesk)
	s.sourcesOfEvents()
	first, second := s.report("echo", "a fire", false), s.report("gull", "a fire", false)
	ann := s.signIn("ann")
	s.order(ann, url.Values{"action": {"schedule"}, "id": {first}, "at": {"2026-11-23T09:00"}})
	third := s.report("tern", "a fire", false)
	if s.status(second) != state.Rejected || s.status(third) != state.Rejected {
		t.Fatalf("the others are %s and %s", s.status(second), s.status(third))
	}
	s.order(ann, url.Values{"action": {"reopen"}, "id": {first}})
	if page := s.getAs(ann, "/desk/incoming").body; !strings.Contains(page, `<tr id="a-`+first+`" data-similar="2"`) {
		t.Errorf("the row is not what it was:\n%s", page)
	}
	// Readers see it: it goes nowhere any more, and neither do the others.
	s.order(ann, url.Values{"action": {"publish"}, "id": {first}})
	if a := s.send("/desk/articles", url.Values{"action": {"reopen"}, "id": {first}}, ann, ours...); a.StatusCode != 409 || !strings.Contains(a.body, "ann was there before you") {
		t.Errorf("%d\n%s", a.StatusCode, a.body)
	}
	if s.status(first) != state.Published || s.status(second) != state.Rejected || s.status(third) != state.Rejected {
		t.Errorf("they are %s, %s and %s", s.status(first), s.status(second), s.status(third))
	}
}
