package pages

import (
	"html/template"

	"courant/db"
	"courant/publisher/comments"
)

// Edit is what an author makes of a comment.
type Edit struct {
	Text      string
	MaxLength int
	Problems  []comments.Problem
	Preview   *comments.Draft
}

// Report is what a reader says of a comment.
type Report struct {
	Reason    string
	MaxLength int
	Problems  []comments.Problem
}

// OwnView is a page about one comment: where its author changes it or takes it back,
// where a reader reports it.
type OwnView struct {
	Frame
	Kind    string // edit, delete or report
	Article Link
	Heading string
	Comment *CommentView // as it stands, nil where the form has all of it
	Form    *FormView
}

func (p *Pages) ownView(a db.Article, c db.Comment, kind, heading string) OwnView {
	return OwnView{
		Frame: p.frame("", heading), Kind: kind, Article: Link{Text: p.headline(a), Href: a.Path()}, Heading: heading,
		Form: &FormView{Action: "/comment/" + c.ID + "/" + kind, Bad: map[string]string{}},
	}
}

// shown is c without what may be done about it.
func (p *Pages) shown(c db.Comment) *CommentView {
	return &CommentView{
		ID: c.ID, Link: "/comment/" + c.ID, When: p.when(c.Created), Name: c.Name, Body: template.HTML(c.Body.String()),
	}
}

func (v *FormView) problems(list []comments.Problem) {
	for _, e := range list {
		v.Errors = append(v.Errors, ErrorView{e.Field, e.Message})
		v.Bad[e.Field] = e.Message
	}
}

// EditPage renders the form that changes c.
func (p *Pages) EditPage(a db.Article, c db.Comment, e Edit) ([]byte, error) {
	heading := p.words.Say("edit_comment")
	v := p.ownView(a, c, "edit", heading)
	if len(e.Problems) > 0 {
		v.Frame = p.frame("", p.words.Say("not_saved"))
	}
	v.Form.Text, v.Form.MaxLength = e.Text, e.MaxLength
	v.Form.problems(e.Problems)
	if e.Preview != nil {
		v.Form.Preview = &PreviewView{e.Preview.Name, template.HTML(e.Preview.Body.String())}
	}
	return p.render("own", v)
}

// DeletePage renders the question whether c is to be taken back.
func (p *Pages) DeletePage(a db.Article, c db.Comment) ([]byte, error) {
	v := p.ownView(a, c, "delete", p.words.Say("delete_comment"))
	v.Comment = p.shown(c)
	return p.render("own", v)
}

// ReportPage renders the form by which a reader reports c.
func (p *Pages) ReportPage(a db.Article, c db.Comment, r Report) ([]byte, error) {
	v := p.ownView(a, c, "report", p.words.Say("report_comment"))
	v.Comment = p.shown(c)
	v.Form.Text, v.Form.MaxLength = r.Reason, r.MaxLength
	v.Form.problems(r.Problems)
	return p.render("own", v)
}

// Thanks renders what a reader sees who has reported a comment.
func (p *Pages) Thanks() ([]byte, error) {
	heading := p.words.Say("report_thanks")
	return p.render("message", MessageView{
		Frame: p.frame("", heading), Heading: heading, Message: p.words.Say("report_read"),
		Links: []Link{{Text: p.words.Say("latest_comments"), Href: "/comments"}, {Text: p.words.Say("to_front"), Href: "/"}},
	})
}
