package threads

import (
	"net/url"
	"slices"
	"strconv"
)

// Place names a part of a thread.
type Place struct {
	Newest bool   // newest first
	Usual  bool   // newest first is what is shown where the address does not say
	Page   int    // from 1
	Root   string // only this comment and what answers it; empty: all
	Reply  string // the comment that the form answers, or empty
}

// Query is p as the query of an article's address, with its "?", in the one
// form that is kept.
func (p Place) Query() string {
	q := url.Values{}
	switch {
	case p.Newest == p.Usual:
	case p.Newest:
		q.Set("sort", "newest")
	default:
		q.Set("sort", "oldest")
	}
	if p.Page > 1 {
		q.Set("page", strconv.Itoa(p.Page))
	}
	if p.Root != "" {
		q.Set("thread", p.Root)
	}
	if p.Reply != "" {
		q.Set("reply", p.Reply)
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

// Find finds a comment in its thread: the part of the thread whose page shows
// it, by the comment with which that part begins, 0 for the whole, and the page.
// An unknown comment has page 0. newest says in which order pages are counted.
func Find(o Outline, seq int64, newest bool) (root int64, page int) {
	f := familyOf(o)
	i := f.place(seq)
	if i < 0 {
		return 0, 0
	}
	var chain []int32 // from the top of the thread down to it
	for ; i >= 0; i = f.parent[i] {
		chain = append(chain, i)
	}
	slices.Reverse(chain)
	// Each step of the loop goes to the page on which a too deep part continues.
	for ; len(chain) > MaxIndent; chain = chain[MaxIndent-1:] {
		root = o.Seqs[chain[MaxIndent-1]]
	}
	for i, n := range New(o, root, newest) {
		if n.Seq == seq {
			return root, i/PerPage + 1
		}
	}
	return 0, 0
}
