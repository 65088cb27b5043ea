package aggregator

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"courant/db/setting"
	"courant/db/state"
)

// What hosts are owed.
func hostPromises() []promise {
	return []promise{
		{"P50", "MUST", "one request in flight a host, and a gap between two", bubble(testHostGap)},
		{"P51", "MUST", "429 or 503 with Retry-After: the whole host is left alone, its other feeds are delayed", bubble(testHostPause)},
		{"P52", "MUST", "Retry-After in each form; garbage is none; 7 days are the most", bubble(testRetryAfterForms)},
		{"P53", "MUST", "429 without Retry-After: 10 minutes, doubling to 24 hours", bubble(testStrikes)},
		{"P54", "SHOULD", "domain_pause: a 429 pauses the registrable domain", bubble(testDomainPause)},
		{"P55", "MUST", "429 counts towards nothing", bubble(testThrottledUncounted)},
		{"P56", "MUST", "after a pause requests resume staggered", bubble(testStagger)},
	}
}

// oneHost is n feeds of one host.
func oneHost(n int) (addresses []string) {
	for i := range n {
		addresses = append(addresses, fmt.Sprintf("http://a.example/%d", i))
	}
	return addresses
}

func testHostGap(t *testing.T) {
	fine := steady(`"1"`, rss("a"))
	for name, gap := range map[string]time.Duration{"1s": time.Second, "0s": 0, "5s": 5 * time.Second} {
		s := newSim(t, nil, append(oneHost(20), "http://A.example:8080/x", "http://b.example/redirects")...)
		s.c.PerHostGap = setting.Every(gap)
		s.serve = func(r *http.Request) reply {
			a := fine(r)
			if r.URL.Hostname() == "b.example" {
				a = answer(302, "", "Location", "http://a.example/b")
			}
			a.after = 300 * time.Millisecond
			return a
		}
		s.start()
		s.run(2 * time.Hour)
		var before request
		n := 0
		for _, r := range s.seen() {
			if r.Host != "a.example" {
				continue
			}
			n++
			if n > 1 && r.At.Before(before.Done.Add(gap)) {
				t.Errorf("gap %s: a request at %s after one that ended at %s", name, r.At, before.Done)
			}
			before = r
		}
		if n < 40 {
			t.Errorf("gap %s: %d requests", name, n)
		}
		s.stop()
	}
}

func testHostPause(t *testing.T) {
	for _, status := range []int{429, 503} {
		n := 0
		s := newSim(t, nil, oneHost(10)...)
		fine := steady(`"1"`, rss("a"))
		s.serve = func(r *http.Request) reply {
			if n++; n == 3 {
				return answer(status, "", "Retry-After", "7200")
			}
			return fine(r)
		}
		s.start()
		s.run(time.Minute)
		if len(s.seen()) != 3 {
			t.Errorf("%d: %d requests before silence, want 3", status, len(s.seen()))
		}
		asked := s.last()
		failed := 0
		for i := range 10 {
			src := s.source(fmt.Sprintf("s%d", i))
			failed += src.Errors
			if src.LastPass.IsZero() && (src.NextDue.Before(asked.At.Add(2*time.Hour)) || !strings.Contains(src.Reason, "left alone")) {
				t.Errorf("%d: %s is due at %s because of %q", status, src.ID, src.NextDue, src.Reason)
			}
		}
		if failed > 1 {
			t.Errorf("%d: %d failures", status, failed)
		}
		s.restart() // what a host asked for survives
		s.run(30 * time.Hour)
		list := s.seen()
		if gap := list[3].At.Sub(asked.At); gap < 2*time.Hour {
			t.Errorf("%d: asked again after %s", status, gap)
		}
		for i := range 10 {
			if src := s.source(fmt.Sprintf("s%d", i)); src.Entries != 1 {
				t.Errorf("%d: %s has %d entries a day later", status, src.ID, src.Entries)
			}
		}
		s.stop()
	}
}

func testRetryAfterForms(t *testing.T) {
	const date = "Sat, 01 Jan 2000 00:00:00 GMT"
	for value, want := range map[string]time.Duration{
		"10800":                            3 * time.Hour,
		"Sat, 01 Jan 2000 03:00:00 GMT":    3 * time.Hour,
		"Saturday, 01-Jan-00 03:00:00 GMT": 3 * time.Hour,
		"Sat Jan  1 03:00:00 2000":         3 * time.Hour,
		"Fri, 31 Dec 1999 00:00:00 GMT":    0,
		"-5":                               0,
		"soon":                             0,
		"1000000000000000000":              7 * 24 * time.Hour,
		"99999999999999999999999999":       7 * 24 * time.Hour,
		"Fri, 31 Dec 9999 23:59:59 GMT":    7 * 24 * time.Hour,
	} {
		s := newSim(t, script(always(503, "", "Retry-After", value, "Date", date)), "a").start()
		s.poll()
		least := max(want, time.Hour)
		s.within("Retry-After: "+value, s.wait("a"), least, max(least+staggerMost, 25*time.Hour))
		if want > 24*time.Hour {
			s.within("Retry-After: "+value, s.wait("a"), least, least+staggerMost)
			if !strings.Contains(s.source("a").Reason, "7d") {
				t.Errorf("%s is shown as %q", value, s.source("a").Reason)
			}
		}
		s.stop()
	}
}

// staggerMost is the most that is added to a pause, so that feeds do not come
// back together.
const staggerMost = 10 * time.Minute

func testStrikes(t *testing.T) {
	s := newSim(t, script(always(429, "")), "a")
	short := setting.Every(time.Minute)
	s.list[0].MinInterval = &short
	s.start()
	defer s.stop()
	want := 10 * time.Minute
	for range 10 {
		s.poll()
		s.within("the pause", s.wait("a"), want, want+want/10+staggerMost)
		want = min(2*want, 24*time.Hour)
		s.restart() // the count survives
	}
}

func testDomainPause(t *testing.T) {
	for _, domain := range []bool{true, false} {
		s := newSim(t, nil, "http://user1.blogs.example/feed", "http://user2.blogs.example/feed", "http://other.example/feed")
		fine := steady(`"1"`, rss("a"))
		s.serve = func(r *http.Request) reply {
			if strings.HasPrefix(r.URL.Host, "user1") {
				return answer(429, "", "Retry-After", "36000")
			}
			return fine(r)
		}
		s.c.DomainPause = domain
		s.start()
		s.run(9 * time.Hour)
		counts := map[string]int{}
		for _, r := range s.seen() {
			counts[r.Host]++
		}
		if n := counts["user2.blogs.example"]; (n > 1) == domain {
			t.Errorf("domain_pause = %t: user2 was asked %d times", domain, n)
		}
		if counts["other.example"] < 3 || counts["user1.blogs.example"] != 1 {
			t.Errorf("domain_pause = %t: %v", domain, counts)
		}
		s.stop()
	}
}

func testThrottledUncounted(t *testing.T) {
	s := newSim(t, script(always(200, rss("a"), "ETag", `"1"`), always(429, "")), "a").start()
	defer s.stop()
	s.run(60 * 24 * time.Hour)
	src := s.source("a")
	if src.Errors != 0 || src.State != state.Throttled || src.ETag != `"1"` || len(s.seen()) < 40 {
		t.Errorf("after 60 days of 429: %d errors, %s, %d requests", src.Errors, src.State, len(s.seen()))
	}
}

func testStagger(t *testing.T) {
	n := 0
	s := newSim(t, nil, oneHost(30)...)
	fine := steady(`"1"`, rss("a"))
	s.serve = func(r *http.Request) reply {
		if n++; n == 1 {
			return answer(429, "", "Retry-After", "7200")
		}
		return fine(r)
	}
	s.c.PerHostGap = setting.Every(0)
	s.start()
	defer s.stop()
	s.run(4 * time.Hour)
	var due []time.Time
	for _, r := range s.seen()[1:31] {
		due = append(due, r.At)
	}
	if first, last := due[0], due[29]; last.Sub(first) < 5*time.Minute {
		t.Errorf("30 feeds came back within %s", last.Sub(first))
	}
	if most, _ := perMinute(s.seen()[1:31]); most > 20 {
		t.Errorf("%d in one minute", most)
	}
}
