package publisher

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"courant/db"
	"courant/db/ruling"
	"courant/db/state"
	"courant/publisher/editing"
	"courant/publisher/pages"
)

var leading = regexp.MustCompile(`(?s)<article class="lead.*?</article>`)

// leads is the headline that leads the front page, which stands on it once.
func (s *testSite) leads() string {
	s.t.Helper()
	page := s.get("/")
	for _, name := range []string{"Oldest", "Middle", "Newest"} {
		if strings.Contains(leading.FindString(page), name+" story") {
			if strings.Count(page, ">"+name+" story<") != 1 {
				s.t.Errorf("%s stands on the page more than once:\n%s", name, page)
			}
			return name
		}
	}
	s.t.Fatalf("nothing leads\n%s", page)
	return ""
}

// What is pinned last leads the front page, at once and for as long as readers
// may see it, whoever pinned it.
func TestPin(t *testing.T) {
	s := newSite(t)
	id := map[string]string{}
	for _, name := range []string{"Oldest", "Middle", "Newest"} {
		a := tidal()
		a.Headline = name + " story"
		id[name] = s.publish("daily", a)[0].ID
		s.wait(48 * time.Hour)
	}
	e := editing.New(s.store, "ann", nil)
	do := func(what editing.Action, name string) string {
		t.Helper()
		s.wait(time.Minute)
		deed, err := e.Do(t.Context(), editing.Order{Action: what, IDs: []string{id[name]}})
		if err != nil {
			t.Fatal(what, name, err)
		}
		return deed.ID
	}
	expect := func(want string) {
		t.Helper()
		if got := s.leads(); got != want {
			t.Errorf("%s leads, not %s", got, want)
		}
	}
	undo := func(deed string) {
		t.Helper()
		if _, err := e.Undo(t.Context(), deed); err != nil {
			t.Fatal(err)
		}
	}
	expect("Newest")
	feed := s.get("/feed.atom")
	rendered := s.Rendered()
	s.get("/feed.atom")
	do(editing.Pin, "Oldest")
	if s.get("/feed.atom") != feed || s.Rendered() != rendered {
		t.Error("a pin makes a feed anew")
	}
	expect("Oldest")
	do(editing.Pin, "Middle")
	expect("Middle")
	again := do(editing.Pin, "Oldest") // it was pinned, and is so anew
	expect("Oldest")
	undo(again)
	expect("Middle")
	undo(again) // does it again
	expect("Oldest")
	undo(do(editing.Unpin, "Oldest"))
	expect("Oldest")
	gone := do(editing.Withdraw, "Oldest")
	expect("Middle")
	if _, err := e.Do(t.Context(), editing.Order{Action: editing.Pin, IDs: []string{id["Oldest"]}}); err == nil {
		t.Error("what is withdrawn is pinned")
	}
	undo(gone)
	expect("Oldest")
	do(editing.Unpin, "Oldest")
	do(editing.Unpin, "Middle")
	expect("Newest")
	if _, err := e.Do(t.Context(), editing.Order{Action: editing.Unpin, IDs: []string{id["Middle"]}}); err == nil || !strings.Contains(err.Error(), "is not pinned") {
		t.Errorf("unpin what is not pinned: %v", err)
	}
	// A rule does the same, and what a rule pinned an editor unpins.
	said := ruling.Ruling{Rule: "lead", Added: ruling.Added{Pin: true}}
	if _, err := s.store.Rule(t.Context(), []db.Ruled{{ID: id["Middle"], Ruling: said}}); err != nil {
		t.Fatal(err)
	}
	expect("Middle")
	if _, err := s.store.Rule(t.Context(), []db.Ruled{{ID: id["Middle"]}}); err != nil {
		t.Fatal(err)
	}
	expect("Newest")
	if _, err := s.store.Rule(t.Context(), []db.Ruled{{ID: id["Middle"], Ruling: said}}); err != nil {
		t.Fatal(err)
	}
	expect("Middle")
	do(editing.Unpin, "Middle")
	expect("Newest")
}

// What is pinned leads though more came after it than the front page is made from.
func TestPinOfOld(t *testing.T) {
	s := newSite(t)
	a := tidal()
	a.Headline = "Oldest story"
	first := s.publish("daily", a)[0].ID
	e := editing.New(s.store, "ann", nil)
	for _, what := range []editing.Action{editing.Pin, editing.Unpin, editing.Pin} {
		if _, err := e.Do(t.Context(), editing.Order{Action: what, IDs: []string{first}}); err != nil {
			t.Fatal(what, err)
		}
	}
	if _, err := e.Undo(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	list := make([]db.Article, pages.FrontReads+5)
	for i := range list {
		list[i] = tidal()
		list[i].Headline = "Another"
	}
	s.wait(time.Hour)
	s.publish("daily", list...)
	if page := s.get("/"); strings.Contains(page, "Oldest story") {
		t.Error("the front page is made from more than it reads")
	}
	if _, err := e.Do(t.Context(), editing.Order{Action: editing.Pin, IDs: []string{first}}); err != nil {
		t.Fatal(err)
	}
	if got := s.leads(); got != "Oldest" {
		t.Errorf("%q leads", got)
	}
	waits := tidal()
	waits.Headline = "Newest story"
	next := s.publish("daily", waits)[0].ID
	deed, err := e.Do(t.Context(), editing.Order{Action: editing.Pin, IDs: []string{next}})
	if err != nil || len(deed.Steps) != 1 {
		t.Fatal(deed, err)
	}
	if _, err := s.store.SetStatus(t.Context(), next, state.Withdrawn, "ann", "It was wrong."); err != nil {
		t.Fatal(err)
	}
	if got := s.leads(); got != "Oldest" {
		t.Errorf("%q leads once the newer one is withdrawn", got)
	}
}
