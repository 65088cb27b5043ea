package schedule

import (
	"fmt"
	"testing"
	"time"

	"github.com/robfig/cron/v3"

	"courant/db/state"
)

func rules() Rules { return Rules{ID: "a", Min: time.Hour, Max: 24 * time.Hour} }

func TestAfter(t *testing.T) {
	at := time.Date(2026, 1, 2, 10, 0, 0, 0, time.UTC) // a Friday
	good := Poll{At: at, Validators: true, Known: true}
	for _, c := range []struct {
		name        string
		m           Memory
		p           Poll
		least, most time.Duration
		state       string
	}{
		{"nothing asked", Memory{}, good, time.Hour, 66 * time.Minute, state.Active},
		{"fresh beyond the most", Memory{FreshMS: 1 << 60}, good, 24 * time.Hour, 24 * time.Hour, state.Active},
		{"the first poll has its own phase", Memory{}, Poll{At: at, First: true, Validators: true, Known: true}, time.Hour, 2 * time.Hour, state.Active},
		{"no validators", Memory{}, Poll{At: at, Known: true}, 24 * time.Hour, 24 * time.Hour, state.Active},
		{"Retry-After beyond the most", Memory{}, Poll{At: at, Validators: true, RetryAfter: 48 * time.Hour}, 48 * time.Hour, 49 * time.Hour, state.Active},
		{"a short Retry-After", Memory{}, Poll{At: at, Validators: true, RetryAfter: 90 * time.Minute}, 90 * time.Minute, 100 * time.Minute, state.Active},
		{"throttled", Memory{}, Poll{At: at, Kind: KindThrottled, HostPause: 3 * time.Hour, Validators: true}, 3 * time.Hour, 3*time.Hour + staggerWindow, state.Throttled},
		{"failed once", Memory{}, Poll{At: at, Kind: Failed, Errors: 1, ErrorSince: at}, time.Hour, 2 * time.Hour, state.Failing},
		{"failed often", Memory{}, Poll{At: at, Kind: Failed, Errors: 99, ErrorSince: at.Add(-time.Hour)}, time.Hour, 24 * time.Hour, state.Failing},
		{"dormant", Memory{}, Poll{At: at, Kind: Failed, Errors: 99, ErrorSince: at.Add(-31 * 24 * time.Hour)}, 7 * 24 * time.Hour, 8 * 24 * time.Hour, state.Dormant},
		{"a skipped day", Memory{FreshMS: (15 * time.Hour).Milliseconds(), SkipDays: []time.Weekday{time.Saturday}}, good, 38 * time.Hour, 39 * time.Hour, state.Active},
	} {
		d := rules().After(c.m, c.p)
		if wait := d.Due.Sub(at); wait < c.least || wait > c.most || d.State != c.state || d.Reason == "" {
			t.Errorf("%s: waits %s (%s, %s), want from %s to %s", c.name, wait, d.State, d.Reason, c.least, c.most)
		}
	}
	if d := rules().After(Memory{}, Poll{At: at, Kind: KindGone}); !d.Due.IsZero() || d.State != state.Gone {
		t.Errorf("410: %+v", d)
	}
}

// Who is sent away for seconds comes back within seconds, not within minutes.
func TestStaggerIsNoLongerThanThePause(t *testing.T) {
	at := time.Date(2026, 1, 2, 10, 0, 0, 0, time.UTC)
	for _, pause := range []time.Duration{5 * time.Second, time.Minute, time.Hour} {
		for i := range 50 {
			r := Rules{ID: fmt.Sprint(i), Min: time.Second, Max: 24 * time.Hour}
			most := pause + min(pause, staggerWindow)
			d := r.After(Memory{}, Poll{At: at, Kind: KindThrottled, HostPause: pause, Validators: true})
			later := r.Delayed(Memory{}, state.Active, at, at.Add(pause))
			for _, wait := range []time.Duration{d.Due.Sub(at), later.Due.Sub(at)} {
				if wait < pause || wait > most {
					t.Fatalf("a pause of %s ends after %s for %s", pause, wait, r.ID)
				}
			}
		}
	}
}

// Sources that fail together are not asked again together: no herd stands at the
// shortest wait (P74).
func TestBackoffParts(t *testing.T) {
	at := time.Date(2026, 1, 2, 10, 0, 0, 0, time.UTC)
	for errors := 1; errors < 8; errors++ {
		minutes := map[time.Time]int{}
		for i := range 600 {
			r := Rules{ID: fmt.Sprint(i), Min: time.Hour, Max: 24 * time.Hour}
			due := r.After(Memory{}, Poll{At: at, Kind: Failed, Errors: errors, ErrorSince: at, Validators: true}).Due
			minutes[due.Truncate(time.Minute)]++
			if wait := due.Sub(at); wait < time.Hour || wait > min(time.Hour<<errors, 24*time.Hour) {
				t.Fatalf("%d errors: waits %s", errors, wait)
			}
		}
		for minute, n := range minutes {
			if n > 30 {
				t.Errorf("%d errors: %d of 600 are due %s later", errors, n, minute.Sub(at))
			}
		}
	}
}

// A source's own schedule says when it may be polled; @every is an interval.
func TestOwnSchedule(t *testing.T) {
	at := time.Date(2026, 1, 2, 10, 0, 0, 0, time.UTC)
	r := rules()
	r.Cron, _ = cron.ParseStandard("30 6 * * *")
	if d := r.After(Memory{}, Poll{At: at, Validators: true}); !d.Due.Equal(time.Date(2026, 1, 3, 6, 30, 0, 0, time.UTC)) {
		t.Errorf("daily: %+v", d)
	}
	r.Cron, _ = cron.ParseStandard("@every 5h")
	if d := r.After(Memory{}, Poll{At: at, Validators: true}); d.Due.Sub(at) < 5*time.Hour || d.Due.Sub(at) > 330*time.Minute {
		t.Errorf("every five hours: %+v", d)
	}
}

func TestMemory(t *testing.T) {
	m := Memory{FreshMS: 5, SkipHours: []int{24}, MovedTo: "http://b.example/"}
	if got := Recall(m.Store()); got.FreshMS != 5 || got.MovedTo != m.MovedTo || !got.Skips(time.Date(2026, 1, 2, 0, 30, 0, 0, time.UTC)) {
		t.Errorf("recalled %+v", got)
	}
	if got := Recall([]byte("not JSON")); got.MovedTo != "" {
		t.Errorf("garbage is recalled as %+v", got)
	}
}
