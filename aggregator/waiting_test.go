package aggregator

import (
	"net/http"
	"os"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"courant/db"
	"courant/db/state"
)

// slowly is a server that answers with a feed after a while.
func slowly(wait time.Duration) func(*http.Request) reply {
	return func(r *http.Request) reply {
		a := answer(200, rss(r.URL.Host), "ETag", `"1"`)
		a.after = wait
		return a
	}
}

// A request that was noted and is not made, for its host is paused, is no poll:
// not for the process that dies right after either (P30, P51).
func TestDelayForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, steady(`"1"`, rss("a")), "a").start()
		s.fetch(Select{All: true})
		time.Sleep(10 * time.Minute)
		s.a.client.Hosts.Hold("a.example", time.Minute)
		due := s.source("a").NextDue
		if _, got := s.fetch(Select{IDs: []string{"a"}}); got["a"].Outcome != state.OutcomeDelayed {
			t.Fatalf("a: %+v", got["a"])
		}
		if open := s.openRequests(); len(open) != 0 {
			t.Errorf("%v are noted after no request", open)
		}
		s.restart()
		defer s.stop()
		if src := s.source("a"); !src.NextDue.Equal(due) || s.passes("a")[0].Outcome == state.OutcomeCutOff {
			t.Errorf("a is due %s instead of %s (%s)", src.NextDue, due, src.Reason)
		}
	})
}

// A source that is polled no more has no due time, although it was asked by
// hand and the process died over it (P70).
func TestCutOffGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, func(*http.Request) reply { return answer(410, "") }, "a").start()
		s.fetch(Select{All: true})
		if src := s.source("a"); src.State != state.Gone || !src.NextDue.IsZero() {
			t.Fatalf("a is %s, due %s", src.State, src.NextDue)
		}
		if _, err := s.store.Ingest(t.Context(), nil, "a"); err != nil {
			t.Fatal(err)
		}
		s.restart()
		defer s.stop()
		if src := s.source("a"); src.State != state.Gone || !src.NextDue.IsZero() {
			t.Errorf("a is %s, due %s", src.State, src.NextDue)
		}
	})
}

// A reload may give one of two twins an address of its own while their request
// waits: it must not get the other's document.
func TestTwinsPartWhileQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, func(r *http.Request) reply { return answer(200, rss(r.URL.Host)) }, "a", "b")
		s.list[1].URL = s.list[0].URL
		s.start()
		defer s.stop()
		jobs, _, err := s.a.selected(t.Context(), Select{})
		if err != nil {
			t.Fatal(err)
		}
		if jobs = group(jobs); len(jobs) != 1 {
			t.Fatalf("%d jobs", len(jobs))
		}
		s.list[1].URL = "http://b.example/feed"
		if err := s.a.SetSources(t.Context(), s.list); err != nil {
			t.Fatal(err)
		}
		s.lookout.engine.add(jobs[0])
		time.Sleep(time.Minute)
		for _, p := range s.passes("b") {
			t.Errorf("b got %s of %s", p.Outcome, p.URL)
		}
		s.lookout.tick()
		time.Sleep(time.Minute)
		for _, id := range []string{"a", "b"} {
			if p := s.passes(id); len(p) != 1 || p[0].URL != "http://"+id+".example/feed" {
				t.Errorf("%s: %+v", id, p)
			}
		}
	})
}

// A source that falls due while a twin of it waits for its turn is served by
// the twin's request (P44, P30).
func TestTwinFallsDueLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, steady(`"1"`, rss("a")), "a", "b")
		s.list[1].URL = s.list[0].URL
		s.start()
		defer s.stop()
		now := s.now()
		if err := s.store.Reschedule(t.Context(), []db.Due{{Source: "b", At: now.Add(30 * time.Minute)}}); err != nil {
			t.Fatal(err)
		}
		jobs, _, err := s.a.selected(t.Context(), Select{IDs: []string{"a"}})
		if err != nil || len(jobs) != 1 {
			t.Fatalf("%d jobs, %v", len(jobs), err)
		}
		jobs[0].asked, jobs[0].notBefore = time.Time{}, time.Now().Add(40*time.Minute)
		s.lookout.engine.add(jobs[0])
		for range 24 * 12 {
			time.Sleep(5 * time.Minute)
			s.lookout.tick()
		}
		all := s.seen()
		for i, r := range all[1:] {
			if gap := r.At.Sub(all[i].At); gap < time.Hour {
				t.Errorf("their address was asked %s after it was asked", gap)
			}
		}
		if a, b := len(s.passes("a")), len(s.passes("b")); a < 2 || b < 2 {
			t.Errorf("%d and %d passes in a day", a, b)
		}
	})
}

// Who asks for a source does not wait until its turn among those that are
// overdue after a silence comes.
func TestAskHastens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, steady(`"1"`, rss("a")), "a", "b").start()
		defer s.stop()
		for i, ask := range []func(){
			func() {
				if _, err := s.store.AskPasses(t.Context(), []string{"a"}); err != nil {
					t.Fatal(err)
				}
				if err := s.lookout.answer(); err != nil {
					t.Fatal(err)
				}
			},
			func() { go s.fetch(Select{IDs: []string{"b"}}) },
		} {
			id := s.list[i].ID
			jobs, _, err := s.a.selected(t.Context(), Select{IDs: []string{id}})
			if err != nil || len(jobs) != 1 {
				t.Fatalf("%d jobs, %v", len(jobs), err)
			}
			jobs[0].asked, jobs[0].notBefore = time.Time{}, time.Now().Add(40*time.Minute)
			s.lookout.engine.add(jobs[0])
			time.Sleep(time.Minute)
			before := len(s.seen())
			ask()
			time.Sleep(time.Second)
			if n := len(s.seen()) - before; n != 1 {
				t.Errorf("%s: %d requests within a second", id, n)
			}
		}
		time.Sleep(time.Hour)
		if n := len(s.seen()); n != 2 {
			t.Errorf("%d requests in all", n)
		}
		if asks, err := s.store.OpenAsks(t.Context()); err != nil || len(asks) != 0 {
			t.Errorf("open: %v, %v", asks, err)
		}
	})
}

// An ask for a source that this worker does not have is answered too: whoever
// asks waits for it.
func TestAskForRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, steady(`"1"`, rss("a")), "a", "b").start()
		defer s.stop()
		asks, err := s.store.AskPasses(t.Context(), []string{"b"})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.a.SetSources(t.Context(), s.list[:1]); err != nil {
			t.Fatal(err)
		}
		if err := s.lookout.answer(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		answers, err := s.store.Answers(t.Context(), asks)
		if err != nil || len(answers) != 1 || answers[asks[0].ID].Outcome != state.OutcomePaused {
			t.Errorf("%+v, %v", answers, err)
		}
		if n := len(s.seen()); n != 0 {
			t.Errorf("%d requests", n)
		}
	})
}

// A source that leaves the configuration while it is asked, and comes back, was
// asked all the same (P30, P46).
func TestRemovedWhileAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, slowly(5*time.Second), "a").start()
		defer s.stop()
		s.lookout.tick()
		time.Sleep(time.Second)
		for _, list := range [][]SourceConfig{nil, s.list} {
			if err := s.a.SetSources(t.Context(), list); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Second)
		}
		if open := s.openRequests(); len(open) != 0 {
			t.Errorf("%v are noted", open)
		}
		s.run(30 * time.Minute)
		if n := len(s.seen()); n != 1 {
			t.Errorf("%d requests in half an hour", n)
		}
	})
}

// A host that is paused while a job for it is on its way was not asked: nobody
// may count from then (P51).
func TestPausedOnTheWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, steady(`"1"`, rss("a"), "Cache-Control", "max-age=36000"), "a").start()
		defer s.stop()
		s.run(time.Minute)
		due := s.source("a").NextDue
		time.Sleep(due.Sub(s.now()) + time.Minute)
		release, err := s.a.client.Hosts.Acquire(t.Context(), "a.example") // something else asks there
		if err != nil {
			t.Fatal(err)
		}
		s.lookout.tick()
		time.Sleep(time.Second)
		s.a.client.Hosts.Hold("a.example", 10*time.Minute)
		release()
		time.Sleep(time.Second)
		s.forget()
		s.run(time.Hour)
		if n := len(s.seen()); n != 1 {
			t.Errorf("%d requests in the hour after a pause of ten minutes; %s", n, s.source("a").Reason)
		}
	})
}

// written is how many pages the store has written to its log, where it is in a file.
func (s *sim) written() int64 {
	s.t.Helper()
	if s.store.Path() == "" {
		return 0
	}
	info, err := os.Stat(s.store.Path() + "-wal")
	if err != nil {
		s.t.Fatal(err)
	}
	const page = 4096
	return info.Size() / page
}

// While the network is down, what waits costs the store little.
func TestHeldTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 200
		var sources []string
		for i := range n {
			sources = append(sources, string(rune('a'+i%26))+string(rune('a'+i/26)))
		}
		s := newSim(t, steady(`"1"`, rss("a")), sources...).start()
		defer s.stop()
		s.a.network.mu.Lock()
		s.a.network.down, s.a.network.nextProbe = true, time.Now().Add(time.Hour)
		s.a.network.mu.Unlock()
		jobs, err := s.a.due(t.Context(), s.now())
		if err != nil {
			t.Fatal(err)
		}
		before := s.written()
		var told atomic.Int64
		for _, j := range jobs {
			j.results = append(j.results, func(r Result) {
				if r.Outcome == state.OutcomeOutage {
					told.Add(1)
				}
			})
			s.lookout.engine.add(j)
		}
		time.Sleep(time.Minute)
		if open := s.openRequests(); len(open) != 0 || len(s.seen()) != 0 || told.Load() != n {
			t.Errorf("%v are noted, %d requests, %d told", open, len(s.seen()), told.Load())
		}
		if pages := s.written() - before; pages > n/2 {
			t.Errorf("%d pages were written for %d sources that wait", pages, n)
		}
	})
}

// What came from an address that a reload has replaced meanwhile says nothing of
// the new one, which is asked as it would have been (P19).
func TestAddressChangesWhileAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, slowly(5*time.Second), "a").start()
		defer s.stop()
		s.lookout.tick()
		time.Sleep(time.Second)
		s.list[0].URL = "http://b.example/feed"
		if err := s.a.SetSources(t.Context(), s.list); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		if open := s.openRequests(); len(open) != 0 || len(s.passes("a")) != 0 {
			t.Errorf("%v are noted; passes %+v", open, s.passes("a"))
		}
		s.run(5 * time.Minute)
		if all := s.seen(); len(all) != 2 || all[1].Host != "b.example" || all[1].conditional() {
			t.Errorf("requests %+v", all)
		}
	})
}

// A reload that has other credentials while a request is under way drops what
// the request brought of validators: they are of the old ones (P19).
func TestSettingsChangeWhileAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, slowly(5*time.Second), "a").start()
		defer s.stop()
		s.lookout.tick()
		time.Sleep(time.Second)
		s.list[0].Username = "me"
		if err := s.a.SetSources(t.Context(), s.list); err != nil {
			t.Fatal(err)
		}
		s.run(2 * time.Hour)
		if all := s.seen(); len(all) != 2 || all[1].conditional() {
			t.Errorf("requests %+v", all)
		}
	})
}

// A request that the stop comes before is no poll.
func TestStopBeforeRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, steady(`"1"`, rss("a")), "a").start()
		release, err := s.a.client.Hosts.Acquire(t.Context(), "a.example") // something else asks there
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		s.lookout.tick()
		time.Sleep(time.Second)
		s.stop()
		if open := s.openRequests(); len(open) != 0 || len(s.seen()) != 0 || len(s.passes("a")) != 0 {
			t.Errorf("%v are noted; %d requests; passes %+v", open, len(s.seen()), s.passes("a"))
		}
	})
}

// Asks that lead to no request are answered together: there may be very many.
func TestAsksRefusedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 100
		s := newSim(t, steady(`"1"`, rss("a")), oneHost(n)...)
		for i := range s.list {
			s.list[i].Paused = true
		}
		s.start()
		defer s.stop()
		var ids []string
		for _, src := range s.list {
			ids = append(ids, src.ID)
		}
		asks, err := s.store.AskPasses(t.Context(), ids)
		if err != nil {
			t.Fatal(err)
		}
		before := s.written()
		if err := s.lookout.answer(); err != nil {
			t.Fatal(err)
		}
		if pages := s.written() - before; pages > n {
			t.Errorf("%d pages were written to answer %d asks", pages, n)
		}
		answers, err := s.store.Answers(t.Context(), asks)
		if err != nil || len(answers) != n || answers[asks[0].ID].Outcome != state.OutcomePaused {
			t.Errorf("%d answers, %v", len(answers), err)
		}
	})
}
