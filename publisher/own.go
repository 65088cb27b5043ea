package publisher

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"time"

	"courant/db"
	"courant/db/conduct"
	"courant/db/state"
	"courant/publisher/comments"
	"courant/publisher/pages"
	"courant/publisher/web"
)

// talks reports whether an article has a thread.
func (p *Publisher) talks(a db.Article) bool {
	return p.set.Comments.Enabled && a.Thread != state.ThreadOff
}

// closed reports whether the thread of an article takes no more comments.
func (p *Publisher) closed(a db.Article, now time.Time) bool {
	return a.Thread == state.ThreadClosed || a.Thread == state.ThreadAsSet && p.set.Comments.Closed(a.Published, now)
}

// sooner is the earlier of two moments, zero standing for never.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// changeableUntil is until when the author of a comment may change it.
func (p *Publisher) changeableUntil(c db.Comment) time.Time {
	return c.Created.Add(p.set.Comments.EditWindow.Duration)
}

// changeable are those of list that visitor may still change, and until when that
// stays so; zero for never.
func (p *Publisher) changeable(list map[int64]db.Comment, visitor string, now time.Time) (own map[int64]bool, until time.Time) {
	own = map[int64]bool{}
	for seq, c := range list {
		if end := p.changeableUntil(c); visitor != "" && wrote(c, visitor) && now.Before(end) {
			own[seq], until = true, sooner(until, end)
		}
	}
	return own, until
}

// wrote reports whether visitor wrote c, in a time that does not tell by how much
// they did not (V29).
func wrote(c db.Comment, visitor string) bool {
	return c.Visitor != "" && subtle.ConstantTimeCompare([]byte(c.Visitor), []byte(visitor)) == 1
}

// commentHandler answers for a comment in the thread of an article that readers may
// see.
type commentHandler func(w http.ResponseWriter, r *http.Request, a db.Article, c db.Comment) error

// withTalk finds the comment that an address names, of whatever state, for next.
func (p *Publisher) withTalk(next commentHandler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		c, err := p.store.Comment(r.Context(), r.PathValue("id"))
		if err != nil {
			return err
		}
		return p.answerFor(w, r, c.Article, func(w http.ResponseWriter, r *http.Request, a db.Article) error {
			if !p.talks(a) {
				return fmt.Errorf("comment %s: comments are off: %w", c.ID, db.ErrNotFound)
			}
			return next(w, r, a, c)
		})
	}
}

// withSeen is withTalk for a comment that every reader sees.
func (p *Publisher) withSeen(next commentHandler) web.Handler {
	return p.withTalk(func(w http.ResponseWriter, r *http.Request, a db.Article, c db.Comment) error {
		if c.Status != state.Approved {
			return fmt.Errorf("comment %s is %s: %w", c.ID, c.Status, db.ErrNotFound)
		}
		return next(w, r, a, c)
	})
}

// withOwn is withTalk for a comment that the visitor wrote and may still change. Whom
// it is not shown to learns no more than that there is nothing.
func (p *Publisher) withOwn(next commentHandler) web.Handler {
	return p.withTalk(func(w http.ResponseWriter, r *http.Request, a db.Article, c db.Comment) error {
		mine := wrote(c, p.visitor(r))
		switch {
		case c.Status != state.Approved && (c.Status != state.Pending || !mine):
			return fmt.Errorf("comment %s is %s: %w", c.ID, c.Status, db.ErrNotFound)
		case !mine:
			return &web.Error{Status: http.StatusForbidden, Message: p.words.Say("not_author")}
		case !p.now().Before(p.changeableUntil(c)):
			return &web.Error{Status: http.StatusForbidden, Message: p.words.Say("edit_over")}
		}
		return next(w, r, a, c)
	})
}

// editPlace is what the form that changes c is called where visits are noted.
func editPlace(c db.Comment) string { return "edit:" + c.ID }

// editForm is the form that changes a comment.
func (p *Publisher) editForm(w http.ResponseWriter, r *http.Request, a db.Article, c db.Comment) error {
	if p.closed(a, p.now()) {
		return &web.Error{Status: http.StatusForbidden, Message: p.words.Say("comments_closed")}
	}
	return p.editAgain(w, r, a, c, pages.Edit{Text: c.Text}, http.StatusOK)
}

// editAgain shows that form.
func (p *Publisher) editAgain(w http.ResponseWriter, r *http.Request, a db.Article, c db.Comment, e pages.Edit, status int) error {
	p.served(r, editPlace(c))
	e.MaxLength = p.set.Comments.MaxLength
	body, err := p.view().EditPage(a, c, e)
	if err != nil {
		return err
	}
	return p.once(w, r, status, body)
}

// edit takes the form that changes a comment, to show it or to save it.
func (p *Publisher) edit(w http.ResponseWriter, r *http.Request, a db.Article, c db.Comment) error {
	if p.closed(a, p.now()) {
		return &web.Error{Status: http.StatusForbidden, Message: p.words.Say("comments_closed")}
	}
	var save bool
	switch action := r.PostForm.Get("action"); action {
	case "preview":
	case "save", "": // a program may leave it out
		save = true
	default:
		return &web.Error{Status: http.StatusBadRequest, Message: p.words.Say("preview_or_save")}
	}
	from, e := web.Address(r, p.proxies), pages.Edit{Text: r.PostForm.Get("text")}
	draft, problems := p.judge.Check(comments.Submission{Name: c.Name, Email: c.Email, Text: e.Text})
	if len(problems) > 0 {
		e.Problems = problems
		return p.editAgain(w, r, a, c, e, http.StatusUnprocessableEntity)
	}
	if save {
		return p.save(w, r, a, c, draft)
	}
	if wait, ok := p.judge.AllowPreview(from, p.now()); !ok {
		e.Problems = []comments.Problem{{Field: "text", Message: p.words.Say("many_previews")}}
		web.SetRetryAfter(w.Header(), wait)
		return p.editAgain(w, r, a, c, e, http.StatusTooManyRequests)
	}
	e.Preview = &draft
	return p.editAgain(w, r, a, c, e, http.StatusOK)
}

// save stores a changed comment, judged like a new one, and leads to it.
func (p *Publisher) save(w http.ResponseWriter, r *http.Request, a db.Article, c db.Comment, draft comments.Draft) error {
	if draft.Text == c.Text {
		return p.leadOn(w, r, a, c, c.Visitor)
	}
	from := web.Address(r, p.proxies)
	who, err := p.mayPost(from, c.Visitor, draft.Text, editPlace(c), c.ID)
	if crowded, is := errors.AsType[conduct.RateError](err); is {
		web.SetRetryAfter(w.Header(), crowded.Wait)
		return p.editAgain(w, r, a, c, pages.Edit{
			Text: draft.Text, Problems: []comments.Problem{{Field: "text", Message: p.words.Say("many_comments")}},
		}, http.StatusTooManyRequests)
	}
	if err != nil {
		return err
	}
	who.known = c.Status == state.Approved
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	edited, err := p.store.EditComment(ctx, db.Comment{
		ID: c.ID, Visitor: c.Visitor, Text: draft.Text, Body: draft.Body,
	}, p.check(ctx, who, comments.Posting{
		Draft: draft, Trap: r.PostForm.Get("website"), Article: editPlace(c), Edit: true, From: from,
	}))
	if err != nil {
		return err
	}
	p.log.Info("comment edited", "article", a.ID, "comment", c.ID, "status", string(edited.Status), "reason", edited.Reason)
	return p.leadOn(w, r, a, edited, c.Visitor)
}

// takeForm asks whether a comment is to be taken back.
func (p *Publisher) takeForm(w http.ResponseWriter, r *http.Request, a db.Article, c db.Comment) error {
	body, err := p.view().DeletePage(a, c)
	if err != nil {
		return err
	}
	return p.once(w, r, http.StatusOK, body)
}

// take takes a comment back for its author.
func (p *Publisher) take(w http.ResponseWriter, r *http.Request, a db.Article, c db.Comment) error {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	gone, _, err := p.store.Moderate(ctx, db.Author, state.Removed, "its author took it back", c.ID)
	var moved *state.TransitionError
	if err != nil && !errors.As(err, &moved) { // who was quicker had the same in mind
		return err
	}
	if len(gone) == 1 && gone[0].Tombstone() {
		return p.leadOn(w, r, a, gone[0], c.Visitor)
	}
	web.Redirect(w, r, a.Path()+"#comments", http.StatusSeeOther, web.NoStore)
	return nil
}
