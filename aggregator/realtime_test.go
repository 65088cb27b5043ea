package aggregator

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/robfig/cron/v3"

	"courant/db"
)

// The next look for due sources is a length of real time: the Time that says it
// has a monotonic reading, by which cron then goes.
func TestRealTime(t *testing.T) {
	for _, text := range []string{"*/5 * * * *", "0 4 * * *", "@every 7m", "0 0 1 1 *"} {
		planned, err := cron.ParseStandard(text)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		next := realTime{planned}.Next(now)
		if !next.Equal(planned.Next(now)) || !strings.Contains(next.String(), " m=") {
			t.Errorf("%s: next %s, want %s with a monotonic reading", text, next, planned.Next(now))
		}
	}
	never, err := cron.ParseStandard("0 0 30 2 *")
	if err != nil {
		t.Fatal(err)
	}
	if next := (realTime{never}).Next(time.Now()); !next.IsZero() {
		t.Errorf("never is %s", next)
	}
}

// Whatever the clock is set to, sources are polled neither more nor less often,
// and what is published later never looks published earlier (I15).
func TestClockSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		s := newSim(t, nil, "a", "b", "c")
		s.serve = func(*http.Request) reply {
			n++
			return answer(200, rss(fmt.Sprint("entry", n), fmt.Sprint("entry", n-1)), "ETag", fmt.Sprintf(`"%d"`, n))
		}
		for i := range s.list {
			s.list[i].Publish = "auto"
		}
		s.start()
		defer s.stop()
		const day = 24 * time.Hour
		s.run(day)
		for _, step := range []time.Duration{time.Hour, -time.Hour, 10 * 365 * day, -10 * 365 * day, time.Hour, -2 * time.Hour} {
			s.mu.Lock()
			s.step += step
			s.mu.Unlock()
			s.forget()
			s.run(day)
			polls := map[string]int{}
			for _, r := range s.seen() {
				polls[r.URL]++
			}
			for _, src := range s.list {
				// A min_interval of 1 h, up to a tenth more, found at a look each
				// five minutes; a step makes one wait begin anew, and spreads out.
				if got := polls[src.URL]; got > 24 || got < 17 {
					t.Errorf("%s: %d polls in the day after a step of %s", src.ID, got, step)
				}
			}
		}
		checkPublishedOrder(t, s.store)
	})
}

// checkPublishedOrder: in the order of their arrival, articles were published
// ever later. First imports take the source's dates, of which there are none.
func checkPublishedOrder(t *testing.T, store *db.DB) {
	t.Helper()
	list, err := store.Articles(t.Context(), db.ArticleQuery{})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(list, func(a, b db.Article) int { return cmp.Compare(a.Seq, b.Seq) })
	const enough = 3 * 6 * 17
	if len(list) < enough {
		t.Errorf("%d articles, want %d or more", len(list), enough)
	}
	var before db.Article
	for _, a := range list {
		if a.Published.Before(before.Published) {
			t.Errorf("%s was published %s, %s before it %s", a.Headline, a.Published, before.Headline, before.Published)
		}
		before = a
	}
}
