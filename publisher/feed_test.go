package publisher

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// Every list and every thread is served in every format.
func TestScopes(t *testing.T) {
	s := newSite(t)
	a := s.publish("daily", tidal())[0]
	c := s.comment(a.ID, "", "Ann", "First.")
	s.comment(a.ID, c.ID, "Bob", "I agree.")
	for page, want := range map[string]string{
		"":                    "Harbour City",
		"/section/coast":      "Harbour City",
		"/section/empty":      "Courant",
		"/source/daily":       "Harbour City",
		"/tag/Energy":         "Harbour City",
		"/archive/2026/11":    "Harbour City",
		"/archive/2026/11/22": "Harbour City",
		a.Path():              "Bob, in reply to Ann",
		"/comment/" + c.ID:    "I agree.",
		"/comments":           "Bob, in reply to Ann, on: Harbour City",
		"/corrections":        "Corrections",
	} {
		for _, format := range []string{"atom", "rss", "json"} {
			contains(t, page, s.get(page+"/feed."+format), want)
		}
	}
	for _, page := range []string{
		"/section/none", "/source/none", "/tag/none", "/archive/2026/13", "/archive/2025/11", "/archive/2026/11/31",
		"/article/none", "/comment/none",
	} {
		if w := s.ask("GET", page+"/feed.atom"); w.Code != 404 {
			t.Errorf("%s: %d", page, w.Code)
		}
	}
}

// A person gets a page, a program the feed, and each keeps its own (the table
// "Feeds opened by a person").
func TestDestination(t *testing.T) {
	s := newSite(t)
	s.publish("daily", tidal())
	for range 2 { // made, and kept
		person := s.ask("GET", "/feed.atom", "Sec-Fetch-Dest", "document", "Sec-Fetch-Mode", "navigate")
		program := s.ask("GET", "/feed.atom", "Accept", "application/feed+json,text/html,*/*;q=0.9")
		if got := person.Header().Get("Content-Type"); got != "text/html; charset=utf-8" {
			t.Errorf("a person got %s", got)
		}
		if got := program.Header().Get("Content-Type"); got != "application/atom+xml; charset=utf-8" {
			t.Errorf("a program got %s", got)
		}
		for _, w := range []*httptest.ResponseRecorder{person, program} {
			if got := w.Header().Get("Vary"); got != "Accept-Encoding, Sec-Fetch-Dest" {
				t.Errorf("Vary: %s", got)
			}
		}
		if person.Header().Get("Etag") == program.Header().Get("Etag") {
			t.Error("both have one ETag")
		}
		contains(t, "the page", person.Body.String(), "https://news.example.org/feed.atom", "view=feed", "view=raw", "Harbour City")
	}
	if w := s.ask("GET", "/feed.atom?view=feed", "Sec-Fetch-Dest", "document"); w.Header().Get("Content-Type") != "application/atom+xml; charset=utf-8" ||
		w.Header().Get("Vary") != "Accept-Encoding" || w.Body.String() != s.get("/feed.atom") {
		t.Errorf("?view=feed gave %v", w.Header())
	}
	for _, format := range []string{"atom", "rss"} {
		w := s.ask("GET", "/feed."+format+"?view=raw", "Sec-Fetch-Dest", "document")
		if w.Header().Get("Content-Type") != "application/xml; charset=utf-8" {
			t.Errorf("?view=raw is %s", w.Header().Get("Content-Type"))
		}
		contains(t, "?view=raw", w.Body.String(), `<?xml-stylesheet type="text/css" href="/feed.css"?>`)
		if strings.Contains(w.Body.String(), "xsl") {
			t.Error("XSLT")
		}
	}
	if w := s.ask("GET", "/feed.css"); w.Code != 200 || w.Header().Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("the stylesheet: %d %v", w.Code, w.Header())
	}
}
