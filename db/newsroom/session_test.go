package newsroom_test

import (
	"errors"
	"testing"
	"time"

	"courant/db/dbtest"
	"courant/db/newsroom"
)

// A session ends when it is signed out of, when it was not used for long, when it
// is old, and when another begins in its place.
func TestSession(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)
	r := newsroom.New(dbtest.New(t).DB, func() time.Time { return now })
	var none [32]byte
	begin := func(token string, old [32]byte) [32]byte {
		t.Helper()
		id := newsroom.SessionID(token)
		if err := r.Begin(t.Context(), newsroom.Session{ID: id, Name: "ann", Credential: []byte("c"), Agent: "Firefox"}, old); err != nil {
			t.Fatal(err)
		}
		return id
	}
	live := func(id [32]byte) bool {
		t.Helper()
		s, err := r.Session(t.Context(), id)
		if err != nil || s.Name != "ann" {
			t.Fatal(s, err)
		}
		return s.Live
	}
	if _, err := r.Session(t.Context(), newsroom.SessionID("none")); !errors.Is(err, newsroom.ErrNotFound) {
		t.Errorf("no session: %v", err)
	}

	a := begin("a", none)
	for range 3 { // used now and then, it goes on
		now = now.Add(newsroom.Idle - time.Minute)
		if !live(a) {
			t.Fatal("a session that is used ended")
		}
	}
	now = now.Add(newsroom.Idle)
	if live(a) {
		t.Error("a session that was not used did not end")
	}

	b := begin("b", none)
	for began := now; now.Sub(began) < newsroom.Longest; now = now.Add(newsroom.Idle / 2) {
		if !live(b) {
			t.Fatal("ended too soon")
		}
	}
	if live(b) {
		t.Error("a session lasts for ever")
	}

	c := begin("c", none)
	d := begin("d", c)
	e := begin("e", none)
	if live(c) || !live(d) || !live(e) {
		t.Error("the session that another replaced did not end, or others did")
	}
	if list, err := r.Sessions(t.Context(), "ann", []byte("c")); err != nil || len(list) != 2 {
		t.Errorf("%d sessions, %v", len(list), err)
	}
	if list, err := r.Sessions(t.Context(), "ann", []byte("other")); err != nil || len(list) != 0 {
		t.Errorf("after another password %d sessions, %v", len(list), err)
	}
	if err := r.End(t.Context(), "bob", d); err != nil || !live(d) {
		t.Errorf("somebody ended another's session: %v", err)
	}
	if err := r.EndOthers(t.Context(), "ann", e); err != nil || live(d) || !live(e) {
		t.Errorf("EndOthers: %v", err)
	}
	if err := r.End(t.Context(), "ann", e); err != nil || live(e) {
		t.Errorf("End: %v", err)
	}
}

func TestFeedTurn(t *testing.T) {
	r := newsroom.New(dbtest.New(t).DB, time.Now)
	for want := range 3 {
		if turn, err := r.FeedTurn(t.Context(), "ann"); err != nil || turn != want {
			t.Errorf("FeedTurn = %d, %v, want %d", turn, err, want)
		}
		if err := r.RenewFeed(t.Context(), "ann"); err != nil {
			t.Fatal(err)
		}
	}
}
