package aggregator

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"courant/aggregator/feed"
	"courant/aggregator/normalise"
	"courant/db"
	"courant/db/dbtest"
)

// Of a source with full_text the text of each article is its page's, as far as
// robots.txt and the page allow it; a page that has not changed is not read again
// (P100).
func TestFullText(t *testing.T) {
	normalise.Make(&feed.Entry{ID: "first"}, normalise.Source{}, nil)
	const item = `<item><guid>%</guid><link>http://a.example/%</link><title>Title %</title><description>The beginning of %TAIL</description></item>`
	tail, etag := "", `"one"`
	document := func() string {
		doc := `<rss version="2.0"><channel><title>S</title>`
		for _, name := range []string{"open", "private", "kept", "gone"} {
			doc += strings.ReplaceAll(strings.ReplaceAll(item, "%", name), "TAIL", tail)
		}
		return doc + `</channel></rss>`
	}
	asked := map[string]int{}
	validators := map[string]string{}
	server := roundTripper(func(r *http.Request) (*http.Response, error) {
		asked[r.URL.Path]++
		validators[r.URL.Path] = r.Header.Get("If-None-Match")
		res := &http.Response{StatusCode: 200, Request: r, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"Content-Type": {"text/html"}}}
		body := "<article><h1>Title</h1>" + strings.Repeat("<p>The whole text of the page, which goes on for a long while, as pages do, and says it all.</p>", 5) + "</article>"
		switch r.URL.Path {
		case "/feed":
			body = document()
			res.Header.Set("Content-Type", "application/rss+xml")
		case "/robots.txt":
			body = "User-agent: courant\nDisallow: /private\n"
			res.Header.Set("Content-Type", "text/plain")
		case "/kept":
			res.Header.Set("X-Robots-Tag", "noarchive")
		case "/gone":
			res.StatusCode = 404
		case "/open":
			res.Header.Set("Etag", etag)
			if r.Header.Get("If-None-Match") == etag {
				res.StatusCode, body = 304, ""
			}
		}
		res.Body = io.NopCloser(strings.NewReader(body))
		return res, nil
	})
	store, c := dbtest.New(t), DefaultConfig()
	c.PerHostGap.Duration, c.ManualGap.Duration = 0, 0
	a, err := New(store, c, nil, Options{Transport: server})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.SetSources(t.Context(), []SourceConfig{{ID: "a", URL: "http://a.example/feed", FullText: true}}); err != nil {
		t.Fatal(err)
	}
	look := func(want int) map[string]db.Article {
		t.Helper()
		if sum, err := a.Fetch(t.Context(), Select{IDs: []string{"a"}}, func(Result) {}); err != nil || sum.New+sum.Changed != want {
			t.Fatal(sum, err)
		}
		list, err := store.Articles(t.Context(), db.ArticleQuery{All: true, Bodies: true})
		if err != nil || len(list) != 4 {
			t.Fatal(list, err)
		}
		byTitle := map[string]db.Article{}
		for _, a := range list {
			byTitle[a.GUID] = a
		}
		return byTitle
	}
	check := func(list map[string]db.Article) {
		t.Helper()
		for name, whole := range map[string]bool{"open": true, "private": false, "kept": false, "gone": false} {
			body := list[name].Body.String()
			if strings.Contains(body, "says it all") != whole || !whole && !strings.Contains(body, "The beginning of "+name+tail) {
				t.Errorf("%s has %q", name, body)
			}
		}
	}
	check(look(4))
	if asked["/private"] != 0 || asked["/robots.txt"] != 1 {
		t.Errorf("asked for %v", asked)
	}
	// The feed's text changes: the page is asked for with what it gave.
	tail = ", told anew"
	check(look(3)) // of the one whose page is the same nothing changes
	if asked["/open"] != 2 || validators["/open"] != `"one"` || asked["/robots.txt"] != 1 {
		t.Errorf("asked for %v with %v", asked, validators)
	}
	// Nothing new: no page is asked for.
	look(0)
	if asked["/open"] != 2 {
		t.Errorf("asked for %v", asked)
	}
}
