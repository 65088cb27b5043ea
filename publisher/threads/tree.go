// Package threads says where in an article's thread a comment stands: below
// which other, on which page, in which order. It is pure: comments in, places
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

import (
	"slices"

	"courant/db"
)

const (
	// PerPage is how many comments one page of a thread shows: some 100 KB with
	// long comments.
	PerPage = 200
	// MaxIndent is how deep replies stand inside each other; the rest continues
	// on a page of its own.
	MaxIndent = 6
)

// Tree is a thread in the order in which it is shown. Order holds what of it
// stands at its Place, depth first.
type Tree struct {
	Order    []Node
	byID     map[string]*db.Comment
	answered map[string]bool
}

// Node is a comment with how many of those before it, each an answer to the
// last, stand above it.
type Node struct {
	*db.Comment // of the list that New was given
	Depth       int
}

// New orders a thread for a place. list are the comments that are visible,
// oldest first.
func New(list []db.Comment, place Place) Tree {
	t := Tree{byID: make(map[string]*db.Comment, len(list)), answered: map[string]bool{}}
	for i := range list {
		t.byID[list[i].ID] = &list[i]
	}
	children := map[string][]string{} // under "" the comments whose parent is not shown
	for i := range list {
		c := &list[i]
		parent := c.Parent
		if _, shown := t.byID[parent]; !shown {
			parent = ""
		}
		children[parent] = append(children[parent], c.ID)
		t.answered[parent] = true
	}
	roots := children[""]
	if place.Root != "" {
		roots = []string{place.Root}
	}
	if place.Newest {
		slices.Reverse(roots) // a reply stays below what it answers, and below older replies
	}
	for _, id := range roots {
		t.walk(id, 0, children)
	}
	return t
}

func (t *Tree) walk(id string, depth int, children map[string][]string) {
	c, ok := t.byID[id]
	if !ok {
		return
	}
	t.Order = append(t.Order, Node{c, depth})
	if depth+1 == MaxIndent {
		return // they have a page of their own
	}
	for _, child := range children[id] {
		t.walk(child, depth+1, children)
	}
}

// Comment is the one called id, at whatever place, and whether it is visible.
func (t *Tree) Comment(id string) (db.Comment, bool) {
	if c := t.byID[id]; c != nil {
		return *c, true
	}
	return db.Comment{}, false
}

// Answered reports whether a visible comment answers the one called id.
func (t *Tree) Answered(id string) bool { return t.answered[id] }

// Pages is how many pages t fills, at least one.
func (t *Tree) Pages() int { return max(1, (len(t.Order)+PerPage-1)/PerPage) }

// Page is what stands on a page, from 1 to Pages.
func (t *Tree) Page(number int) []Node {
	return t.Order[(number-1)*PerPage : min(number*PerPage, len(t.Order))]
}
