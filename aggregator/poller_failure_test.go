package aggregator

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"courant/aggregator/schedule"
	"courant/db"
	"courant/db/state"
)

// What failures lead to.
func failurePromises() []promise {
	return []promise{
		{"P70", "MUST", "410: never asked again by itself; entries stay; resuming works", bubble(testGone)},
		{"P71", "MUST", "404: back-off, and after seven days one look for the feed on the site's page", bubble(testMissing)},
		{"P72", "MUST", "401, 407: once a day until the credentials change", bubble(testLocked)},
		{"P73", "MUST", "403: four hours; a bot challenge is called one; our name stays", bubble(testForbidden)},
		{"P74", "MUST", "5xx and the like: no immediate retry; doubling with jitter from min_interval to max_interval", bubble(testBackoff)},
		{"P75", "MUST", "failing for 30 days: once a week, never dead; one success resets all", bubble(testDormant)},
		{"P76", "MUST", "an empty body is an error and purges nothing", bubble(testEmptyBody)},
		{"P77", "MUST", "a feed without entries is fine and retracts nothing", bubble(testNoEntries)},
		{"P79", "MUST", "206, 204, 226 and 3xx without Location are errors", bubble(testOddStatus)},
	}
}

func testGone(t *testing.T) {
	gone := false
	fine := steady(`"1"`, rss("a", "b"))
	s := newSim(t, func(r *http.Request) reply {
		if gone {
			return answer(410, "")
		}
		return fine(r)
	}, "a").start()
	defer s.stop()
	s.run(3 * time.Hour)
	gone = true
	s.run(3 * time.Hour)
	s.forget()
	s.restart()
	s.run(30 * 24 * time.Hour)
	src := s.source("a")
	if len(s.seen()) != 0 || src.State != state.Gone || src.Entries != 2 || !strings.Contains(src.Reason, "410") {
		t.Errorf("%d requests, %s, %d entries, %q", len(s.seen()), src.State, src.Entries, src.Reason)
	}
	if _, got := s.fetch(Select{All: true}); len(got) != 0 || len(s.seen()) != 0 {
		t.Errorf("all: %v", got)
	}
	gone = false
	if err := s.store.PauseSource(t.Context(), "a", false, "shell"); err != nil {
		t.Fatal(err)
	}
	s.run(3 * time.Hour)
	if src := s.source("a"); src.State != state.Active || len(s.seen()) < 1 {
		t.Errorf("resumed: %s, %d requests", src.State, len(s.seen()))
	}
}

func testMissing(t *testing.T) {
	for _, c := range []struct {
		name, feed string
		moved      bool
	}{
		{"the same feed", rss("c", "b"), true},
		{"another feed", rss("x", "y"), false},
	} {
		missing, pages := false, 0
		s := newSim(t, nil, "a")
		s.serve = func(r *http.Request) reply {
			switch {
			case r.URL.String() == "http://tidal.example/":
				pages++
				return answer(200, `<html><link rel="alternate" type="application/rss+xml" href="/new.rss">`, "Content-Type", "text/html")
			case r.URL.String() == "http://tidal.example/new.rss":
				return answer(200, c.feed, "ETag", `"n"`)
			case missing:
				return answer(404, "")
			}
			return answer(200, rss("a", "b"), "ETag", `"1"`)
		}
		s.start()
		s.run(3 * time.Hour)
		missing = true
		s.run(7 * 24 * time.Hour)
		if src := s.source("a"); pages != 0 || src.State != state.Missing || src.Errors < 5 {
			t.Errorf("%s, within seven days: %d looks at the page, %s, %d errors", c.name, pages, src.State, src.Errors)
		}
		for i, gap := range s.gaps("http://a.example/feed") {
			if gap < time.Hour || gap > 25*time.Hour {
				t.Errorf("%s: gap %d is %s", c.name, i, gap)
			}
		}
		s.run(14 * 24 * time.Hour)
		src := s.source("a")
		m := schedule.Recall(src.Extra)
		if pages != 1 || (m.MovedTo == "http://tidal.example/new.rss") != c.moved || (m.Suggestion == "http://tidal.example/new.rss") == c.moved {
			t.Errorf("%s: %d looks at the page, %+v", c.name, pages, m)
		}
		if want := map[bool]int{true: 3, false: 2}[c.moved]; src.Entries != want || src.URL != "http://a.example/feed" {
			t.Errorf("%s: %d entries, want %d", c.name, src.Entries, want)
		}
		s.stop()
	}
}

func testLocked(t *testing.T) {
	for _, status := range []int{401, 407} {
		s := newSim(t, nil, "a")
		s.serve = func(r *http.Request) reply {
			if _, word, _ := (&http.Request{Header: r.Header}).BasicAuth(); word == "" && r.Header.Get("Authorization") == "" {
				return answer(status, "", "WWW-Authenticate", "Basic realm=x")
			}
			return answer(200, rss("a"), "ETag", `"1"`)
		}
		s.start()
		s.run(6 * 24 * time.Hour)
		if n := len(s.seen()); n > 6 || n < 5 || s.source("a").State != state.Locked {
			t.Errorf("%d: %d requests in 6 days, %s", status, n, s.source("a").State)
		}
		s.forget()
		s.list[0].Username = "ann"
		if err := s.a.SetSources(t.Context(), s.list); err != nil {
			t.Fatal(err)
		}
		s.run(25 * time.Hour)
		if src := s.source("a"); src.State != state.Active || src.Entries != 1 || len(s.seen()) < 2 {
			t.Errorf("%d, with credentials: %s, %q, %d requests", status, src.State, src.Error, len(s.seen()))
		}
		s.stop()
	}
}

func testForbidden(t *testing.T) {
	s := newSim(t, func(r *http.Request) reply {
		if r.URL.Host == "b.example" {
			return answer(403, "", "Cf-Mitigated", "challenge")
		}
		return answer(403, "")
	}, "a", "b").start()
	defer s.stop()
	s.run(4 * 24 * time.Hour)
	for _, host := range []string{"a", "b"} {
		gaps := s.gaps("http://" + host + ".example/feed")
		for _, gap := range gaps {
			if gap < 4*time.Hour {
				t.Errorf("%s: asked again after %s", host, gap)
			}
		}
		if len(gaps) < 4 {
			t.Errorf("%s: %d polls", host, len(gaps)+1)
		}
	}
	for _, r := range s.seen() {
		if got := r.Header.Get("User-Agent"); got != "courant/1.2 (+https://news.example)" {
			t.Errorf("now we are %q", got)
		}
	}
	if a, b := s.source("a").Error, s.source("b").Error; strings.Contains(a, "challenge") || !strings.Contains(b, "bot challenge") {
		t.Errorf("%q, %q", a, b)
	}
}

func testBackoff(t *testing.T) {
	for name, r := range map[string]reply{
		"500": answer(500, ""), "502": answer(502, ""), "408": answer(408, ""), "reset": {err: errors.New("connection reset by peer")},
		"TLS": {err: errors.New("tls: handshake failure")}, "418": answer(418, ""),
	} {
		s := newSim(t, func(*http.Request) reply { return r }, "a").start()
		s.run(12 * 24 * time.Hour)
		gaps := s.gaps("http://a.example/feed")
		var early, late time.Duration
		for i, gap := range gaps {
			if gap < time.Hour || gap > 24*time.Hour+10*time.Minute {
				t.Errorf("%s: gap %d is %s", name, i, gap)
			}
			if i < 2 {
				early = max(early, gap)
			} else {
				late = max(late, gap)
			}
		}
		if len(gaps) < 12 || early > 5*time.Hour || late < 12*time.Hour {
			t.Errorf("%s: %d polls; gaps at first up to %s, later up to %s", name, len(gaps)+1, early, late)
		}
		s.stop()
	}
}

func testDormant(t *testing.T) {
	broken := true
	s := newSim(t, func(r *http.Request) reply {
		if broken {
			return answer(500, "")
		}
		return answer(200, rss("a"), "ETag", `"1"`)
	}, "a").start()
	defer s.stop()
	s.run(31 * 24 * time.Hour)
	s.forget()
	s.run(70 * 24 * time.Hour)
	if n := len(s.seen()); n < 8 || n > 11 || s.source("a").State != state.Dormant {
		t.Errorf("%d requests in ten weeks, %s", n, s.source("a").State)
	}
	broken = false
	s.run(8 * 24 * time.Hour)
	src := s.source("a")
	if src.State != state.Active || src.Errors != 0 || !src.ErrorSince.IsZero() || src.Entries != 1 {
		t.Errorf("after one success: %s, %d errors", src.State, src.Errors)
	}
	s.within("and its next poll", s.wait("a"), time.Hour, 24*time.Hour)
}

func testEmptyBody(t *testing.T) {
	s := newSim(t, script(always(200, rss("a", "b"), "ETag", `"1"`), always(200, "", "ETag", `"2"`)), "a").start()
	defer s.stop()
	s.poll()
	s.poll()
	if src := s.source("a"); src.Errors != 1 || !strings.Contains(src.Error, "empty") || src.Entries != 2 || src.ETag != `"1"` {
		t.Errorf("%d errors, %q, %d entries, %s", src.Errors, src.Error, src.Entries, src.ETag)
	}
}

func testNoEntries(t *testing.T) {
	s := newSim(t, script(always(200, rss("a", "b"), "ETag", `"1"`), always(200, rss(), "ETag", `"2"`)), "a").start()
	defer s.stop()
	s.poll()
	s.poll()
	if src := s.source("a"); src.Errors != 0 || src.Error != "" || src.Entries != 2 || src.ETag != `"2"` {
		t.Errorf("%d errors, %q, %d entries, %s", src.Errors, src.Error, src.Entries, src.ETag)
	}
	list, err := s.store.Articles(t.Context(), db.ArticleQuery{Status: state.Incoming})
	if err != nil || len(list) != 2 {
		t.Errorf("%d articles still incoming, %v", len(list), err)
	}
}

func testOddStatus(t *testing.T) {
	for _, status := range []int{204, 205, 206, 226, 300, 301, 302, 305, 307, 308, 399, 202} {
		s := newSim(t, script(always(status, rss("a"), "ETag", `"1"`)), "a").start()
		s.poll()
		src := s.source("a")
		if src.Errors != 1 || src.Entries != 0 || src.ETag != "" || !strings.Contains(src.Error, fmt.Sprint(status)) {
			t.Errorf("%d: %d errors, %q, %d entries", status, src.Errors, src.Error, src.Entries)
		}
		s.stop()
	}
}
