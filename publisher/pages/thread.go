package pages

import (
	"html/template"
	"strconv"
	"time"

	"courant/db"
	"courant/db/state"
	"courant/db/text"
	"courant/publisher/threads"
)

// unreadFor is how long after a comment was posted its author may change it and nobody
// be told: whoever finds a slip does so at once.
const unreadFor = time.Minute

// quoteChars is how much is quoted of a comment that is answered elsewhere.
const quoteChars = 160

// Thread is what the comment section under an article shows.
type Thread struct {
	Tree     threads.Tree         // the part of it that Place begins
	Whole    int                  // how many comments are visible in all
	Comments map[int64]db.Comment // by Seq: those on the page at Place, and those that these answer
	First    []db.Comment         // the first approved ones, at most Described
	Place    threads.Place
	Form     *Form          // nil: the thread is closed
	OpenFor  time.Duration  // how long it was open, where time closed it; 0: an editor did
	Own      map[int64]bool // those that whom the page is for may still change
}

// ThreadView is the comment section.
type ThreadView struct {
	Heading string // "Comments (3)"
	Empty   string
	Orders  []Link // oldest, newest
	Write   bool   // the way to the form is worth a link
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
	Waiting  bool   // for review, shown to its author alone
	Edited   bool   // by its author, later than nobody may have read it
	Edit     string // address of the form that changes it, for its author alone
	Delete   string // likewise
	From     Link   // the source it was made at; of one that was made here nothing
	Answers  Link   // the comment it answers, where that does not stand above it
	Quote    string // how that comment begins
	Reply    string
	Report   string
	Replies  []CommentView
	Collapse string // "3 replies"
	Continue string // address of what is nested too deep to show here
}

// thread makes the comment section of a.
func (p *Pages) thread(a db.Article, t Thread) *ThreadView {
	v := &ThreadView{Heading: p.words.Say("comments_heading", "N", p.words.Number(a.Comments))}
	if t.Whole == 0 {
		v.Empty = p.words.Say("be_first")
	}
	if t.Whole > 1 {
		oldest, newest := t.Place, t.Place
		oldest.Newest, newest.Newest = false, true
		for _, o := range []*threads.Place{&oldest, &newest} {
			o.Page, o.Reply = 1, ""
		}
		v.Orders = []Link{
			{p.words.Say("oldest_first"), a.Path() + oldest.Query() + "#comments", !t.Place.Newest},
			{p.words.Say("newest_first"), a.Path() + newest.Query() + "#comments", t.Place.Newest},
		}
	}
	if t.Place.Root != "" {
		v.Whole = "/comment/" + t.Place.Root
	}
	p.fill(v, a, t)
	if t.Form != nil {
		v.Write = t.Whole > 0
		v.Form = p.form(a, *t.Form)
	} else {
		if v.Empty != "" {
			v.Empty = p.words.Say("no_comments")
		}
		v.Closed = p.words.Say("comments_closed")
		if t.OpenFor > 0 {
			v.Closed = p.words.Say("closed_after", "Time", p.lasting(t.OpenFor))
		}
	}
	return v
}

// fill puts the page of t into v.
func (p *Pages) fill(v *ThreadView, a db.Article, t Thread) {
	last := t.Tree.Pages()
	page := min(max(1, t.Place.Page), last)
	for i := 1; i <= last && last > 1; i++ {
		to := t.Place
		to.Page, to.Reply = i, ""
		v.Pages = append(v.Pages, Link{strconv.Itoa(i), a.Path() + to.Query() + "#comments", i == page})
	}
	// above holds the comments that the next one can stand below, each in the
	// list of the one before it.
	type level struct {
		seq   int64
		depth int
		view  *CommentView
	}
	top, quotes := &CommentView{}, map[int64]string{}
	above := []level{{0, -1, top}}
	for _, n := range t.Tree.Page(page) {
		for above[len(above)-1].depth >= n.Depth {
			above = above[:len(above)-1]
		}
		parent := above[len(above)-1]
		c := p.comment(t.Comments[n.Seq], a, t)
		if n.Parent != 0 && parent.seq != n.Parent {
			answered := t.Comments[n.Parent]
			c.Answers = Link{Text: answered.Name, Href: "/comment/" + answered.ID}
			if c.Quote = quotes[n.Parent]; c.Quote == "" {
				c.Quote = text.Cut(answered.Body.PlainText(), quoteChars)
				quotes[n.Parent] = c.Quote // many may answer one
			}
			if answered.Tombstone() {
				c.Answers.Text, c.Quote = p.words.Say("removed_comment"), ""
			}
		}
		if n.Depth+1 == threads.MaxIndent && n.Answered {
			c.Continue = a.Path() + threads.Place{Root: c.ID, Newest: t.Place.Usual, Usual: t.Place.Usual}.Query() + "#c-" + c.ID
		}
		parent.view.Replies = append(parent.view.Replies, c)
		above = append(above, level{n.Seq, n.Depth, &parent.view.Replies[len(parent.view.Replies)-1]})
	}
	v.List = top.Replies
	p.collapse(v.List)
}

// collapse names what each comment's replies are called when they are folded.
func (p *Pages) collapse(list []CommentView) int {
	total := 0
	for i := range list {
		n := p.collapse(list[i].Replies)
		if n > 0 {
			list[i].Collapse = p.words.Count("reply_count", n)
		}
		total += n + 1
	}
	return total
}

// from is the source that a comment was made at, with its page there.
func from(c db.Comment) Link {
	if c.Origin == "" {
		return Link{}
	}
	return Link{Text: c.OriginName, Href: c.Link}
}

func (p *Pages) comment(c db.Comment, a db.Article, th Thread) CommentView {
	v := CommentView{ID: c.ID, Link: "/comment/" + c.ID, When: p.when(c.Created)}
	if c.Status != state.Approved && c.Status != state.Pending { // a tombstone, or taken away a moment ago
		v.Gone = p.words.Say("removed_by_desk")
		if c.Taken {
			v.Gone = p.words.Say("removed_by_author")
		}
		return v
	}
	v.Name, v.Body, v.Waiting = c.Name, template.HTML(c.Body.String()), c.Status == state.Pending
	v.Edited = c.Edited.Sub(c.Created) > unreadFor
	v.From = from(c)
	if th.Own[c.Seq] {
		v.Delete = v.Link + "/delete"
		if th.Form != nil {
			v.Edit = v.Link + "/edit"
		}
	}
	if v.Waiting {
		return v
	}
	if th.Form != nil {
		to := th.Place
		to.Reply = c.ID
		v.Reply = a.Path() + to.Query() + "#form"
	}
	if v.Edit == "" {
		v.Report = v.Link + "/report"
	}
	return v
}
