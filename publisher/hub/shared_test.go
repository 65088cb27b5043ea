package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"courant/db"
	"courant/db/dbtest"
	"courant/db/engine"
	"courant/db/push"
)

// Several processes share what is to be delivered, and send nothing twice.
func TestManyProcesses(t *testing.T) {
	s := newStand(t)
	var subs []*subscriber
	for range 20 {
		sub := newSubscriber(t)
		s.subscribe(sub)
		subs = append(subs, sub)
	}
	var hubs []*Hub
	for range 3 {
		other := timed{dbtest.Again(t, s.clock.DB, db.Options{}), s.clock.at}
		hubs = append(hubs, s.another(other, Own))
	}
	for _, news := range []string{"2", "3"} {
		s.publish(news)
		var wait sync.WaitGroup
		for _, h := range hubs {
			wait.Go(func() {
				for range 30 {
					for _, err := range []error{marks(t, h), h.lookAll(t.Context()), h.sendTurn(t.Context())} {
						if err != nil {
							t.Error(err)
						}
					}
					h.flight.wait.Wait()
				}
			})
		}
		wait.Wait()
		work(t, s.Hub)
		for i, sub := range subs {
			if diff := cmp.Diff([]string{"<feed>" + news + "</feed>"}, sub.bodies()); diff != "" {
				t.Errorf("subscriber %d: %s", i, diff)
			}
		}
		s.clock.wait(topicGap)
	}
}

// victimEnv names what the process of TestKilled works on.
const victimEnv = "COURANT_TEST_HUB_VICTIM"

// stuck sends nothing, and says that it would have.
type stuck struct{}

func (stuck) Refuses(context.Context, *url.URL) error { return nil }

func (stuck) RoundTrip(r *http.Request) (*http.Response, error) {
	fmt.Println("claimed")
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// A process that is killed between the claim of a delivery and the request loses
// nothing: its claim runs out, and another delivers, once.
func TestKilled(t *testing.T) {
	if at := os.Getenv(victimEnv); at != "" {
		dieOver(t, at)
	}
	c := dbtest.Config(t)
	d, err := db.Open(t.Context(), c, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	s := &stand{t: t, clock: newTimed(d), feeds: &shelf{}}
	s.feeds.put("/feed.atom", "application/atom+xml", "<feed>1</feed>", "1", "site")
	s.clock.at.Store(time.Now().UnixMilli()) // the other process has no other clock
	s.Hub = s.another(s.clock, Own)
	sub := newSubscriber(t)
	s.subscribe(sub)
	s.publish("2")

	victim := exec.Command(os.Args[0], "-test.run=^TestKilled$")
	victim.Env = append(os.Environ(), victimEnv+"="+c.Path+"|"+c.URL, "COURANT_TEST_ENGINE=sqlite")
	out, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, len("claimed"))
	if _, err := out.Read(said); err != nil || string(said) != "claimed" {
		t.Errorf("the other process said %q, %v", said, err)
	}
	victim.Process.Kill()
	victim.Wait()

	work(t, s.Hub)
	if got := sub.bodies(); len(got) > 0 {
		t.Fatalf("delivered %v beside a claim", got)
	}
	s.clock.wait(2 * time.Minute)
	work(t, s.Hub)
	work(t, s.Hub)
	if diff := cmp.Diff([]string{"<feed>2</feed>"}, sub.bodies()); diff != "" {
		t.Error(diff)
	}
}

// dieOver claims what is to be delivered, and waits for its end.
func dieOver(t *testing.T, at string) {
	path, address, _ := strings.Cut(at, "|")
	d, err := db.Open(t.Context(), engine.Config{Path: path, URL: address, Connections: 3}, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	feeds := &shelf{}
	feeds.put("/feed.atom", "application/atom+xml", "<feed>2</feed>", "2", "site")
	h := New(d, Options{Base: base, Hub: Own, Topics: feeds, Out: stuck{}, Log: slog.New(slog.DiscardHandler), Now: time.Now})
	h.Run(t.Context())
}

// A hub elsewhere is told of each feed that has news, again where it did not listen.
func TestPing(t *testing.T) {
	s := newStand(t)
	var mu sync.Mutex
	var told []string
	status := http.StatusInternalServerError
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.FormValue("hub.mode") != "publish" || r.FormValue("hub.topic") != r.FormValue("hub.url") {
			t.Errorf("told %v", r.Form)
		}
		told = append(told, r.FormValue("hub.url"))
		w.WriteHeader(status)
	}))
	defer elsewhere.Close()
	h := s.another(s.clock, elsewhere.URL)
	ping := func() []string {
		t.Helper()
		if err := errors.Join(marks(t, h), h.lookAll(t.Context())); err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		defer mu.Unlock()
		list := told
		told = nil
		slices.Sort(list) // they are told side by side
		return list
	}
	ping() // from here on
	s.publish("2")
	both := []string{base + "/feed.atom", base + "/feed.json"}
	if diff := cmp.Diff(both, ping()); diff != "" {
		t.Error(diff)
	}
	if got := ping(); len(got) > 0 {
		t.Errorf("told of %v again at once", got)
	}
	s.clock.wait(firstWait)
	status = http.StatusNoContent
	if diff := cmp.Diff(both, ping()); diff != "" {
		t.Error(diff)
	}
	s.clock.wait(mostWait)
	s.touch("site") // no news
	if got := ping(); len(got) > 0 {
		t.Errorf("told of %v, which have no news", got)
	}
	if err := h.store.Prune(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if some, err := h.store.Any(t.Context()); err != nil || !some {
		t.Errorf("what the hub was told of is forgotten at once: %v", err)
	}
}

// Strangers have us keep and do so much and no more.
func TestLimits(t *testing.T) {
	s := newStand(t)
	ask := func(host string, l push.Limits) error {
		return s.store.Ask(t.Context(), push.Request{
			Mode: push.Subscribe, Topic: "/feed.atom", Callback: "https://" + host, Host: host[:1], Lease: time.Hour,
		}, l)
	}
	l := push.Limits{All: 5, Host: 2, Unverified: 4}
	for _, c := range []struct {
		host string
		want error
	}{
		{"a1", nil}, {"a2", nil}, {"a3", push.ErrFull}, {"a2", nil}, {"b1", nil}, {"b2", nil}, {"c1", push.ErrFull},
	} {
		if err := ask(c.host, l); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.host, err, c.want)
		}
	}
	l.Unverified = 100
	if err := errors.Join(ask("c1", l), ask("d1", l)); !errors.Is(err, push.ErrFull) {
		t.Errorf("a sixth: %v", err)
	}
	sub := newSubscriber(t)
	for range askRate().Count {
		s.askers.Take(netip.MustParseAddr("192.0.2.1"), s.clock.Now())
	}
	w := s.post("hub.mode", "subscribe", "hub.topic", base+"/feed.atom", "hub.callback", sub.callback())
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
		t.Errorf("a network that asks too often: %d", w.Code)
	}
}

// Those who never answer keep neither others of their host waiting, nor those who
// fell behind those who did not.
func TestRoom(t *testing.T) {
	var f flight
	f.hosts = map[string]int{}
	for range perHost/2 + 1 {
		f.enter(push.News, "slow.example")
	}
	n, full := f.room(push.News)
	if n != places(push.News)-perHost/2-1 || len(full) != 1 {
		t.Errorf("room for %d, %v full", n, full)
	}
	f.leaveHost("slow.example") // it waits longer than slowAfter
	if n, full = f.room(push.News); n != places(push.News)-perHost/2-1 || len(full) != 0 {
		t.Errorf("room for %d, %v full", n, full)
	}
	if n, _ = f.room(push.Behind); n != places(push.Behind) {
		t.Errorf("room for %d that fell behind", n)
	}
}
