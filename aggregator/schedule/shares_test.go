package schedule

import (
	"testing"
	"time"

	"github.com/robfig/cron/v3"
)

// The shares of a wait add up to it, whatever moved it.
func TestShares(t *testing.T) {
	at := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	nightly, err := cron.ParseStandard("0 3 * * *")
	if err != nil {
		t.Fatal(err)
	}
	rules := Rules{ID: "bbc", Min: time.Hour, Max: 24 * time.Hour}
	own := rules
	own.Cron = nightly
	for _, c := range []struct {
		name   string
		rules  Rules
		m      Memory
		first  bool
		shares int
	}{
		{"first", rules, Memory{}, true, 2},
		{"later", rules, Memory{}, false, 2},
		{"quiet for long", rules, Memory{ActiveMS: at.Add(-900 * 24 * time.Hour).UnixMilli()}, false, 2},
		{"on a phase", rules, Memory{PeriodMS: 7200_000, BaseMS: at.Add(-30 * time.Minute).UnixMilli()}, false, 2},
		{"hours that are skipped", rules, Memory{SkipHours: []int{10, 11, 12}}, false, 3},
		{"a schedule of its own", own, Memory{}, false, 3},
	} {
		p := Poll{At: at, First: c.first, Validators: true, Known: true}
		p.At = at.Add(999 * time.Microsecond) // as it was before it was stored
		d := c.rules.After(c.m, p)
		d.Due = d.Due.Truncate(time.Millisecond)
		shares := c.rules.Shares(c.m, Poll{At: at, Validators: true, Known: true}, d.Due, d.Reason)
		sum := time.Duration(0)
		for _, s := range shares {
			sum += s.Wait
		}
		if len(shares) != c.shares || sum != d.Due.Sub(at) {
			t.Errorf("%s: %v is not the %s until %v", c.name, shares, d.Due.Sub(at), d.Due)
		}
	}
	failed := rules.Shares(Memory{}, Poll{At: at, Kind: Failed, Validators: true}, at.Add(3*time.Hour), "failed once in a row: back-off")
	if len(failed) != 2 || failed[0].Wait+failed[1].Wait != 3*time.Hour {
		t.Errorf("after a failure: %v", failed)
	}
}
