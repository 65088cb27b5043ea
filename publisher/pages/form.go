package pages

import (
	"html/template"

	"courant/db"
	"courant/db/text"
	"courant/publisher/comments"
)

// Form is a comment's form: empty under an article, or filled where it is
// shown again.
type Form struct {
	Stamp     string
	MaxLength int
	Parent    *db.Comment // that it answers, or nil
	Filled    comments.Submission
	Problems  []comments.Problem
	Preview   *comments.Draft
	Waits     bool // what is posted is held at first
}

// FormView is the form, ready to show.
type FormView struct {
	Action    string
	Stamp     string
	MaxLength int
	Parent    string // id
	Answers   Link   // "Ann", and her comment
	Quote     string // how that begins
	Cancel    string // the page without the answer
	Name      string
	Email     string
	Text      string
	Errors    []ErrorView
	Bad       map[string]string // what is wrong, by field
	Preview   *PreviewView
	Waits     bool
}

// ErrorView is a line of the list on top of a form.
type ErrorView struct{ Field, Message string }

// PreviewView is a comment as it would look.
type PreviewView struct {
	Name string
	Body template.HTML
}

func (p *Pages) form(a db.Article, f Form) *FormView {
	v := &FormView{
		Action: a.Path() + "/comments", Stamp: f.Stamp, MaxLength: f.MaxLength, Waits: f.Waits,
		Name: f.Filled.Name, Email: f.Filled.Email, Text: f.Filled.Text, Bad: map[string]string{},
	}
	if f.Parent != nil {
		v.Parent, v.Answers = f.Parent.ID, Link{Text: f.Parent.Name, Href: "/comment/" + f.Parent.ID}
		v.Quote = text.Cut(f.Parent.Body.PlainText(), quoteChars)
		v.Cancel = a.Path() + "#form"
	}
	v.problems(f.Problems)
	if f.Preview != nil {
		v.Preview = &PreviewView{f.Preview.Name, template.HTML(f.Preview.Body.String())}
	}
	return v
}

// FormPageView is the page that answers a preview or a form with mistakes.
type FormPageView struct {
	Frame
	Article Link
	Form    *FormView
}

// FormPage renders a filled form by itself.
func (p *Pages) FormPage(a db.Article, f Form) ([]byte, error) {
	title := p.words.Say("preview_title")
	if len(f.Problems) > 0 {
		title = p.words.Say("not_posted")
	}
	v := FormPageView{Frame: p.frame("", title), Article: Link{Text: p.headline(a), Href: a.Path()}, Form: p.form(a, f)}
	return p.render("form", v)
}
