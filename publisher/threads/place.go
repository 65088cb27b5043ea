package threads

import (
	"net/url"
	"slices"
	"strconv"

	"courant/db"
)

// Place names a part of a thread.
type Place struct {
	Newest bool   // newest first
	Page   int    // from 1
	Root   string // only this comment and what answers it; empty: all
	Reply  string // the comment that the form answers, or empty
}

// Query is p as the query of an article's address, with its "?", in the one
// form that is kept.
func (p Place) Query() string {
	q := url.Values{}
	if p.Newest {
		q.Set("sort", "newest")
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

// PlaceOf finds a comment in its thread, given as New takes it: the part of the
// thread whose page shows it.
func PlaceOf(comments []db.Comment, id string) (Place, bool) {
	byID := make(map[string]*db.Comment, len(comments))
	for i := range comments {
		byID[comments[i].ID] = &comments[i]
	}
	if _, ok := byID[id]; !ok {
		return Place{}, false
	}
	var place Place
	// Each step of the loop goes to the page on which a too deep part continues.
	for chain := ancestors(byID, id); len(chain) > MaxIndent; chain = chain[MaxIndent-1:] {
		place.Root = chain[MaxIndent-1]
	}
	for i, n := range New(comments, place).Order {
		if n.ID == id {
			place.Page = i/PerPage + 1
			return place, true
		}
	}
	return Place{}, false
}

// Exists reports whether a thread has the part that place names: its page, and
// the comments that it is about.
func Exists(comments []db.Comment, place Place) bool {
	seen := func(id string) bool {
		return id == "" || slices.ContainsFunc(comments, func(c db.Comment) bool { return c.ID == id && c.Status == db.Approved })
	}
	root := place.Root == "" || slices.ContainsFunc(comments, func(c db.Comment) bool { return c.ID == place.Root })
	if !root || !seen(place.Reply) {
		return false
	}
	return place.Page <= 1 || (place.Page-1)*PerPage < len(New(comments, place).Order)
}

// ancestors is the way from the top of the thread down to id.
func ancestors(byID map[string]*db.Comment, id string) []string {
	var chain []string
	for c, ok := byID[id]; ok; c, ok = byID[c.Parent] {
		chain = append(chain, c.ID)
	}
	slices.Reverse(chain)
	return chain
}
