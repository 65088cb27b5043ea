// Package threads says where in an article's thread a comment stands: below
// which other, on which page, in which order. It is pure: numbers in, places
// out. New orders the comments of a thread; PlaceOf finds one of them.
//
// A thread is paged like this. The comments that answer none that is visible
// begin branches, oldest branch first or, where the reader likes, newest first;
// below a comment stand its answers, always oldest first, so that a talk reads
// on. Written depth first that is one row of comments, and each PerPage of them
// are a page: a branch may go on over the next one, which then names what its
// first comment answers. No comment stands deeper than MaxIndent: what answers
// the last one has a part of the thread to itself (Place.Root), which begins
// with that comment, is paged in the same way, and may have parts below it in
// its turn. A new comment at the end of an oldest-first thread so leaves every
// earlier page as it was, and a link to a comment holds while its branch does.
package threads

import "slices"

const (
	// PerPage is how many comments one page of a thread shows: as much as one
	// scrolls through, and half a megabyte where each is as long as may be.
	PerPage = 100
	// MaxIndent is how deep replies stand inside each other; the rest continues
	// on a page of its own.
	MaxIndent = 6
)

// Outline is all that places are counted from: the numbers (db.Comment.Seq) of
// the visible comments of a thread, oldest first, and beside each that of the
// comment it answers, 0 for none.
type Outline struct{ Seqs, Parents []int64 }

// Tree is a thread, or a part of one, in the order in which it is shown: what of
// it stands in that part, depth first.
type Tree []Node

// Node is a comment with how many of those before it, each an answer to the
// last, stand above it.
type Node struct {
	Seq      int64
	Parent   int64 // the visible comment it answers, 0 for none
	Depth    int
	Answered bool // by a visible comment
}

// New orders the part of a thread that begins with the comment root, or all of
// it where root is 0.
func New(o Outline, root int64, newest bool) Tree {
	f := familyOf(o)
	t := make(Tree, 0, len(o.Seqs))
	if root != 0 {
		if i := f.place(root); i >= 0 {
			t = f.walk(t, i, 0)
		}
		return t
	}
	// A reply stays below what it answers, and below older replies, whichever
	// branches come first.
	var tops []int32
	for i := f.top; i >= 0; i = f.next[i] {
		tops = append(tops, i)
	}
	for n := range tops {
		if newest {
			n = len(tops) - 1 - n
		}
		t = f.walk(t, tops[n], 0)
	}
	return t
}

// family is an outline with the way from each comment to those that answer it.
// Comments are named by where they stand in the outline, -1 for none.
type family struct {
	Outline
	top                 int32   // the first that answers none that is visible
	parent, first, next []int32 // next is the next with the same parent
}

func familyOf(o Outline) family {
	n := len(o.Seqs)
	rows := make([]int32, 3*n)
	f := family{Outline: o, top: -1, parent: rows[:n], first: rows[n : 2*n], next: rows[2*n:]}
	for i := range rows {
		rows[i] = -1
	}
	for i := n - 1; i >= 0; i-- { // each becomes the first of its parent's
		head := &f.top
		if o.Parents[i] != 0 {
			if p := f.place(o.Parents[i]); p >= 0 {
				f.parent[i], head = p, &f.first[p]
			}
		}
		f.next[i], *head = *head, int32(i)
	}
	return f
}

// place is where the comment seq stands.
func (f *family) place(seq int64) int32 {
	if i, ok := slices.BinarySearch(f.Seqs, seq); ok {
		return int32(i)
	}
	return -1
}

func (f *family) walk(t Tree, i int32, depth int) Tree {
	t = append(t, f.node(i, depth))
	if depth+1 == MaxIndent {
		return t // they have a page of their own
	}
	for c := f.first[i]; c >= 0; c = f.next[c] {
		t = f.walk(t, c, depth+1)
	}
	return t
}

func (f *family) node(i int32, depth int) Node {
	n := Node{Seq: f.Seqs[i], Depth: depth, Answered: f.first[i] >= 0}
	if p := f.parent[i]; p >= 0 {
		n.Parent = f.Seqs[p]
	}
	return n
}

// Pages is how many pages t fills, at least one.
func (t Tree) Pages() int { return max(1, (len(t)+PerPage-1)/PerPage) }

// Page is what stands on a page; where there is none of that number, on the
// nearest.
func (t Tree) Page(number int) []Node {
	number = min(max(1, number), t.Pages())
	return t[(number-1)*PerPage : min(number*PerPage, len(t))]
}
