package publisher

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"courant/db"
	"courant/db/dbtest"
	"courant/db/state"
	"courant/publisher/hub"
)

// open reaches everybody.
type open struct{ http.RoundTripper }

func (open) Refuses(context.Context, *url.URL) error { return nil }

// shut reaches nobody.
type shut struct{}

func (shut) Refuses(context.Context, *url.URL) error { return http.ErrNotSupported }

func (shut) RoundTrip(*http.Request) (*http.Response, error) { return nil, http.ErrNotSupported }

// newPushed is a site with a hub, by the clock of the machine: what is delivered is
// due by the store's.
func newPushed(t *testing.T, out hub.Outbound, set ...func(*Settings)) *testSite {
	t.Helper()
	d := dbtest.New(t)
	if err := d.SetSources(t.Context(), slices.Values([]db.Source{{ID: "daily", URL: "https://source.example/feed.xml", Title: "Source Daily"}})); err != nil {
		t.Fatal(err)
	}
	settings := testSettings()
	for _, f := range set {
		f(&settings)
	}
	p, err := New(d, settings, Options{Outbound: out, MaxDelivery: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return &testSite{t: t, clock: &clock{time.Now()}, store: d, Publisher: p}
}

// runHub runs the hub until the test ends.
func (s *testSite) runHub() {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var wait sync.WaitGroup
	wait.Go(func() { s.hub.Run(ctx) })
	s.t.Cleanup(func() { cancel(); wait.Wait() })
}

// sent is a delivery.
type sent struct {
	at     time.Time
	header http.Header
	body   string
}

// follower is a subscriber that takes what it is sent.
type follower struct {
	*httptest.Server
	asked chan url.Values
	got   chan sent
}

func newFollower(t *testing.T) *follower {
	f := &follower{asked: make(chan url.Values, 10), got: make(chan sent, 10)}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			io.WriteString(w, r.FormValue("hub.challenge"))
			f.asked <- r.Form
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		f.got <- sent{time.Now(), r.Header, string(body)}
	}))
	t.Cleanup(f.Close)
	return f
}

// subscribe asks our hub for a topic on behalf of f.
func (s *testSite) subscribe(f *follower, topic string, form ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	v := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {topic}, "hub.callback": {f.URL + "/"}}
	for i := 0; i < len(form); i += 2 {
		v.Set(form[i], form[i+1])
	}
	r := httptest.NewRequest("POST", "/hub", strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w
}

// await is what comes from c, within what a loaded machine may take.
func await[T any](t *testing.T, what string, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(time.Minute):
		t.Fatalf("no %s came", what)
	}
	return v
}

// standing waits until so many subscriptions stand.
func (s *testSite) standing(want int) {
	s.t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		n, err := s.Subscriptions(s.t.Context())
		if err != nil {
			s.t.Fatal(err)
		}
		if n == want {
			return
		}
		if time.Now().After(end) {
			s.t.Fatalf("%d subscriptions, want %d", n, want)
		}
	}
}

// TestWebSub has a test for each statement of WebSub.
func TestWebSub(t *testing.T) {
	t.Run("W1 hub and self in the header and in the feed", testW1)
	t.Run("W2 subscribe and unsubscribe", testW2)
	t.Run("W3 a delivery is the feed as it is fetched", testW3)
	t.Run("W4 410 ends a subscription", testW4)
	t.Run("W5 a private callback is refused", testW5)
	t.Run("W6 a publication is delivered", testW6)
}

// pushedPages are pages of every kind that has feeds.
func pushedPages(a db.Article) []string {
	return []string{"", "/comments", "/corrections", "/section/coast", "/source/daily", "/tag/Energy", a.Published.Format("/archive/2006/01"), a.Published.Format("/archive/2006/01/02"), a.Path()}
}

func testW1(t *testing.T) {
	for _, c := range []struct{ hub, want string }{{"own", base + "/hub"}, {"https://hub.example/?a=b&c=d", "https://hub.example/?a=b&c=d"}, {"", ""}} {
		s := newPushed(t, shut{}, func(s *Settings) { s.Publisher.Hub = c.hub })
		a := s.publish("daily", tidal())[0]
		for _, address := range append(pushedPages(a), "/search?q=tidal") {
			page, q, asked := strings.Cut(address, "?")
			if asked {
				q = "?" + q
			}
			for _, format := range []string{"atom", "rss", "json"} {
				at := page + "/feed." + format + q
				w := s.ask("GET", at)
				if w.Code != http.StatusOK {
					t.Fatalf("%s: %d", at, w.Code)
				}
				want := []string{"<" + base + at + `>; rel="self"`}
				if c.want != "" {
					want = append(want, "<"+c.want+`>; rel="hub"`)
				}
				if got := w.Header()["Link"]; !slices.Equal(got, want) {
					t.Errorf("%s: Link %q, want %q", at, got, want)
				}
				if got := hubsIn(t, format, w.Body.String()); !slices.Equal(got, slices.DeleteFunc([]string{c.want}, func(s string) bool { return s == "" })) {
					t.Errorf("%s names the hubs %q, want %q", at, got, c.want)
				}
			}
		}
		if w := s.subscribe(newFollower(t), base+"/feed.atom"); c.hub != "own" && w.Code != http.StatusNotFound {
			t.Errorf("hub = %q: /hub answers %d", c.hub, w.Code)
		}
	}
}

// hubsIn are the hubs that a feed names.
func hubsIn(t *testing.T, format, body string) (list []string) {
	t.Helper()
	if format == "json" {
		var feed struct{ Hubs []struct{ Type, URL string } }
		if err := json.Unmarshal([]byte(body), &feed); err != nil {
			t.Fatal(err)
		}
		for _, h := range feed.Hubs {
			if h.Type != "WebSub" {
				t.Errorf("a hub of type %q", h.Type)
			}
			list = append(list, h.URL)
		}
		return list
	}
	for _, line := range strings.Split(body, "\n") {
		if _, rest, ok := strings.Cut(line, `link rel="hub" href="`); ok {
			href, _, _ := strings.Cut(rest, `"`)
			list = append(list, strings.ReplaceAll(href, "&amp;", "&"))
		}
	}
	return list
}

func testW2(t *testing.T) {
	s, f := newPushed(t, open{http.DefaultTransport}), newFollower(t)
	s.runHub()
	if w := s.subscribe(f, base+"/feed.atom", "hub.lease_seconds", "7200"); w.Code != http.StatusAccepted {
		t.Fatal(w.Code, w.Body)
	}
	q := await(t, "verification", f.asked)
	if q.Get("hub.mode") != "subscribe" || q.Get("hub.topic") != base+"/feed.atom" || q.Get("hub.challenge") == "" || q.Get("hub.lease_seconds") != "7200" {
		t.Errorf("the callback was asked %v", q)
	}
	s.standing(1)
	if w := s.subscribe(f, base+"/feed.atom", "hub.mode", "unsubscribe"); w.Code != http.StatusAccepted {
		t.Fatal(w.Code, w.Body)
	}
	if q := await(t, "verification", f.asked); q.Get("hub.mode") != "unsubscribe" || q.Get("hub.challenge") == "" {
		t.Errorf("the callback was asked %v", q)
	}
	s.standing(0)
}

func testW3(t *testing.T) {
	s := newPushed(t, open{http.DefaultTransport})
	first := s.publish("daily", tidal())[0]
	draft, err := s.store.Articles(t.Context(), db.ArticleQuery{All: true, Limit: 1})
	if err != nil || len(draft) != 1 {
		t.Fatal(draft, err)
	}
	s.runHub()
	followers := map[string]*follower{}
	for _, page := range pushedPages(first) {
		for _, format := range []string{"atom", "rss", "json"} {
			if strings.HasPrefix(page, "/article") || page == "/comments" || page == "/corrections" {
				continue // what is published now is not in these
			}
			at := page + "/feed." + format
			f := newFollower(t)
			followers[at] = f
			if w := s.subscribe(f, base+at, "hub.secret", "of "+at); w.Code != http.StatusAccepted {
				t.Fatal(at, w.Code, w.Body)
			}
			await(t, "verification of "+at, f.asked)
		}
	}
	s.standing(len(followers))
	second := tidal()
	second.Headline = "The Second Turbine"
	s.publish("daily", second)
	for at, f := range followers {
		d := await(t, "delivery of "+at, f.got)
		fetched := s.ask("GET", at)
		if d.body != fetched.Body.String() || !strings.Contains(d.body, "The Second Turbine") {
			t.Errorf("%s: delivered\n%s\nfetched\n%s", at, d.body, fetched.Body)
		}
		if got, want := d.header.Get("Content-Type"), fetched.Header().Get("Content-Type"); got != want {
			t.Errorf("%s: Content-Type %q, want %q", at, got, want)
		}
		if got, want := d.header["Link"], []string{"<" + base + `/hub>; rel="hub"`, "<" + base + at + `>; rel="self"`}; !slices.Equal(got, want) {
			t.Errorf("%s: Link %q, want %q", at, got, want)
		}
		if got, want := d.header.Get("X-Hub-Signature"), hub.Signature("of "+at, []byte(d.body)); got != want {
			t.Errorf("%s: signed %q, want %q", at, got, want)
		}
	}
}

func testW4(t *testing.T) {
	s := newPushed(t, open{http.DefaultTransport})
	gone := make(chan bool, 10)
	f := newFollower(t)
	f.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			io.WriteString(w, r.FormValue("hub.challenge"))
			return
		}
		w.WriteHeader(http.StatusGone)
		gone <- true
	})
	s.runHub()
	s.subscribe(f, base+"/feed.atom")
	s.standing(1)
	s.publish("daily", tidal())
	await(t, "delivery", gone)
	s.standing(0)
}

func testW5(t *testing.T) {
	s, f := newPushed(t, shut{}), newFollower(t)
	if w := s.subscribe(f, base+"/feed.atom"); w.Code != http.StatusForbidden {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// testW6 also follows a thread, whose news are comments; a comment that waits is
// none, nor is an article that nobody has published.
func testW6(t *testing.T) {
	s := newPushed(t, open{http.DefaultTransport})
	a := s.publish("daily", tidal())[0]
	s.runHub()
	front, thread := newFollower(t), newFollower(t)
	for f, at := range map[*follower]string{front: "/feed.atom", thread: a.Path() + "/feed.atom"} {
		if w := s.subscribe(f, base+at); w.Code != http.StatusAccepted {
			t.Fatal(w.Code, w.Body)
		}
		await(t, "verification", f.asked)
	}
	s.standing(2)
	if _, _, err := s.store.AddComment(t.Context(), db.Comment{Article: a.ID, Name: "Eve", Text: "secret", Status: state.Pending}); err != nil {
		t.Fatal(err)
	}
	s.comment(a.ID, "", "Ann", "Well done.")
	if d := await(t, "delivery of the thread", thread.got); !strings.Contains(d.body, "Well done.") || strings.Contains(d.body, "secret") {
		t.Errorf("the thread is delivered as\n%s", d.body)
	}
	second := tidal()
	second.Headline = "The Second Turbine"
	b := s.publish("daily", second)[0]
	if d := await(t, "delivery of the front page", front.got); !strings.Contains(d.body, "The Second Turbine") {
		t.Errorf("the front page is delivered as\n%s", d.body)
	}
	s.move(b.ID, state.Withdrawn)
	if d := await(t, "delivery of a withdrawal", front.got); !strings.Contains(d.body, "deleted-entry") {
		t.Errorf("a withdrawal is delivered as\n%s", d.body)
	}
}
