package publisher_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"courant/db"
	"courant/db/push"
	"courant/publisher"
	"courant/publisher/comments"
	"courant/publisher/hub"
)

// again serves s anew with other options, and the settings of newSite.
func (s *site) again(o publisher.Options, change func(*publisher.Settings)) {
	s.Helper()
	set := publisher.DefaultSettings()
	set.Site.URL, set.Comments.Moderation = "https://news.example.org", comments.None
	if change != nil {
		change(&set)
	}
	o.Now = s.clock
	var err error
	if s.pub, err = publisher.New(s.store, set, o); err != nil {
		s.Fatal(err)
	}
	s.serve()
}

// Who does not know a callback's address learns nothing there, whoever knows it and not
// the secret stores nothing, and what a hub asks is echoed as plain text for so long as
// we would have it. TestRocksSubscriber has the rest.
func v80(t *testing.T) {
	s := newSite(t, nil)
	s.again(publisher.Options{MaxDelivery: 1 << 20}, nil)
	const topic = "https://echo.example/feed"
	inbox := push.NewInbox(s.store)
	subscribe := func() push.Subscription {
		t.Helper()
		if err := inbox.Follow(t.Context(), "echo", "https://hub.example/", topic); err != nil {
			t.Fatal(err)
		}
		sub, err := inbox.Of(t.Context(), "echo")
		if err != nil {
			t.Fatal(err)
		}
		return sub
	}
	sub := subscribe()
	question := "?hub.mode=subscribe&hub.topic=" + topic + "&hub.challenge=%3Cscript%3E&hub.lease_seconds=999999999"
	s.get("/websub/"+sub.Source+question, 404)
	s.get("/websub/"+sub.Token[:len(sub.Token)-1]+question, 404)
	if len(sub.Token) < 22 { // 128 bits, by six a letter
		t.Errorf("a token of %d letters can be guessed", len(sub.Token))
	}
	got := s.get("/websub/"+sub.Token+question, 200)
	if got.body != "<script>" || got.Header.Get("Content-Type") != "text/plain; charset=utf-8" || got.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("the challenge comes back as %s: %q", got.Header.Get("Content-Type"), got.body)
	}
	stands, err := inbox.Of(t.Context(), "echo")
	now := s.clock()
	if real := time.Now(); real.After(now) { // a server goes by its own
		now = real
	}
	if err != nil || stands.Expires.Sub(now) > 31*24*time.Hour {
		t.Errorf("it stands until %v (%v)", stands.Expires, err)
	}
	deliver := func(signature string, status int) {
		t.Helper()
		r := s.request("POST", "/websub/"+sub.Token, strings.NewReader("<feed/>"), "Content-Type", "application/atom+xml", "X-Hub-Signature", signature)
		if got := s.do(r).StatusCode; got != status {
			t.Errorf("signed %q: %d, want %d", signature, got, status)
		}
	}
	deliver("", 403)
	deliver(hub.Signature("another's", []byte("<feed/>")), 403)
	deliver(hub.Signature(sub.Secret, []byte("<feed></feed>")), 403)
	if list, err := inbox.Waiting(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%d deliveries wait (%v)", len(list), err)
	}
	deliver(hub.Signature(sub.Secret, []byte("<feed/>")), 202)
	if list, err := inbox.Waiting(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("%d deliveries wait (%v), want the signed one", len(list), err)
	}
}

// lines are what was logged, for tests that ask from many goroutines.
type lines struct {
	mu sync.Mutex
	bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.Write(p)
}

func (l *lines) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.String()
}

// What visitors and sources write begins no line of the log, and no command of the
// terminal that it is read on, in either format.
func v90(t *testing.T) {
	const evil = "x\r\ntime=2026-11-22T00:00:00Z level=ERROR msg=forged\x1b[31m\x1b]0;title\x07\u009b2J\u202e"
	for format, handler := range map[string]func(io.Writer, *slog.HandlerOptions) slog.Handler{
		"text": func(w io.Writer, o *slog.HandlerOptions) slog.Handler { return slog.NewTextHandler(w, o) },
		"json": func(w io.Writer, o *slog.HandlerOptions) slog.Handler { return slog.NewJSONHandler(w, o) },
	} {
		t.Run(format, func(t *testing.T) {
			bad := tide
			bad.Headline, bad.Author, bad.Section = evil, evil, "city"
			s := newSite(t, nil, bad)
			var log lines
			s.again(publisher.Options{
				Log:   slog.New(handler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
				Mount: map[string]http.Handler{"GET /broken/": http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { panic(r.URL.Path) })},
			}, func(set *publisher.Settings) { set.Comments.Blocklist = []string{"forged"} })
			a := s.newest()
			coded := strings.NewReplacer("\r", "%0D", "\n", "%0A", "\x1b", "%1B", " ", "%20", "\x07", "%07", "\u009b", "%C2%9B", "\u202e", "%E2%80%AE").Replace(evil)
			for _, path := range []string{"/" + coded, "/article/" + coded + "-" + a.ID, "/search?q=" + coded, "/broken/" + coded, "/tag/" + coded, a.Path()} {
				s.do(s.request("GET", path, nil, "User-Agent", "x \u009b31m", "Referer", "https://a.example/\u009b2J"))
			}
			s.post(a, s.fill(a, "name", evil, "email", "a@b.example", "text", evil), 303)
			raw(t, s.host(), "GET /\x1b[31m HTTP/1.1\r\nHost: a\r\nX\x1b: y\r\n\r\n")
			said := log.text()
			if strings.Count(said, "\n") < 8 || !strings.Contains(said, "forged") {
				t.Fatalf("hardly anything was logged:\n%s", said)
			}
			for line := range strings.Lines(said) {
				line = strings.TrimSuffix(line, "\n")
				// What a terminal takes for more than text though it is none of ASCII's, the
				// command takes out of all that it prints: see its package terminal.
				if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' }) {
					t.Errorf("it has a control character: %q", line)
				}
				var fields map[string]any
				switch {
				case format == "json":
					if err := json.Unmarshal([]byte(line), &fields); err != nil {
						t.Errorf("%v: %q", err, line)
					}
				case !strings.HasPrefix(line, "time=") || strings.HasPrefix(line, "time=2026-11-22T00:00:00Z"):
					t.Errorf("a line that is none of ours: %q", line)
				}
			}
		})
	}
}

// A source's password stands in the configuration alone: in nothing that is served and
// nothing that is logged.
func v91(t *testing.T) {
	s := newSite(t, withDesk)
	var log lines
	s.again(publisher.Options{Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}, withDesk)
	const secret = "hunter2"
	if err := s.store.SetSources(t.Context(), slices.Values([]db.Source{{
		ID: "echo", URL: "https://ann:" + secret + "@echo.example/feed?token=" + secret, Title: "Harbour Echo",
	}})); err != nil {
		t.Fatal(err)
	}
	looked := 0
	look := func(path, body string) {
		t.Helper()
		looked++
		if strings.Contains(body, secret) || strings.Contains(body, "ann:") {
			t.Errorf("%s has the password of a source", path)
		}
	}
	for path, got := range s.crawl("/") {
		look(path, got.body+fmt.Sprint(got.Header))
	}
	for _, path := range append(everywhere, "/.well-known/recommendations.opml", "/nosuch") {
		look(path, s.do(s.request("GET", path, nil)).body)
	}
	if opml := s.get("/sources.opml", 200).body; !strings.Contains(opml, "echo.example/feed") {
		t.Error("the list of sources does not name the source")
	}
	cookie := s.signIn("ann")
	for _, path := range []string{"/desk", "/desk/sources", "/desk/log", "/desk/incoming", "/desk/sources/echo"} {
		look(path, s.getAs(cookie, path).body)
	}
	look("the log", log.text())
	if looked < 30 {
		t.Errorf("only %d answers were looked at", looked)
	}
}
