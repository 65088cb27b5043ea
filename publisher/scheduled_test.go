package publisher_test

import (
	"testing"
	"time"

	"courant/db"
	"courant/db/state"
	"courant/publisher/editing"
)

// What is scheduled is seen by readers within a second of its minute, also after a
// restart, and by nobody before.
func TestScheduled(t *testing.T) {
	s := newSite(t, nil)
	s.add(false, db.Article{GUID: "later", Headline: "Later", Section: "city"})
	a := s.newest()
	if _, err := editing.New(s.store, "ann", nil).Do(t.Context(), editing.Order{Action: editing.Schedule, IDs: []string{a.ID}, At: s.clock().Add(time.Minute)}); err != nil {
		t.Fatal(err)
	}
	s.get(a.Path(), 404)
	s.serve() // another process, or this one started again
	s.pass(time.Minute)
	for deadline := time.Now().Add(10 * time.Second); s.do(s.request("GET", a.Path(), nil)).StatusCode != 200; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it is not published")
		}
	}
	if a := s.newest(); a.Status != state.Published || a.Published.Sub(s.clock()) > time.Second {
		t.Errorf("%s at %s", a.Status, a.Published)
	}
}
