package aggregator

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"courant/db/dbtest"
	"courant/db/state"
)

// breakPasses has the store refuse the passes of the sources whose ids are like
// that until what it returns is called.
func (s *sim) breakPasses(like string) (mend func()) {
	s.t.Helper()
	return dbtest.Refuse(s.t, s.store, "pass", `NEW.source LIKE '`+like+`'`)
}

// A source whose passes cannot be stored was asked all the same (P30, P45), and
// comes back once they can.
func TestUnstoredIsAPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, steady(`"1"`, rss("a")), "new", "known", "asked")
		s.list[0].Paused, s.list[2].Paused = true, true
		s.start()
		s.run(time.Minute)
		s.list[0].Paused = false
		s.restart()
		defer s.stop()
		s.forget()
		mend := s.breakPasses("%")
		for range 4 * 12 {
			s.lookout.tick()
			time.Sleep(5 * time.Minute)
		}
		check := func(least time.Duration) {
			t.Helper()
			for _, src := range s.list {
				for _, gap := range s.gaps(src.URL) {
					if gap < least {
						t.Errorf("%s was asked %s after it was asked", src.ID, gap)
					}
				}
			}
			if len(s.seen()) == 0 {
				t.Error("no requests")
			}
			s.forget()
		}
		check(time.Hour)
		s.list[2].Paused = false
		if err := s.a.SetSources(t.Context(), s.list); err != nil {
			t.Fatal(err)
		}
		asks, err := s.store.AskPasses(t.Context(), []string{"asked"})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 * 60 * 20 {
			if err := s.lookout.answer(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(askEvery)
		}
		check(s.c.ManualGap.Duration)
		mend()
		for range 2 * 60 * 6 {
			if err := s.lookout.answer(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(askEvery)
		}
		if answers, err := s.store.Answers(t.Context(), asks); err != nil || len(answers) != 1 {
			t.Errorf("%v, %v", answers, err)
		}
		s.run(2 * time.Hour)
		for _, src := range s.list {
			if got := s.source(src.ID); got.LastSuccess.Before(s.now().Add(-2 * time.Hour)) {
				t.Errorf("%s did not come back: %+v", src.ID, got.Poll)
			}
		}
		if open := s.openRequests(); len(open) != 0 {
			t.Errorf("%v are noted", open)
		}
	})
}

// An ask that was read right before a pass answered it leads to no other request, not
// even where no gap is kept: whoever asked has what was asked for.
func TestAskAnsweredMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, steady(`"1"`, rss("a")), "a")
		s.c.ManualGap.Duration = 0
		s.start()
		defer s.stop()
		if _, err := s.store.AskPasses(t.Context(), []string{"a"}); err != nil {
			t.Fatal(err)
		}
		s.a.now = func() time.Time { // asked for once the asks are read
			s.a.now = s.now
			s.fetch(Select{All: true})
			return s.now()
		}
		if err := s.lookout.answer(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if n := len(s.seen()); n != 1 {
			t.Errorf("%d requests for one ask", n)
		}
		if _, err := s.store.AskPasses(t.Context(), []string{"a"}); err != nil {
			t.Fatal(err)
		}
		if err := s.lookout.answer(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if n := len(s.seen()); n != 2 {
			t.Errorf("%d requests for two asks", n)
		}
	})
}

// An ask is answered although the clock is set back before its pass.
func TestAskBeforeClockStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, steady(`"1"`, rss("a")), "a").start()
		defer s.stop()
		asks, err := s.store.AskPasses(t.Context(), []string{"a"})
		if err != nil {
			t.Fatal(err)
		}
		s.mu.Lock()
		s.step -= time.Hour
		s.mu.Unlock()
		for range 20 {
			if err := s.lookout.answer(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(askEvery)
		}
		answers, err := s.store.Answers(t.Context(), asks)
		if n := len(s.passes("a")); err != nil || len(answers) != 1 || n != 1 {
			t.Errorf("%d passes and no answer: %v, %v", n, answers, err)
		}
	})
}

// A source that another of the same address may ask although its certificate is
// bad may not (P95).
func TestTwinsOfUnequalTrust(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, steady(`"1"`, rss("a")), "a", "b")
		s.list[1].URL, s.list[0].InsecureTLS = s.list[0].URL, true
		s.start()
		defer s.stop()
		s.fetch(Select{All: true})
		if n := len(s.seen()); n != 2 {
			t.Errorf("%d requests, want one for each", n)
		}
	})
}

// A source of which nothing can be stored keeps no process from its work, and
// waits for no less after a death (P30).
func TestDeathOverUnstored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, steady(`"1"`, rss("a")), "a", "b").start()
		s.run(50 * time.Minute)
		s.stop()
		s.forget()
		mend := s.breakPasses("b")
		if _, err := s.store.Ingest(t.Context(), nil, "a", "b"); err != nil {
			t.Fatal(err)
		}
		s.start()
		defer s.stop()
		s.run(50 * time.Minute)
		if n := len(s.seen()); n != 0 {
			t.Errorf("%d requests within the hour after a death", n)
		}
		if p := s.passes("a")[0]; p.Outcome != state.OutcomeCutOff {
			t.Errorf("the pass of a is %s", p.Outcome)
		}
		mend()
		s.run(3 * time.Hour)
		for _, id := range []string{"a", "b"} {
			if len(s.passes(id)) < 3 {
				t.Errorf("%s did not come back", id)
			}
		}
	})
}

// A reload that cannot be stored changes nothing.
func TestReloadUnstored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, steady(`"1"`, rss("a")), "a", "b").start()
		defer s.stop()
		mend := dbtest.Refuse(t, s.store, "source", `TRUE`)
		list := slices.Clone(s.list)
		list[0].URL, list[1].ID = "http://other.example/feed", "c"
		if err := s.a.SetSources(t.Context(), list); err == nil {
			t.Fatal("the store did not break")
		}
		mend()
		s.run(time.Minute)
		for _, r := range s.seen() {
			if r.Host == "other.example" {
				t.Errorf("%s was asked", r.URL)
			}
		}
		if len(s.passes("a")) != 1 || len(s.passes("b")) != 1 {
			t.Errorf("%d and %d passes", len(s.passes("a")), len(s.passes("b")))
		}
	})
}

// While requests cannot be noted none is made, and once they can all come back:
// those that are due and those asked for.
func TestNotesFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, steady(`"1"`, rss("a")), append(oneHost(5), "b", "c")...)
		s.c.Workers = 2
		s.start()
		defer s.stop()
		mend := dbtest.Refuse(t, s.store, "request", `TRUE`)
		asks, err := s.store.AskPasses(t.Context(), []string{"b"})
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			s.lookout.tick()
			if err := s.lookout.answer(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		if n := len(s.seen()); n != 0 {
			t.Errorf("%d requests that are not noted", n)
		}
		mend()
		if err := s.lookout.answer(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if answers, err := s.store.Answers(t.Context(), asks); err != nil || len(answers) != 1 {
			t.Errorf("%v, %v", answers, err)
		}
		s.run(10 * time.Minute)
		for _, src := range s.list {
			if n := len(s.passes(src.ID)); n != 1 {
				t.Errorf("%s has %d passes", src.ID, n)
			}
		}
	})
}
