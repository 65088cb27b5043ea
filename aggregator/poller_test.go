package aggregator

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/robfig/cron/v3"

	"courant/aggregator/feed"
	"courant/aggregator/normalise"
	"courant/db"
	"courant/db/dbtest"
	"courant/db/dbtest/cluster"
	"courant/db/state"
)

// A promise is a line of what polling owes to servers, with the test that holds
// us to it.
type promise struct {
	id, level, text string
	test            func(t *testing.T)
}

// weeks are the promises that are tried over weeks of polls, which take five minutes
// together where each is some round trips to a server.
var weeks = map[string]bool{
	"P10": true, "P24": true, "P30": true, "P34": true, "P36": true, "P37": true, "P39": true, "P42": true, "P51": true,
	"P55": true, "P60": true, "P61": true, "P62": true, "P67": true, "P68": true, "P71": true, "P72": true, "P74": true, "P75": true,
}

// TestPoller holds the poller to each line, against a scripted server and a fake
// clock; -v prints the table.
func TestPoller(t *testing.T) {
	// The compressor of raw entries is made once a process and has channels of
	// its own: not inside a bubble, which no other could use them from.
	normalise.Make(&feed.Entry{ID: "first"}, normalise.Source{}, nil)
	var table []promise
	for _, part := range [][]promise{validatorPromises(), intervalPromises(), hostPromises(), movePromises(), failurePromises(), limitPromises(), pushPromises()} {
		table = append(table, part...)
	}
	slices.SortFunc(table, func(a, b promise) int { return cmp.Compare(a.id, b.id) })
	var lines []string
	for _, p := range table {
		verdict := "kept"
		if !t.Run(p.id, func(t *testing.T) {
			if weeks[p.id] && os.Getenv("COURANT_TEST_ENGINE") != "postgres" {
				cluster.SQLiteOnly(t, "minutes of round trips: COURANT_TEST_ENGINE=postgres runs it")
			}
			p.test(t)
		}) {
			verdict = "BROKEN"
		}
		lines = append(lines, fmt.Sprintf("%-5s %-6s %-6s %s", p.id, p.level, verdict, p.text))
	}
	t.Log("\n" + strings.Join(lines, "\n"))
}

// request is one that a scripted server got.
type request struct {
	At     time.Time
	Done   time.Time
	URL    string // as asked
	Host   string
	Header http.Header
}

func (r request) conditional() bool {
	return r.Header.Get("If-None-Match") != "" || r.Header.Get("If-Modified-Since") != ""
}

// reply is what a scripted server answers.
type reply struct {
	status int
	header http.Header
	body   io.Reader
	err    error         // instead of an answer
	after  time.Duration // how long it takes
}

// answer makes a reply; headers are name, value, name, value …
func answer(status int, body string, headers ...string) reply {
	r := reply{status: status, header: http.Header{}, body: strings.NewReader(body)}
	for i := 0; i < len(headers); i += 2 {
		r.header.Add(headers[i], headers[i+1])
	}
	return r
}

// sim is an aggregator with a scripted server in the place of the network, both
// inside a bubble of fake time.
type sim struct {
	t         *testing.T
	a         *Aggregator
	store     *db.DB
	c         Config
	list      []SourceConfig
	site      string
	moderator Moderator
	follows   bool // subscribes to hubs
	serve     func(r *http.Request) reply

	script   sync.Mutex // held while serve runs
	mu       sync.Mutex
	requests []request
	step     time.Duration // what was done to the wall clock
	lookout  *lookout
	release  func()
}

// bubble runs f with fake time.
func bubble(f func(t *testing.T)) func(t *testing.T) {
	return func(t *testing.T) { synctest.Test(t, f) }
}

// newSim makes a sim of sources with the given ids or addresses: "a" is
// http://a.example/feed.
func newSim(t *testing.T, serve func(r *http.Request) reply, sources ...string) *sim {
	s := &sim{t: t, c: DefaultConfig(), serve: serve}
	for i, src := range sources {
		if strings.Contains(src, "://") {
			s.list = append(s.list, SourceConfig{ID: fmt.Sprintf("s%d", i), URL: src})
		} else {
			s.list = append(s.list, SourceConfig{ID: src, URL: "http://" + src + ".example/feed"})
		}
	}
	return s
}

func (s *sim) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Add(s.step)
}

// start makes the aggregator, on the store that is there where this is a restart.
func (s *sim) start() *sim {
	s.t.Helper()
	if s.store == nil {
		s.store = dbtest.At(s.t, s.now)
	}
	o := Options{Transport: s, Version: "1.2", Contact: "https://news.example", Site: s.site, Now: s.now, Moderator: s.moderator}
	if s.follows {
		o.Callback = func(token string) string { return s.site + "/websub/" + token }
	}
	s.a = newAggregator(s.t, s.store, s.c, s.list, o)
	if err := s.a.begin(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	s.a.network.resume(s.now())
	var e *engine
	e, s.release = s.a.use()
	planned, err := cron.ParseStandard(s.c.Schedule)
	if err != nil {
		s.t.Fatal(err)
	}
	s.lookout = &lookout{a: s.a, engine: e, planned: planned, ctx: context.WithoutCancel(s.t.Context())}
	return s
}

func (s *sim) stop() { s.release() }

// restart is a new process on the same store.
func (s *sim) restart() {
	s.stop()
	s.start()
}

// run lets the worker work for d of fake time: it looks for due sources every
// five minutes, as the schedule says.
func (s *sim) run(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		s.lookout.tick()
		s.idle(end)
	}
}

// idle lets the time pass to the next look for due sources that can find any,
// at most to end: the looks in between would find none.
func (s *sim) idle(end time.Time) {
	s.t.Helper()
	const every = 5 * time.Minute
	time.Sleep(min(every, time.Until(end)))
	list, err := s.store.Sources(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	next := s.now().Add(time.Until(end))
	for _, src := range list {
		if src.Active() && src.State != state.Gone && src.State != state.Merged && src.NextDue.Before(next) {
			next = src.NextDue
		}
	}
	if skip := next.Sub(s.now()).Truncate(every); skip > 0 {
		time.Sleep(skip)
		s.lookout.last = s.now().Add(-every)
	}
}

// fetch makes a pass by hand.
func (s *sim) fetch(sel Select) (Summary, map[string]Result) {
	s.t.Helper()
	return fetchAll(s.t, s.a, sel)
}

// RoundTrip is the network.
func (s *sim) RoundTrip(r *http.Request) (*http.Response, error) {
	i := func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.requests = append(s.requests, request{At: time.Now(), URL: r.URL.Scheme + "://" + r.URL.Host + r.URL.RequestURI(), Host: r.URL.Hostname(), Header: r.Header.Clone()})
		return len(s.requests) - 1
	}()
	a := func() reply { // one at a time: scripts count
		s.script.Lock()
		defer s.script.Unlock()
		return s.serve(r)
	}()
	if a.after > 0 {
		select {
		case <-time.After(a.after):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	s.mu.Lock()
	s.requests[i].Done = time.Now()
	s.mu.Unlock()
	if a.err != nil {
		return nil, &url.Error{Op: "Get", URL: r.URL.String(), Err: a.err}
	}
	body := a.body
	if body == nil {
		body = strings.NewReader("")
	}
	return &http.Response{StatusCode: a.status, Header: a.header, Body: io.NopCloser(body), ContentLength: -1, Request: r}, nil
}

// seen are the requests so far.
func (s *sim) seen() []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// forget forgets the requests so far.
func (s *sim) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}

// last is the newest request.
func (s *sim) last() request {
	s.t.Helper()
	all := s.seen()
	if len(all) == 0 {
		s.t.Fatal("no request was made")
	}
	return all[len(all)-1]
}

// source is a source as stored.
func (s *sim) source(id string) db.Source {
	s.t.Helper()
	src, err := s.store.Source(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return src
}

// passes are the rows of a source, newest first.
func (s *sim) passes(id string) []db.PassRow {
	s.t.Helper()
	var rows []db.PassRow
	for p, err := range s.store.EachPass(s.t.Context(), time.Time{}) {
		if err != nil {
			s.t.Fatal(err)
		}
		if p.Source == id {
			rows = append(rows, p)
		}
	}
	slices.Reverse(rows)
	return rows
}

// articles is how many there are.
func (s *sim) articles() int {
	s.t.Helper()
	list, err := s.store.Articles(s.t.Context(), db.ArticleQuery{All: true})
	if err != nil {
		s.t.Fatal(err)
	}
	return len(list)
}

// gaps are the times between the starts of successive requests for an address.
func (s *sim) gaps(address string) (gaps []time.Duration) {
	var before time.Time
	for _, r := range s.seen() {
		if r.URL != address {
			continue
		}
		if !before.IsZero() {
			gaps = append(gaps, r.At.Sub(before))
		}
		before = r.At
	}
	return gaps
}

// wait is how long after its last pass a source is due.
func (s *sim) wait(id string) time.Duration {
	s.t.Helper()
	src := s.source(id)
	if src.NextDue.IsZero() {
		s.t.Fatalf("%s is never due: %s", id, src.Reason)
	}
	return src.NextDue.Sub(src.LastPass)
}

// within reports a wait outside [least, most].
func (s *sim) within(what string, got, least, most time.Duration) {
	s.t.Helper()
	if got < least || got > most {
		s.t.Errorf("%s: %s, want from %s to %s", what, got, least, most)
	}
}

// poll makes one automatic poll of source "a", however long its interval, and
// returns the request.
func (s *sim) poll() request {
	s.t.Helper()
	n := len(s.seen())
	for range 400 * 24 * 12 {
		s.lookout.tick()
		s.idle(time.Now().Add(24 * time.Hour))
		if all := s.seen(); len(all) > n {
			return all[n]
		}
	}
	s.t.Fatal("never polled again")
	return request{}
}

// steady is a server that knows its validators.
func steady(etag, body string, headers ...string) func(r *http.Request) reply {
	return func(r *http.Request) reply {
		headers := append([]string{"ETag", etag}, headers...)
		if r.Header.Get("If-None-Match") == etag {
			return answer(http.StatusNotModified, "", headers...)
		}
		return answer(http.StatusOK, body, headers...)
	}
}

// script answers with one reply after the other, the last for ever.
func script(replies ...func() reply) func(r *http.Request) reply {
	n := 0
	var mu sync.Mutex
	return func(*http.Request) reply {
		mu.Lock()
		defer mu.Unlock()
		n++
		return replies[min(n, len(replies))-1]()
	}
}

// always answers the same.
func always(status int, body string, headers ...string) func() reply {
	return func() reply { return answer(status, body, headers...) }
}
