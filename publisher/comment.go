package publisher

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"courant/db"
	"courant/db/conduct"
	"courant/db/state"
	"courant/publisher/comments"
	"courant/publisher/web"
	"courant/publisher/words"
)

// takeForm reads a form before anything is looked for that it is about.
func takeForm(next web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := web.ParseForm(r); err != nil {
			return err
		}
		return next(w, r)
	}
}

// postComment takes a comment's form, to show it or to post it.
func (p *Publisher) postComment(w http.ResponseWriter, r *http.Request, a db.Article) error {
	switch {
	case !p.talks(a):
		return &web.Error{Status: http.StatusForbidden, Message: "Comments are switched off."}
	case p.closed(a, p.now()):
		return &web.Error{Status: http.StatusForbidden, Message: "Comments on this article are closed."}
	}
	switch action := r.PostForm.Get("action"); action {
	case "preview":
		return p.preview(w, r, a)
	case "post", "": // a program may leave it out
		return p.accept(w, r, a)
	default:
		return &web.Error{Status: http.StatusBadRequest, Message: "A comment is either previewed or posted."}
	}
}

// filled is a comment's form that was read and checked.
type filled struct {
	comments.Submission
	draft    comments.Draft
	parent   *db.Comment
	problems []comments.Problem
	status   int // of the answer where there are problems
}

func submission(form url.Values) comments.Submission {
	return comments.Submission{
		Name: form.Get("name"), Email: form.Get("email"), Text: form.Get("text"),
		Parent: form.Get("parent"), Stamp: form.Get("stamp"), Trap: form.Get("website"),
	}
}

// tooMany shows the form again, which is not judged: nothing that was written
// is lost to whoever was too quick.
func (p *Publisher) tooMany(w http.ResponseWriter, r *http.Request, a db.Article, message string, wait time.Duration) error {
	f := filled{
		Submission: submission(r.PostForm), status: http.StatusTooManyRequests,
		problems: []comments.Problem{{Field: "text", Message: message}},
	}
	if f.Parent != "" {
		c, err := p.store.Comment(r.Context(), f.Parent)
		switch {
		case err == nil && c.Article == a.ID && c.Status == state.Approved:
			f.parent = &c
		case err != nil && !errors.Is(err, db.ErrNotFound):
			return err
		}
	}
	web.SetRetryAfter(w.Header(), wait)
	return p.again(w, r, a, f)
}

// read reads the form and lists what is wrong with it.
func (p *Publisher) read(ctx context.Context, form url.Values, a db.Article) (filled, error) {
	f := filled{Submission: submission(form)}
	f.draft, f.problems = p.judge.Check(f.Submission)
	f.status = http.StatusUnprocessableEntity
	if p.judge.ReadStamp(f.Stamp, a.ID, p.now()) == comments.StampOld {
		f.problems = append(f.problems, comments.Problem{Field: "text", Message: p.words.Say("stale_form")})
	}
	if f.Parent == "" {
		return f, nil
	}
	c, err := p.store.Comment(ctx, f.Parent)
	switch {
	case err == nil && c.Article == a.ID && c.Status == state.Approved:
		f.parent = &c
	case err == nil || errors.Is(err, db.ErrNotFound):
		f.parentGone(p.words)
	default:
		return f, err
	}
	return f, nil
}

// parentGone says that the comment to be answered is not there (V12, V13); the
// text is kept, to be posted by itself.
func (f *filled) parentGone(w *words.Words) {
	f.problems = append(f.problems, comments.Problem{Field: "text", Message: w.Say("lost_parent")})
	f.Parent, f.parent, f.status = "", nil, http.StatusBadRequest
}

// again shows the form with what was typed.
func (p *Publisher) again(w http.ResponseWriter, r *http.Request, a db.Article, f filled) error {
	form := p.emptyForm(a, p.now())
	form.Parent, form.Filled, form.Problems = f.parent, f.Submission, f.problems
	status := f.status
	if len(f.problems) == 0 {
		p.served(r, a.ID) // its form has a stamp too (V23)
		form.Preview, status = &f.draft, http.StatusOK
	}
	body, err := p.view().FormPage(a, *form)
	if err != nil {
		return err
	}
	return p.once(w, r, status, body)
}

func (p *Publisher) preview(w http.ResponseWriter, r *http.Request, a db.Article) error {
	if wait, ok := p.judge.AllowPreview(web.Address(r, p.proxies), p.now()); !ok {
		return p.tooMany(w, r, a, p.words.Say("many_previews"), wait)
	}
	f, err := p.read(r.Context(), r.PostForm, a)
	if err != nil {
		return err
	}
	return p.again(w, r, a, f)
}

// patience is how long a comment may wait to be stored: with what is left of a
// second its writer is led to it, or told to come again.
const patience = 800 * time.Millisecond

// accept stores a comment and leads its writer to it.
func (p *Publisher) accept(w http.ResponseWriter, r *http.Request, a db.Article) error {
	from := web.Address(r, p.proxies)
	visitor := p.visitor(r)
	who, err := p.mayPost(from, visitor, r.PostForm.Get("text"), a.ID, "")
	if crowded, is := errors.AsType[conduct.RateError](err); is {
		return p.tooMany(w, r, a, p.words.Say("many_comments"), crowded.Wait)
	}
	if err != nil {
		return err
	}
	f, err := p.read(r.Context(), r.PostForm, a)
	if err != nil {
		return err
	}
	if len(f.problems) > 0 {
		return p.again(w, r, a, f)
	}
	// Whoever waits for the one writer for longer is told to come again.
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	var cookie string
	if visitor == "" {
		visitor, cookie = p.judge.NewVisitor()
	}
	check := p.check(ctx, who, comments.Posting{Draft: f.draft, Stamp: f.Stamp, Trap: f.Trap, Article: a.ID, From: from})
	c, added, err := p.store.AddComment(ctx, db.Comment{
		Article: a.ID, Parent: f.Parent, Name: f.draft.Name, Email: f.draft.Email, Text: f.draft.Text, Body: f.draft.Body,
		Visitor: visitor, Network: p.judge.Network(from, p.now()), Around: p.judge.Around(from, p.now()),
	}, check)
	if crowded, is := errors.AsType[conduct.RateError](err); is {
		return p.tooMany(w, r, a, p.words.Say("many_comments"), crowded.Wait)
	}
	if f.Parent != "" && errors.Is(err, db.ErrNotFound) {
		f.parentGone(p.words) // a moment ago
		return p.again(w, r, a, f)
	}
	if err != nil {
		return err
	}
	if added {
		note(w, func(o *Observation) { o.Comment = c.Status })
		p.log.Info("comment", "article", a.ID, "comment", c.ID, "status", string(c.Status), "reason", c.Reason)
	}
	if cookie != "" && added {
		p.setVisitor(w, cookie)
	}
	return p.leadOn(w, r, a, c, visitor)
}
