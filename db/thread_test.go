package db_test

import (
	"errors"
	"testing"

	"courant/db"
	"courant/db/content"
	"courant/db/dbtest"
	"courant/db/state"
)

// published is the id of an article that readers see.
func published(t *testing.T, d *db.DB) string {
	t.Helper()
	ingest(t, d, true, entry("1", "One", "<p>a</p>"))
	list, err := d.Articles(t.Context(), db.ArticleQuery{})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	return list[0].ID
}

// said is a comment that is stored under article.
func said(t *testing.T, d *db.DB, c db.Comment) db.Comment {
	t.Helper()
	c.Body = content.Comment(c.Text)
	stored, _, err := d.AddComment(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

// An edit moves the date that feeds go by, and is counted as it is judged.
func TestEditComment(t *testing.T) {
	d := oneSource(t)
	id := published(t, d)
	c := said(t, d, db.Comment{Article: id, Name: "Ann", Text: "First.", Visitor: "v1", Network: "n1", Status: state.Approved})
	edit := func(visitor, text string, to state.Comment) (db.Comment, error) {
		return d.EditComment(t.Context(), db.Comment{ID: c.ID, Visitor: visitor, Text: text, Body: content.Comment(text), Status: to, Reason: "test"})
	}
	for _, visitor := range []string{"", "v2"} {
		if _, err := edit(visitor, "Stolen.", state.Approved); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("by %q: %v", visitor, err)
		}
	}
	second, err := edit("v1", "Second.", state.Approved)
	if err != nil || !second.Updated.After(c.Updated) || second.Edited.IsZero() || second.Created != c.Created {
		t.Fatalf("edited: %+v %v", second, err)
	}
	a, err := d.Article(t.Context(), id)
	if err != nil || a.Comments != 1 || !a.CommentsUpdated.Equal(second.Updated) {
		t.Errorf("the thread has %d comments, of %s, want %s: %v", a.Comments, a.CommentsUpdated, second.Updated, err)
	}
	if again, err := edit("v1", "Second.", state.Spam); err != nil || again.Status != state.Approved || !again.Updated.Equal(second.Updated) {
		t.Errorf("the same text again: %+v %v", again, err)
	}
	third, err := edit("v1", "Third.", state.Pending)
	if err != nil || third.Removed.IsZero() {
		t.Errorf("held: %+v %v", third, err)
	}
	if a, _ := d.Article(t.Context(), id); a.Comments != 0 {
		t.Errorf("%d comments, one of which is held", a.Comments)
	}
	if back, err := edit("v1", "Fourth.", state.Approved); err != nil || !back.Removed.IsZero() {
		t.Errorf("shown again: %+v %v", back, err)
	}
	// The text that it had does not stand in another's way, and the one it has does.
	if again := said(t, d, db.Comment{Article: id, Name: "Ann", Text: "First.", Visitor: "v1", Status: state.Approved}); again.ID == c.ID {
		t.Error("what was typed before is taken for it")
	}
	if again := said(t, d, db.Comment{Article: id, Name: "Ann", Text: "Fourth.", Visitor: "v1", Status: state.Approved}); again.ID != c.ID {
		t.Error("the same comment again is another")
	}
	if _, err := dbtest.Moderate(t.Context(), d, c.ID, state.Removed, db.Author, ""); err != nil {
		t.Fatal(err)
	}
	if gone, err := d.Comment(t.Context(), c.ID); err != nil || !gone.Taken || !gone.Decided.IsZero() {
		t.Errorf("taken back: %+v %v", gone, err)
	}
	if _, err := edit("v1", "Fifth.", state.Approved); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("a removed one: %v", err)
	}
}

// What an e-mail address wrote is gone to the last word; answers keep their place.
func TestPurgeComments(t *testing.T) {
	d := oneSource(t)
	id := published(t, d)
	seen := said(t, d, db.Comment{Article: id, Name: "Ann", Email: "ann@A.example", Text: "Confidential.", Visitor: "v1", Network: "n1", Status: state.Approved})
	held := said(t, d, db.Comment{Article: id, Name: "Ann", Email: "ANN@a.example", Text: "Waits.", Visitor: "v1", Status: state.Pending})
	answer := said(t, d, db.Comment{Article: id, Parent: seen.ID, Name: "Bob", Email: "bob@a.example", Text: "Yes.", Status: state.Approved})
	if n, err := d.PurgeComments(t.Context(), "ann@a.example", "shell"); err != nil || n != 2 {
		t.Fatalf("%d purged, %v", n, err)
	}
	if _, err := d.Comment(t.Context(), held.ID); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("what nobody saw stays: %v", err)
	}
	c, err := d.Comment(t.Context(), seen.ID)
	if err != nil || c.Name+c.Email+c.Text+c.Body.String()+c.Visitor+c.Network != "" || !c.Tombstone() || c.Removed.IsZero() {
		t.Errorf("what was seen: %+v %v", c, err)
	}
	if a, _ := d.Article(t.Context(), id); a.Comments != 1 {
		t.Errorf("%d comments, want 1", a.Comments)
	}
	if c, err := d.Comment(t.Context(), answer.ID); err != nil || c.Text != "Yes." {
		t.Errorf("the answer: %+v %v", c, err)
	}
	if n, err := d.PurgeComments(t.Context(), "ann@a.example", "shell"); err != nil || n != 0 {
		t.Errorf("again: %d, %v", n, err)
	}
}

// An editor decides whether one article has a thread; every list is told.
func TestSetThread(t *testing.T) {
	d := oneSource(t)
	id := published(t, d)
	said(t, d, db.Comment{Article: id, Name: "Ann", Text: "First.", Status: state.Approved})
	var told []string
	d.OnChange(func(scopes []string) { told = scopes })
	set := func(id string, to state.Thread) (db.Article, error) {
		a, _, err := d.EditArticle(t.Context(), id, db.Edit{Thread: &to}, "ann")
		return a, err
	}
	a, err := set(id, state.ThreadOff)
	if err != nil || a.Thread != state.ThreadOff || len(told) < 4 {
		t.Fatalf("%+v %v, told %v", a, err, told)
	}
	if list, err := d.Comments(t.Context(), db.CommentQuery{Public: true}); err != nil || len(list) != 0 {
		t.Errorf("%d comments of an article without a thread, %v", len(list), err)
	}
	if a, err = set(id, state.ThreadAsSet); err != nil || a.Thread != state.ThreadAsSet {
		t.Errorf("%+v %v", a, err)
	}
	if list, err := d.Comments(t.Context(), db.CommentQuery{Public: true}); err != nil || len(list) != 1 {
		t.Errorf("%d comments, %v", len(list), err)
	}
	if _, err := set("nosuch", state.ThreadOff); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("an unknown article: %v", err)
	}
}
