package aggregator

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"courant/db"
	"courant/db/setting"
	"courant/db/state"
)

// When a source is polled again.
func intervalPromises() []promise {
	return []promise{
		{"P30", "MUST", "min_interval lies between two polls, across restarts, reloads, crash loops and clock steps", bubble(testMinInterval)},
		{"P31", "MUST", "the longest wish decides, up to max_interval", bubble(testLongestWish)},
		{"P32", "MUST", "max-age wins over Expires; s-maxage is not for us; Age counts; Expires by the server's Date", bubble(testFreshness)},
		{"P33", "MUST", "Cache-Control in any case, quoted, twice, with spaces", bubble(testCacheControlForms)},
		{"P34", "MUST", "absurd values are clamped or ignored", bubble(testAbsurdFreshness)},
		{"P35", "MUST", "ttl", bubble(testTTL)},
		{"P36", "MUST", "skipHours", bubble(testSkipHours)},
		{"P37", "MUST", "skipDays", bubble(testSkipDays)},
		{"P38", "SHOULD", "sy:updatePeriod, sy:updateFrequency, sy:updateBase", bubble(testUpdatePeriod)},
		{"P39", "SHOULD", "a quiet feed is asked less often, a busy one more, within the bounds", bubble(testAdaptive)},
		{"P40", "SHOULD", "feeds of equal interval spread", bubble(testPhase)},
		{"P41", "MUST", "after three days of sleep each feed is polled once, spread out", bubble(testSleep)},
		{"P42", "MUST", "an outage of ours is no failure of any feed", bubble(testOutage)},
		{"P43", "MUST", "no second request while one is in flight", bubble(testInFlight)},
		{"P44", "MUST", "one request serves two sources with one address", bubble(testTwins)},
		{"P45", "MUST", "asked by hand: conditional, obedient, and not twice in five minutes", bubble(testByHand)},
		{"P46", "MUST", "a reload makes no request", bubble(testReload)},
	}
}

func testMinInterval(t *testing.T) {
	for _, c := range []struct {
		name    string
		headers []string
		own     time.Duration
		least   time.Duration
	}{
		{"with validators", []string{"ETag", `"1"`}, 0, time.Hour},
		{"without", nil, 0, 24 * time.Hour},
		{"without, but its own min_interval", nil, 2 * time.Hour, 2 * time.Hour},
	} {
		n := 0
		s := newSim(t, nil, "a")
		s.serve = func(*http.Request) reply {
			if n++; n%5 == 0 {
				return answer(500, "")
			}
			return answer(200, rss(fmt.Sprint("entry", n)), c.headers...)
		}
		if c.own > 0 {
			d := setting.Every(c.own)
			s.list[0].MinInterval = &d
		}
		s.start()
		for i := range 60 {
			s.run(47 * time.Minute)
			switch i % 3 {
			case 0:
				s.restart()
			case 1:
				if err := s.a.SetSources(t.Context(), s.list); err != nil {
					t.Fatal(err)
				}
			case 2: // a crash loop: nothing but starts
				for range 3 {
					s.restart()
					s.run(time.Second)
				}
			}
		}
		s.run(26 * time.Hour)
		for _, step := range []time.Duration{time.Hour, -time.Hour, 10 * 365 * 24 * time.Hour, -10 * 365 * 24 * time.Hour, 59 * time.Minute} {
			s.mu.Lock()
			s.step += step
			s.mu.Unlock()
			s.run(26 * time.Hour)
		}
		gaps := s.gaps("http://a.example/feed")
		for _, gap := range gaps {
			if gap < c.least {
				t.Errorf("%s: asked again after %s", c.name, gap)
			}
		}
		if want := int(6*24*time.Hour/c.least) / 2; len(gaps) < want {
			t.Errorf("%s: only %d polls in 7 days: it stalled", c.name, len(gaps)+1)
		}
		s.stop()
	}
}

// waitFor is how long a source waits after an automatic poll that got the given
// answer.
func waitFor(t *testing.T, body string, headers ...string) (time.Duration, db.Source) {
	t.Helper()
	s := newSim(t, steady(`"1"`, body, headers...), "a").start()
	defer s.stop()
	s.poll()
	s.poll()
	return s.wait("a"), s.source("a")
}

func testLongestWish(t *testing.T) {
	body := func(ttl int, period string) string {
		return strings.Replace(rss("a"), "<link>", fmt.Sprintf("<ttl>%d</ttl><sy:updatePeriod xmlns:sy=\"http://purl.org/rss/1.0/modules/syndication/\">%s</sy:updatePeriod><link>", ttl, period), 1)
	}
	for _, c := range []struct {
		name    string
		body    string
		headers []string
		least   time.Duration
		reason  string
	}{
		{"nothing", rss("a"), nil, time.Hour, "min_interval"},
		{"ttl", body(300, "hourly"), []string{"Cache-Control", "max-age=7200"}, 5 * time.Hour, "ttl 300"},
		{"max-age", body(90, "hourly"), []string{"Cache-Control", "max-age=43200"}, 12 * time.Hour, "max-age=43200"},
		{"sy:updatePeriod", body(90, "daily"), nil, 24 * time.Hour, "sy:updatePeriod"},
		{"beyond max_interval", body(90, "hourly"), []string{"Cache-Control", "max-age=400000"}, 24 * time.Hour, "max_interval"},
	} {
		got, src := waitFor(t, c.body, c.headers...)
		if got < c.least || got > min(c.least+c.least/10, 24*time.Hour) || !strings.Contains(src.Reason, c.reason) {
			t.Errorf("%s: waits %s because of %q", c.name, got, src.Reason)
		}
	}
	// Retry-After goes beyond.
	if got, src := waitFor(t, rss("a"), "Retry-After", "172800"); got < 48*time.Hour || !strings.Contains(src.Reason, "Retry-After") {
		t.Errorf("Retry-After on a 304: waits %s because of %q", got, src.Reason)
	}
}

// expectWait holds a table of headers to the least wait that they ask for.
func expectWait(t *testing.T, cases map[string][]string, want map[string]time.Duration) {
	t.Helper()
	for name, headers := range cases {
		least := max(want[name], time.Hour)
		if got, src := waitFor(t, rss("a"), headers...); got < least || got > min(least+least/10, 24*time.Hour) {
			t.Errorf("%s: waits %s (%s), want %s", name, got, src.Reason, least)
		}
	}
}

func testFreshness(t *testing.T) {
	expectWait(t, map[string][]string{
		"max-age wins":   {"Cache-Control", "max-age=7200", "Expires", "Sat, 01 Jan 2000 20:00:00 GMT", "Date", "Sat, 01 Jan 2000 00:00:00 GMT"},
		"no s-maxage":    {"Cache-Control", "s-maxage=36000"},
		"Age":            {"Cache-Control", "max-age=36000", "Age", "18000"},
		"Expires − Date": {"Expires", "Wed, 01 Jan 2020 03:00:00 GMT", "Date", "Wed, 01 Jan 2020 00:00:00 GMT"},
	}, map[string]time.Duration{"max-age wins": 2 * time.Hour, "Age": 5 * time.Hour, "Expires − Date": 3 * time.Hour})
}

func testCacheControlForms(t *testing.T) {
	cases, want := map[string][]string{}, map[string]time.Duration{}
	for _, v := range []string{`MAX-AGE="7200"`, "Max-Age = 7200 ", "public,max-age=7200", "max-age=7200, max-age=36000", `private="x, y", max-age=7200`, ",, max-age=7200,"} {
		cases[v], want[v] = []string{"Cache-Control", v}, 2*time.Hour
	}
	cases["two lines"], want["two lines"] = []string{"Cache-Control", "public", "Cache-Control", "max-age=7200"}, 2*time.Hour
	expectWait(t, cases, want)
}

func testAbsurdFreshness(t *testing.T) {
	const longest = 24 * time.Hour
	cases, want := map[string][]string{}, map[string]time.Duration{}
	for v, wait := range map[string]time.Duration{
		"max-age=-5": 0, "max-age=abc": 0, "max-age=": 0, "max-age": 0, "max-age=1e9": 0, "max-age=504576000": longest,
		"max-age=99999999999999999999999": longest, "max-age=9223372036854775807": longest, "=;,\"": 0,
	} {
		cases[v], want[v] = []string{"Cache-Control", v}, wait
	}
	for v, wait := range map[string]time.Duration{"0": 0, "-1": 0, "garbage": 0, "Fri, 31 Dec 9999 23:59:59 GMT": longest, "Mon, 01 Jan 0001 00:00:00 GMT": 0} {
		cases[v], want[v] = []string{"Expires", v}, wait
	}
	expectWait(t, cases, want)
}

func testTTL(t *testing.T) {
	for ttl, want := range map[string]time.Duration{"90": 90 * time.Minute, "0": time.Hour, "-90": time.Hour, "soon": time.Hour} {
		body := strings.Replace(rss("a"), "<link>", "<ttl>"+ttl+"</ttl><link>", 1)
		if got, src := waitFor(t, body); got < want || got > min(want+want/10, 24*time.Hour) {
			t.Errorf("ttl %s: waits %s (%s)", ttl, got, src.Reason)
		}
	}
}

// skips runs a feed for some days and returns its polls but the first two: the
// first cannot know.
func skips(t *testing.T, days int, wishes string) []time.Time {
	body := strings.Replace(rss("a"), "<link>", wishes+"<link>", 1)
	s := newSim(t, steady(`"1"`, body), "a").start()
	defer s.stop()
	s.run(time.Duration(days) * 24 * time.Hour)
	var at []time.Time
	for _, r := range s.seen()[1:] {
		at = append(at, r.At.UTC())
	}
	return at
}

func testSkipHours(t *testing.T) {
	for _, hours := range [][]int{{0, 1, 2, 3, 4, 5}, {24, 1, 2, 3, 4, 5}} {
		wish := "<skipHours>"
		for _, h := range hours {
			wish += fmt.Sprintf("<hour>%d</hour>", h)
		}
		polls := skips(t, 4, wish+"</skipHours>")
		for _, at := range polls {
			if at.Hour() < 6 {
				t.Errorf("%v: polled at %s", hours, at)
			}
		}
		if len(polls) < 40 {
			t.Errorf("%v: %d polls in 4 days", hours, len(polls))
		}
	}
	all := "<skipHours>"
	for h := range 24 {
		all += fmt.Sprintf("<hour>%d</hour>", h)
	}
	if polls := skips(t, 2, all+"</skipHours>"); len(polls) < 40 {
		t.Errorf("all hours: %d polls in 2 days", len(polls))
	}
}

func testSkipDays(t *testing.T) {
	for _, at := range skips(t, 15, "<skipDays><day>Saturday</day></skipDays>") {
		if at.Weekday() == time.Saturday {
			t.Errorf("polled on %s", at)
		}
	}
	all := "<skipDays>"
	for d := range time.Weekday(7) {
		all += "<day>" + d.String() + "</day>"
	}
	if polls := skips(t, 2, all+"</skipDays>"); len(polls) < 40 {
		t.Errorf("all days: %d polls in 2 days", len(polls))
	}
}

func testUpdatePeriod(t *testing.T) {
	const ns = ` xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"`
	wish := "<sy:updatePeriod" + ns + ">daily</sy:updatePeriod><sy:updateFrequency" + ns + ">2</sy:updateFrequency>"
	body := func(extra string) string { return strings.Replace(rss("a"), "<link>", wish+extra+"<link>", 1) }
	for name, extra := range map[string]string{"": "", "base": "<sy:updateBase" + ns + ">1999-12-01T04:30+00:00</sy:updateBase>"} {
		s := newSim(t, steady(`"1"`, body(extra)), "a").start()
		s.run(10 * 24 * time.Hour)
		gaps := s.gaps("http://a.example/feed")
		for _, gap := range gaps {
			if gap < 12*time.Hour {
				t.Errorf("%s: asked again after %s", name, gap)
			}
		}
		if len(gaps) < 14 {
			t.Errorf("%s: %d polls in 10 days", name, len(gaps)+1)
		}
		for _, r := range s.seen()[1:] {
			if off := r.At.UTC().Sub(time.Date(1999, 12, 1, 4, 30, 0, 0, time.UTC)) % (12 * time.Hour); name == "base" && off > 72*time.Minute+5*time.Minute {
				t.Errorf("polled at %s, %s after its phase", r.At, off)
			}
		}
		s.stop()
	}
}

func testAdaptive(t *testing.T) {
	quiet := newSim(t, steady(`"1"`, rss("a")), "a").start()
	quiet.run(45 * 24 * time.Hour)
	gaps := quiet.gaps("http://a.example/feed")
	for i, gap := range gaps {
		if gap < time.Hour || gap > 24*time.Hour+5*time.Minute {
			t.Errorf("quiet: gap %d is %s", i, gap)
		}
	}
	if last := gaps[len(gaps)-1]; last < 20*time.Hour || gaps[1] > 2*time.Hour {
		t.Errorf("quiet: from %s to %s", gaps[1], last)
	}
	quiet.serve = func(*http.Request) reply { // now it posts all the time
		n := time.Now().Unix() / 600
		return answer(200, rss(fmt.Sprint(n), fmt.Sprint(n-1)), "ETag", fmt.Sprintf(`"%d"`, n))
	}
	quiet.forget()
	quiet.run(4 * 24 * time.Hour)
	gaps = quiet.gaps("http://a.example/feed")
	quiet.stop()
	if len(gaps) < 48 {
		t.Errorf("busy: %d polls in 4 days", len(gaps)+1)
	}
	for i, gap := range gaps {
		if gap < time.Hour || i > 0 && gap > 72*time.Minute {
			t.Errorf("busy: gap %d is %s", i, gap)
		}
	}
}

// many is the ids of n sources, each with a host of its own.
func many(n int) (ids []string) {
	for i := range n {
		ids = append(ids, fmt.Sprintf("f%d", i))
	}
	return ids
}

// perMinute is the most requests in any minute, and how many minutes had any.
func perMinute(list []request) (most, minutes int) {
	counts := map[int64]int{}
	for _, r := range list {
		counts[r.At.Unix()/60]++
		most = max(most, counts[r.At.Unix()/60])
	}
	return most, len(counts)
}

func testPhase(t *testing.T) {
	s := newSim(t, steady(`"1"`, rss("a")), many(100)...).start()
	defer s.stop()
	s.run(time.Minute)
	var due []time.Time
	for i := range 100 {
		src := s.source(fmt.Sprintf("f%d", i))
		due = append(due, src.NextDue)
		s.within("the first wait", src.NextDue.Sub(src.LastPass), time.Hour, 2*time.Hour)
	}
	slices.SortFunc(due, time.Time.Compare)
	for i := 10; i < len(due); i++ {
		if gap := due[i].Sub(due[i-10]); gap < time.Minute {
			t.Errorf("11 of 100 feeds are due within %s at %s", gap, due[i])
		}
	}
	s.run(10 * time.Hour)
	s.forget()
	s.run(time.Hour)
	if most, _ := perMinute(s.seen()); most > 25 {
		t.Errorf("later %d of 100 feeds in one minute", most)
	}
}

func testSleep(t *testing.T) {
	s := newSim(t, steady(`"1"`, rss("a")), many(100)...).start()
	defer s.stop()
	s.run(3 * time.Hour)
	time.Sleep(72 * time.Hour)
	s.forget()
	s.run(58 * time.Minute)
	counts := map[string]int{}
	for _, r := range s.seen() {
		counts[r.Host]++
		if counts[r.Host] > 1 {
			t.Errorf("%s was polled twice", r.Host)
		}
	}
	most, minutes := perMinute(s.seen())
	if len(counts) != 100 || most > 30 || minutes < 6 {
		t.Errorf("%d feeds polled over %d minutes, %d in one", len(counts), minutes, most)
	}
}

func testOutage(t *testing.T) {
	down := false
	s := newSim(t, nil, many(50)...)
	fine := steady(`"1"`, rss("a"))
	s.serve = func(r *http.Request) reply {
		if down {
			return reply{err: &net.DNSError{Err: "server misbehaving", Name: r.URL.Hostname(), IsTemporary: true}}
		}
		return fine(r)
	}
	s.start()
	defer s.stop()
	s.run(6 * time.Hour)
	down = true
	s.forget()
	s.run(24 * time.Hour)
	if n := len(s.seen()); n > 6*24+10 {
		t.Errorf("%d tries in a day without a network", n)
	}
	for i := range 50 {
		if src := s.source(fmt.Sprintf("f%d", i)); src.Errors != 0 || src.State != state.Active || src.Error != "" {
			t.Errorf("%s is blamed: %d errors, %s, %q", src.ID, src.Errors, src.State, src.Error)
		}
	}
	down = false
	s.forget()
	s.run(58 * time.Minute)
	counts := map[string]int{}
	for _, r := range s.seen() {
		counts[r.Host]++
	}
	most, minutes := perMinute(s.seen())
	if len(counts) != 50 || most > 20 || minutes < 4 {
		t.Errorf("afterwards %d feeds over %d minutes, %d in one", len(counts), minutes, most)
	}
	// One host alone that cannot be found is that feed's failure.
	s.serve = func(r *http.Request) reply {
		if r.URL.Hostname() == "f7.example" {
			return reply{err: &net.DNSError{Err: "no such host", Name: "f7.example", IsNotFound: true}}
		}
		return fine(r)
	}
	s.run(6 * time.Hour)
	if src := s.source("f7"); src.Errors == 0 || src.State != state.Failing {
		t.Errorf("f7 alone: %d errors, %s", src.Errors, src.State)
	}
}

func testInFlight(t *testing.T) {
	fine := steady(`"1"`, rss("a"))
	s := newSim(t, nil, "a")
	s.serve = func(r *http.Request) reply {
		a := fine(r)
		a.after = 95 * time.Minute
		return a
	}
	s.c.Timeout = setting.Every(10 * time.Hour)
	s.start()
	defer s.stop()
	s.run(24 * time.Hour)
	list := s.seen()
	for i := 1; i < len(list); i++ {
		if list[i].At.Before(list[i-1].Done) {
			t.Errorf("asked at %s while the last request ended at %s", list[i].At, list[i-1].Done)
		}
	}
	if len(list) < 6 {
		t.Errorf("%d polls", len(list))
	}
}

func testTwins(t *testing.T) {
	s := newSim(t, steady(`"1"`, rss("a")), "http://a.example/feed", "http://A.example/feed#x").start()
	defer s.stop()
	s.run(6 * time.Hour)
	gaps := s.gaps("http://a.example/feed")
	for _, gap := range gaps {
		if gap < time.Hour {
			t.Errorf("asked again after %s", gap)
		}
	}
	if len(gaps) < 3 || s.source("s0").Entries != 1 || s.source("s1").Entries != 1 {
		t.Errorf("%d gaps, %d and %d entries", len(gaps), s.source("s0").Entries, s.source("s1").Entries)
	}
	s.list = append(s.list, SourceConfig{ID: "late", URL: "http://a.example/feed"})
	if err := s.a.SetSources(t.Context(), s.list); err != nil {
		t.Fatal(err)
	}
	s.run(4 * time.Hour)
	for _, gap := range s.gaps("http://a.example/feed") {
		if gap < time.Hour {
			t.Errorf("a third one: asked again after %s", gap)
		}
	}
	if s.source("late").Entries != 1 {
		t.Errorf("the third one has %d entries", s.source("late").Entries)
	}
}

func testByHand(t *testing.T) {
	status := 200
	s := newSim(t, nil, "a", "b")
	s.serve = func(r *http.Request) reply {
		if status == 503 {
			return answer(503, "", "Retry-After", "1200")
		}
		return steady(`"1"`, rss("a"))(r)
	}
	s.start()
	defer s.stop()
	s.run(10 * time.Minute)
	if _, got := s.fetch(Select{IDs: []string{"a"}}); got["a"].Outcome != state.OutcomeNotModified || !s.last().conditional() {
		t.Errorf("by hand: %+v, %v", got, s.last().Header)
	}
	n := len(s.seen())
	time.Sleep(4 * time.Minute)
	if _, got := s.fetch(Select{IDs: []string{"a"}}); got["a"].Outcome != state.OutcomeTooSoon || len(s.seen()) != n {
		t.Errorf("four minutes later: %+v", got)
	}
	time.Sleep(2 * time.Minute)
	status = 503
	if _, got := s.fetch(Select{IDs: []string{"a"}}); got["a"].Outcome != state.OutcomeFailed {
		t.Errorf("503: %+v", got)
	}
	status = 200
	n = len(s.seen())
	time.Sleep(10 * time.Minute)
	if _, got := s.fetch(Select{IDs: []string{"a"}}); got["a"].Outcome != state.OutcomeDelayed || len(s.seen()) != n {
		t.Errorf("within Retry-After: %+v", got)
	}
	time.Sleep(11 * time.Minute)
	if _, got := s.fetch(Select{IDs: []string{"a"}}); got["a"].Outcome != state.OutcomeNotModified || !s.last().conditional() {
		t.Errorf("after it: %+v", got)
	}
}

func testReload(t *testing.T) {
	s := newSim(t, steady(`"1"`, rss("a")), "a", "b").start()
	defer s.stop()
	s.run(10 * time.Minute)
	n := len(s.seen())
	s.list[0].Title, s.list[1].Tags, s.list[1].Headers = "Another", []string{"x"}, map[string]string{"X-Key": "1"}
	for range 3 {
		if err := s.a.SetSources(t.Context(), s.list); err != nil {
			t.Fatal(err)
		}
		s.run(10 * time.Minute)
	}
	if len(s.seen()) != n {
		t.Errorf("%d requests", len(s.seen())-n)
	}
}
