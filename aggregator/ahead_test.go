package aggregator

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"courant/db/setting"
)

// Requests of one host that follow each other at once are noted many together, each
// before it goes out and not long before; those that a gap parts, each by itself. What
// was noted and does not go out is noted no more.
func TestNotedAhead(t *testing.T) {
	for _, gap := range []time.Duration{0, time.Second} {
		synctest.Test(t, func(t *testing.T) {
			s := newSim(t, nil, oneHost(200)...)
			s.c.PerHostGap = setting.Every(gap)
			fine := steady(`"1"`, rss("a"))
			asked, most, late := 0, 0, time.Duration(0)
			s.serve = func(r *http.Request) reply {
				list, err := s.store.OpenRequests(t.Context())
				if err != nil {
					t.Error(err)
				}
				most, asked = max(most, len(list)), asked+1
				noted := false
				for _, o := range list {
					if fmt.Sprint("/", o.Source[1:]) == r.URL.Path {
						noted, late = true, max(late, s.now().Sub(o.At))
					}
				}
				if !noted {
					t.Errorf("%s is asked for and not noted", r.URL)
				}
				a := fine(r)
				if asked > 100 {
					a.after = 4 * time.Second // from now on it is slow
				}
				return a
			}
			s.start()
			s.lookout.tick()
			for range 200 { // some 100 are asked, and then few
				time.Sleep(time.Second)
				synctest.Wait()
			}
			s.stop()
			if gap == 0 && (most < aheadMost || asked < 130 || asked > 160) || gap > 0 && most > 3 {
				t.Errorf("gap %v: %d requests, up to %d noted at once", gap, asked, most)
			}
			if late > aheadLate+time.Second {
				t.Errorf("gap %v: one went out %v after it was noted", gap, late)
			}
			if open := s.openRequests(); len(open) != 0 {
				t.Errorf("gap %v: %v are noted and do not go out", gap, open)
			}
			if n := len(s.seen()); n != asked {
				t.Errorf("gap %v: %d requests, %d were served", gap, n, asked)
			}
		})
	}
}
