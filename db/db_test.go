package db_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"courant/db"
	"courant/db/conduct"
	"courant/db/content"
	"courant/db/dbtest"
	"courant/db/record"
	"courant/db/state"
)

// oneSource is a store with the source "tidal".
func oneSource(t *testing.T) *db.DB {
	d := dbtest.New(t)
	if err := d.SetSources(t.Context(), slices.Values([]db.Source{{ID: "tidal", URL: "http://tidal.example/feed", Tags: []string{"sea"}}})); err != nil {
		t.Fatal(err)
	}
	return d
}

func entry(guid, headline, body string) db.Entry {
	return db.Entry{
		Fingerprint: []byte(headline + body), Raw: []byte("raw"),
		Article: db.Article{GUID: guid, Headline: headline, Tags: []string{"sea"}, Section: "coast", Body: content.Clean(body, "")},
	}
}

func ingest(t *testing.T, d *db.DB, auto bool, entries ...db.Entry) db.PassResult {
	t.Helper()
	rs, err := d.Ingest(t.Context(), []db.Pass{{
		Source: "tidal", At: d.Now(), Feed: &db.Feed{Title: "Tidal"}, Entries: entries,
		Publish: db.Publish{Auto: auto, InitialWindow: 168 * time.Hour, InitialMax: 30},
		Poll:    db.Poll{ETag: `"a"`, NextDue: d.Now().Add(time.Hour)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if rs[0].Err != nil {
		t.Fatal(rs[0].Err)
	}
	return rs[0]
}

func TestIngest(t *testing.T) {
	d := oneSource(t)
	ctx := t.Context()
	r := ingest(t, d, true, entry("1", "One", "<p>a</p>"), entry("2", "Two", "<p>b</p>"))
	if r.New != 2 || r.Outcome != state.OutcomeNew || len(r.Published) != 0 {
		t.Fatalf("first import: %+v", r)
	}
	r = ingest(t, d, true, entry("3", "Three", "<p>c</p>"), entry("1", "One, changed", "<p>a</p>"), entry("2", "Two", "<p>b</p>"))
	if r.New != 1 || r.Changed != 1 || r.Unchanged != 1 || len(r.Published) != 1 {
		t.Fatalf("second pass: %+v", r)
	}
	for name, q := range map[string]db.ArticleQuery{
		"site": {}, "section": {Section: "coast"}, "source": {Source: "tidal"}, "tag": {Tag: "sea"},
	} {
		list, err := d.Articles(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != 3 || list[0].Headline != "Three" {
			t.Errorf("%s: %d articles, first %q", name, len(list), list[0].Headline)
		}
		q.Before, q.Limit = &list[0], 1
		if next, err := d.Articles(ctx, q); err != nil || len(next) != 1 || next[0].ID != list[1].ID {
			t.Errorf("%s, after the first: %v %v", name, next, err)
		}
	}
	s, err := d.Source(ctx, "tidal")
	if err != nil || s.ETag != `"a"` || s.Entries != 3 || s.ImportedAt.IsZero() || s.Name() != "Tidal" {
		t.Errorf("source: %+v %v", s, err)
	}
}

// An update by the source leaves alone what an editor set (I23).
func TestUpdateKeepsCuration(t *testing.T) {
	d := oneSource(t)
	ctx := t.Context()
	ingest(t, d, true, entry("1", "One", "<p>a</p>"))
	list, _ := d.Articles(ctx, db.ArticleQuery{})
	headline := "Better"
	if _, _, err := d.EditArticle(ctx, list[0].ID, db.Edit{Headline: &headline}, "shell"); err != nil {
		t.Fatal(err)
	}
	ingest(t, d, true, entry("1", "Worse", "<p>b</p>"))
	a, err := d.Article(ctx, list[0].ID)
	if err != nil || a.Headline != "Better" || a.Body.String() != "<p>b</p>" || a.Slug != "one" {
		t.Errorf("after the source's update: %+v %v", a, err)
	}
	if !a.Updated.Equal(list[0].Updated) {
		t.Errorf("a change of a few characters moved updated (I22)")
	}
}

func TestStatus(t *testing.T) {
	d := oneSource(t)
	ctx := t.Context()
	ingest(t, d, false, entry("1", "One", "<p>a</p>"))
	list, _ := d.Articles(ctx, db.ArticleQuery{Status: state.Incoming})
	id := list[0].ID
	var bad *state.TransitionError
	if _, err := d.SetStatus(ctx, id, state.Withdrawn, "shell", ""); !errors.As(err, &bad) {
		t.Errorf("incoming to withdrawn: %v", err)
	}
	for _, to := range []state.Article{state.Rejected, state.Incoming, state.Published, state.Withdrawn, state.Published} {
		a, err := d.SetStatus(ctx, id, to, "shell", "because")
		if err != nil || a.Status != to {
			t.Fatalf("to %s: %+v %v", to, a, err)
		}
	}
	if _, err := d.SetStatus(ctx, "nosuch", state.Published, "shell", ""); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("unknown article: %v", err)
	}
	acts, err := record.Actions(ctx, d, "article", id)
	if err != nil || len(acts) != 5 {
		t.Errorf("actions: %v %v", acts, err)
	}
}

func TestComments(t *testing.T) {
	d := oneSource(t)
	ctx := t.Context()
	ingest(t, d, true, entry("1", "One", "<p>a</p>"))
	list, _ := d.Articles(ctx, db.ArticleQuery{})
	id := list[0].ID
	var told []string
	d.OnChange(func(scopes []string) { told = append(told, scopes...) })

	ann, added, err := d.AddComment(ctx, db.Comment{Article: id, Name: "Ann", Text: "Well done.", Body: content.Text("Well done."), Status: state.Approved, Visitor: "v1"})
	if err != nil || !added {
		t.Fatal(ann, added, err)
	}
	again, added, err := d.AddComment(ctx, db.Comment{Article: id, Name: "Ann", Text: "Well done.", Status: state.Approved})
	if err != nil || added || again.ID != ann.ID {
		t.Errorf("the same comment again: %v %v %v", again.ID, added, err)
	}
	if len(told) == 0 {
		t.Error("nobody was told of the comment")
	}
	again, added, err = d.AddComment(ctx, db.Comment{Article: id, Name: "ANN", Text: "  Wеll\u200b done!!", Status: state.Approved})
	if err != nil || added || again.ID != ann.ID {
		t.Errorf("the same typed otherwise: %v %v", added, err)
	}
	bob, _, err := d.AddComment(ctx, db.Comment{Article: id, Parent: ann.ID, Name: "Bob", Text: "Yes.", Body: content.Text("Yes."), Status: state.Approved})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.AddComment(ctx, db.Comment{Article: id, Parent: "nosuch", Name: "Eve", Text: "x", Status: state.Approved}); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("unknown parent: %v", err)
	}
	if a, _ := d.Article(ctx, id); a.Comments != 2 {
		t.Errorf("%d comments, want 2", a.Comments)
	}
	if _, err := dbtest.Moderate(ctx, d, ann.ID, state.Removed, "shell", "rude"); err != nil {
		t.Fatal(err)
	}
	thread, err := d.Comments(ctx, db.CommentQuery{Article: id, Tombstones: true, OldestFirst: true})
	if err != nil || len(thread) != 2 || !thread[0].Tombstone() || thread[1].ID != bob.ID {
		t.Errorf("thread with a tombstone: %+v %v", thread, err)
	}
	if past, err := conduct.New(d.DB, d.Now).Of(ctx, conduct.Question{Visitor: "v1"}); err != nil || past.Known {
		t.Error("a visitor whose only comment was removed counts as known")
	}
}

// Another process's change is told within a second.
func TestWatch(t *testing.T) {
	d := oneSource(t)
	other := dbtest.Again(t, d, db.Options{})
	told := make(chan []string, 10)
	d.OnChange(func(scopes []string) { told <- scopes })
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Watch(ctx) }()
	ingest(t, other, true, entry("1", "One", "<p>a</p>"))
	select {
	case <-told:
	case <-time.After(5 * time.Second):
		t.Error("not told")
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if d.Tag() != other.Tag() || d.Tag().Article("x") != "tag:news.example.org,"+time.Now().UTC().Format("2006")+":article/x" {
		t.Errorf("tags differ: %v %v", d.Tag(), other.Tag())
	}
}

// Whoever finds a comment there already is not answered before those who show
// the thread were told of it.
func TestToldFirst(t *testing.T) {
	d := oneSource(t)
	ingest(t, d, true, entry("1", "One", "<p>a</p>"))
	list, err := d.Articles(t.Context(), db.ArticleQuery{})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	c := db.Comment{Article: list[0].ID, Name: "A", Text: "x", Status: state.Approved}
	telling, told := make(chan struct{}), make(chan struct{})
	d.OnChange(func([]string) {
		close(telling)
		<-told
	})
	answered := make(chan error, 2)
	add := func() {
		_, _, err := d.AddComment(t.Context(), c)
		answered <- err
	}
	go add()
	<-telling
	go add()
	select {
	case err := <-answered:
		t.Errorf("answered (%v) while readers were still shown the old thread", err)
		answered <- err
	case <-time.After(100 * time.Millisecond):
	}
	close(told)
	for range 2 {
		if err := <-answered; err != nil {
			t.Error(err)
		}
	}
}
