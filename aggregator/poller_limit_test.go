package aggregator

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"courant/db"
	"courant/db/dbtest"
	"courant/db/setting"
	"courant/db/state"
)

// What no server can do to us, and what each poll leaves behind.
func limitPromises() []promise {
	return []promise{
		{"P90", "MUST", "silent and dripping servers are cut, others are on time", bubble(testSilence)},
		{"P91", "MUST", "a body past the limit is cut, counted, and the source is due later", bubble(testLargeBody)},
		{"P92", "MUST", "a gzip bomb is cut at the limit, in bounded memory", testGzipBomb},
		{"P93", "MUST", "private addresses are refused when they are dialled", testPrivateDial},
		{"P94", "MUST", "other schemes than http and https are refused", testScheme},
		{"P95", "MUST", "a bad TLS certificate is refused, unless the source allows it", testBadCertificate},
		{"P96", "SHOULD", "feeds of one host share a connection", testConnectionReuse},
		{"P97", "MUST", "user:pass@ goes out as Basic and appears nowhere", bubble(testUserinfo)},
		{"P98", "SHOULD", "IDN hosts in punycode, IRIs percent-encoded, the same each time", bubble(testInternational)},
		{"P101", "SHOULD", "the comment feed of an article is polled while its thread is alive, conditionally, decaying to nothing", testThreads},
		{"P102", "SHOULD", "a source that leaves the configuration is polled no more; its articles stay", bubble(testLeaves)},
		{"P104", "MUST", "each poll leaves a row", bubble(testRow)},
		{"P105", "MUST", "seven days against a quiet feed with max-age=43200", bubble(testQuietWeek)},
	}
}

// drip is a body that gives a byte every so often until the request is given up.
type drip struct {
	ctx   context.Context
	every time.Duration
}

// Read implements io.Reader.
func (d drip) Read(p []byte) (int, error) {
	select {
	case <-time.After(d.every):
		p[0] = ' '
		return 1, nil
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	}
}

func testSilence(t *testing.T) {
	fine := steady(`"1"`, rss("a"))
	s := newSim(t, nil, "silent", "slow", "halt", "fine")
	s.serve = func(r *http.Request) reply {
		switch r.URL.Hostname() {
		case "silent.example":
			return reply{after: 24 * time.Hour}
		case "slow.example":
			return reply{status: 200, header: http.Header{}, body: drip{r.Context(), time.Second}}
		case "halt.example":
			return reply{status: 200, header: http.Header{}, body: io.MultiReader(strings.NewReader("<rss>"), drip{r.Context(), 24 * time.Hour})}
		}
		return fine(r)
	}
	s.c.Workers = 3
	s.start()
	defer s.stop()
	s.run(4 * time.Minute)
	for id, most := range map[string]time.Duration{"silent": 20 * time.Second, "slow": 30 * time.Second, "halt": 10 * time.Second} {
		rows := s.passes(id)
		if src := s.source(id); len(rows) != 1 || rows[0].Took > most || src.Errors != 1 || src.NextDue.IsZero() || src.Error == "" {
			t.Errorf("%s: %+v, %q", id, rows, src.Error)
		}
	}
	if s.source("fine").Entries != 1 || len(s.a.engine.slots) > 1 {
		t.Errorf("fine has %d entries; %d workers are held", s.source("fine").Entries, len(s.a.engine.slots))
	}
}

// endless gives spaces for ever and counts them.
type endless struct{ n *atomic.Int64 }

// Read implements io.Reader.
func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	e.n.Add(int64(len(p)))
	return len(p), nil
}

func testLargeBody(t *testing.T) {
	var sent atomic.Int64
	s := newSim(t, func(*http.Request) reply {
		return reply{status: 200, header: http.Header{}, body: io.MultiReader(strings.NewReader("<rss>"), endless{&sent})}
	}, "a").start()
	defer s.stop()
	s.poll()
	src := s.source("a")
	if src.Errors != 1 || !strings.Contains(src.Error, "max_body") || sent.Load() > 13<<20 {
		t.Errorf("%d errors, %q after %d bytes", src.Errors, src.Error, sent.Load())
	}
	s.within("the next poll", s.wait("a"), time.Hour, 24*time.Hour)
}

func testGzipBomb(t *testing.T) {
	var block bytes.Buffer // 16 MiB of nothing, packed
	z, _ := gzip.NewWriterLevel(&block, 9)
	z.Write(make([]byte, 16<<20))
	z.Close()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		for range 640 { // 10 GiB
			if _, err := w.Write(block.Bytes()); err != nil {
				return
			}
		}
	}))
	defer srv.Close()
	var list []SourceConfig
	for i := range 8 {
		list = append(list, SourceConfig{ID: fmt.Sprint(i), URL: fmt.Sprintf("%s/%d", srv.URL, i)})
	}
	a := newAggregator(t, dbtest.New(t), loopbackConfig(), list, Options{})
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	_, got := fetchAll(t, a, Select{})
	runtime.ReadMemStats(&after)
	for id, r := range got {
		if !strings.Contains(r.Err, "max_body") {
			t.Errorf("%s: %+v", id, r)
		}
	}
	if more := int64(after.Sys) - int64(before.Sys); more > 64<<20 || time.Since(start) > 10*time.Second {
		t.Errorf("eight bombs took %d MiB and %s", more>>20, time.Since(start))
	}
}

func testPrivateDial(t *testing.T) {
	var asked atomic.Int32
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) })}
	go srv.Serve(l)
	defer srv.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	addresses := append(privateAddresses(), "http://localhost:"+port+"/", "http://127.0.0.1:"+port+"/", "http://[::ffff:127.0.0.1]:"+port+"/")
	var list []SourceConfig
	for i, address := range addresses {
		list = append(list, SourceConfig{ID: fmt.Sprint(i), URL: address})
	}
	c := DefaultConfig()
	c.PerHostGap = setting.Every(0)
	a := newAggregator(t, dbtest.New(t), c, list, Options{})
	_, got := fetchAll(t, a, Select{})
	for i, address := range addresses {
		if r := got[fmt.Sprint(i)]; !strings.Contains(r.Err, "private address") {
			t.Errorf("%s: %+v", address, r)
		}
	}
	if asked.Load() != 0 {
		t.Errorf("%d requests reached the private server", asked.Load())
	}
}

func testScheme(t *testing.T) {
	for _, address := range []string{"file:///etc/passwd", "ftp://a.example/", "gopher://a.example/", "feed://a.example/", "javascript:1"} {
		if err := (SourceConfig{ID: "a", URL: address}).Validate(); err == nil {
			t.Errorf("%s is accepted in the configuration", address)
		}
	}
	var list []SourceConfig
	for i, address := range []string{"file:///etc/passwd", "ftp://a.example/"} { // had it not been checked
		list = append(list, SourceConfig{ID: fmt.Sprint(i), URL: address})
	}
	a := newAggregator(t, dbtest.New(t), DefaultConfig(), list, Options{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
		t.Error("a request was made")
		return nil, io.EOF
	})})
	_, got := fetchAll(t, a, Select{})
	for id, r := range got {
		if !strings.Contains(r.Err, "neither http nor https") {
			t.Errorf("%s: %+v", id, r)
		}
	}
}

func testBadCertificate(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, rss("a")) }))
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	srv.StartTLS()
	defer srv.Close()
	a := newAggregator(t, dbtest.New(t), loopbackConfig(), []SourceConfig{{ID: "strict", URL: srv.URL + "/1"}, {ID: "lax", URL: srv.URL + "/2", InsecureTLS: true}}, Options{})
	_, got := fetchAll(t, a, Select{})
	if !strings.Contains(got["strict"].Err, "certificate") || got["lax"].Outcome != state.OutcomeNew {
		t.Errorf("%+v", got)
	}
	if x, err := a.Explain(t.Context(), "lax"); err != nil || !strings.Contains(fmt.Sprint(x), "insecure_tls") {
		t.Errorf("its status does not say so: %v, %v", x, err)
	}
}

func testConnectionReuse(t *testing.T) {
	var connections atomic.Int32
	for name, start := range map[string]func(*httptest.Server){
		"http/1.1": (*httptest.Server).Start,
		"h2":       func(s *httptest.Server) { s.EnableHTTP2 = true; s.StartTLS() },
	} {
		connections.Store(0)
		srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/1":
				w.WriteHeader(http.StatusNotFound)
			case "/2":
				http.Redirect(w, r, "/3", http.StatusFound)
			default:
				fmt.Fprint(w, rss("a"))
			}
		}))
		srv.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				connections.Add(1)
			}
		}
		start(srv)
		var list []SourceConfig
		for i := range 10 {
			list = append(list, SourceConfig{ID: fmt.Sprint(i), URL: fmt.Sprintf("%s/%d", srv.URL, i), InsecureTLS: true})
		}
		a := newAggregator(t, dbtest.New(t), loopbackConfig(), list, Options{})
		if sum, got := fetchAll(t, a, Select{}); sum.Failed != 1 {
			t.Errorf("%s: %+v", name, got)
		}
		if n := connections.Load(); n != 1 {
			t.Errorf("%s: %d connections for ten feeds of one host", name, n)
		}
		srv.Close()
	}
}

func testUserinfo(t *testing.T) {
	var log bytes.Buffer
	answers := script(always(200, rss("a"), "ETag", `"1"`), always(500, ""), always(302, "", "Location", "/other"), always(404, ""))
	s := newSim(t, answers, "http://ann:s3cret@a.example/feed")
	s.store = dbtest.At(t, s.now)
	a, err := New(s.store, s.c, s.list, Options{Transport: s, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})), Now: s.now})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.SetSources(t.Context(), s.list); err != nil {
		t.Fatal(err)
	}
	var all []string
	for range 3 {
		_, got := fetchAll(t, a, Select{IDs: []string{"s0"}})
		all = append(all, fmt.Sprint(got))
		time.Sleep(2 * time.Hour)
	}
	for _, r := range s.seen()[:3] {
		if r.Header.Get("Authorization") != "Basic YW5uOnMzY3JldA==" || strings.Contains(r.URL, "ann") {
			t.Errorf("%s, %v", r.URL, r.Header)
		}
	}
	x, err := a.Explain(t.Context(), "s0")
	all = append(all, log.String(), fmt.Sprint(s.source("s0"), s.passes("s0"), x, err))
	if text := strings.Join(all, "\n"); strings.Contains(text, "s3cret") || strings.Contains(text, "ann:") {
		t.Errorf("the password is in %s", text)
	}
}

func testInternational(t *testing.T) {
	s := newSim(t, steady(`"1"`, rss("a")), "http://BÜCHER.example/straße?q=ä b&x=%C3%A4", "http://xn--bcher-kva.example/Ünï").start()
	defer s.stop()
	s.run(3 * time.Hour)
	asked := map[string]int{}
	for _, r := range s.seen() {
		asked[r.URL]++
	}
	for _, want := range []string{"http://xn--bcher-kva.example/stra%C3%9Fe?q=%C3%A4%20b&x=%C3%A4", "http://xn--bcher-kva.example/%C3%9Cn%C3%AF"} {
		if asked[want] < 2 {
			t.Errorf("asked %v, want %s", asked, want)
		}
	}
	if len(asked) != 2 {
		t.Errorf("asked %v", asked)
	}
}

func testLeaves(t *testing.T) {
	s := newSim(t, steady(`"1"`, rss("a")), "a", "b").start()
	defer s.stop()
	s.run(10 * time.Minute)
	s.list = s.list[1:]
	if err := s.a.SetSources(t.Context(), s.list); err != nil {
		t.Fatal(err)
	}
	s.forget()
	s.run(24 * time.Hour)
	for _, r := range s.seen() {
		if r.Host != "b.example" {
			t.Errorf("asked %s", r.URL)
		}
	}
	if s.source("a").Configured || s.articles() != 2 {
		t.Errorf("configured %t, %d articles", s.source("a").Configured, s.articles())
	}
}

func testRow(t *testing.T) {
	s := newSim(t, script(always(200, rss("a", "b"), "ETag", `"1"`, "Cache-Control", "max-age=7200"), always(304, ""), always(500, ""), always(302, "", "Location", "http://b.example/x"), always(404, "")), "a").start()
	defer s.stop()
	for range 4 {
		s.poll()
	}
	rows := s.passes("a")
	if len(rows) != 4 {
		t.Fatalf("%d rows", len(rows))
	}
	for i, want := range []db.PassRow{
		{URL: "http://b.example/x", Status: 404, Outcome: state.OutcomeFailed, Reason: "404"},
		{URL: "http://a.example/feed", Status: 500, Conditional: true, Outcome: state.OutcomeFailed, Reason: "back-off"},
		{URL: "http://a.example/feed", Status: 304, Conditional: true, Outcome: state.OutcomeNotModified, Reason: "max-age=7200"},
		{URL: "http://a.example/feed", Status: 200, Bytes: int64(len(rss("a", "b"))), Outcome: state.OutcomeNew, New: 2, Reason: "max-age=7200"},
	} {
		got := rows[i]
		if got.URL != want.URL || got.Status != want.Status || got.Bytes != want.Bytes || got.Conditional != want.Conditional ||
			got.Outcome != want.Outcome || got.New != want.New || !strings.Contains(got.Reason, want.Reason) || !got.NextDue.After(got.At) {
			t.Errorf("row %d: %+v, want %+v", i, got, want)
		}
	}
	if src := s.source("a"); !src.NextDue.Equal(rows[0].NextDue) || src.Reason != rows[0].Reason {
		t.Errorf("the source is due at %s because of %q", src.NextDue, src.Reason)
	}
}

func testQuietWeek(t *testing.T) {
	const date = "Fri, 31 Dec 1999 00:00:00 GMT"
	s := newSim(t, steady(`W/"x y"`, rss("a"), "Last-Modified", date, "Cache-Control", "max-age=43200", "Set-Cookie", "a=b"), "a").start()
	defer s.stop()
	for range 7 {
		s.run(24 * time.Hour)
		s.restart()
	}
	list := s.seen()
	unconditional := 0
	for i, r := range list {
		if !r.conditional() {
			unconditional++
		} else if r.Header.Get("If-None-Match") != `W/"x y"` || r.Header.Get("If-Modified-Since") != date {
			t.Errorf("request %d: %v", i, r.Header)
		}
		if r.Header.Get("Cookie") != "" || r.Header.Get("Referer") != "" || strings.Contains(r.URL, "?") {
			t.Errorf("request %d: %s, %v", i, r.URL, r.Header)
		}
		if i > 0 && r.At.Sub(list[i-1].At) < 43200*time.Second {
			t.Errorf("request %d comes %s after the one before", i, r.At.Sub(list[i-1].At))
		}
	}
	if unconditional != 1 || len(list) < 8 || len(list) > 15 {
		t.Errorf("%d requests, %d unconditional", len(list), unconditional)
	}
}
