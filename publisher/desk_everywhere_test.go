package publisher

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"courant/db"
	"courant/db/newsroom"
	"courant/db/state"
	"courant/publisher/desk"
	"courant/publisher/password"
)

// What the desk of one publisher does is on disk before it answers, and soon in pages
// and feeds of another one on the same store, which watches it as a process of its own.
// How soon is logged: it may be a second (desk.md, Figures).
func TestDeskEverywhere(t *testing.T) {
	hash := password.Hash("x")
	both, _ := pair(t, func(set *Settings) { set.Desk.Users = []desk.User{{Name: "ann", PasswordHash: hash}} })
	parsed, err := password.Parse(hash)
	if err != nil {
		t.Fatal(err)
	}
	token := base64.RawURLEncoding.EncodeToString(make([]byte, 32))
	credential := sha256.Sum256([]byte("ann\x00" + parsed.String()))
	if err := newsroom.New(both[0].store.DB, both[0].clock.Now).Begin(t.Context(), newsroom.Session{ID: newsroom.SessionID(token), Name: "ann", Credential: credential[:]}, [32]byte{}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var watching sync.WaitGroup
	watching.Go(func() { both[1].watch(ctx) })
	defer watching.Wait()
	defer stop()

	rs, err := both[0].store.Ingest(t.Context(), []db.Pass{{
		Source: "daily", At: both[0].clock.now, Feed: &db.Feed{},
		Entries: []db.Entry{{Fingerprint: []byte("new"), Raw: []byte("raw"), Article: db.Article{GUID: "new", Headline: "Waits for an editor", Section: "coast", Body: tidal().Body}}},
	}})
	if err != nil || rs[0].Err != nil {
		t.Fatal(err, rs)
	}
	list, err := both[0].store.Articles(t.Context(), db.ArticleQuery{Status: state.Incoming})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	id := list[0].ID
	var last string // what was done
	send := func(path string, form url.Values) {
		t.Helper()
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
		for name, value := range map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin", "Cookie": "__Host-desk=" + token} {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		if both[0].Handler().ServeHTTP(w, r); w.Code != http.StatusSeeOther {
			t.Fatalf("%s %v: %d\n%s", path, form, w.Code, w.Body)
		}
		to, err := url.Parse(w.Header().Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		last = to.Query().Get("did")
	}
	var took []time.Duration
	for _, step := range []struct {
		name, path string
		form       url.Values
		status     state.Article
		headline   string
		code       int  // of the article's page
		listed     bool // in the feed of its section
	}{
		{"publish", "/desk/articles", url.Values{"action": {"publish"}, "id": {id}}, state.Published, "Waits for an editor", 200, true},
		{"correct", "/desk/article/" + id, url.Values{"action": {"save"}, "version": {"0"}, "headline": {"Stands corrected"}, "change": {"correction"}, "correction": {"It was wrong."}}, state.Published, "Stands corrected", 200, true},
		{"undo the correction", "/desk/undo", nil, state.Published, "Waits for an editor", 200, true},
		{"withdraw", "/desk/articles", url.Values{"action": {"withdraw"}, "id": {id}}, state.Withdrawn, "Waits for an editor", 410, false},
		{"undo the withdrawal", "/desk/undo", nil, state.Published, "Waits for an editor", 200, true},
	} {
		both[0].clock.now = both[0].clock.now.Add(time.Second)
		form := url.Values{"did": {last}}
		if step.form != nil {
			form = step.form
		}
		for _, s := range both { // both hold what was so
			s.ask(http.MethodGet, "/section/coast/feed.atom")
			s.ask(http.MethodGet, "/article/"+id)
		}
		send(step.path, form)
		answered := time.Now()
		a, err := both[1].store.Article(t.Context(), id)
		if err != nil || a.Status != step.status || a.Headline != step.headline {
			t.Fatalf("%s: as it is answered it is %s %q, %v", step.name, a.Status, a.Headline, err)
		}
		shown := func(s *testSite) bool {
			page, feed := s.ask(http.MethodGet, a.Path()), s.ask(http.MethodGet, "/section/coast/feed.atom")
			entry := strings.Contains(feed.Body.String(), "<title>"+step.headline)
			return page.Code == step.code && (step.code != 200 || strings.Contains(page.Body.String(), step.headline)) && entry == step.listed
		}
		if !shown(both[0]) {
			t.Errorf("%s: it does not show at once where it was done", step.name)
		}
		eventually(t, step.name+" in the other process", func() bool { return shown(both[1]) })
		took = append(took, time.Since(answered).Round(time.Millisecond))
	}
	t.Logf("in the other process after %v, at most %v", took, slices.Max(took))
}
