package hub

import (
	"context"
	"database/sql"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"courant/db"
	"courant/db/dbtest"
	"courant/db/engine"
	"courant/db/push"
	"courant/db/sqlrow"
	"courant/publisher/web"
)

const base = "https://news.example"

// timed is a store with a clock that a test moves, whatever the engine's says.
type timed struct {
	*db.DB
	at *atomic.Int64 // Unix milliseconds
}

func newTimed(d *db.DB) timed {
	t := timed{d, new(atomic.Int64)}
	t.at.Store(time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC).UnixMilli())
	return t
}

func (t timed) Now() time.Time { return time.UnixMilli(t.at.Load()).UTC() }

func (t timed) Clock(context.Context, engine.Asker, time.Time) (time.Time, error) {
	return t.Now(), nil
}

func (t timed) wait(d time.Duration) { t.at.Add(d.Milliseconds()) }

// shelf is a site's feeds: those that a test puts there.
type shelf struct {
	mu   sync.Mutex
	docs map[string]Document
}

func (s *shelf) put(address, contentType, body, news string, scopes ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.docs == nil {
		s.docs = map[string]Document{}
	}
	s.docs[address] = Document{Address: address, ContentType: contentType, Body: []byte(body), News: news, Scopes: scopes}
}

func (s *shelf) remove(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.docs, address)
}

// Topic implements Topics; /feed is another name of /feed.atom.
func (s *shelf) Topic(_ context.Context, address string, _ bool) (Document, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if address == "/feed" {
		address = "/feed.atom"
	}
	d, ok := s.docs[address]
	if !ok {
		return d, ErrGone
	}
	return d, nil
}

// Touched implements Topics.
func (s *shelf) Touched(_ context.Context, scopes []string) (list []string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for address, d := range s.docs {
		for _, name := range scopes {
			if name == d.Scopes[0] {
				list = append(list, address)
				break
			}
		}
	}
	return list, nil
}

// direct reaches everybody but the hosts it is told to refuse.
type direct struct{ http.RoundTripper }

func (direct) Refuses(_ context.Context, u *url.URL) error {
	if u.Hostname() == "10.0.0.1" {
		return http.ErrServerClosed
	}
	return nil
}

// stand is a hub with a store and feeds of its own.
type stand struct {
	t     testing.TB
	clock timed
	feeds *shelf
	*Hub
}

func newStand(t testing.TB) *stand {
	t.Helper()
	s := &stand{t: t, clock: newTimed(dbtest.New(t)), feeds: &shelf{}}
	s.feeds.put("/feed.atom", "application/atom+xml; charset=utf-8", "<feed>1</feed>", "1", "site")
	s.feeds.put("/feed.json", "application/feed+json; charset=utf-8", `{"items":[]}`, "1", "site")
	s.Hub = s.another(s.clock, Own)
	return s
}

// another is another process's hub on the same store.
func (s *stand) another(store push.Store, named string) *Hub {
	transport := &http.Transport{MaxIdleConnsPerHost: perHost}
	s.t.Cleanup(transport.CloseIdleConnections)
	return New(store, Options{
		Base: base, Hub: named, Topics: s.feeds, Out: direct{transport}, Log: slog.New(slog.DiscardHandler), Now: s.clock.Now,
		From: func(*http.Request) netip.Addr { return netip.MustParseAddr("192.0.2.1") },
	})
}

// touch commits a change of scopes, as every change for readers does.
func (s *stand) touch(scopes ...string) {
	s.t.Helper()
	if err := s.clock.Tx(s.t.Context(), func(t *sql.Tx) error {
		var seq int64
		if err := t.QueryRow(`INSERT INTO counter (name, n) VALUES ('change', 1) ON CONFLICT (name) DO UPDATE SET n = counter.n + 1 RETURNING n`).Scan(&seq); err != nil {
			return err
		}
		_, err := t.Exec(`INSERT INTO change (seq, at, scopes) VALUES ($1, $2, $3)`, seq, s.clock.at.Load(), sqlrow.Text(scopes))
		return err
	}, nil); err != nil {
		s.t.Fatal(err)
	}
}

// publish puts news into the feeds and commits that.
func (s *stand) publish(news string) {
	s.t.Helper()
	s.feeds.put("/feed.atom", "application/atom+xml; charset=utf-8", "<feed>"+news+"</feed>", news, "site")
	s.feeds.put("/feed.json", "application/feed+json; charset=utf-8", `{"items":["`+news+`"]}`, news, "site")
	s.touch("site")
}

func marks(t testing.TB, h *Hub) error {
	_, err := h.mark(t.Context())
	return err
}

// work does all that is to be done as of now.
func work(t testing.TB, h *Hub) {
	t.Helper()
	for range 100 {
		if err := marks(t, h); err != nil {
			t.Fatal(err)
		}
		if err := h.lookAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := h.sendTurn(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.flight.wait.Wait()
		if len(h.done) == 0 {
			return
		}
	}
	t.Fatal("there is always more to do")
}

// post asks the hub for something. form are names and values.
func (s *stand) post(form ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	f := url.Values{}
	for i := 0; i < len(form); i += 2 {
		f.Add(form[i], form[i+1])
	}
	r := httptest.NewRequestWithContext(s.t.Context(), http.MethodPost, base+Path, strings.NewReader(f.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if err := web.ParseForm(r); err != nil {
		s.t.Fatal(err)
	}
	w := httptest.NewRecorder()
	if err := s.Handle(w, r); err != nil {
		s.t.Fatal(err)
	}
	return w
}

// subscribe has a subscriber subscribe, and the hub verify that.
func (s *stand) subscribe(sub *subscriber, form ...string) {
	s.t.Helper()
	form = append([]string{"hub.mode", "subscribe", "hub.topic", base + "/feed.atom", "hub.callback", sub.callback()}, form...)
	if w := s.post(form...); w.Code != http.StatusAccepted {
		s.t.Fatalf("subscribe: %d %s", w.Code, w.Body)
	}
	work(s.t, s.Hub)
}

// count is how many subscriptions stand.
func (s *stand) count() int {
	s.t.Helper()
	n, err := s.Count(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// delivery is what a subscriber was sent.
type delivery struct {
	header http.Header
	body   string
}

// subscriber is a callback that records what it is asked and sent.
type subscriber struct {
	server *httptest.Server
	query  string // of the callback

	mu     sync.Mutex
	status int    // of its answer to a delivery
	echo   string // in place of the challenge
	asked  []url.Values
	got    []delivery
}

func newSubscriber(t testing.TB) *subscriber {
	s := &subscriber{status: http.StatusNoContent}
	s.server = httptest.NewServer(s)
	t.Cleanup(s.server.Close)
	return s
}

func (s *subscriber) callback() string { return s.server.URL + "/callback" + s.query }

// ServeHTTP implements http.Handler.
func (s *subscriber) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Method == http.MethodGet {
		q := r.URL.Query()
		s.asked = append(s.asked, q)
		echo := q.Get("hub.challenge")
		if s.echo != "" {
			echo = s.echo
		}
		io.WriteString(w, echo)
		return
	}
	body, _ := io.ReadAll(r.Body)
	s.got = append(s.got, delivery{r.Header.Clone(), string(body)})
	w.WriteHeader(s.status)
}

// answer sets how it answers deliveries.
func (s *subscriber) answer(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status = status
}

// say sets what it says in place of the challenge.
func (s *subscriber) say(echo string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.echo = echo
}

// take returns what was delivered since the last call.
func (s *subscriber) take() []delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	got := s.got
	s.got = nil
	return got
}

// bodies are those of what was delivered since the last call.
func (s *subscriber) bodies() (list []string) {
	for _, d := range s.take() {
		list = append(list, d.body)
	}
	return list
}

// lastAsked is what it was asked last.
func (s *subscriber) lastAsked() url.Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.asked) == 0 {
		return nil
	}
	return s.asked[len(s.asked)-1]
}
