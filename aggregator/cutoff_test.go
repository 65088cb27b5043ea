package aggregator

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"courant/aggregator/poll"
	"courant/db/lease"
	"courant/db/state"
)

// openRequests are the sources whose requests the store holds to be under way.
func (s *sim) openRequests() (ids []string) {
	s.t.Helper()
	list, err := s.store.OpenRequests(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, r := range list {
		ids = append(ids, r.Source)
	}
	return ids
}

// A request is noted before it goes out, until its pass is stored.
func TestRequestsAreNoted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s *sim
		s = newSim(t, func(r *http.Request) reply {
			if open := s.openRequests(); len(open) != 1 || open[0] != "a" {
				t.Errorf("while a is asked, %v are noted", open)
			}
			return answer(200, rss("a"))
		}, "a")
		s.start()
		defer s.stop()
		s.run(time.Hour)
		if open := s.openRequests(); len(s.seen()) != 1 || len(open) != 0 {
			t.Errorf("after %d requests %v are noted", len(s.seen()), open)
		}
	})
}

// What stops with a signal leaves no note of a request that reached nobody.
func TestStopForgetsUnasked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, func(*http.Request) reply { r := answer(200, rss("a")); r.after = 5 * time.Second; return r }, "a", "b", "c")
		s.c.Workers = 1 // the others are noted early
		s.start()
		s.lookout.tick()
		time.Sleep(time.Second)
		if open := s.openRequests(); len(open) != 2 {
			t.Errorf("%v are noted, want the one under way and the one after it", open)
		}
		s.stop()
		if open := s.openRequests(); len(open) != 0 {
			t.Errorf("%v are noted after the stop", open)
		}
	})
}

// A stop that a slow server outlasts is no failure of that server, but a poll.
func TestStopIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, func(*http.Request) reply { r := answer(200, rss("a")); r.after = time.Hour; return r }, "a")
		s.start()
		s.lookout.tick()
		time.Sleep(time.Second)
		s.stop()
		src, p := s.source("a"), s.passes("a")[0]
		if src.Errors != 0 || src.Error != "" || src.State != state.Active || p.Outcome != state.OutcomeCutOff {
			t.Errorf("a is %s with %d errors (%s); its pass is %q", src.State, src.Errors, src.Error, p.Outcome)
		}
		if wait := src.NextDue.Sub(p.At); wait < time.Hour {
			t.Errorf("a is due again %s after its request", wait)
		}
	})
}

// A process that dies over requests has asked all the same: its next one waits
// for min_interval, and twice as long each further time (P30).
func TestDeathIsAPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, steady(`"1"`, rss("a")), "new", "known", "other")
		s.list[2].Paused = true
		s.start()
		s.run(4 * time.Hour)
		s.stop()
		s.list[2].Paused = false
		die := func() time.Time { // as kill -9 while both are asked leaves the store
			at := s.now()
			if _, err := s.store.Ingest(t.Context(), nil, "known", "other"); err != nil {
				t.Fatal(err)
			}
			s.start()
			s.forget()
			return at
		}
		for n, wait := range []time.Duration{time.Hour, 2 * time.Hour, 4 * time.Hour} {
			at := die()
			if open := s.openRequests(); len(open) != 0 {
				t.Errorf("%v are noted after the start", open)
			}
			for _, id := range []string{"known", "other"} {
				src := s.source(id)
				if src.NextDue.Before(at.Add(wait)) || src.NextDue.After(at.Add(wait+24*time.Hour)) || src.Errors != 0 {
					t.Errorf("death %d: %s is due %s later (%s), with %d errors", n, id, src.NextDue.Sub(at), src.Reason, src.Errors)
				}
				if p := s.passes(id)[0]; p.Outcome != state.OutcomeCutOff || p.Error == "" {
					t.Errorf("death %d: the pass of %s is %q: %s", n, id, p.Outcome, p.Error)
				}
			}
			s.run(wait - 10*time.Minute)
			for _, r := range s.seen() {
				if r.Host != "new.example" {
					t.Errorf("death %d: %s was asked %s later", n, r.Host, r.At.Sub(at))
				}
			}
			if n < 2 {
				s.stop()
			}
		}
		s.run(24 * time.Hour)
		if src := s.source("other"); src.LastSuccess.IsZero() || len(s.passes("other")) < 4 {
			t.Errorf("other was never asked again: %+v", src.Poll)
		}
		if m := poll.NewSubject(s.source("other"), nil).Memory; m.CutOffs != 0 {
			t.Errorf("a good pass leaves %d deaths", m.CutOffs)
		}
		s.stop()
	})
}

// A request over which the process died was never completed: who asks by hand is
// not kept waiting by it, though by one that was completed before.
func TestDeathIsNotTooSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, steady(`"1"`, rss("a")), "known", "other").start()
		s.fetch(Select{IDs: []string{"known"}})
		time.Sleep(time.Minute)
		s.stop()
		if _, err := s.store.Ingest(t.Context(), nil, "known", "other"); err != nil {
			t.Fatal(err)
		}
		s.start()
		defer s.stop()
		_, got := s.fetch(Select{IDs: []string{"known", "other"}})
		if r := got["other"]; r.Outcome != state.OutcomeNew {
			t.Errorf("other: %+v", r)
		}
		if r := got["known"]; r.Outcome != state.OutcomeTooSoon || !strings.Contains(r.Reason, "not again by hand until") || !strings.HasPrefix(r.Reason, "it was asked 60s ago") {
			t.Errorf("known: %+v", r)
		}
		time.Sleep(s.c.ManualGap.Duration)
		if _, got := s.fetch(Select{All: true}); got["known"].Outcome == state.OutcomeTooSoon {
			t.Errorf("known, later: %+v", got["known"])
		}
	})
}

// A source that left the configuration meanwhile is no reason to fail.
func TestDeathOverRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, steady(`"1"`, rss("a")), "a", "b").start()
		s.stop()
		if _, err := s.store.Ingest(t.Context(), nil, "a", "b"); err != nil {
			t.Fatal(err)
		}
		s.list = s.list[:1]
		s.start()
		defer s.stop()
		if open := s.openRequests(); len(open) != 0 {
			t.Errorf("%v are noted", open)
		}
	})
}

// A request that is noted waits for a worker: what follows a death counts from
// when it may have gone out (P30).
func TestDeathOverWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, slowly(25*time.Second), "a", "b")
		s.c.Workers = 1
		s.start()
		defer s.stop()
		s.lookout.tick()
		time.Sleep(30 * time.Second)
		second := s.last()
		id := strings.TrimSuffix(second.Host, ".example")
		next := newAggregator(t, s.store, s.c, s.list, Options{Transport: s, Now: s.now}) // as after kill -9
		if err := next.cutOff(t.Context(), lease.All()); err != nil {
			t.Fatal(err)
		}
		if p := s.passes(id); len(s.seen()) != 2 || len(p) != 1 || p[0].Outcome != state.OutcomeCutOff {
			t.Fatalf("%d requests; passes %+v", len(s.seen()), p)
		}
		if wait := s.source(id).NextDue.Sub(second.At); wait < time.Hour {
			t.Errorf("%s is due %s after it was asked", id, wait)
		}
	})
}
