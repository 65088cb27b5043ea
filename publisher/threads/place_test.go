package threads

import (
	"fmt"
	"strings"
	"testing"

	"courant/db/dbtest/linear"
)

// thread is one of n comments. parent names what the i-th of them answers,
// counted from 1; 0 is the article.
func thread(n int, parent func(i int) int) (o Outline) {
	for i := 1; i <= n; i++ {
		o.Seqs, o.Parents = append(o.Seqs, int64(i)), append(o.Parents, int64(parent(i)))
	}
	return o
}

// Find leads to a page that shows the comment, however deep it stands.
func TestFind(t *testing.T) {
	o := thread(40, func(i int) int { return i - 1 })
	for _, seq := range o.Seqs {
		root, page := Find(o, seq, false)
		found := false
		for _, n := range New(o, root, false).Page(page) {
			found = found || n.Seq == seq
		}
		if page < 1 || !found {
			t.Errorf("Find(%d) = %d %d, where it is not", seq, root, page)
		}
	}
	if _, page := Find(o, 41, false); page != 0 {
		t.Error("an unknown comment has a place")
	}
}

// The newest branch may come first; the answers below a comment never do, and
// none stands deeper than MaxIndent. What answers a comment that is not visible
// begins a branch.
func TestOrder(t *testing.T) {
	o := thread(6, func(i int) int { return []int{0, 0, 1, 0, 1, 2, 3}[i] })
	unseen := Outline{Seqs: []int64{2, 3, 5}, Parents: []int64{1, 2, 4}}
	for _, c := range []struct {
		name   string
		o      Outline
		root   int64
		newest bool
		want   string
	}{
		{"oldest first", o, 0, false, "1:0 2:1 5:2 4:1 3:0 6:1"},
		{"newest first", o, 0, true, "3:0 6:1 1:0 2:1 5:2 4:1"},
		{"a part", o, 2, false, "2:0 5:1"},
		{"no such part", o, 9, false, ""},
		{"answers to what is not there", unseen, 0, false, "2:0 3:1 5:0"},
	} {
		var got []string
		for _, n := range New(c.o, c.root, c.newest) {
			got = append(got, fmt.Sprintf("%d:%d", n.Seq, n.Depth))
		}
		if got := strings.Join(got, " "); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	if n := New(unseen, 0, false); n[0].Parent != 0 || !n[0].Answered || n[1].Parent != 2 || n[1].Answered {
		t.Errorf("who answers whom: %+v", n)
	}
	deep := New(thread(MaxIndent+2, func(i int) int { return i - 1 }), 0, false)
	if last := deep[len(deep)-1]; last.Depth != MaxIndent-1 || !last.Answered {
		t.Errorf("the last of a deep thread is %d at %d", last.Seq, last.Depth)
	}
	if n := New(Outline{}, 0, false); n.Pages() != 1 || len(n.Page(1)) != 0 {
		t.Errorf("an empty thread has %d pages", n.Pages())
	}
}

// Pages follow each other, and Find agrees with them.
func TestPages(t *testing.T) {
	o := thread(5*PerPage+1, func(i int) int {
		if i%3 == 0 {
			return i - 1
		}
		return 0
	})
	tree := New(o, 0, false)
	if tree.Pages() != 6 || len(tree.Page(6)) != 1 || len(tree.Page(1)) != PerPage {
		t.Fatalf("%d pages, the last of %d", tree.Pages(), len(tree.Page(6)))
	}
	for i := 0; i < len(tree); i += 99 {
		if root, page := Find(o, tree[i].Seq, false); root != 0 || page != i/PerPage+1 {
			t.Errorf("Find(%d) = %d %d, want page %d", tree[i].Seq, root, page, i/PerPage+1)
		}
	}
}

// In either order Find leads to the page that shows the comment, and an address says
// its order where that is not the usual one.
func TestOrders(t *testing.T) {
	o := thread(3*PerPage, func(int) int { return 0 })
	if _, page := Find(o, 1, true); page != 3 {
		t.Errorf("newest first, the oldest is on page %d, want 3", page)
	}
	if _, page := Find(o, 1, false); page != 1 {
		t.Errorf("oldest first, the oldest is on page %d, want 1", page)
	}
	for want, p := range map[string]Place{
		"": {Newest: true, Usual: true}, "?sort=oldest": {Usual: true}, "?sort=newest": {Newest: true}, "?page=2": {Page: 2},
	} {
		if got := p.Query(); got != want {
			t.Errorf("%+v is %q, want %q", p, got, want)
		}
	}
}

// A thread of twice as many comments takes twice as long, whatever its shape.
func TestLinear(t *testing.T) {
	for name, parent := range map[string]func(i int) int{
		"flat": func(int) int { return 0 }, "chain": func(i int) int { return i - 1 }, "star": func(i int) int { return min(i-1, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			linear.Check(t, func(n int) string { return strings.Repeat("x", n) }, func(s []byte) {
				o := thread(len(s), parent)
				New(o, 0, true)
				Find(o, int64(len(s)), true)
			})
		})
	}
}
