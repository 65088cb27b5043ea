package pages

import (
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"time"

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

// Thread is what the comment section under an article shows.
type Thread struct {
	Comments []db.Comment // the visible ones, oldest first
	Place    Place
	Form     *Form         // nil: the thread is closed
	OpenFor  time.Duration // how long it was open, where it is closed
}

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

// ThreadView is the comment section.
type ThreadView struct {
	Heading string // "Comments (3)"
	Empty   string
	Orders  []Link // oldest, newest
	Whole   string // address of the whole thread, where this is a part
	Pages   []Link
	List    []CommentView
	Closed  string
	Form    *FormView
}

// CommentView is a comment as a page shows it.
type CommentView struct {
	ID       string
	Gone     string // what stands in place of a removed one
	Name     string
	When     When
	Link     string
	Body     template.HTML
	Waiting  bool // for review, shown to its author alone
	Answers  Link // the comment it answers, where that does not stand above it
	Reply    string
	Report   template.URL
	Replies  []CommentView
	Collapse string // "3 replies"
	Continue string // address of what is nested too deep to show here
}

// thread makes the comment section of a.
func (p *Pages) thread(a db.Article, t Thread) *ThreadView {
	v := &ThreadView{Heading: fmt.Sprintf("Comments (%s)", thousands(a.Comments))}
	if len(t.Comments) == 0 {
		v.Empty = "No comments yet. Be the first to comment!"
	}
	if len(t.Comments) > 1 {
		oldest, newest := t.Place, t.Place
		oldest.Newest, newest.Newest = false, true
		for _, o := range []*Place{&oldest, &newest} {
			o.Page, o.Reply = 1, ""
		}
		v.Orders = []Link{
			{"Oldest first", a.Path() + oldest.Query() + "#comments", !t.Place.Newest},
			{"Newest first", a.Path() + newest.Query() + "#comments", t.Place.Newest},
		}
	}
	if t.Place.Root != "" {
		v.Whole = "/comment/" + t.Place.Root
	}
	tree := newTree(t.Comments, t.Place)
	p.fill(v, tree, a, t)
	if t.Form != nil {
		v.Form = p.form(a, *t.Form)
	} else {
		if v.Empty != "" {
			v.Empty = "No comments."
		}
		v.Closed = "Comments closed after " + forText(t.OpenFor) + "."
	}
	return v
}

// tree is a thread in the order in which it is shown.
type tree struct {
	order    []node // depth first
	byID     map[string]db.Comment
	answered map[string]bool
}

type node struct {
	db.Comment
	depth int
}

func newTree(list []db.Comment, place Place) tree {
	t := tree{byID: make(map[string]db.Comment, len(list)), answered: map[string]bool{}}
	for _, c := range list {
		t.byID[c.ID] = c
	}
	children := map[string][]string{} // under "" the comments whose parent is not shown
	for _, c := range list {
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

func (t *tree) walk(id string, depth int, children map[string][]string) {
	c, ok := t.byID[id]
	if !ok {
		return
	}
	t.order = append(t.order, node{c, depth})
	if depth+1 == MaxIndent {
		return // they have a page of their own
	}
	for _, child := range children[id] {
		t.walk(child, depth+1, children)
	}
}

// fill puts one page of the tree into v.
func (p *Pages) fill(v *ThreadView, t tree, a db.Article, th Thread) {
	last := max(1, (len(t.order)+PerPage-1)/PerPage)
	page := min(max(1, th.Place.Page), last)
	for i := 1; i <= last && last > 1; i++ {
		to := th.Place
		to.Page, to.Reply = i, ""
		v.Pages = append(v.Pages, Link{strconv.Itoa(i), a.Path() + to.Query() + "#comments", i == page})
	}
	// above holds the comments that the next one can stand below, each in the
	// list of the one before it.
	type level struct {
		id    string
		depth int
		view  *CommentView
	}
	top := &CommentView{}
	above := []level{{"", -1, top}}
	for _, n := range t.order[(page-1)*PerPage : min(page*PerPage, len(t.order))] {
		for above[len(above)-1].depth >= n.depth {
			above = above[:len(above)-1]
		}
		parent := above[len(above)-1]
		c := p.comment(n.Comment, a, th)
		if answered, ok := t.byID[n.Parent]; ok && parent.id != n.Parent {
			c.Answers = Link{Text: answered.Name, Href: "/comment/" + n.Parent}
			if answered.Tombstone() {
				c.Answers.Text = "a removed comment"
			}
		}
		if n.depth+1 == MaxIndent && t.answered[n.ID] {
			c.Continue = a.Path() + Place{Root: n.ID}.Query() + "#c-" + n.ID
		}
		parent.view.Replies = append(parent.view.Replies, c)
		above = append(above, level{n.ID, n.depth, &parent.view.Replies[len(parent.view.Replies)-1]})
	}
	v.List = top.Replies
	collapse(v.List)
}

// collapse names what each comment's replies are called when they are folded.
func collapse(list []CommentView) int {
	total := 0
	for i := range list {
		n := collapse(list[i].Replies)
		if n > 0 {
			list[i].Collapse = plural(n, "reply")
			if n > 1 {
				list[i].Collapse = thousands(n) + " replies"
			}
		}
		total += n + 1
	}
	return total
}

func (p *Pages) comment(c db.Comment, a db.Article, th Thread) CommentView {
	v := CommentView{ID: c.ID, Link: "/comment/" + c.ID, When: p.when(c.Created)}
	if c.Tombstone() {
		v.Gone = "Comment removed by the desk"
		return v
	}
	v.Name, v.Body, v.Waiting = c.Name, template.HTML(c.Body.String()), c.Status == db.Pending
	if v.Waiting {
		return v
	}
	if th.Form != nil {
		to := th.Place
		to.Reply = c.ID
		v.Reply = a.Path() + to.Query() + "#form"
	}
	if p.site.Email != "" {
		v.Report = template.URL("mailto:" + url.PathEscape(p.site.Email) + "?" +
			mailQuery("Report of a comment", p.site.Base+"/comment/"+c.ID))
	}
	return v
}

// PlaceOf finds a comment in its thread, which is given as Thread.Comments is:
// the part of the thread whose page shows it.
func PlaceOf(comments []db.Comment, id string) (Place, bool) {
	byID := map[string]db.Comment{}
	for _, c := range comments {
		byID[c.ID] = c
	}
	if _, ok := byID[id]; !ok {
		return Place{}, false
	}
	var place Place
	// Each step of the loop goes to the page on which a too deep part continues.
	for chain := ancestors(byID, id); len(chain) > MaxIndent; chain = chain[MaxIndent-1:] {
		place.Root = chain[MaxIndent-1]
	}
	for i, n := range newTree(comments, place).order {
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
	return place.Page <= 1 || (place.Page-1)*PerPage < len(newTree(comments, place).order)
}

// ancestors is the way from the top of the thread down to id.
func ancestors(byID map[string]db.Comment, id string) []string {
	var chain []string
	for c, ok := byID[id]; ok; c, ok = byID[c.Parent] {
		chain = append(chain, c.ID)
	}
	slices.Reverse(chain)
	return chain
}
