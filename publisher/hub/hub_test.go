package hub

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"courant/db/dbtest"
)

// What websub.rocks checks of a hub, by its numbers.
func TestRocksHub(t *testing.T) {
	t.Run("100 typical subscription request", func(t *testing.T) {
		s, sub := newStand(t), newSubscriber(t)
		sub.query = "?id=7"
		s.subscribe(sub)
		q := sub.lastAsked()
		if q.Get("hub.mode") != "subscribe" || q.Get("hub.topic") != base+"/feed.atom" || len(q.Get("hub.challenge")) < 16 ||
			q.Get("hub.lease_seconds") != "864000" || q.Get("id") != "7" {
			t.Errorf("the callback was asked %v", q)
		}
		s.publish("2")
		work(t, s.Hub)
		got := sub.take()
		if len(got) != 1 {
			t.Fatalf("delivered %d times", len(got))
		}
		d := got[0]
		if want := "<feed>2</feed>"; d.body != want {
			t.Errorf("delivered %q, want %q", d.body, want)
		}
		if ct := d.header.Get("Content-Type"); ct != "application/atom+xml; charset=utf-8" {
			t.Errorf("as %q", ct)
		}
		if want := []string{`<https://news.example/hub>; rel="hub"`, `<https://news.example/feed.atom>; rel="self"`}; !slices.Equal(d.header["Link"], want) {
			t.Errorf("Link %q, want %q", d.header["Link"], want)
		}
		if d.header.Get("X-Hub-Signature") != "" {
			t.Error("signed without a secret")
		}
	})
	t.Run("101 authenticated distribution", func(t *testing.T) {
		s, sub := newStand(t), newSubscriber(t)
		s.subscribe(sub, "hub.secret", "between us")
		s.publish("2")
		work(t, s.Hub)
		// printf '<feed>2</feed>' | openssl dgst -sha256 -hmac 'between us'
		const want = "sha256=9e04c8bd2f4487e4512114f4d0dbbacc80cdd28d9261edd8eeb872b48ef3b41c"
		if got := sub.take(); len(got) != 1 || got[0].header.Get("X-Hub-Signature") != want {
			t.Errorf("delivered %+v, want the signature %s", got, want)
		}
	})
	t.Run("102 additional parameters", func(t *testing.T) {
		s, sub := newStand(t), newSubscriber(t)
		s.subscribe(sub, "hub.foo", "bar", "verify", "sync")
		if s.count() != 1 {
			t.Error("no subscription")
		}
	})
	t.Run("103 re-subscribes before expiration", func(t *testing.T) {
		s, sub := newStand(t), newSubscriber(t)
		s.subscribe(sub, "hub.lease_seconds", "3600")
		s.clock.wait(50 * time.Minute)
		s.subscribe(sub, "hub.lease_seconds", "3600", "hub.secret", "another")
		s.clock.wait(50 * time.Minute) // the first lease is over
		if s.count() != 1 {
			t.Fatalf("%d subscriptions, want one", s.count())
		}
		s.publish("2")
		work(t, s.Hub)
		got := sub.take()
		if len(got) != 1 || got[0].header.Get("X-Hub-Signature") != Signature("another", []byte("<feed>2</feed>")) {
			t.Errorf("delivered %+v, want once, with the new secret", got)
		}
	})
	t.Run("104 unsubscribe", func(t *testing.T) {
		s, sub := newStand(t), newSubscriber(t)
		s.subscribe(sub)
		w := s.post("hub.mode", "unsubscribe", "hub.topic", base+"/feed.atom", "hub.callback", sub.callback())
		if w.Code != http.StatusAccepted {
			t.Fatal(w.Code, w.Body)
		}
		work(t, s.Hub)
		if q := sub.lastAsked(); q.Get("hub.mode") != "unsubscribe" || q.Get("hub.challenge") == "" || q.Has("hub.lease_seconds") {
			t.Errorf("asked %v", q)
		}
		s.publish("2")
		work(t, s.Hub)
		if got := sub.bodies(); s.count() != 0 || len(got) > 0 {
			t.Errorf("delivered %v after the end", got)
		}
	})
	t.Run("106 JSON content", func(t *testing.T) {
		s, sub := newStand(t), newSubscriber(t)
		s.post("hub.mode", "subscribe", "hub.topic", base+"/feed.json", "hub.callback", sub.callback())
		work(t, s.Hub)
		s.publish("2")
		work(t, s.Hub)
		got := sub.take()
		if len(got) != 1 || got[0].body != `{"items":["2"]}` || got[0].header.Get("Content-Type") != "application/feed+json; charset=utf-8" {
			t.Errorf("delivered %+v", got)
		}
	})
}

// What nobody confirms is no subscription, and what stands meanwhile goes on (W2).
func TestVerification(t *testing.T) {
	s, sub := newStand(t), newSubscriber(t)
	sub.say("something else")
	s.subscribe(sub)
	if s.count() != 0 {
		t.Error("a wrong echo made a subscription")
	}
	sub.say("")
	s.subscribe(sub, "hub.secret", "old")
	sub.say("not me")
	s.subscribe(sub, "hub.secret", "stranger's")
	s.post("hub.mode", "unsubscribe", "hub.topic", base+"/feed.atom", "hub.callback", sub.callback())
	work(t, s.Hub)
	s.publish("2")
	work(t, s.Hub)
	got := sub.take()
	if len(got) != 1 || got[0].header.Get("X-Hub-Signature") != Signature("old", []byte("<feed>2</feed>")) {
		t.Errorf("delivered %+v, want once, with the secret that was confirmed", got)
	}
}

// A callback that cannot be asked is asked again, a few times (W2).
func TestVerificationAgain(t *testing.T) {
	s, sub := newStand(t), newSubscriber(t)
	sub.server.Close()
	s.subscribe(sub)
	for range askTries - 1 {
		if n := s.rows(); n != 1 {
			t.Fatalf("%d requests are waiting, want one", n)
		}
		s.clock.wait(mostWait)
		work(t, s.Hub)
	}
	if n := s.rows(); n != 0 {
		t.Errorf("%d requests are still waiting", n)
	}
}

// rows is how many subscriptions and requests for one there are.
func (s *stand) rows() (n int) {
	s.t.Helper()
	if err := s.clock.Reader().QueryRow(`SELECT count(*) FROM hub_subscriber`).Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

// What happened between a request and its confirmation is delivered once that is there.
func TestNewsMeanwhile(t *testing.T) {
	s, sub := newStand(t), newSubscriber(t)
	if w := s.post("hub.mode", "subscribe", "hub.topic", base+"/feed.atom", "hub.callback", sub.callback()); w.Code != http.StatusAccepted {
		t.Fatal(w.Code, w.Body)
	}
	s.publish("2")
	work(t, s.Hub)
	if diff := cmp.Diff([]string{"<feed>2</feed>"}, sub.bodies()); diff != "" {
		t.Error(diff)
	}
}

// A request is refused with the reason.
func TestRefusals(t *testing.T) {
	s, sub := newStand(t), newSubscriber(t)
	for _, c := range []struct {
		name string
		form []string // what differs
		want int
	}{
		{"no mode", []string{"hub.mode", ""}, 400},
		{"publish", []string{"hub.mode", "publish"}, 400},
		{"another's topic", []string{"hub.topic", "https://other.example/feed.atom"}, 404},
		{"a page", []string{"hub.topic", base + "/about"}, 404},
		{"no topic", []string{"hub.topic", ""}, 404},
		{"no callback", []string{"hub.callback", ""}, 400},
		{"a callback of another kind", []string{"hub.callback", "ftp://a.example/"}, 400},
		{"a callback with a password", []string{"hub.callback", "https://a:b@a.example/"}, 400},
		{"a callback without end", []string{"hub.callback", "https://a.example/" + strings.Repeat("a", maxCallback)}, 400},
		{"a private callback (W5)", []string{"hub.callback", "http://10.0.0.1/"}, 403},
		{"a secret of 200 bytes (W3)", []string{"hub.secret", strings.Repeat("s", 200)}, 400},
		{"a lease of no time", []string{"hub.lease_seconds", "0"}, 400},
		{"a lease in words", []string{"hub.lease_seconds", "a day"}, 400},
		{"nothing to unsubscribe", []string{"hub.mode", "unsubscribe"}, 404},
		{"a secret of 199 bytes (W3)", []string{"hub.secret", strings.Repeat("s", 199)}, 202},
	} {
		form := map[string]string{"hub.mode": "subscribe", "hub.topic": base + "/feed.atom", "hub.callback": sub.callback()}
		for i := 0; i < len(c.form); i += 2 {
			form[c.form[i]] = c.form[i+1]
		}
		var list []string
		for name, value := range form {
			list = append(list, name, value)
		}
		w := s.post(list...)
		if w.Code != c.want || w.Body.Len() == 0 || w.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("%s: %d %q, want %d", c.name, w.Code, w.Body, c.want)
		}
	}
	if n := s.rows(); n != 1 {
		t.Errorf("%d rows, want that of the one that was taken", n)
	}
}

// A host is one host however its name is written: limits count it, and what it is sent
// at once.
func TestHostOfCallback(t *testing.T) {
	s := newStand(t)
	for _, address := range []string{"https://a.example/1", "https://A.Example/2", "https://a.example./3", "https://a.example:8443/4"} {
		if w := s.post("hub.mode", "subscribe", "hub.topic", base+"/feed.atom", "hub.callback", address); w.Code != http.StatusAccepted {
			t.Fatalf("%s: %d %s", address, w.Code, w.Body)
		}
	}
	var hosts int
	if err := s.clock.Reader().QueryRowContext(t.Context(), `SELECT count(DISTINCT host) FROM hub_subscriber`).Scan(&hosts); err != nil || hosts != 1 {
		t.Errorf("%d hosts, %v", hosts, err)
	}
}

// A lease is bounded, and ends (W4).
func TestLease(t *testing.T) {
	for asked, want := range map[string]time.Duration{
		"": usualLease, "1": leastLease, "3600": time.Hour, "99999999999": mostLease, "99999999999999999999999": mostLease,
	} {
		if got, err := lease(asked); err != nil || got != want {
			t.Errorf("lease(%q) = %s, %v, want %s", asked, got, err, want)
		}
	}
	s, sub := newStand(t), newSubscriber(t)
	s.subscribe(sub, "hub.lease_seconds", "3600")
	s.clock.wait(time.Hour)
	s.publish("2")
	work(t, s.Hub)
	if got := sub.bodies(); len(got) > 0 || s.count() != 0 {
		t.Errorf("delivered %v after the lease", got)
	}
	if err := s.store.Prune(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if some, err := s.store.Any(t.Context()); err != nil || some || s.rows() != 0 {
		t.Errorf("what ran out is kept: %v, %v", some, err)
	}
}

// What is not taken is delivered again, later each time, as what is new by then; 410
// ends a subscription, and so does silence in the end (W4).
func TestBackOff(t *testing.T) {
	s, sub := newStand(t), newSubscriber(t)
	s.subscribe(sub)
	sub.answer(http.StatusInternalServerError)
	s.publish("2")
	work(t, s.Hub)
	for i, wait := range []time.Duration{10 * time.Second, 40 * time.Second, 160 * time.Second} {
		if got := sub.bodies(); len(got) != 1 {
			t.Fatalf("try %d: delivered %v, want once", i, got)
		}
		s.clock.wait(wait - time.Millisecond)
		s.publish("more " + wait.String()) // news do not hasten it
		work(t, s.Hub)
		if got := sub.bodies(); len(got) > 0 {
			t.Fatalf("try %d: delivered %v before its time", i, got)
		}
		s.clock.wait(time.Millisecond)
		work(t, s.Hub)
	}
	sub.bodies()
	sub.answer(http.StatusOK)
	s.clock.wait(mostWait)
	work(t, s.Hub)
	if diff := cmp.Diff([]string{"<feed>more 2m40s</feed>"}, sub.bodies()); diff != "" {
		t.Error(diff)
	}
	sub.answer(http.StatusGone)
	s.publish("last")
	work(t, s.Hub)
	if s.count() != 0 {
		t.Error("410 ended nothing")
	}
	if got := backoff(100); got != mostWait {
		t.Errorf("the longest wait is %s", got)
	}

	silent := newSubscriber(t)
	s.subscribe(silent, "hub.lease_seconds", "99999999")
	silent.answer(http.StatusBadGateway)
	s.clock.wait(topicGap)
	s.publish("after all")
	for range mostTries {
		work(t, s.Hub)
		s.clock.wait(mostWait)
	}
	if n := len(silent.bodies()); n != mostTries || s.count() != 0 {
		t.Errorf("tried %d times, want %d; %d subscriptions", n, mostTries, s.count())
	}
}

// A burst of changes is one delivery, and what is no news is none.
func TestBurst(t *testing.T) {
	s, sub := newStand(t), newSubscriber(t)
	s.subscribe(sub)
	s.publish("2")
	work(t, s.Hub)
	for _, news := range []string{"3", "4", "5"} {
		s.publish(news)
		work(t, s.Hub)
	}
	s.clock.wait(topicGap)
	work(t, s.Hub)
	s.feeds.put("/feed.atom", "application/atom+xml", "<feed>5, and a comment</feed>", "5", "site")
	s.touch("site")
	s.touch("another")
	s.clock.wait(topicGap)
	work(t, s.Hub)
	if diff := cmp.Diff([]string{"<feed>2</feed>", "<feed>5</feed>"}, sub.bodies()); diff != "" {
		t.Error(diff)
	}
}

// Who subscribes by another name of a feed is asked for that name, and sent the feed
// under its own.
func TestAlias(t *testing.T) {
	s, sub := newStand(t), newSubscriber(t)
	s.subscribe(sub, "hub.ignored", "1")
	w := s.post("hub.mode", "subscribe", "hub.topic", "http://news.example/feed", "hub.callback", sub.callback())
	if w.Code != http.StatusAccepted {
		t.Fatal(w.Code, w.Body)
	}
	work(t, s.Hub)
	if got := sub.lastAsked().Get("hub.topic"); got != "http://news.example/feed" || s.count() != 1 {
		t.Errorf("asked for %s, %d subscriptions", got, s.count())
	}
	s.publish("2")
	work(t, s.Hub)
	if got := sub.take(); len(got) != 1 || got[0].header["Link"][1] != `<https://news.example/feed.atom>; rel="self"` {
		t.Errorf("delivered %+v", got)
	}
}

// A feed that is no more tells its subscribers so (section 5.2).
func TestDenied(t *testing.T) {
	s, sub := newStand(t), newSubscriber(t)
	s.subscribe(sub)
	s.feeds.remove("/feed.atom")
	s.touch("site")
	work(t, s.Hub)
	q := sub.lastAsked()
	if q.Get("hub.mode") != "denied" || q.Get("hub.topic") != base+"/feed.atom" || q.Get("hub.reason") == "" {
		t.Errorf("told %v", q)
	}
	if s.count() != 0 || s.rows() != 0 {
		t.Error("the subscription stays")
	}
}

// What changed while no process was there is found, also when the log of changes does
// not reach back so far.
func TestMissed(t *testing.T) {
	s, sub := newStand(t), newSubscriber(t)
	s.subscribe(sub)
	s.publish("2")
	work(t, s.another(s.clock, Own))
	s.clock.wait(topicGap)
	s.publish("3")
	s.touch("another")
	if _, err := dbtest.Raw(t, s.clock.DB).Exec(`DELETE FROM change WHERE seq = (SELECT max(seq) - 1 FROM change)`); err != nil {
		t.Fatal(err)
	}
	work(t, s.another(s.clock, Own))
	if diff := cmp.Diff([]string{"<feed>2</feed>", "<feed>3</feed>"}, sub.bodies()); diff != "" {
		t.Error(diff)
	}
}
