package aggregator

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"courant/db"
	"courant/db/dbtest"
	"courant/db/setting"
	"courant/db/state"
)

// loopbackConfig is for servers on loopback that tests may ask as often as
// they like.
func loopbackConfig() Config {
	c := DefaultConfig()
	c.AllowPrivateNetworks = true
	c.PerHostGap, c.MinInterval, c.ManualGap = setting.Every(0), setting.Every(0), setting.Every(0)
	return c
}

// rss is a feed with the given entries, each its own guid, title and body.
func rss(entries ...string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0"?><rss version="2.0"><channel><title>Tidal</title><link>http://tidal.example/</link>`)
	for _, e := range entries {
		fmt.Fprintf(&b, `<item><guid isPermaLink="false">%[1]s</guid><title>%[1]s</title><link>http://tidal.example/%[1]s</link><description>About %[1]s.</description></item>`, e)
	}
	b.WriteString(`</channel></rss>`)
	return b.String()
}

func newAggregator(t *testing.T, store *db.DB, c Config, list []SourceConfig, o Options) *Aggregator {
	t.Helper()
	a, err := New(store, c, list, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.SetSources(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	return a
}

// fetchAll makes one pass over every source and returns the results by source.
func fetchAll(t *testing.T, a *Aggregator, sel Select) (Summary, map[string]Result) {
	t.Helper()
	got := map[string]Result{}
	sum, err := a.Fetch(t.Context(), sel, func(r Result) { got[r.Source] = r })
	if err != nil {
		t.Fatal(err)
	}
	return sum, got
}

// One source that panics, one that fails and one that is no feed take nothing
// from the others.
func TestFetchKeepsSourcesApart(t *testing.T) {
	var fine atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/fine":
			fine.Add(1)
			w.Header().Set("ETag", `"1"`)
			if r.Header.Get("If-None-Match") == `"1"` {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			fmt.Fprint(w, rss("a", "b"))
		case "/html":
			fmt.Fprint(w, "<!doctype html><title>no feed</title>")
		default:
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	defer s.Close()
	store := dbtest.New(t)
	a := newAggregator(t, store, loopbackConfig(), []SourceConfig{
		{ID: "panics", URL: s.URL + "/panics"},
		{ID: "fine", URL: s.URL + "/fine"},
		{ID: "html", URL: s.URL + "/html"},
		{ID: "broken", URL: s.URL + "/500"},
	}, Options{Transport: panicking{"/panics"}})

	sum, got := fetchAll(t, a, Select{All: true})
	if sum.Sources != 4 || sum.New != 2 || sum.Failed != 3 {
		t.Errorf("first pass: %+v", sum)
	}
	for id, why := range map[string]string{"panics": "a fault of ours", "html": "not a feed", "broken": "500"} {
		if !strings.Contains(got[id].Err, why) {
			t.Errorf("%s: %q does not say %q", id, got[id].Err, why)
		}
	}
	sum, got = fetchAll(t, a, Select{IDs: []string{"fine"}})
	if sum.New != 0 || got["fine"].Outcome != state.OutcomeNotModified || fine.Load() != 2 {
		t.Errorf("second pass: %+v %+v, %d requests", sum, got, fine.Load())
	}
	if _, err := a.Fetch(t.Context(), Select{IDs: []string{"nosuch"}}, nil); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("an unknown id: %v", err)
	}
}

// panicking is the network, but for one path where our own code breaks.
type panicking struct{ path string }

func (p panicking) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path == p.path {
		panic("as tests want it")
	}
	return http.DefaultTransport.RoundTrip(r)
}

// Asked for by hand, a source is left alone for manual_gap, and one that is
// not due is not asked by a plain pass.
func TestFetchTooSoon(t *testing.T) {
	var requests atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		w.Header().Set("ETag", `"1"`)
		fmt.Fprint(w, rss("a"))
	}))
	defer s.Close()
	c := DefaultConfig()
	c.AllowPrivateNetworks = true
	a := newAggregator(t, dbtest.New(t), c, []SourceConfig{{ID: "one", URL: s.URL}}, Options{})
	if sum, _ := fetchAll(t, a, Select{}); sum.New != 1 {
		t.Errorf("first pass: %+v", sum)
	}
	if sum, _ := fetchAll(t, a, Select{}); sum.Sources != 0 {
		t.Errorf("a plain pass right after: %+v", sum)
	}
	for name, sel := range map[string]Select{"all": {All: true}, "named": {IDs: []string{"one"}}} {
		if _, got := fetchAll(t, a, sel); got["one"].Outcome != state.OutcomeTooSoon {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if requests.Load() != 1 {
		t.Errorf("%d requests, want 1", requests.Load())
	}
}

// A due time that was set under another configuration is held to today's
// min_interval (P30).
func TestFetchLongerInterval(t *testing.T) {
	var requests atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		if r.URL.Path == "/broken" {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.Header().Set("ETag", `"1"`)
		fmt.Fprint(w, rss("a"))
	}))
	defer s.Close()
	store := dbtest.New(t)
	list := []SourceConfig{{ID: "fine", URL: s.URL}, {ID: "broken", URL: s.URL + "/broken"}}
	fetchAll(t, newAggregator(t, store, loopbackConfig(), list, Options{}), Select{All: true})
	c := loopbackConfig()
	c.MinInterval = DefaultConfig().MinInterval
	if sum, got := fetchAll(t, newAggregator(t, store, c, list, Options{}), Select{}); sum.Sources != 0 || requests.Load() != 2 {
		t.Errorf("%+v, %d requests", got, requests.Load())
	}
}

// Many feeds of one host that cannot be found are failures, and the pass ends.
func TestFetchLostHost(t *testing.T) {
	const n = 200
	transport := roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.URL.Hostname() == "lost.example" {
			return nil, &net.DNSError{Err: "no such host", Name: "lost.example", IsNotFound: true}
		}
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(rss("a"))), Request: r}, nil
	})
	list := []SourceConfig{{ID: "fine", URL: "http://fine.example/"}}
	for i := range n {
		list = append(list, SourceConfig{ID: fmt.Sprint(i), URL: fmt.Sprintf("http://lost.example/%d", i)})
	}
	for name, sources := range map[string][]SourceConfig{"beside another": list, "alone, a second is configured": append(list[1:], SourceConfig{ID: "paused", URL: "http://x.example/", Paused: true})} {
		a := newAggregator(t, dbtest.New(t), loopbackConfig(), sources, Options{Transport: transport})
		if sum, _ := fetchAll(t, a, Select{All: true}); sum.Failed != n {
			t.Errorf("%s: %+v", name, sum)
		}
	}
}

// Two sources with one address are served by one request (P44).
func TestFetchTwins(t *testing.T) {
	var requests atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		fmt.Fprint(w, rss("a"))
	}))
	defer s.Close()
	a := newAggregator(t, dbtest.New(t), loopbackConfig(), []SourceConfig{{ID: "one", URL: s.URL + "/x"}, {ID: "two", URL: s.URL + "/x#top"}}, Options{})
	if sum, _ := fetchAll(t, a, Select{All: true}); sum.New != 2 || requests.Load() != 1 {
		t.Errorf("%+v with %d requests", sum, requests.Load())
	}
}

// The worker goes on after a source that panics once: the job that recovers
// stands inside the one that skips, so no token is lost.
func TestRunOutlivesPanic(t *testing.T) {
	var requests atomic.Int32
	again := make(chan struct{}, 8)
	transport := roundTripper(func(r *http.Request) (*http.Response, error) {
		if requests.Add(1) == 1 {
			panic("as tests want it")
		}
		again <- struct{}{}
		return http.DefaultTransport.RoundTrip(r)
	})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, rss("a")) }))
	defer s.Close()
	c := loopbackConfig()
	c.Schedule = "@every 1s"
	c.MaxInterval = setting.Every(time.Millisecond)
	store := dbtest.New(t)
	a := newAggregator(t, store, c, []SourceConfig{{ID: "one", URL: s.URL}}, Options{Transport: transport})
	ctx, cancel := contextOf(t)
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	select {
	case <-again:
	case <-time.After(10 * time.Second):
		t.Error("never asked again")
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if list, err := store.Articles(t.Context(), db.ArticleQuery{All: true}); err != nil || len(list) != 1 {
		t.Errorf("articles after the stop: %v %v", list, err)
	}
}
