package aggregator

import (
	"errors"
	"fmt"
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
	"courant/db/push"
	"courant/db/state"
)

// pushing is a source with a hub, and what they are asked.
type pushing struct {
	*Aggregator
	t     *testing.T
	store *db.DB
	feed  *httptest.Server
	hub   *httptest.Server

	mu      sync.Mutex
	entries []string
	polls   int
	asked   []url.Values // of the hub
}

func newPushing(t *testing.T) *pushing {
	p := &pushing{t: t, store: dbtest.New(t), entries: []string{"a"}}
	p.hub = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if r.URL.Path != "/moved" {
			http.Redirect(w, r, "/moved", http.StatusTemporaryRedirect)
			return
		}
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		p.asked = append(p.asked, r.PostForm)
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(p.hub.Close)
	p.feed = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.polls++
		w.Header().Add("Link", `</self>; rel="self"`)
		w.Header().Add("Link", "<"+p.hub.URL+`/hub>; rel="hub"`)
		w.Header().Set("ETag", fmt.Sprintf(`"%d"`, p.polls))
		fmt.Fprint(w, p.document())
	}))
	t.Cleanup(p.feed.Close)
	p.Aggregator = newAggregator(t, p.store, loopbackConfig(), []SourceConfig{{ID: "fed", URL: p.feed.URL, Publish: "auto"}}, Options{
		Site: "http://127.0.0.1:1", Callback: func(token string) string { return "http://127.0.0.1:1/websub/" + token },
	})
	return p
}

// document is the feed as it is; p.mu guards it. The hub that it names is another one
// than its headers name.
func (p *pushing) document() string {
	return strings.Replace(rss(p.entries...), "<link>", `<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="hub" href="https://other.example/"/><link>`, 1)
}

// put changes the feed without a word to its hub.
func (p *pushing) put(entries ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.entries = entries
}

// poll asks the source, and returns what came of it.
func (p *pushing) poll() Result {
	p.t.Helper()
	_, got := fetchAll(p.t, p.Aggregator, Select{All: true})
	s, err := p.store.Source(p.t.Context(), "fed")
	if err != nil {
		p.t.Fatal(err)
	}
	r := got["fed"]
	r.NextDue, r.Reason = s.NextDue, s.Reason // as they are once the new ones are counted
	return r
}

// lastAsked has hubs asked, and returns what the hub was asked last.
func (p *pushing) lastAsked() url.Values {
	p.t.Helper()
	if err := p.askHubs(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.asked) == 0 {
		return nil
	}
	last := p.asked[len(p.asked)-1]
	p.asked = nil
	return last
}

// deliver has the hub deliver a document, and the worker take it in.
func (p *pushing) deliver(body string) db.Source {
	p.t.Helper()
	ctx := p.t.Context()
	if err := p.inbox.Put(ctx, push.Delivery{Source: "fed", ContentType: "application/rss+xml", Body: []byte(body)}, push.Room{Items: 1, Bytes: 1 << 20}); err != nil {
		p.t.Fatal(err)
	}
	p.takeIn()
	if left, err := p.inbox.Waiting(ctx); err != nil || len(left) > 0 {
		p.t.Errorf("left in the inbox: %+v, %v", left, err)
	}
	s, err := p.store.Source(ctx, "fed")
	if err != nil {
		p.t.Fatal(err)
	}
	return s
}

// takeIn has the worker look for deliveries once.
func (p *pushing) takeIn() {
	p.t.Helper()
	e, release := p.use()
	l := &lookout{a: p.Aggregator, engine: e, ctx: p.t.Context()}
	if err := l.deliveries(); err != nil {
		p.t.Fatal(err)
	}
	release() // waits for all that is under way
}

// headlines are those of all articles, in order.
func (p *pushing) headlines() (list []string) {
	p.t.Helper()
	all, err := p.store.Articles(p.t.Context(), db.ArticleQuery{All: true, Limit: 100})
	if err != nil {
		p.t.Fatal(err)
	}
	for _, a := range all {
		list = append(list, a.Headline)
	}
	slices.Sort(list)
	return list
}

// A source that names a hub is subscribed to; what is delivered is taken in as a pass,
// and what it lacks is not deleted; while the hub pushes, polls are rare; when one of
// them finds what was not pushed they come back, until the hub pushes again; who is
// gone is unsubscribed (P47).
func TestFollow(t *testing.T) {
	p := newPushing(t)
	ctx := t.Context()
	if r := p.poll(); r.Err != "" || r.Reason == "its hub pushes" {
		t.Fatalf("%+v", r)
	}
	if err := p.followOne(ctx, <-p.found); err != nil {
		t.Fatal(err)
	}
	asked := p.lastAsked()
	sub, err := p.inbox.Of(ctx, "fed")
	if err != nil {
		t.Fatal(err)
	}
	topic := p.feed.URL + "/self"
	if asked.Get("hub.mode") != "subscribe" || asked.Get("hub.topic") != topic || asked.Get("hub.secret") != sub.Secret ||
		asked.Get("hub.callback") != "http://127.0.0.1:1/websub/"+sub.Token || asked.Get("hub.lease_seconds") != "864000" {
		t.Errorf("the hub was asked %v", asked)
	}
	if again := p.lastAsked(); again != nil {
		t.Errorf("the hub was asked %v again at once", again)
	}
	if r := p.poll(); r.Reason == "its hub pushes" {
		t.Error("polls are rare before the hub confirmed anything")
	}
	if err := p.inbox.Confirm(ctx, sub.Token, push.Subscribe, topic, 10*24*time.Hour); err != nil {
		t.Fatal(err)
	}
	day := 24*time.Hour - time.Minute
	if r := p.poll(); r.Reason != "its hub pushes" || time.Until(r.NextDue) < day {
		t.Errorf("after the subscription: %+v", r)
	}

	explains := func(want string) {
		t.Helper()
		x, err := p.Explain(ctx, "fed")
		if err != nil || !strings.Contains(strings.Join(x.Notes, "\n"), want) {
			t.Errorf("explained by %q, want %q: %v", x.Notes, want, err)
		}
		var sum time.Duration
		for _, share := range x.Shares {
			d, err := time.ParseDuration(share.Wait)
			if err != nil {
				t.Error(err)
			}
			sum += d
		}
		if off := sum - x.NextDue.Sub(x.Last); off.Abs() > time.Second {
			t.Errorf("%v are %s, the next poll is %s after the last", x.Shares, sum, x.NextDue.Sub(x.Last))
		}
	}
	explains("pushes what is new")
	polls := p.polls
	s := p.deliver(rss("b"))
	explains("pushes what is new")
	if got := p.headlines(); !slices.Equal(got, []string{"a", "b"}) || p.polls != polls {
		t.Errorf("after a delivery there is %v, by %d polls", got, p.polls-polls)
	}
	if s.Reason != "its hub pushes" || time.Until(s.NextDue) < day {
		t.Errorf("after a delivery: due %s, %s", s.NextDue, s.Reason)
	}
	if known, err := p.store.PresentEntries(ctx, "fed"); err != nil || len(known) != 2 {
		t.Errorf("%d entries are in the feed, want both: %v", len(known), err)
	}
	if _, total, err := p.Scores(ctx, time.Time{}); err != nil || total.Polls != polls {
		t.Errorf("%d polls are counted, %d were made: %v", total.Polls, polls, err)
	}

	p.put("a", "b") // and the same, byte by byte, from the hub
	if r := p.poll(); r.New != 0 {
		t.Errorf("a poll found anew what was delivered: %+v", r)
	}
	p.deliver(p.document())
	if got := p.headlines(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("after a delivery of what was polled there is %v", got)
	}
	var last db.PassRow
	for pass, err := range p.store.EachPass(ctx, time.Time{}) {
		if err != nil {
			t.Fatal(err)
		}
		if pass.ID > last.ID {
			last = pass
		}
	}
	if last.Outcome != state.OutcomeUnchanged || last.URL != "" {
		t.Errorf("a delivery of what was polled: %+v", last)
	}

	p.put("a", "b", "c") // and the hub says nothing
	if r := p.poll(); r.New != 1 || r.Reason == "its hub pushes" || time.Until(r.NextDue) > day {
		t.Errorf("a poll that found something: %+v", r)
	}
	explains("did not push what a poll found")
	if asked := p.lastAsked(); asked.Get("hub.mode") != "subscribe" {
		t.Errorf("a silent hub was asked %v", asked)
	}
	if r := p.poll(); r.Reason == "its hub pushes" {
		t.Errorf("the next poll trusts a silent hub: %+v", r)
	}
	if s = p.deliver(rss("d")); s.Reason != "its hub pushes" {
		t.Errorf("a hub that is back: %s", s.Reason)
	}
	for _, broken := range []string{"no feed", ""} {
		if after := p.deliver(broken); after.Errors != 0 || after.NextDue != s.NextDue {
			t.Errorf("a delivery of %q counts as a failure of the source", broken)
		}
	}

	if err := p.SetSources(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if err := p.reconcile(ctx); err != nil {
		t.Fatal(err)
	}
	if asked := p.lastAsked(); asked.Get("hub.mode") != "unsubscribe" || asked.Get("hub.topic") != topic || asked.Has("hub.secret") {
		t.Errorf("when the source was gone the hub was asked %v", asked)
	}
	if err := p.inbox.Confirm(ctx, sub.Token, push.Unsubscribe, topic, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := p.inbox.Of(ctx, "fed"); !errors.Is(err, push.ErrNotFound) {
		t.Errorf("the subscription stands: %v", err)
	}
}

// Nothing is subscribed to where nobody elsewhere can reach us, or where it is not
// wanted (P47).
func TestFollowNot(t *testing.T) {
	callback := func(string) string { return "" }
	for _, c := range []struct {
		site    string
		private bool
		want    bool
	}{
		{"https://news.example", false, true},
		{"http://127.0.0.1:8080", false, false},
		{"http://localhost:8080", false, false},
		{"http://10.0.0.1", false, false},
		{"http://[::1]", false, false},
		{"http://server", false, false},
		{"", false, false},
		{"http://127.0.0.1:8080", true, true},
		{"https://192.0.2.1", false, true},
	} {
		config := DefaultConfig()
		config.AllowPrivateNetworks = c.private
		f, err := newFollows(config, Options{Site: c.site, Callback: callback})
		if err != nil || (f.out != nil) != c.want {
			t.Errorf("%q, private %v: subscribes %v, %v", c.site, c.private, f.out != nil, err)
		}
	}
	p := newPushing(t)
	p.poll()
	<-p.found
	no := false
	if err := p.SetSources(t.Context(), []SourceConfig{{ID: "fed", URL: p.feed.URL, WebSub: &no}}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(p.followOne(t.Context(), "fed"), p.reconcile(t.Context())); err != nil {
		t.Fatal(err)
	}
	if list, err := p.inbox.Subscriptions(t.Context()); err != nil || len(list) > 0 {
		t.Errorf("websub = false: %+v, %v", list, err)
	}
}

// silentHubs are hubs of which none at silent.example is reached; it counts what each is asked.
type silentHubs struct {
	mu    sync.Mutex
	asked map[string]int
}

func (h *silentHubs) RoundTrip(r *http.Request) (*http.Response, error) {
	h.mu.Lock()
	h.asked[r.URL.Host]++
	h.mu.Unlock()
	if r.URL.Host == "silent.example" {
		time.Sleep(20 * time.Second)
		return nil, errors.New("nobody answers")
	}
	return &http.Response{StatusCode: http.StatusAccepted, Body: http.NoBody}, nil
}

// A hub that does not answer keeps others waiting for one request, however many
// sources have it.
func TestFollowSilent(t *testing.T) {
	bubble(func(t *testing.T) {
		var ids []string
		for i := range 20 {
			ids = append(ids, fmt.Sprintf("s%02d", i))
		}
		s := newSim(t, func(*http.Request) reply { return answer(200, rss("a")) }, append(ids, "z")...).start()
		defer s.stop()
		hubs := &silentHubs{asked: map[string]int{}}
		s.a.follows = follows{true, hubs, func(token string) string { return "https://news.example/websub/" + token }}
		for _, id := range ids {
			if err := s.a.inbox.Follow(t.Context(), id, "http://silent.example/", "http://"+id+".example/feed"); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.a.inbox.Follow(t.Context(), "z", "http://hub.example/", "http://z.example/feed"); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if err := s.a.askHubs(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took > time.Minute || hubs.asked["silent.example"] != 1 || hubs.asked["hub.example"] != 1 {
			t.Errorf("asked %v in %s", hubs.asked, took)
		}
	})(t)
}
