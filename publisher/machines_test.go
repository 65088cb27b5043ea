package publisher

import (
	"context"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"courant/db"
	"courant/db/audit"
	"courant/db/dbtest"
	"courant/db/dbtest/cluster"
	"courant/db/engine"
	"courant/db/sqlrow"
	"courant/db/state"
	"courant/db/transfer"
	"courant/publisher/comments"
)

// Many machines: what the publisher has to do with it.
func TestMachines(t *testing.T) {
	t.Run("M7", limitsHold)
	t.Run("M8", databaseAway)
	t.Run("M9", storeMoves)
}

// full is a site with something of everything: articles of every state, threads with
// answers, what was removed, corrections, tags.
func full(t *testing.T) *testSite {
	t.Helper()
	s := newSite(t)
	list := []db.Article{tidal()}
	for i := range 12 {
		list = append(list, db.Article{
			Headline: fmt.Sprintf("Headline %d “ü” 😀", i), Link: fmt.Sprint("https://source.example/", i), Author: "J. Doe", Section: "coast",
			Tags: []string{"Energy", fmt.Sprint("tag ", i%3)}, Summary: "Some words.", Body: tidal().Body, Words: 12,
		})
	}
	all := s.publish("daily", list...)
	s.publish("excerpts", db.Article{Headline: "Of the other source", Link: "https://short.example/1", Body: tidal().Body})
	for i, a := range all[:5] {
		first := s.comment(a.ID, "", "Ann", fmt.Sprint("First words on ", i))
		s.comment(a.ID, first.ID, "Bob", "An *answer* to <that>")
		gone := s.comment(a.ID, first.ID, "Eve", "Something to be taken away")
		if _, err := dbtest.Moderate(t.Context(), s.store, gone.ID, state.Removed, "shell", ""); err != nil {
			t.Fatal(err)
		}
	}
	headline := "Corrected"
	if _, _, err := s.store.EditArticle(t.Context(), all[2].ID, db.Edit{Headline: &headline, Correction: headline}, "shell"); err != nil {
		t.Fatal(err)
	}
	s.move(all[3].ID, state.Withdrawn)
	s.index(t, s.store)
	return s
}

// index has all words of a store indexed.
func (s *testSite) index(t *testing.T, d *db.DB) {
	t.Helper()
	for {
		n, err := d.Index(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

// addresses are those of everything that readers may ask for.
func (s *testSite) addresses(t *testing.T) []string {
	t.Helper()
	pages := []string{"/", "/comments", "/corrections", "/section/coast", "/source/daily", "/source/excerpts", "/tag/Energy", "/search", "/archive/2026/11", "/archive/2026/11/22"}
	list, err := s.store.Articles(t.Context(), db.ArticleQuery{All: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		pages = append(pages, a.Path())
	}
	all := []string{"/sitemap.xml", "/sources.opml", "/feeds.opml", "/robots.txt", "/archive", "/feeds", "/search?q=turbines", "/search/feed.atom?q=turbines", "/search/feed.atom?q=in:comments+answer"}
	for _, page := range pages {
		all = append(all, page)
		for _, format := range []string{"atom", "rss", "json"} {
			all = append(all, strings.TrimSuffix(page, "/")+"/feed."+format)
		}
	}
	return all
}

// answers is what a site says under each address: status, validators and body.
func (s *testSite) answers(addresses []string) map[string]string {
	all := map[string]string{}
	for _, address := range addresses {
		w := s.ask(http.MethodGet, address)
		all[address] = fmt.Sprintln(w.Code, w.Header().Get("ETag"), w.Header().Get("Last-Modified"), w.Body)
	}
	return all
}

// moved is s on a store that was copied to c.
func (s *testSite) moved(t *testing.T, c engine.Config) *testSite {
	t.Helper()
	if _, err := transfer.To(t.Context(), s.store.DB, c, nil); err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(t.Context(), c, db.Options{Now: s.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	other := &testSite{t: t, clock: s.clock, store: d}
	other.open()
	return other
}

// A store that was moved serves the same: each page and feed byte for byte, under
// the same ETag, there and back; and goes on.
func storeMoves(t *testing.T) {
	s := full(t)
	addresses := s.addresses(t)
	want := s.answers(addresses)
	there := engine.Config{Path: filepath.Join(t.TempDir(), "there.db")}
	if s.store.Path() == "" {
		there = engine.DefaultConfig()
		there.URL = cluster.New(t)
	}
	// On PostgreSQL's turn: from a server to a file to another server.
	file := s.moved(t, engine.Config{Path: filepath.Join(t.TempDir(), "file.db")})
	server := file.moved(t, there)
	for name, other := range map[string]*testSite{"file": file, "there": server} {
		got := other.answers(addresses)
		if len(got) < 100 || strings.Count(strings.Join(slices.Collect(maps.Values(got)), ""), "\n") < 1000 {
			t.Fatalf("only %d answers", len(got))
		}
		for _, address := range addresses {
			if got[address] != want[address] {
				t.Errorf("%s: %s was\n%.700s\nand is\n%.700s", name, address, want[address], got[address])
			}
		}
		faults, err := audit.Check(t.Context(), other.store.DB)
		if err != nil || len(faults) > 0 {
			t.Errorf("%s: %v, %v", name, faults, err)
		}
		a := other.publish("daily", db.Article{Headline: "Afterwards", Link: "https://source.example/new", Body: tidal().Body})[0]
		other.comment(a.ID, "", "Ann", "Also new")
		if w := other.ask(http.MethodGet, a.Path()); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Also new") {
			t.Errorf("%s: what came afterwards: %d", name, w.Code)
		}
	}
}

// away is a site on a database behind a proxy.
func away(t *testing.T) (*testSite, *cluster.Proxy) {
	t.Helper()
	s := newSite(t)
	through := engine.DefaultConfig()
	p := cluster.NewProxy(t, dbtest.ConfigOf(t, s.store).URL)
	through.URL = p.Address()
	d, err := db.Open(t.Context(), through, db.Options{Now: s.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	other := &testSite{t: t, clock: s.clock, store: d}
	other.open()
	return other, p
}

// eventually waits until something holds that another goroutine brings about.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for until := time.Now().Add(time.Minute); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("it never came: %s", what)
		}
	}
}

// While the database is away, what is rendered is served as ever, also where its
// time is up; what is not is 503 with Retry-After, and no comment is acknowledged.
// When it is back, all is made anew.
func databaseAway(t *testing.T) {
	if !cluster.Ask(t) {
		return // of a server alone
	}
	s, p := away(t)
	a := s.publish("daily", tidal())[0]
	for _, c := range []struct {
		name   string
		gone   func()
		unmade []string // what nobody asked for before
	}{
		{"away", func() { p.Away(true) }, []string{"/section/coast", "/tag/Energy/feed.atom", "/search?q=one"}},
		{"half closed", func() { p.HalfClose(); p.Away(true) }, []string{"/source/daily", "/corrections/feed.json", "/search?q=two"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			held := []string{"/", "/feed.atom", "/feed.json", a.Path() + "/feed.rss", a.Path()}
			want := s.answers(held)
			tag := s.ask(http.MethodGet, "/feed.atom").Header().Get("ETag")
			stamp := regexp.MustCompile(`name="stamp" value="([^"]+)"`).FindStringSubmatch(s.get(a.Path()))[1]
			s.clock.now = s.clock.now.Add(10 * time.Second) // to write it
			ctx, stop := context.WithCancel(t.Context())
			var watching sync.WaitGroup
			watching.Go(func() { s.watch(ctx) })
			defer watching.Wait()
			defer stop()

			c.gone()
			// A look at the store finds it gone.
			eventually(t, "the store is gone", func() bool { return engine.Gone(s.store.Ping(ctx)) })
			for address, was := range s.answers(held) {
				if was != want[address] {
					t.Errorf("%s changed:\n%.500s", address, was)
				}
			}
			if w := s.ask(http.MethodGet, "/feed.atom", "If-None-Match", tag); w.Code != http.StatusNotModified {
				t.Errorf("If-None-Match: %d", w.Code)
			}
			for _, address := range c.unmade {
				if w := s.ask(http.MethodGet, address); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || w.Header().Get("Warning") != "" {
					t.Errorf("%s: %d, Retry-After %q", address, w.Code, w.Header().Get("Retry-After"))
				}
			}
			r := httptest.NewRequest(http.MethodPost, a.Path()+"/comments", strings.NewReader(url.Values{
				"name": {"Ann"}, "text": {"Said while it was away."}, "stamp": {html.UnescapeString(stamp)}, "action": {"post"},
			}.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := httptest.NewRecorder()
			s.Handler().ServeHTTP(w, r)
			if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
				t.Errorf("a comment: %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
			}
			before := s.Rendered()
			p.Away(false)
			eventually(t, "it is rendered anew", func() bool {
				return s.ask(http.MethodGet, "/feed.atom").Code == http.StatusOK && s.Rendered() > before
			})
			if w := s.ask(http.MethodGet, c.unmade[0]); w.Code != http.StatusOK {
				t.Errorf("afterwards: %d", w.Code)
			}
			list, err := s.store.Comments(ctx, db.CommentQuery{All: true})
			if err != nil || len(list) != 0 {
				t.Errorf("stored are %v, %v", list, err)
			}
		})
	}
}

// pair is two publishers of one store, each as in a process of its own, and several
// articles.
func pair(t *testing.T, set ...func(*Settings)) (both [2]*testSite, articles []db.Article) {
	t.Helper()
	free := func(s *Settings) { s.Comments.Moderation = comments.None }
	set = append([]func(*Settings){free}, set...)
	s := newSite(t, set...)
	other := &testSite{t: t, clock: s.clock, store: dbtest.Again(t, s.store, db.Options{Now: s.clock.Now})}
	other.open(set...)
	var list []db.Article
	for i := range 12 {
		list = append(list, db.Article{Headline: fmt.Sprint("Headline ", i), Link: fmt.Sprint("https://source.example/", i), Body: tidal().Body})
	}
	return [2]*testSite{s, other}, s.publish("daily", list...)
}

// say posts a comment from an address, again where a busy machine had no time for it.
func (s *testSite) say(a db.Article, from, text string) *httptest.ResponseRecorder {
	form := url.Values{"name": {"Ann"}, "text": {text}, "stamp": {s.judge.Stamp(a.ID, s.clock.now)}, "action": {"post"}}
	for {
		r := httptest.NewRequest(http.MethodPost, a.Path()+"/comments", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.RemoteAddr = from + ":4000"
		w := httptest.NewRecorder()
		if s.Handler().ServeHTTP(w, r); w.Code != http.StatusServiceUnavailable {
			return w
		}
	}
}

// all are the comments that are stored.
func (s *testSite) all() []db.Comment {
	s.t.Helper()
	list, err := s.store.Comments(s.t.Context(), db.CommentQuery{All: true, OldestFirst: true})
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

// The limits on visitors hold over two publishers that are asked at once, by a key
// that both have.
func limitsHold(t *testing.T) {
	t.Run("rate", rateHolds)
	t.Run("rate around", rateAroundHolds)
	t.Run("duplicates", duplicatesHold)
	t.Run("twice", postedTwice)
	t.Run("min_delay", minDelayHolds)
}

func rateHolds(t *testing.T) {
	both, articles := pair(t)
	may := testSettings().Comments.Rate.Count
	var posts sync.WaitGroup
	answers := make([]*httptest.ResponseRecorder, 2*may)
	for i := range answers {
		posts.Go(func() {
			answers[i] = both[i%2].say(articles[i], "198.51.100.7", fmt.Sprintf("The %d. thing that I have to say of it.", i))
		})
	}
	posts.Wait()
	stored, refused := 0, 0
	for _, w := range answers {
		switch {
		case w.Code == http.StatusSeeOther:
			stored++
		case w.Code == http.StatusTooManyRequests && w.Header().Get("Retry-After") != "":
			refused++
		default:
			t.Errorf("%d %.300s", w.Code, w.Body)
		}
	}
	if list := both[0].all(); stored != may || len(list) != may || refused != may {
		t.Errorf("%d were acknowledged, %d refused, %d are stored of an address that may post %d", stored, refused, len(list), may)
	}
	for _, s := range both {
		if w := s.say(articles[11], "198.51.100.7", "One more."); w.Code != http.StatusTooManyRequests {
			t.Errorf("one more: %d", w.Code)
		}
		if w := s.say(articles[11], "203.0.113.9", "From elsewhere."); w.Code != http.StatusSeeOther {
			t.Errorf("from elsewhere: %d", w.Code)
		}
	}
}

// Nor do all addresses around it together have more than their rate.
func rateAroundHolds(t *testing.T) {
	both, articles := pair(t, func(s *Settings) { s.Comments.Rate.Count = 1 })
	const most = 8 // times the rate of one
	var posts sync.WaitGroup
	for i := range 2 * most {
		posts.Go(func() {
			both[i%2].say(articles[i%12], fmt.Sprint("198.51.100.", i+1), fmt.Sprintf("The %d. thing that I have to say of it.", i))
		})
	}
	posts.Wait()
	if n := len(both[0].all()); n != most {
		t.Errorf("%d are stored of addresses that together may post %d", n, most)
	}
}

// Of one text that one writer posts to two articles at once the later one waits.
func duplicatesHold(t *testing.T) {
	both, articles := pair(t, func(s *Settings) { s.Comments.Rate.Count = 100 })
	for round := range 6 {
		text := fmt.Sprintf("Visit the %d. shop of all that I have, it has everything.", round)
		var posts sync.WaitGroup
		for i, s := range both {
			posts.Go(func() {
				if w := s.say(articles[2*round%12+i], "198.51.100.7", text); w.Code != http.StatusSeeOther {
					t.Errorf("%d", w.Code)
				}
			})
		}
		posts.Wait()
		shown := map[state.Comment]int{}
		for _, c := range both[0].all() {
			if c.Text == text {
				shown[c.Status]++
				if c.Status == state.Pending && !strings.Contains(c.Reason, "duplicate") {
					t.Errorf("it waits for %q", c.Reason)
				}
			}
		}
		if shown[state.Approved] != 1 || shown[state.Pending] != 1 {
			t.Errorf("the same text twice is stored as %v", shown)
		}
	}
}

// One comment that comes twice, to both at once, is one, and both lead to it.
func postedTwice(t *testing.T) {
	both, articles := pair(t)
	var posts sync.WaitGroup
	var places [2]string
	for i, s := range both {
		posts.Go(func() { places[i] = s.say(articles[0], "198.51.100.7", "Said once.").Header().Get("Location") })
	}
	posts.Wait()
	if list := both[0].all(); len(list) != 1 || places[0] == "" || places[0] != places[1] {
		t.Errorf("%d are stored, and the answers lead to %q", len(list), places)
	}
}

// What one publisher served is too young at the other. What is noted of it names nobody.
func minDelayHolds(t *testing.T) {
	both, articles := pair(t)
	if both[0].store.OneMachine() {
		return // there one publisher serves all
	}
	const from = "198.51.100.7"
	get := func(s *testSite, a db.Article) {
		r := httptest.NewRequest(http.MethodGet, a.Path(), nil)
		r.RemoteAddr = from + ":4000"
		w := httptest.NewRecorder()
		if s.Handler().ServeHTTP(w, r); w.Code != http.StatusOK {
			t.Fatal(w.Code)
		}
	}
	noted := func() (names []string) {
		names, err := sqlrow.Collect(t.Context(), both[0].store.Reader(), sqlrow.Column[string], `SELECT name FROM visit`)
		if err != nil {
			t.Fatal(err)
		}
		return names
	}
	get(both[0], articles[0])
	get(both[0], articles[1])
	eventually(t, "two visits are noted", func() bool { return len(noted()) == 2 })
	both[1].say(articles[0], from, "As quick as a machine.")
	both[1].say(articles[2], from, "Whose page was got before this began.")
	both[0].clock.now = both[0].clock.now.Add(testSettings().Comments.MinDelay.Duration)
	both[1].say(articles[1], from, "After some thought.")
	for i, want := range []state.Comment{state.Pending, state.Approved, state.Approved} {
		if c := both[0].all()[i]; c.Status != want || strings.Contains(c.Reason, "min_delay") != (want == state.Pending) {
			t.Errorf("%q is %s for %q", c.Text, c.Status, c.Reason)
		}
	}
	both[0].clock.now = both[0].clock.now.AddDate(0, 0, 1)
	before := noted()
	get(both[1], articles[0])
	eventually(t, "what is old goes", func() bool { list := noted(); return len(list) == 1 && !slices.Contains(before, list[0]) })
}
