package aggregator

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"courant/aggregator/fetch"
	"courant/aggregator/schedule"
	"courant/db/dbtest"
	"courant/db/record"
	"courant/db/state"
)

// What redirects lead to.
func movePromises() []promise {
	return []promise{
		{"P60", "MUST", "a permanent redirect is kept once three polls over a day proved it, in the store alone", bubble(testPermanent)},
		{"P61", "MUST", "a temporary redirect is followed and never kept", bubble(testTemporary)},
		{"P62", "MUST", "of 301 then 302 only the 301 may be kept", bubble(testPermanentPrefix)},
		{"P63", "MUST", "a redirect to what is no feed is never kept", bubble(testPortal)},
		{"P64", "MUST", "more than ten redirects, or a circle: one error", bubble(testLoop)},
		{"P65", "MUST", "secrets stay with their origin; no downgrade to http unless allowed", bubble(testSecrets)},
		{"P66", "MUST", "no redirect to another scheme or a private address", testRedirectPrivate},
		{"P67", "MUST", "moved to an address that another source polls: merged, one notice", bubble(testMerge)},
		{"P68", "SHOULD", "another address that the feed names is shown, not followed", bubble(testSuggestion)},
	}
}

// redirects sends a.example to b.example by the given status and serves a feed
// there.
func redirects(status int) func(r *http.Request) reply {
	fine := steady(`"1"`, rss("a"))
	return func(r *http.Request) reply {
		if r.URL.Host == "a.example" {
			return answer(status, "", "Location", "http://b.example/feed")
		}
		return fine(r)
	}
}

func testPermanent(t *testing.T) {
	for _, status := range []int{301, 308} {
		s := newSim(t, redirects(status), "a").start()
		s.run(23 * time.Hour)
		if m := schedule.Recall(s.source("a").Extra); m.MovedTo != "" || m.Chain != "http://b.example/feed" || m.ChainPolls < 3 {
			t.Errorf("%d, after 23 hours: %+v", status, m)
		}
		s.run(4 * time.Hour)
		src := s.source("a")
		if m := schedule.Recall(src.Extra); m.MovedTo != "http://b.example/feed" || src.URL != "http://a.example/feed" {
			t.Errorf("%d, after 27 hours: %+v, %s", status, m, src.URL)
		}
		acts, err := record.Actions(t.Context(), s.store, "source", "a")
		if err != nil || len(acts) != 1 || acts[0].What != "moved" || !strings.Contains(acts[0].Detail, "b.example") {
			t.Errorf("%d: noted as %v, %v", status, acts, err)
		}
		s.forget()
		s.restart()
		s.run(6 * time.Hour)
		for _, r := range s.seen() {
			if r.Host != "b.example" || !r.conditional() {
				t.Errorf("%d: asked %s, %v", status, r.URL, r.Header)
			}
		}
		s.list[0].URL = "http://c.example/feed" // the configuration decides again
		if err := s.a.SetSources(t.Context(), s.list); err != nil {
			t.Fatal(err)
		}
		if r := s.poll(); r.Host != "c.example" || r.conditional() {
			t.Errorf("%d: configured anew, asked %s", status, r.URL)
		}
		s.stop()
	}
}

func testTemporary(t *testing.T) {
	for _, status := range []int{302, 303, 307} {
		s := newSim(t, redirects(status), "a").start()
		s.run(4 * 24 * time.Hour)
		n := map[string]int{}
		for _, r := range s.seen() {
			n[r.Host]++
		}
		if m := schedule.Recall(s.source("a").Extra); m.MovedTo != "" || m.Chain != "" || n["a.example"] != n["b.example"] {
			t.Errorf("%d: %+v, %v", status, m, n)
		}
		s.stop()
	}
}

func testPermanentPrefix(t *testing.T) {
	fine := steady(`"1"`, rss("a"))
	s := newSim(t, func(r *http.Request) reply {
		switch r.URL.Host {
		case "a.example":
			return answer(301, "", "Location", "http://b.example/feed")
		case "b.example":
			return answer(302, "", "Location", "http://c.example/feed")
		}
		return fine(r)
	}, "a").start()
	defer s.stop()
	s.run(3 * 24 * time.Hour)
	if m := schedule.Recall(s.source("a").Extra); m.MovedTo != "http://b.example/feed" {
		t.Errorf("%+v", m)
	}
}

func testPortal(t *testing.T) {
	s := newSim(t, func(r *http.Request) reply {
		if r.URL.Host == "a.example" {
			return answer(301, "", "Location", "http://login.portal/")
		}
		return answer(200, `<html><link rel=alternate type=application/rss+xml href=/ads.rss>Log in`, "Content-Type", "text/html")
	}, "a").start()
	defer s.stop()
	s.run(10 * 24 * time.Hour)
	src := s.source("a")
	if m := schedule.Recall(src.Extra); m.MovedTo != "" || m.Chain != "" || src.Errors < 3 || s.articles() != 0 {
		t.Errorf("%+v, %d errors, %d articles", m, src.Errors, s.articles())
	}
}

func testLoop(t *testing.T) {
	s := newSim(t, func(r *http.Request) reply {
		if r.URL.Host == "a.example" {
			return answer(302, "", "Location", "http://a.example/feed")
		}
		return answer(302, "", "Location", r.URL.Path+"x")
	}, "a", "b").start()
	defer s.stop()
	s.run(20 * time.Minute)
	n := map[string]int{}
	for _, r := range s.seen() {
		n[r.Host]++
	}
	a, b := s.source("a"), s.source("b")
	if n["a.example"] != 1 || n["b.example"] != 11 || a.Errors != 1 || b.Errors != 1 || !strings.Contains(a.Error, "circle") || !strings.Contains(b.Error, "redirects") {
		t.Errorf("%v, %q, %q", n, a.Error, b.Error)
	}
}

func testSecrets(t *testing.T) {
	to := ""
	s := newSim(t, nil, "https://user:word@a.example/feed")
	s.list[0].Headers = map[string]string{"X-Key": "secret", "Cookie": "s=1"}
	s.serve = func(r *http.Request) reply {
		if r.URL.Host == "a.example" && r.URL.Path == "/feed" {
			return answer(302, "", "Location", to)
		}
		return answer(200, rss("a"))
	}
	s.start()
	defer s.stop()
	for target, kept := range map[string]bool{
		"https://a.example/other": true, "https://a.example:8443/other": false, "https://b.example/other": false,
		"https://eve:eve@b.example/": false, "http://a.example/other": false,
	} {
		to = target
		s.forget()
		time.Sleep(time.Hour)
		_, got := s.fetch(Select{IDs: []string{"s0"}})
		list := s.seen()
		if first := list[0].Header; first.Get("X-Key") != "secret" || first.Get("Authorization") != "Basic dXNlcjp3b3Jk" {
			t.Errorf("the first request carries %v", first)
		}
		if strings.HasPrefix(target, "http:") {
			if len(list) != 1 || !strings.Contains(got["s0"].Err, "https to http") {
				t.Errorf("downgrade: %d requests, %+v", len(list), got)
			}
			continue
		}
		h := list[len(list)-1].Header
		if has := h.Get("X-Key") != "" || h.Get("Authorization") != "" || h.Get("Cookie") != ""; has != kept || len(list) != 2 {
			t.Errorf("%s: %d requests, the last carries %v", target, len(list), h)
		}
	}
	s.list[0].AllowDowngrade = true
	if err := s.a.SetSources(t.Context(), s.list); err != nil {
		t.Fatal(err)
	}
	to = "http://a.example/other"
	time.Sleep(time.Hour)
	if _, got := s.fetch(Select{IDs: []string{"s0"}}); got["s0"].Err != "" || s.last().Header.Get("X-Key") != "" {
		t.Errorf("allow_downgrade: %+v, %v", got, s.last().Header)
	}
}

func testMerge(t *testing.T) {
	s := newSim(t, redirects(301), "a", "b").start()
	defer s.stop()
	s.run(3 * 24 * time.Hour)
	src := s.source("a")
	if m := schedule.Recall(src.Extra); src.State != state.Merged || m.MergedInto != "b" || src.Errors != 0 {
		t.Errorf("%s, %+v", src.State, m)
	}
	if acts, _ := record.Actions(t.Context(), s.store, "source", "a"); len(acts) != 1 || acts[0].What != "merged" {
		t.Errorf("noted as %v", acts)
	}
	s.forget()
	s.run(24 * time.Hour)
	for _, r := range s.seen() {
		if r.Host != "b.example" {
			t.Errorf("still asked: %s", r.URL)
		}
	}
	s.list = s.list[:1] // b is no more: a is polled again
	if err := s.a.SetSources(t.Context(), s.list); err != nil {
		t.Fatal(err)
	}
	s.forget()
	s.run(3 * time.Hour)
	if len(s.seen()) == 0 || s.source("a").State != state.Active {
		t.Errorf("%d requests, %s", len(s.seen()), s.source("a").State)
	}
}

func testSuggestion(t *testing.T) {
	for name, body := range map[string]string{
		"rel=self":            strings.Replace(rss("a"), "<link>", `<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="self" href="http://new.example/feed"/><link>`, 1),
		"itunes:new-feed-url": strings.Replace(rss("a"), "<link>", `<itunes:new-feed-url xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">http://new.example/feed</itunes:new-feed-url><link>`, 1),
	} {
		s := newSim(t, steady(`"1"`, body), "a").start()
		s.run(3 * 24 * time.Hour)
		m := schedule.Recall(s.source("a").Extra)
		if m.Suggestion != "http://new.example/feed" || m.MovedTo != "" {
			t.Errorf("%s: %+v", name, m)
		}
		for _, r := range s.seen() {
			if r.Host != "a.example" {
				t.Errorf("%s: asked %s", name, r.URL)
			}
		}
		s.stop()
	}
	// A page that refreshes to somewhere else is no feed, and shown.
	s := newSim(t, script(always(200, `<html><meta http-equiv="refresh" content="0; url=http://new.example/feed">`, "Content-Type", "text/html")), "a").start()
	defer s.stop()
	s.run(time.Hour)
	if m := schedule.Recall(s.source("a").Extra); m.Suggestion != "http://new.example/feed" {
		t.Errorf("meta refresh: %+v", m)
	}
	for _, r := range s.seen() {
		if r.Host != "a.example" {
			t.Errorf("meta refresh: asked %s", r.URL)
		}
	}
}

// guarded answers for hosts under .example and leaves the others to the real,
// guarded network.
type guarded struct {
	example func(r *http.Request) reply
	network http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (g guarded) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.URL.Hostname(), ".example") {
		return g.network.RoundTrip(r)
	}
	a := g.example(r)
	return &http.Response{StatusCode: a.status, Header: a.header, Body: io.NopCloser(a.body), Request: r}, nil
}

// privateAddresses lead to this machine or its network, in many spellings.
func privateAddresses() []string {
	return []string{
		"http://127.0.0.1:9/", "http://[::1]:9/", "http://[::ffff:127.0.0.1]:9/", "http://0.0.0.0:9/", "http://[::]:9/",
		"http://10.0.0.1/", "http://192.168.1.1/", "http://172.16.0.1/", "http://169.254.169.254/latest/meta-data/",
		"http://100.64.0.1/", "http://[fd00::1]/", "http://[fe80::1]/", "http://224.0.0.1/", "http://[64:ff9b::7f00:1]:9/",
		"http://[2002:7f00:1::]/", "http://localhost:9/",
	}
}

func testRedirectPrivate(t *testing.T) {
	targets := append(privateAddresses(), "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1:6379/_INFO", "javascript:alert(1)", "data:text/xml,<rss/>")
	network, err := fetch.NewTransport(fetch.Config{Workers: 1}, false)
	if err != nil {
		t.Fatal(err)
	}
	g := guarded{network: network, example: func(r *http.Request) reply {
		i, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
		return answer(302, "", "Location", targets[i])
	}}
	var list []SourceConfig
	for i := range targets {
		list = append(list, SourceConfig{ID: fmt.Sprint(i), URL: fmt.Sprintf("http://h%d.example/%d", i, i)})
	}
	a := newAggregator(t, dbtest.New(t), DefaultConfig(), list, Options{Transport: g})
	_, got := fetchAll(t, a, Select{})
	for i, target := range targets {
		if r := got[fmt.Sprint(i)]; r.Outcome != state.OutcomeFailed || !strings.Contains(r.Err, "private address") && !strings.Contains(r.Err, "neither http nor https") {
			t.Errorf("%s: %+v", target, r)
		}
	}
}
