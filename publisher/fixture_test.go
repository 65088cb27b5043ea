package publisher

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"courant/db"
	"courant/db/content"
	"courant/db/dbtest"
	"courant/db/state"
	"courant/publisher/editing"
)

// clock is a clock that a test moves.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

// testSite is a site of two sources, with a store of its own.
type testSite struct {
	t     testing.TB
	clock *clock
	store *db.DB
	made  int // articles
	*Publisher
}

func testSettings() Settings {
	s := DefaultSettings()
	s.Site.URL, s.Site.Description, s.Site.Author = "https://news.example.org", "Curated news with comment threads", "News desk"
	s.Sections = []Section{{ID: "coast", Title: "Coast", Description: "What the sea brings"}, {ID: "empty", Title: "Empty"}}
	return s
}

func newSite(t testing.TB, set ...func(*Settings)) *testSite {
	t.Helper()
	c := &clock{time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)}
	d := dbtest.At(t, c.Now)
	if err := d.SetSources(t.Context(), slices.Values([]db.Source{
		{ID: "daily", URL: "https://user:secret@source.example/feed.xml", Title: "Source Daily"},
		{ID: "excerpts", URL: "https://short.example/feed.xml", Title: "Short & <Sweet>", Rights: "excerpt", License: "CC BY 4.0"},
	})); err != nil {
		t.Fatal(err)
	}
	site := &testSite{t: t, clock: c, store: d}
	site.open(set...)
	return site
}

// open makes the publisher, anew as after a restart.
func (s *testSite) open(set ...func(*Settings)) {
	s.t.Helper()
	settings := testSettings()
	for _, f := range set {
		f(&settings)
	}
	p, err := New(s.store, settings, Options{Now: s.clock.Now})
	if err != nil {
		s.t.Fatal(err)
	}
	s.Publisher = p
}

// publish stores articles of a source, the first the newest, and publishes them now.
func (s *testSite) publish(source string, list ...db.Article) []db.Article {
	s.t.Helper()
	var entries []db.Entry
	for _, a := range list {
		if a.GUID == "" {
			s.made++
			a.GUID = fmt.Sprint("entry ", s.made)
		}
		entries = append(entries, db.Entry{Article: a, Fingerprint: []byte(a.GUID), Raw: []byte("raw")})
	}
	rs, err := s.store.Ingest(s.t.Context(), []db.Pass{{
		Source: source, At: s.clock.now, Entries: entries, Publish: db.Publish{Auto: true},
		Feed: &db.Feed{ID: "https://" + source + ".example/id", Title: "Their title", Updated: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)},
	}})
	if err == nil {
		err = rs[0].Err
	}
	if err != nil {
		s.t.Fatal(err)
	}
	all, err := s.store.Articles(s.t.Context(), db.ArticleQuery{All: true, Limit: len(list)})
	if err != nil {
		s.t.Fatal(err)
	}
	for i, a := range all {
		if a.Status == state.Incoming { // a first import publishes nothing here
			if all[i], err = s.store.SetStatus(s.t.Context(), a.ID, state.Published, "shell", ""); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	return all
}

// tidal is the article of the brief.
func tidal() db.Article {
	return db.Article{
		Headline: "Harbour City Opens Its Tidal Power Plant After Ten Years", Link: "https://source.example/2026/tidal",
		Author: "Jane Doe", Language: "en", Section: "coast", Tags: []string{"Energy"},
		KeyPoints: []string{
			"The plant’s “first turn” lit 40,000 homes on Sunday.",
			"Its cost rose from 90 to 210 million over ten years.",
			"Two more turbines follow in spring, the port says.",
		},
		Summary: "The gates opened at low water on Sunday, with families & engineers watching.", Words: 12,
		Body: content.Clean("<p>The gates opened at low water on Sunday, with families &amp; engineers watching.</p>", "https://source.example/"),
	}
}

// move brings an article to another state; what is scheduled is so for two days.
func (s *testSite) move(id string, to state.Article) {
	s.t.Helper()
	var err error
	if to == state.Scheduled {
		_, err = editing.New(s.store, "shell", nil).Do(s.t.Context(), editing.Order{Action: editing.Schedule, IDs: []string{id}, At: s.clock.now.Add(48 * time.Hour)})
	} else {
		_, err = s.store.SetStatus(s.t.Context(), id, to, "shell", "")
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *testSite) comment(article, parent, name, text string) db.Comment {
	s.t.Helper()
	c, _, err := s.store.AddComment(s.t.Context(), db.Comment{
		Article: article, Parent: parent, Name: name, Text: text, Body: content.Comment(text), Status: state.Approved,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// ask makes one request. header are names and values.
func (s *testSite) ask(method, address string, header ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequest(method, address, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w
}

// get is the body at address, which must be there.
func (s *testSite) get(address string, header ...string) string {
	s.t.Helper()
	w := s.ask("GET", address, header...)
	if w.Code != http.StatusOK {
		s.t.Fatalf("GET %s: %d\n%s", address, w.Code, w.Body)
	}
	return w.Body.String()
}

// contains fails the test where text lacks one of parts.
func contains(t testing.TB, what, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%s lacks %s:\n%s", what, p, text)
		}
	}
}
