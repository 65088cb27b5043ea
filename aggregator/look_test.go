package aggregator

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

// A look for due sources takes its time where the store is slow: a pass that is stored
// meanwhile is no sign that the clock was set back, and its source is due when it says
// (P30).
func TestLookTakesLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, steady(`"1"`, rss("a")), "a").start()
		defer s.stop()
		began := s.now()
		time.Sleep(time.Minute)
		s.fetch(Select{All: true})
		want := s.source("a")
		jobs, err := s.a.due(t.Context(), began)
		if err != nil || len(jobs) > 0 {
			t.Errorf("%d jobs, %v", len(jobs), err)
		}
		if got := s.source("a"); !got.NextDue.Equal(want.NextDue) || !got.LastPass.Equal(want.LastPass) || got.Reason != want.Reason {
			t.Errorf("its pass at %s has it due at %s (%s); the look makes that %s, %s (%s)",
				want.LastPass, want.NextDue, want.Reason, got.LastPass, got.NextDue, got.Reason)
		}
	})
}

// What a look makes of a source, as it read it, is nothing any more where a pass of it
// was stored since: that has the last word (P31, P52).
func TestPassDuringLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const away = 5 * time.Hour
		s := newSim(t, steady(`"1"`, rss("a")), "a").start()
		defer s.stop()
		s.fetch(Select{All: true})
		time.Sleep(4 * time.Hour)
		s.serve = func(*http.Request) reply {
			return answer(503, "", "Retry-After", strconv.Itoa(int(away.Seconds())))
		}
		asked := s.now()
		s.a.now = func() time.Time { // asked for once the row is read
			s.a.now = s.now
			s.fetch(Select{All: true})
			return s.now()
		}
		if jobs, err := s.a.due(t.Context(), asked); err != nil || len(jobs) > 0 {
			t.Errorf("%d jobs, %v", len(jobs), err)
		}
		if got := s.source("a"); len(s.seen()) != 2 || got.NextDue.Before(asked.Add(away)) {
			t.Errorf("after %d requests it is due %s after the last (%s), although it is to be left alone for %s", len(s.seen()), got.NextDue.Sub(asked), got.Reason, away)
		}
	})
}

// A job that was queued by what a look had read before a pass of its source was stored,
// and then waited for the store, is not done before that source is due again: neither
// where we asked it a moment ago ourselves nor where another worker did (P30, M5).
func TestJobOfOldLook(t *testing.T) {
	for _, c := range []struct {
		name            string
		fresh, meantime time.Duration // how long its document is fresh, and when the job's turn comes
		restart         bool          // what is known of when it was asked is what is stored
	}{
		{"a server that comes back", 2 * time.Second, 1200 * time.Millisecond, false},
		{"another worker", 5 * time.Hour, 2 * time.Hour, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSim(t, steady(`"1"`, rss("a"), "Cache-Control", fmt.Sprintf("max-age=%d", int(c.fresh.Seconds()))), "a")
				s.c.MinInterval.Duration, s.c.MaxInterval.Duration, s.c.ManualGap.Duration = time.Second, c.fresh, 0
				s.start()
				s.fetch(Select{All: true})
				time.Sleep(24 * time.Hour)
				jobs, err := s.a.due(t.Context(), s.now())
				if err != nil || len(jobs) != 1 {
					t.Fatalf("%d jobs, %v", len(jobs), err)
				}
				s.fetch(Select{All: true})
				if c.restart {
					s.restart()
				}
				defer s.stop()
				s.forget()
				due := s.source("a").NextDue
				time.Sleep(c.meantime)
				s.lookout.engine.add(jobs[0])
				time.Sleep(100 * time.Millisecond)
				if len(s.seen()) > 0 {
					t.Errorf("it was asked %s before it was due", due.Sub(s.last().At))
				}
			})
		})
	}
}
