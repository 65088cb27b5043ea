package aggregator

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"courant/db/setting"
	"courant/db/state"
)

// What was read of a source when it was queued may be old by then: a look for
// due sources takes a while over very many, and others are polled meanwhile. How
// it stands is looked at once more before the request (P30, P36, P45).
func TestQueuedTooLate(t *testing.T) {
	for _, c := range []struct {
		name   string
		sel    Select
		change func(s *sim)
		want   string
	}{
		{"due, and polled meanwhile", Select{}, func(s *sim) { s.run(time.Minute) }, state.OutcomeTooSoon},
		{"asked for by hand, and polled meanwhile", Select{All: true}, func(s *sim) { s.run(time.Minute) }, state.OutcomeTooSoon},
		{"asked for by hand without a gap, and polled meanwhile", Select{All: true}, func(s *sim) {
			s.a.c.ManualGap.Duration = 0
			s.run(time.Minute)
		}, state.OutcomeTooSoon},
		{"paused meanwhile", Select{}, func(s *sim) {
			if err := s.store.PauseSource(s.t.Context(), "a", true, "shell"); err != nil {
				s.t.Fatal(err)
			}
		}, state.OutcomePaused},
		{"removed meanwhile", Select{}, func(s *sim) {
			if err := s.a.SetSources(s.t.Context(), nil); err != nil {
				s.t.Fatal(err)
			}
		}, state.OutcomeFailed},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSim(t, steady(`"1"`, rss("a")), "a").start()
				defer s.stop()
				jobs, _, err := s.a.selected(t.Context(), c.sel)
				if err != nil || len(jobs) != 1 {
					t.Fatalf("%d jobs, %v", len(jobs), err)
				}
				c.change(s)
				before := len(s.seen())
				var got []Result
				jobs[0].results = append(jobs[0].results, func(r Result) { got = append(got, r) })
				s.lookout.engine.add(jobs[0])
				time.Sleep(time.Minute)
				synctest.Wait() // what was told, was told before this
				if n := len(s.seen()) - before; n != 0 || len(got) != 1 || got[0].Outcome != c.want {
					t.Errorf("%d requests; told %+v, want %s", n, got, c.want)
				}
				if open := s.openRequests(); len(open) != 0 || s.lookout.engine.queue.has("a") {
					t.Errorf("%v are noted", open)
				}
			})
		})
	}
}

// A source that stalls keeps its host from the others of it (P50), so it goes
// last once it is known to fail.
func TestFailingGoesLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, func(r *http.Request) reply {
			a := answer(200, rss(r.URL.Path), "ETag", `"1"`)
			if r.URL.Path == "/0" {
				a.after = time.Hour
			}
			return a
		}, oneHost(4)...)
		s.c.ManualGap = setting.Every(0)
		s.start()
		defer s.stop()
		s.fetch(Select{All: true})
		s.forget()
		began := time.Now()
		s.fetch(Select{All: true})
		for i, r := range s.seen() {
			if last := r.URL == "http://a.example/0"; last != (i == 3) {
				t.Errorf("request %d is for %s", i, r.URL)
			} else if !last && r.At.Sub(began) > 5*time.Second {
				t.Errorf("%s waits for %s", r.URL, r.At.Sub(began))
			}
		}
	})
}
