package db_test

import (
	"errors"
	"fmt"
	"testing"

	"courant/db"
	"courant/db/state"
)

// The same comment twice is one, of whoever wrote it; what a stranger posted
// before, and is held, stands in nobody's way (S12).
func TestSameComment(t *testing.T) {
	for _, c := range []struct {
		name          string
		first, second db.Comment
		want          int
	}{
		{"the same visitor", db.Comment{Visitor: "a", Network: "x", Status: state.Pending}, db.Comment{Visitor: "a", Network: "y", Status: state.Pending}, 1},
		{"no cookie yet, the same place", db.Comment{Visitor: "a", Network: "x", Status: state.Pending}, db.Comment{Visitor: "b", Network: "x", Status: state.Pending}, 1},
		{"readers see it", db.Comment{Visitor: "a", Network: "x", Status: state.Approved}, db.Comment{Visitor: "b", Network: "y", Status: state.Pending}, 1},
		{"a stranger's, held", db.Comment{Visitor: "a", Network: "x", Status: state.Pending}, db.Comment{Visitor: "b", Network: "y", Status: state.Approved}, 2},
		{"a stranger's, spam", db.Comment{Visitor: "a", Network: "x", Status: state.Spam}, db.Comment{Visitor: "b", Network: "y", Status: state.Approved}, 2},
		{"a stranger's, and nobody knows from where", db.Comment{Visitor: "a", Status: state.Pending}, db.Comment{Visitor: "b", Status: state.Pending}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, id := oneArticle(t)
			for _, comment := range []db.Comment{c.first, c.second} {
				comment.Article, comment.Name, comment.Text = id, "Ann", "Well done."
				if _, _, err := d.AddComment(t.Context(), comment); err != nil {
					t.Fatal(err)
				}
			}
			list, err := d.Comments(t.Context(), db.CommentQuery{All: true})
			if err != nil || len(list) != c.want {
				t.Errorf("%d comments, want %d (%v)", len(list), c.want, err)
			}
		})
	}
}

func oneArticle(t *testing.T) (*db.DB, string) {
	d := oneSource(t)
	ingest(t, d, true, entry("1", "One", "<p>a</p>"))
	list, err := d.Articles(t.Context(), db.ArticleQuery{})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	return d, list[0].ID
}

// What nobody sees is bounded: of one network, and of spam the oldest goes (S13).
func TestCrowd(t *testing.T) {
	d, id := oneArticle(t)
	add := func(n int, status state.Comment, network string) error {
		_, _, err := d.AddComment(t.Context(), db.Comment{Article: id, Name: "Ann", Text: fmt.Sprint(n), Network: network, Visitor: fmt.Sprint(n), Status: status})
		return err
	}
	for n := range 50 {
		if err := add(n, state.Pending, "x"); err != nil {
			t.Fatal(err)
		}
	}
	if err := add(50, state.Pending, "x"); !errors.Is(err, db.ErrCrowded) {
		t.Errorf("one more of the same network: %v", err)
	}
	if err := add(51, state.Pending, "y"); err != nil {
		t.Errorf("of another network: %v", err)
	}
	if err := add(52, state.Approved, "x"); err != nil {
		t.Errorf("one that waits for nobody: %v", err)
	}
}
