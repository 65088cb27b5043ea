package aggregator

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"courant/db"
	"courant/db/push"
)

// What we need not ask for: what hubs push, and what servers leave out.
func pushPromises() []promise {
	return []promise{
		{"P47", "MUST", "a hub pushes: at most one poll a day; one that finds something new restores polling; leases are renewed", bubble(testHub)},
		{"P78", "SHOULD", "A-IM: feed; 226 is a delta, whose gaps delete nothing; 226 unasked is an error", bubble(testDelta)},
	}
}

// hubbed is a sim whose source "a" names a hub, which takes all that it is asked.
type hubbed struct {
	*sim
	etag  string
	body  string
	asked []url.Values
}

const hubTopic = "http://a.example/feed"

func newHubbed(t *testing.T) *hubbed {
	h := &hubbed{etag: `"1"`, body: rss("a")}
	h.sim = newSim(t, func(r *http.Request) reply {
		if r.URL.Hostname() == "hub.example" {
			if err := r.ParseForm(); err != nil {
				t.Error(err)
			}
			h.asked = append(h.asked, r.PostForm)
			return answer(http.StatusAccepted, "")
		}
		return steady(h.etag, h.body, "Link", `<http://hub.example/>; rel="hub"`)(r)
	}, "a")
	h.site, h.follows = "https://news.example", true
	return h
}

// askHub has hubs asked, and returns the mode of what this one was asked last; "" for
// nothing.
func (h *hubbed) askHub() string {
	h.t.Helper()
	if err := h.a.askHubs(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	h.script.Lock()
	defer h.script.Unlock()
	if len(h.asked) == 0 {
		return ""
	}
	last := h.asked[len(h.asked)-1]
	h.asked = nil
	return last.Get("hub.mode")
}

// confirm is the hub's word that it does as it was asked, for ten days.
func (h *hubbed) confirm(mode string) {
	h.t.Helper()
	s, err := h.a.inbox.Of(h.t.Context(), "a")
	if err == nil {
		err = h.a.inbox.Confirm(h.t.Context(), s.Token, mode, hubTopic, 10*24*time.Hour)
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

// age makes the subscription older, by whatever clock the store has.
func (h *hubbed) age(d time.Duration) {
	h.t.Helper()
	err := h.store.Tx(h.t.Context(), func(t *sql.Tx) error {
		_, err := t.ExecContext(h.t.Context(), `UPDATE subscription SET expires = expires - $1, due = due - $1`, d.Milliseconds())
		return err
	}, nil)
	if err != nil {
		h.t.Fatal(err)
	}
}

// polls are how often the source was asked in so many days.
func (h *hubbed) polls(days int) (n int) {
	h.forget()
	h.run(time.Duration(days) * 24 * time.Hour)
	for _, r := range h.seen() {
		if r.URL == hubTopic {
			n++
		}
	}
	return n
}

func testHub(t *testing.T) {
	h := newHubbed(t)
	h.start()
	defer func() { h.stop() }()
	ctx := t.Context()
	before := h.polls(3)
	if err := h.a.followOne(ctx, <-h.a.found); err != nil {
		t.Fatal(err)
	}
	if mode := h.askHub(); mode != push.Subscribe {
		t.Fatalf("the hub was asked to %q", mode)
	}
	h.confirm(push.Subscribe)
	h.poll()
	if n := h.polls(5); n < 4 || n > 5 || before < 6 {
		t.Errorf("%d polls in five days with a hub that pushes, %d in three without", n, before)
	}

	h.etag, h.body = `"2"`, rss("a", "b") // and the hub says nothing
	h.poll()
	if src := h.source("a"); src.NextDue.Sub(src.LastPass) > 12*time.Hour {
		t.Errorf("a poll that found something: %s until the next, %s", src.NextDue.Sub(src.LastPass), src.Reason)
	}
	if mode := h.askHub(); mode != push.Subscribe {
		t.Errorf("a silent hub was asked to %q", mode)
	}
	h.confirm(push.Subscribe)
	if n := h.polls(3); n < 6 {
		t.Errorf("%d polls in three days of a hub that was silent", n)
	}
	h.etag, h.body = `"3"`, rss("a", "b", "c")
	h.deliver(h.body)
	if src := h.source("a"); src.Reason != "its hub pushes" {
		t.Errorf("a hub that is back: %s", src.Reason)
	}
	h.poll() // which finds nothing that was not pushed
	if n := h.polls(3); n > 3 {
		t.Errorf("%d polls in three days with a hub that is back", n)
	}

	renew := func() {
		t.Helper()
		if err := h.a.inbox.Doubt(ctx, "a"); err != nil || h.askHub() != push.Subscribe {
			t.Fatalf("the hub was not asked anew: %v", err)
		}
		h.confirm(push.Subscribe)
	}
	renew()
	polled := 0
	for i := range 4 * 4 { // more pushes than polls
		h.deliver(rss(fmt.Sprint("pushed-", i)))
		h.forget()
		h.run(6 * time.Hour)
		polled += len(h.seen())
	}
	if polled < 3 || polled > 5 {
		t.Errorf("%d polls in four days in which the hub pushes all the time", polled)
	}

	renew()
	if mode := h.askHub(); mode != "" {
		t.Errorf("with days of its lease left the hub was asked to %q", mode)
	}
	h.age(7 * 24 * time.Hour)
	if stands, err := h.a.inbox.Stands(ctx, "a"); err != nil || !stands {
		t.Errorf("the lease is over: %v", err)
	}
	if mode := h.askHub(); mode != push.Subscribe {
		t.Errorf("before its lease ended the hub was asked to %q", mode)
	}
	h.age(4 * 24 * time.Hour) // the hub is dead: it confirms nothing, and nothing was new
	due := h.source("a").NextDue
	if err := h.a.lapse(ctx); err != nil {
		t.Fatal(err)
	}
	if src := h.source("a"); !src.NextDue.Before(due) || src.Reason == "its hub pushes" {
		t.Errorf("with a lease that ran out: due %s as before, %s", src.NextDue, src.Reason)
	}
	if n := h.polls(3); n < 6 {
		t.Errorf("%d polls in three days of a lease that ran out", n)
	}

	h.list = nil
	if err := h.a.SetSources(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if err := h.a.reconcile(ctx); err != nil {
		t.Fatal(err)
	}
	if mode := h.askHub(); mode != push.Unsubscribe {
		t.Errorf("when the source was removed the hub was asked to %q", mode)
	}
}

// deliver has the hub deliver a document, and the worker take it in.
func (h *hubbed) deliver(body string) {
	h.t.Helper()
	if err := h.a.inbox.Put(h.t.Context(), push.Delivery{Source: "a", Body: []byte(body)}, push.Room{Items: 1, Bytes: 1 << 20}); err != nil {
		h.t.Fatal(err)
	}
	if err := h.lookout.deliveries(); err != nil {
		h.t.Fatal(err)
	}
	for range 100 {
		time.Sleep(time.Second)
		if left, err := h.a.inbox.Waiting(h.t.Context()); err == nil && len(left) == 0 && h.lookout.taking.Load() == 0 {
			return
		}
	}
	h.t.Fatal("the delivery is not taken in")
}

func testDelta(t *testing.T) {
	var next func() reply
	s := newSim(t, func(*http.Request) reply { return next() }, "a")
	s.start()
	defer s.stop()
	say := func(status int, etag, body string, headers ...string) (request, db.Source) {
		t.Helper()
		next = always(status, body, append([]string{"ETag", etag}, headers...)...)
		return s.poll(), s.source("a")
	}
	present := func() int {
		t.Helper()
		known, err := s.store.PresentEntries(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		return len(known)
	}
	if got, _ := say(200, `"1"`, rss("a", "b")); got.Header.Get("A-IM") != "" {
		t.Error("a delta is asked for although nothing is known")
	}
	got, src := say(http.StatusIMUsed, `"2"`, rss("c"), "IM", "feed")
	if fmt.Sprint(got.Header["A-Im"], got.Header["If-None-Match"]) != `[feed] ["1"]` {
		t.Errorf("asked with %v", got.Header)
	}
	if src.Errors != 0 || src.ETag != `"2"` || s.articles() != 3 {
		t.Errorf("a delta: %s, etag %s, %d articles", src.Error, src.ETag, s.articles())
	}
	for i := range 3 { // what a document lacks twice is withdrawn
		say(http.StatusIMUsed, fmt.Sprintf(`"3%d"`, i), rss(fmt.Sprint("d", i)), "IM", "feed")
	}
	if n := present(); n != 6 {
		t.Errorf("%d entries are in the feed, want 6: what a delta lacks is not deleted", n)
	}
	for i := range 2 {
		say(200, fmt.Sprintf(`"4%d"`, i), rss("a", "b", "c", "d0", "d1")+fmt.Sprintf("<!-- %d -->", i))
	}
	if n := present(); n != 5 {
		t.Errorf("%d entries are in the feed, want 5: what a whole document lacks is", n)
	}
	if _, src := say(http.StatusIMUsed, `"5"`, rss("e"), "IM", "gzip"); src.Errors != 1 {
		t.Error("a delta of a kind that was not asked for is taken in")
	}
	if _, src := say(http.StatusIMUsed, `"5"`, rss("e")); src.Errors != 2 || s.articles() != 6 {
		t.Errorf("a delta that does not say of what kind: %d errors, %d articles", src.Errors, s.articles())
	}
	// Nothing is asked for that could be cut.
	next = always(200, rss("a"))
	s.poll()
	if got, src := say(http.StatusIMUsed, `"6"`, rss("f"), "IM", "feed"); got.Header.Get("A-IM") != "" || src.Errors != 1 {
		t.Errorf("226 that was not asked for: %d errors", src.Errors)
	}
}
