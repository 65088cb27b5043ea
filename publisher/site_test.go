package publisher_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"courant/db"
	"courant/db/content"
	"courant/db/dbtest"
	"courant/publisher"
	"courant/publisher/comments"
)

// site is a published site with a clock of its own, for tests of what visitors
// see and do.
type site struct {
	stop func() // what serve began
	*testing.T
	store  *db.DB
	url    string
	client *http.Client // of its own: another site's that ends would close what it has open
	pub    *publisher.Publisher

	mu  sync.Mutex
	now time.Time
}

var tide = db.Article{
	GUID: "tide", Headline: "Harbour City Opens Its Tidal Power Plant After Ten Years", Link: "https://echo.example/tidal",
	Author: "Mara Lindqvist", Section: "city", Tags: []string{"energy", "harbour"}, Words: 440,
	KeyPoints: []string{"One.", "Two.", "Three."}, Summary: "The turbines turn.", Body: content.Clean(strings.Repeat("<p>A paragraph.</p>", 10), ""),
}

// newSite serves a site that change has configured and that holds articles of
// the source "echo", the last of list newest. Without a list it holds tide.
func newSite(t *testing.T, change func(*publisher.Settings), list ...db.Article) *site {
	t.Helper()
	s := &site{T: t, now: time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC), client: newClient()}
	set := publisher.DefaultSettings()
	set.Site.URL, set.Site.Title = "https://news.example.org", "The Harbour Courant"
	set.Sections = []publisher.Section{{ID: "city", Title: "City"}}
	set.Comments.Moderation = comments.None
	if change != nil {
		change(&set)
	}
	s.store = dbtest.In(t, s.clock, set.Site.Zone())
	var err error
	if s.pub, err = publisher.New(s.store, set, publisher.Options{Now: s.clock, Adder: s.adder}); err != nil {
		t.Fatal(err)
	}
	s.serve()
	if err := s.store.SetSources(t.Context(), slices.Values([]db.Source{{ID: "echo", URL: "https://echo.example/feed", Title: "Harbour Echo"}})); err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		list = []db.Article{tide}
	}
	s.add(true, list...)
	return s
}

// serve serves s as the daemon does, with its time limits, until the test ends or
// serves again.
func (s *site) serve() {
	s.Helper()
	if s.stop != nil {
		s.stop() // each that serves keeps a connection of the store to itself
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.Fatal(err)
	}
	s.url = "http://" + l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.pub.Serve(ctx, l) }()
	s.stop = sync.OnceFunc(func() {
		s.client.CloseIdleConnections()
		cancel()
		if err := <-done; err != nil {
			s.Error(err)
		}
	})
	s.Cleanup(s.stop)
}

func (s *site) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// pass moves the clock.
func (s *site) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

// add takes articles in and, where auto is set, publishes them.
func (s *site) add(auto bool, list ...db.Article) {
	s.Helper()
	p := db.Pass{
		Source: "echo", At: s.clock(), Feed: &db.Feed{Title: "Echo", Link: "https://echo.example/"},
		Publish: db.Publish{Auto: auto, InitialWindow: 24 * time.Hour, InitialMax: len(list)},
	}
	for i := len(list) - 1; i >= 0; i-- {
		p.Entries = append(p.Entries, db.Entry{Fingerprint: []byte(list[i].Headline), Raw: []byte("{}"), Article: list[i]})
	}
	results, err := s.store.Ingest(s.Context(), []db.Pass{p})
	if err != nil || results[0].Err != nil {
		s.Fatal(err, results)
	}
}

// newest is the article that arrived last, of whatever status.
func (s *site) newest() db.Article {
	s.Helper()
	list, err := s.store.Articles(s.Context(), db.ArticleQuery{All: true, Limit: 1})
	if err != nil || len(list) != 1 {
		s.Fatal(err, list)
	}
	return list[0]
}

// answer is a response with its body read.
type answer struct {
	*http.Response
	body string
}

// newClient takes answers as they come.
func newClient() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableCompression: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func (s *site) do(r *http.Request) answer {
	s.Helper()
	resp, err := s.client.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.Fatal(err)
	}
	return answer{resp, string(body)}
}

func (s *site) request(method, path string, body io.Reader, header ...string) *http.Request {
	s.Helper()
	r, err := http.NewRequestWithContext(s.Context(), method, s.url+path, body)
	if err != nil {
		s.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

// get gets path and wants the status.
func (s *site) get(path string, status int, header ...string) answer {
	s.Helper()
	a := s.do(s.request("GET", path, nil, header...))
	if a.StatusCode != status {
		s.Fatalf("GET %.200s = %d, want %d\n%s", path, a.StatusCode, status, told(a.body))
	}
	return a
}

var stampField = regexp.MustCompile(`name="stamp" value="([^"]+)"`)

// fill is the form under an article as a person sends it back who took her
// time; fields override it, an empty value removes.
func (s *site) fill(a db.Article, fields ...string) url.Values {
	s.Helper()
	page := s.get(a.Path(), 200)
	m := stampField.FindStringSubmatch(page.body)
	if m == nil {
		s.Fatalf("no form under %s", a.Path())
	}
	s.pass(10 * time.Second)
	form := url.Values{"name": {"Ann"}, "email": {""}, "text": {"Well done."}, "stamp": {m[1]}, "action": {"post"}}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return form
}

// post posts a form under a and wants the status.
func (s *site) post(a db.Article, form url.Values, status int, header ...string) answer {
	s.Helper()
	r := s.request("POST", a.Path()+"/comments", strings.NewReader(form.Encode()), header...)
	if r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	got := s.do(r)
	if got.StatusCode != status {
		s.Fatalf("POST %s = %d, want %d\n%s", a.Path(), got.StatusCode, status, told(got.body))
	}
	return got
}

// told is what a page says, without what surrounds it.
func told(page string) string {
	_, main, _ := strings.Cut(page, "<main")
	main, _, _ = strings.Cut(main, "</main>")
	return main
}

// stored are all comments of whatever status, oldest first.
func (s *site) stored() []db.Comment {
	s.Helper()
	list, err := s.store.Comments(s.Context(), db.CommentQuery{All: true, OldestFirst: true})
	if err != nil {
		s.Fatal(err)
	}
	return list
}

// numbered makes n articles of the source's, numbered from 1.
func numbered(n int) []db.Article {
	var list []db.Article
	for i := range n {
		list = append(list, db.Article{
			GUID: fmt.Sprint(i + 1), Headline: fmt.Sprintf("Article %d", i+1), Section: "city",
			Link: fmt.Sprintf("https://echo.example/%d", i+1), Summary: "A summary.", Body: content.Text("Text."),
		})
	}
	return list
}
