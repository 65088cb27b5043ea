package db_test

import (
	"slices"
	"testing"
	"time"

	"courant/db"
	"courant/db/conduct"
	"courant/db/content"
	"courant/db/dbtest"
	"courant/db/state"
)

// talk is a store with one article whose comments a test writes.
type talk struct {
	*testing.T
	store   *db.DB
	article string
	now     time.Time
}

func newTalk(t *testing.T) *talk {
	th := &talk{T: t, now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
	th.store = dbtest.At(t, func() time.Time { return th.now })
	if err := th.store.SetSources(t.Context(), slices.Values([]db.Source{{ID: "tidal"}})); err != nil {
		t.Fatal(err)
	}
	rs, err := th.store.Ingest(t.Context(), []db.Pass{{Source: "tidal", At: th.now, Feed: &db.Feed{}, Publish: db.Publish{Auto: true, InitialMax: 1, InitialWindow: time.Hour}, Entries: []db.Entry{{
		Fingerprint: []byte("1"), Raw: []byte("raw"), Article: db.Article{GUID: "1", Headline: "One", Body: content.Text("a")},
	}}}})
	if err != nil || rs[0].Err != nil {
		t.Fatal(rs, err)
	}
	list, err := th.store.Articles(t.Context(), db.ArticleQuery{})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	th.article = list[0].ID
	return th
}

func (t *talk) add(c db.Comment) db.Comment {
	t.Helper()
	c.Article, c.Body = t.article, content.Comment(c.Text)
	if c.Name == "" {
		c.Name = "Ann"
	}
	stored, added, err := t.store.AddComment(t.Context(), c)
	if err != nil || !added {
		t.Fatal(added, err)
	}
	t.now = t.now.Add(time.Second)
	return stored
}

func (t *talk) decide(id string, to state.Comment, actor string) {
	t.Helper()
	if _, err := dbtest.Moderate(t.Context(), t.store, id, to, actor, actor); err != nil {
		t.Fatal(err)
	}
}

func (t *talk) conduct() conduct.Conduct { return conduct.New(t.store.DB, t.store.Now) }

func (t *talk) of(q conduct.Question) conduct.Past {
	t.Helper()
	p, err := t.conduct().Of(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The last ten decided comments of a visitor count, and not what they took back
// themselves or what waits.
func TestStanding(t *testing.T) {
	th := newTalk(t)
	if p := th.of(conduct.Question{}); p.Known || p.Decided != 0 {
		t.Errorf("one without a cookie: %+v", p)
	}
	for i, to := range []state.Comment{state.Approved, state.Approved, state.Spam, state.Pending, state.Removed} {
		c := db.Comment{Visitor: "v1", Text: "Comment " + string(rune('A'+i)), Status: to}
		if to == state.Removed {
			c.Status = state.Approved
		}
		added := th.add(c)
		if to == state.Removed {
			th.decide(added.ID, to, "ann")
		}
	}
	th.add(db.Comment{Visitor: "v2", Text: "Somebody else", Status: state.Spam})
	back := th.add(db.Comment{Visitor: "v1", Text: "A slip", Status: state.Approved})
	th.decide(back.ID, state.Removed, db.Author)
	if p := th.of(conduct.Question{Visitor: "v1"}); !p.Known || p.Decided != 4 || p.Refused != 2 {
		t.Errorf("%+v, want two refused of four", p)
	}
	for i := range 12 {
		th.add(db.Comment{Visitor: "v1", Text: "Later " + string(rune('A'+i)), Status: state.Approved})
	}
	if p := th.of(conduct.Question{Visitor: "v1"}); p.Decided != conduct.Remembered || p.Refused != 0 {
		t.Errorf("%+v: what was refused long ago counts", p)
	}
}

func TestSame(t *testing.T) {
	th := newTalk(t)
	const text = "The very best watches are sold at watches.example"
	first := th.add(db.Comment{Visitor: "v1", Network: "n1", Text: text, Status: state.Approved})
	th.add(db.Comment{Visitor: "v2", Network: "n2", Parent: first.ID, Text: "The VERY best watches; are sold, at watches.example!", Status: state.Approved})
	ask := conduct.Question{Visitor: "v3", Networks: []string{"n3"}, Text: text}
	if p := th.of(ask); p.Same != 2 || p.OwnSame != 0 {
		t.Errorf("a stranger: %+v", p)
	}
	ask.Networks = []string{"n9", "n1"}
	if p := th.of(ask); p.OwnSame != 1 {
		t.Errorf("of the same network: %+v", p)
	}
	ask.Visitor, ask.Networks = "v2", nil
	if p := th.of(ask); p.OwnSame != 1 {
		t.Errorf("the same visitor: %+v", p)
	}
	ask.Comment = first.ID
	if p := th.of(ask); p.Same != 1 {
		t.Errorf("but for the first: %+v", p)
	}
	ask.Text = "Well said!"
	if p := th.of(ask); p.Same != 0 {
		t.Errorf("a short text: %+v", p)
	}
	th.now = th.now.Add(25 * time.Hour)
	ask.Text = text
	if p := th.of(ask); p.Same != 0 {
		t.Errorf("a day later: %+v", p)
	}
}

func TestTimes(t *testing.T) {
	th := newTalk(t)
	began := th.now
	for i := range 3 {
		th.add(db.Comment{Network: "n1", Around: "a1", Text: string(rune('A' + i)), Status: state.Approved})
	}
	th.add(db.Comment{Network: "n2", Around: "a1", Text: "D", Status: state.Approved})
	p := th.of(conduct.Question{Networks: []string{"n1", "n0"}, Around: []string{"a1"}, Since: began})
	if len(p.Posted) != 2 || !p.Posted[0].Before(p.Posted[1]) || len(p.Around) != 3 {
		t.Errorf("since a moment ago: %+v", p)
	}
	if p := th.of(conduct.Question{}); len(p.Posted) != 0 {
		t.Errorf("of no network: %+v", p)
	}
}

// A network reports once, under whatever name, and a visitor once from wherever.
func TestReports(t *testing.T) {
	th := newTalk(t)
	id := th.add(db.Comment{Text: "Rude.", Status: state.Approved}).ID
	report := func(network, visitor string, before ...string) db.Comment {
		t.Helper()
		c, err := th.store.ReportComment(t.Context(), id, conduct.Report{Network: network, Visitor: visitor, Reason: "rude"}, before)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	report("n1", "")
	report("n1", "v1")
	report("n5", "", "n1")
	if c := report("n2", "v2"); c.Status != state.Approved || c.Flagged != "reported by 2 visitors" {
		t.Errorf("two reports: %s, flagged %q", c.Status, c.Flagged)
	}
	report("n3", "v2")
	if a, err := th.store.Article(t.Context(), th.article); err != nil || a.Comments != 1 {
		t.Errorf("%d comments, %v", a.Comments, err)
	}
	if c := report("n4", ""); c.Status != state.Pending || c.Removed.IsZero() || c.Reason != "reported by 3 visitors" {
		t.Errorf("three reports: %+v", c)
	}
	if a, err := th.store.Article(t.Context(), th.article); err != nil || a.Comments != 0 {
		t.Errorf("hidden: %d comments, %v", a.Comments, err)
	}
	if _, err := th.store.ReportComment(t.Context(), id, conduct.Report{Network: "n6"}, nil); err == nil {
		t.Error("what nobody sees was reported")
	}
	th.decide(id, state.Approved, "ann")
	for _, n := range []string{"n6", "n7", "n8", "n9"} {
		report(n, "")
	}
	if c, err := th.store.Comment(t.Context(), id); err != nil || c.Status != state.Approved || c.Flagged != "reported by 4 visitors" {
		t.Errorf("reported again after an editor looked: %+v %v", c, err)
	}
	th.decide(id, state.Approved, "ann") // that it is flagged is answered too
	if c, err := th.store.Comment(t.Context(), id); err != nil || c.Flagged != "" {
		t.Errorf("approved again: %+v %v", c, err)
	}
	if _, err := dbtest.Moderate(t.Context(), th.store, id, state.Approved, "ann", ""); err == nil {
		t.Error("one that is approved, with nothing to look at, was approved")
	}
	list, err := th.conduct().Reports(t.Context(), id)
	if err != nil || len(list) != 7 || !list[0].Settled || list[0].Reason != "rude" {
		t.Errorf("%d reports %v %v", len(list), list, err)
	}
}

// What editors decided is told, and nothing that was purged or edited since.
func TestLessons(t *testing.T) {
	th := newTalk(t)
	if at, err := th.conduct().LastDecision(t.Context()); err != nil || !at.IsZero() {
		t.Errorf("before any: %v %v", at, err)
	}
	good := th.add(db.Comment{Text: "Thank you for this.", Visitor: "v1", Status: state.Pending})
	bad := th.add(db.Comment{Text: "Buy now.", Email: "spam@a.example", Status: state.Pending})
	th.add(db.Comment{Text: "Nobody looked.", Status: state.Approved})
	th.decide(good.ID, state.Approved, "ann")
	th.decide(bad.ID, state.Spam, "ann")
	told := func() (texts string) {
		list, err := th.conduct().Lessons(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range list {
			texts += l.Text
			if l.Refused {
				texts += "!"
			}
		}
		return texts
	}
	if got := told(); got != "Thank you for this.Buy now.!" {
		t.Errorf("lessons %q", got)
	}
	if at, err := th.conduct().LastDecision(t.Context()); err != nil || at.IsZero() {
		t.Errorf("last decision %v %v", at, err)
	}
	if n, err := th.store.PurgeComments(t.Context(), "Spam@A.example", "shell"); err != nil || n != 1 {
		t.Errorf("purged %d %v", n, err)
	}
	good.Text, good.Body, good.Status = "Another text.", content.Text("Another text."), state.Approved
	if _, err := th.store.EditComment(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	if got := told(); got != "" {
		t.Errorf("lessons %q of what is gone", got)
	}
}
