package publisher

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"courant/db"
	"courant/db/state"
)

// Every answer is told of with its route, kept ones too, and what became of a
// comment.
func TestObserve(t *testing.T) {
	site := newSite(t)
	a := site.publish("daily", db.Article{Headline: "Tidal plant opens"})[0]
	var got []Observation
	settings := testSettings()
	settings.Comments.Moderation = "none"
	degraded := ""
	p, err := New(site.store, settings, Options{
		Now: site.clock.Now, Observe: func(o Observation) { got = append(got, o) },
		Degraded: func(context.Context) string { return degraded },
	})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(method, target, body string) *httptest.ResponseRecorder {
		t.Helper()
		r := httptest.NewRequest(method, target, strings.NewReader(body))
		if body != "" {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		w := httptest.NewRecorder()
		p.Handler().ServeHTTP(w, r)
		return w
	}
	ask("GET", "/feed.atom", "")
	ask("GET", "/feed.atom", "")
	ask("GET", "/nothing/here", "")
	ask("POST", a.Path()+"/comments", "name=Ann&text=Well+done.")
	ask("GET", "/readyz", "")
	degraded = "the disk takes no writes"
	if w := ask("GET", "/readyz", ""); w.Code != http.StatusServiceUnavailable || w.Body.String() != "degraded: the disk takes no writes\n" {
		t.Errorf("/readyz = %d %q", w.Code, w.Body)
	}
	if w := ask("GET", "/healthz", ""); w.Code != http.StatusOK {
		t.Errorf("/healthz = %d", w.Code)
	}
	want := []Observation{
		{Route: "GET /feed.atom", Status: 200},
		{Status: 200, Cached: true},
		{Status: 404},
		{Route: "POST /article/{name}/comments", Status: 303, Comment: state.Pending}, // no stamp: no person may have read the form
		{Route: "GET /readyz", Status: 200},
		{Route: "GET /readyz", Status: 503},
		{Route: "GET /healthz", Status: 200},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Observation{}, "Took")); diff != "" {
		t.Errorf("observations (-want +got):\n%s", diff)
	}
}
