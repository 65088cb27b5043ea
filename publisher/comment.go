package publisher

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"courant/db"
	"courant/publisher/comments"
	"courant/publisher/pages"
	"courant/publisher/threads"
	"courant/publisher/web"
)

// visitor is whom r's cookie names, or "".
func (p *Publisher) visitor(r *http.Request) string {
	c, err := r.Cookie(web.VisitorCookie)
	if err != nil {
		return ""
	}
	return p.judge.Visitor(c.Value)
}

// visitorAge is how long a visitor's cookie lives, in seconds: a year.
const visitorAge = 365 * 24 * 60 * 60

// setVisitor gives the visitor a cookie, for articles alone: feeds and lists
// stay everybody's.
func (p *Publisher) setVisitor(w http.ResponseWriter, value string) {
	http.SetCookie(w, &http.Cookie{
		Name: web.VisitorCookie, Value: value, Path: "/article/", MaxAge: visitorAge,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: strings.HasPrefix(p.set.Site.URL, "https:"),
	})
}

// visited notes which address gets the page of which article, before the keep
// answers: a form that comes back too soon was not read by a person (V23).
func (p *Publisher) visited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name, ok := strings.CutPrefix(r.URL.Path, "/article/"); ok && r.Method == http.MethodGet && !strings.Contains(name, "/") {
			_, id := splitName(name)
			p.judge.Served(web.Address(r, p.proxies), id, p.now())
		}
		next.ServeHTTP(w, r)
	})
}

// postComment takes a comment's form, to show it or to post it.
func (p *Publisher) postComment(w http.ResponseWriter, r *http.Request) error {
	if err := web.ParseForm(r); err != nil {
		return err
	}
	_, id := splitName(r.PathValue("name"))
	a, err := p.published(r.Context(), id)
	if a.Status == db.Withdrawn {
		return p.withdrawn(w, r, a)
	}
	if err != nil {
		return err
	}
	switch {
	case !p.set.Comments.Enabled:
		return &web.Error{Status: http.StatusForbidden, Message: "Comments are switched off."}
	case p.set.Comments.Closed(a.Published, p.now()):
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

// read reads the form and lists what is wrong with it.
func (p *Publisher) read(ctx context.Context, form url.Values, a db.Article) (filled, error) {
	f := filled{Submission: comments.Submission{
		Name: form.Get("name"), Email: form.Get("email"), Text: form.Get("text"),
		Parent: form.Get("parent"), Stamp: form.Get("stamp"), Trap: form.Get("website"),
	}}
	f.draft, f.problems = p.judge.Check(f.Submission)
	f.status = http.StatusUnprocessableEntity
	if p.judge.ReadStamp(f.Stamp, a.ID, p.now()) == comments.StampOld {
		f.problems = append(f.problems, comments.Problem{Field: "text", Message: "This form lay open for more than a day. Please send it again."})
	}
	if f.Parent == "" {
		return f, nil
	}
	c, err := p.store.Comment(ctx, f.Parent)
	switch {
	case err == nil && c.Article == a.ID && c.Status == db.Approved:
		f.parent = &c
	case err == nil || errors.Is(err, db.ErrNotFound):
		f.parentGone()
	default:
		return f, err
	}
	return f, nil
}

// parentGone says that the comment to be answered is not there (V12, V13); the
// text is kept, to be posted by itself.
func (f *filled) parentGone() {
	f.problems = append(f.problems, comments.Problem{Field: "text", Message: "The comment you answer is not there any more. You can post yours by itself."})
	f.Parent, f.parent, f.status = "", nil, http.StatusBadRequest
}

// again shows the form with what was typed.
func (p *Publisher) again(w http.ResponseWriter, r *http.Request, a db.Article, f filled) error {
	form := p.emptyForm(a, p.now())
	form.Parent, form.Filled, form.Problems = f.parent, f.Submission, f.problems
	status := f.status
	if len(f.problems) == 0 {
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
		return &web.Error{Status: http.StatusTooManyRequests, Message: "That is a lot of previews. Please wait a moment.", RetryAfter: wait}
	}
	f, err := p.read(r.Context(), r.PostForm, a)
	if err != nil {
		return err
	}
	return p.again(w, r, a, f)
}

// accept stores a comment and leads its writer to it.
func (p *Publisher) accept(w http.ResponseWriter, r *http.Request, a db.Article) error {
	from := web.Address(r, p.proxies)
	if wait, ok := p.judge.AllowPost(from, p.now()); !ok {
		return &web.Error{Status: http.StatusTooManyRequests, Message: "That is a lot of comments. Please wait a moment, then send it again.", RetryAfter: wait}
	}
	f, err := p.read(r.Context(), r.PostForm, a)
	if err != nil {
		return err
	}
	if len(f.problems) > 0 {
		return p.again(w, r, a, f)
	}
	visitor := p.visitor(r)
	known, err := p.store.KnownVisitor(r.Context(), visitor)
	if err != nil {
		return err
	}
	var cookie string
	if visitor == "" {
		visitor, cookie = p.judge.NewVisitor()
	}
	status, reason := p.judge.Judge(comments.Posting{
		Draft: f.draft, Stamp: f.Stamp, Trap: f.Trap, Article: a.ID, From: from, Known: known,
	}, p.now())
	c, added, err := p.store.AddComment(r.Context(), db.Comment{
		Article: a.ID, Parent: f.Parent, Name: f.draft.Name, Email: f.draft.Email, Text: f.draft.Text, Body: f.draft.Body,
		Visitor: visitor, Status: status, Reason: reason,
	})
	if f.Parent != "" && errors.Is(err, db.ErrNotFound) {
		f.parentGone() // a moment ago
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
	return p.leadTo(w, r, a, c, visitor, http.StatusSeeOther)
}

// leadTo redirects to the place of a comment in its thread.
func (p *Publisher) leadTo(w http.ResponseWriter, r *http.Request, a db.Article, c db.Comment, visitor string, status int) error {
	list, err := p.visible(r.Context(), a, visitor)
	if err != nil {
		return err
	}
	place, ok := threads.PlaceOf(list, c.ID)
	if !ok && status == http.StatusFound {
		return fmt.Errorf("comment %s in its thread: %w", c.ID, db.ErrNotFound)
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, a.Path()+place.Query()+"#c-"+c.ID, status)
	return nil
}

// comment leads to a comment's place in its thread. Only those who may see it
// learn that there is one.
func (p *Publisher) comment(w http.ResponseWriter, r *http.Request) error {
	c, err := p.store.Comment(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	a, err := p.published(r.Context(), c.Article)
	if a.Status == db.Withdrawn {
		return p.withdrawn(w, r, a)
	}
	if err != nil {
		return err
	}
	if !p.set.Comments.Enabled {
		return fmt.Errorf("comment %s: comments are off: %w", c.ID, db.ErrNotFound)
	}
	return p.leadTo(w, r, a, c, "", http.StatusFound)
}

// toComments leads whoever reloads an answered form back to the thread.
func (p *Publisher) toComments(w http.ResponseWriter, r *http.Request) error {
	_, id := splitName(r.PathValue("name"))
	a, err := p.published(r.Context(), id)
	if a.Status == db.Withdrawn {
		return p.withdrawn(w, r, a)
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, a.Path()+"#comments", http.StatusMovedPermanently)
	return nil
}

// commentItems is how many comments the page of the latest ones shows.
const commentItems = 50

// latest is the page of the latest comments. ?before=ID goes on after that one.
func (p *Publisher) latest(w http.ResponseWriter, r *http.Request) error {
	if !p.set.Comments.Enabled {
		return fmt.Errorf("latest comments: they are off: %w", db.ErrNotFound)
	}
	q := db.CommentQuery{Limit: commentItems + 1}
	address := "/comments"
	if before := r.URL.Query().Get("before"); before != "" {
		c, err := p.store.Comment(r.Context(), before)
		if err == nil && c.Status != db.Approved {
			err = db.ErrNotFound
		}
		if err != nil {
			return fmt.Errorf("comments before %s: %w", before, err)
		}
		q.Before = c.Seq
		address += "?before=" + url.QueryEscape(before)
	}
	return p.page(w, r, address, []string{db.ScopeComments}, func(ctx context.Context) (web.Document, error) {
		list, articles, err := p.latestComments(ctx, q)
		if err != nil {
			return web.Document{}, err
		}
		var older pages.Link
		if len(list) > commentItems {
			list = list[:commentItems]
			older = pages.Link{Text: "Older", Href: "/comments?before=" + list[commentItems-1].ID}
		}
		d, err := htmlPage(p.view().Remarks(list, articles, older))
		for id := range articles {
			d.Scopes = append(d.Scopes, db.ScopeArticle(id))
		}
		return d, err
	})
}
