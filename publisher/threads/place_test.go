package threads

import (
	"fmt"
	"testing"

	"courant/db"
)

// thread is one of n approved comments. parent names what the i-th of them
// answers, counted from 1; 0 is the article.
func thread(n int, parent func(i int) int) []db.Comment {
	list := make([]db.Comment, n)
	for i := range list {
		list[i] = db.Comment{Seq: int64(i + 1), ID: fmt.Sprintf("c%d", i+1), Status: db.Approved}
		if p := parent(i + 1); p > 0 {
			list[i].Parent = fmt.Sprintf("c%d", p)
		}
	}
	return list
}

// PlaceOf leads to a page that shows the comment, however deep it stands.
func TestPlaceOf(t *testing.T) {
	list := thread(40, func(i int) int { return i - 1 })
	for _, c := range list {
		place, ok := PlaceOf(list, c.ID)
		if !ok || !Exists(list, place) {
			t.Fatalf("PlaceOf(%s) = %+v %v", c.ID, place, ok)
		}
		found := false
		for _, n := range New(list, place).Order {
			found = found || n.ID == c.ID
		}
		if !found {
			t.Errorf("%s is not at %+v", c.ID, place)
		}
	}
	if _, ok := PlaceOf(list, "nosuch"); ok {
		t.Error("an unknown comment has a place")
	}
	for _, bad := range []Place{{Page: 2}, {Page: 1, Root: "nosuch"}, {Page: 1, Reply: "nosuch"}} {
		if Exists(list, bad) {
			t.Errorf("Exists(%+v)", bad)
		}
	}
}

// The newest branch may come first; the answers below a comment never do, and
// none stands deeper than MaxIndent.
func TestOrder(t *testing.T) {
	list := thread(6, func(i int) int { return []int{0, 0, 1, 0, 1, 2, 3}[i] })
	for _, c := range []struct {
		name  string
		place Place
		want  string
	}{
		{"oldest first", Place{}, "c1:0 c2:1 c5:2 c4:1 c3:0 c6:1"},
		{"newest first", Place{Newest: true}, "c3:0 c6:1 c1:0 c2:1 c5:2 c4:1"},
		{"a part", Place{Root: "c2"}, "c2:0 c5:1"},
		{"no such part", Place{Root: "c9"}, ""},
	} {
		tree, got := New(list, c.place), ""
		for i, n := range tree.Order {
			if i > 0 {
				got += " "
			}
			got += fmt.Sprintf("%s:%d", n.ID, n.Depth)
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	deep := New(thread(MaxIndent+2, func(i int) int { return i - 1 }), Place{})
	if last := deep.Order[len(deep.Order)-1]; last.Depth != MaxIndent-1 || !deep.Answered(last.ID) {
		t.Errorf("the last of a deep thread is %s at %d", last.ID, last.Depth)
	}
	if n := New(nil, Place{}); n.Pages() != 1 || len(n.Page(1)) != 0 {
		t.Errorf("an empty thread has %d pages", n.Pages())
	}
}
