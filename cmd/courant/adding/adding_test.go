package adding_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"courant/aggregator"
	"courant/cmd/courant/adding"
	"courant/db"
	"courant/db/dbtest"
	"courant/db/dbtest/cluster"
	"courant/db/record"
	"courant/db/state"
	"courant/publisher/desk"
	"courant/publisher/editing"
)

func TestMain(m *testing.M) { cluster.Main(m) }

// web serves a page, and what is none.
func web(t *testing.T) (address string, asked map[string]int) {
	t.Helper()
	asked = map[string]int{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked[r.URL.Path]++
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		switch r.URL.Path {
		case "/robots.txt":
			fmt.Fprint(w, "User-agent: *\nDisallow: /private\n")
			return
		case "/away":
			http.Redirect(w, r, "/private/x", http.StatusFound)
			return
		case "/kept":
			w.Header().Set("X-Robots-Tag", "courant: noarchive")
		case "/gone":
			w.WriteHeader(http.StatusGone)
		case "/picture":
			w.Header().Set("Content-Type", "image/png")
		}
		fmt.Fprintf(w, `<html lang="en"><head><title>A page of %s</title><meta name="author" content="Bea"><meta property="og:image" content="/p.jpg"></head><body><article><h1>A page of %s</h1>%s<script>alert(1)</script></article></body></html>`,
			r.URL.Path, r.URL.Path, strings.Repeat("<p>The whole text of the page, which goes on for a long while, as pages do, and says it all.</p>", 5))
	}))
	t.Cleanup(s.Close)
	return s.URL, asked
}

func adder(t *testing.T, private bool) (desk.Adder, *db.DB) {
	t.Helper()
	store := dbtest.New(t)
	c := aggregator.DefaultConfig()
	c.AllowPrivateNetworks, c.PerHostGap.Duration = private, 0
	r, err := aggregator.NewReader(c, aggregator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return adding.New(store, r, "en").For(editing.New(store, "ann", nil)), store
}

// A page becomes an article like all others, once; nothing is stored by looking at it.
func TestPage(t *testing.T) {
	at, asked := web(t)
	a, store := adder(t, true)
	looked, err := a.Look(t.Context(), at+"/tide?utm_source=x")
	if err != nil || looked.Headline != "A page of /tide" || looked.Author != "Bea" || looked.Image.URL != at+"/p.jpg" || looked.ID != "" {
		t.Fatalf("it is %+v, %v", looked, err)
	}
	if list, err := store.Articles(t.Context(), db.ArticleQuery{All: true}); err != nil || len(list) != 0 {
		t.Fatal(list, err)
	}
	page, fresh, err := a.Page(t.Context(), at+"/tide?utm_source=x", "city")
	if err != nil || !fresh || page.Status != state.Incoming || page.Source != "desk" || page.Section != "city" || page.Link != at+"/tide" || page.Language != "en" ||
		!strings.Contains(page.Body.String(), "says it all") || strings.Contains(page.Body.String(), "alert") {
		t.Fatalf("it is %+v, %v", page, err)
	}
	if asked["/tide"] != 1 || asked["/robots.txt"] != 1 {
		t.Errorf("asked for %v", asked)
	}
	if again, fresh, err := a.Page(t.Context(), at+"/tide", ""); err != nil || fresh || again.ID != page.ID {
		t.Errorf("again it is %s, not %s, %v", again.ID, page.ID, err)
	}
	if looked, err := a.Look(t.Context(), at+"/tide"); err != nil || looked.ID != page.ID {
		t.Errorf("it is not known to be there: %v", err)
	}
	log, err := record.Actions(t.Context(), store, "article", page.ID)
	if err != nil || len(log) != 1 || log[0].Actor != "ann" || log[0].What != "add" || log[0].Detail != page.Link {
		t.Errorf("the log has %+v, %v", log, err)
	}
	if s, err := store.Source(t.Context(), "desk"); err != nil || s.Entries != 1 || s.Configured {
		t.Errorf("its source is %+v, %v", s, err)
	}
}

// What may not be read, or is no article, is not taken, and it is said why.
func TestNoPage(t *testing.T) {
	at, asked := web(t)
	a, store := adder(t, true)
	for path, want := range map[string]string{
		"/private": "robots.txt asks", "/away": "robots.txt asks", "/kept": "asks not to be kept", "/gone": "410", "/picture": "no page of HTML: it is image/png",
	} {
		_, _, err := a.Page(t.Context(), at+path, "")
		field, is := errors.AsType[*editing.FieldError](err)
		if !is || field.Field != "url" || !strings.Contains(field.Text, want) {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
	if asked["/private"] != 0 {
		t.Error("it asked for a page that robots.txt forbids")
	}
	for _, address := range []string{"", "ftp://a.example/", "javascript:alert(1)", "no address"} {
		if _, err := a.Look(t.Context(), address); err == nil {
			t.Errorf("%q was read", address)
		}
	}
	// The guards of the one client hold: no private hosts.
	guarded, _ := adder(t, false)
	if _, err := guarded.Look(t.Context(), at+"/tide"); err == nil || asked["/tide"] != 0 {
		t.Errorf("a private host was asked: %v", err)
	}
	if list, err := store.Articles(t.Context(), db.ArticleQuery{All: true}); err != nil || len(list) != 0 {
		t.Error(list, err)
	}
}

// What somebody wrote is cleaned like anything else, and two texts of one headline are
// two articles.
func TestWrite(t *testing.T) {
	a, store := adder(t, true)
	var ids []string
	for range 2 {
		own, err := a.Write(t.Context(), desk.Written{Headline: "Our own", Author: "Ann", Section: "city", Body: `<p onclick="x()">What <em>we</em> know.</p>`})
		if err != nil || own.Headline != "Our own" || own.Author != "Ann" || own.Section != "city" || own.Language != "en" || own.Link != "" || own.Body.String() != "<p>What <em>we</em> know.</p>" {
			t.Fatalf("it is %+v, %v", own, err)
		}
		ids = append(ids, own.ID)
	}
	if ids[0] == ids[1] {
		t.Error("two texts are one article")
	}
	if _, err := editing.New(store, "ann", nil).Do(t.Context(), editing.Order{Action: editing.Publish, IDs: ids}); err != nil {
		t.Error(err)
	}
}
