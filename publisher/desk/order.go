package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"courant/db"
	"courant/db/newsroom"
	"courant/db/state"
	"courant/db/text"
	"courant/publisher/editing"
	"courant/publisher/web"
)

// editor does things in the name of whoever is signed in.
func (d *Desk) editor(in visitor) editing.Editor {
	return editing.New(d.store, in.Name, d.HasSection).Only(in.Sections)
}

// orders are the actions on lists, with the least role that may do each.
var orders = map[editing.Action]Role{
	editing.Publish: Editor, editing.Reject: Editor, editing.Reopen: Editor, editing.Withdraw: Editor, editing.Schedule: Editor,
	editing.Bin: Editor, editing.Unbin: Editor, editing.Pin: Editor, editing.Unpin: Editor, editing.Attach: Editor,
	editing.Join: Editor, editing.Split: Editor, editing.Nominate: Viewer, note: Viewer,
}

// note leaves a note and does nothing else.
const note editing.Action = "note"

// mostRows is how many rows a form names to look at next: itself, where it stays, else
// the one after it.
const mostRows = 2

// order does to articles what a form says, and leads on to where the undo stands.
func (d *Desk) order(w http.ResponseWriter, r *http.Request, in visitor) error {
	form, err := readForm(r)
	if err != nil {
		return err
	}
	next := localPath(form.Get("next"), "/desk/incoming")
	if all, err := d.settleTyped(w, r, in, listPage, next, form); all || err != nil {
		return err
	}
	again := againFrom(listPage, form)
	o := editing.Order{Action: editing.Action(form.Get("action")), IDs: form["id"], Reason: form.Get("reason"), Note: form.Get("note")}
	least, known := orders[o.Action]
	switch {
	case !known:
		return &web.Error{Status: http.StatusBadRequest, Message: "Nobody knows how to do that to an article."}
	case !in.Role.may(least):
		return forbidden(in)
	}
	if o.Action == editing.Schedule {
		if o.At, err = editing.ParseTime(form.Get("at"), d.Zone); err != nil {
			return d.failed(w, r, in, again, &editing.FieldError{Field: "at", Text: err.Error()})
		}
	}
	var deed newsroom.Deed
	if o.Action == note {
		deed, err = d.editor(in).Note(r.Context(), o.IDs, o.Note)
	} else {
		deed, err = d.editor(in).Do(r.Context(), o)
	}
	if deed.ID == "" {
		return d.failed(w, r, in, again, err)
	}
	to := withAll(with(next, "did", deed.ID), "row", form["row"][:min(len(form["row"]), mostRows)])
	if err != nil {
		to = with(to, "left", fmt.Sprint(len(parts(err))))
	}
	redirect(w, r, to)
	return nil
}

func forbidden(in visitor) error {
	return &web.Error{Status: http.StatusForbidden, Message: "Your role at the desk, " + string(in.Role) + ", does not let you do this."}
}

// parts are the errors that errors.Join made one.
func parts(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

// with is a path of ours with another value of a parameter; without it where value
// is empty.
func with(path, name, value string) string {
	if value == "" {
		return withAll(path, name, nil)
	}
	return withAll(path, name, []string{value})
}

// withAll is with for a parameter that has several values.
func withAll(path, name string, values []string) string {
	u, err := url.Parse(path)
	if err != nil {
		return path
	}
	q := u.Query()
	if q.Del(name); len(values) > 0 {
		q[name] = values
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// failedView says why nothing was done.
type failedView struct {
	frame
	Problems []string
	Again    *againView // what was typed; nil: nothing was
}

// failed says why nothing was done, where that is for whoever asked to know.
// What was typed in the form comes back with it.
func (d *Desk) failed(w http.ResponseWriter, r *http.Request, in visitor, form *againView, err error) error {
	v := failedView{frame: d.frame("Nothing was done", in)}
	v.Next = form.Next
	if form.typed() {
		v.Again = form
	}
	kind := "article"
	if form.Path == listForms[remarksPage] {
		kind = "comment"
	}
	status, yours := http.StatusConflict, false
	for _, one := range parts(err) {
		yours = yours || !errors.Is(one, editing.ErrNotYours)
		text, wrong := sentence(one)
		if text == "" {
			return one
		}
		if wrong {
			status = http.StatusUnprocessableEntity
		}
		if late, is := errors.AsType[*state.TransitionError](one); is {
			who, err := d.ahead(r.Context(), late)
			if err != nil {
				return err
			}
			text = strings.Replace(text, somebody, who, 1)
		}
		v.Problems = append(v.Problems, strings.ReplaceAll(text, "article", kind))
	}
	if !yours {
		status = http.StatusForbidden
	}
	return d.show(w, r, status, "failed", v)
}

// somebody was quicker, as far as an error says.
const somebody = "somebody was there before you"

// ahead says who that was, and when, as the log has it.
func (d *Desk) ahead(ctx context.Context, late *state.TransitionError) (string, error) {
	list, err := d.room.Log(ctx, newsroom.LogQuery{Kind: late.Kind, Ref: late.ID, Limit: 1})
	if err != nil || len(list) == 0 {
		return somebody, err
	}
	return fmt.Sprintf("%s was there before you, on %s", list[0].Actor, list[0].At.In(d.Zone).Format("2 January at 15:04")), nil
}

// sentence is an error in words for an editor, "" where it is none of theirs; wrong
// says that what they typed is to blame.
func sentence(err error) (text string, wrong bool) {
	var field *editing.FieldError
	var refusal *newsroom.RefusalError
	var transition *state.TransitionError
	switch {
	case errors.As(err, &field) && field.Field == "":
		return "This " + field.Text + ".", true
	case errors.As(err, &field):
		return fieldNames[field.Field] + " " + field.Text + ".", true
	case errors.Is(err, db.ErrNotFound):
		return "There is no such article any more.", false
	case errors.Is(err, db.ErrStale):
		return "It was changed by somebody else meanwhile, and stays as they left it.", false
	case errors.As(err, &refusal):
		return "The article " + refusal.Text + ".", false
	case errors.As(err, &transition):
		return "The article is " + transition.From + " and cannot become " + transition.To + ": " + somebody + ".", false
	}
	return "", false
}

// fieldNames begin a sentence about a field.
var fieldNames = map[string]string{
	"id": "Here", "at": "The time", "reason": "The reason", "note": "The note", "action": "Here", "headline": "The headline", "key_points": "Key points:",
	"section": "The section:", "tags": "Tags:", "body": "The text", "change": "The change", "correction": "The correction", "slug": "The address", "summary": "The summary",
	"url": "The address", "image": "The picture", "image_alt": "What the picture shows", "desk_note": "The note from the desk", "comments": "Comments:",
	"by": "What is blocked:",
}

// didView says what was done, and offers to undo it.
type didView struct {
	Text   string
	Left   string // what was not done
	ID     string // of the deed, empty where it cannot be undone
	Undone bool
	Next   string
	Typed  string // address of what was typed and came back with an undo, or empty
}

// pastOf is an action as what was done.
var pastOf = map[string]string{
	"publish": "Published", "reject": "Rejected", "reopen": "Put back to incoming", "withdraw": "Withdrew", "schedule": "Scheduled",
	"approved": "Approved", "removed": "Removed", "spam": "Refused as spam", "bin": "Kept for later", "unbin": "Put back", "nominate": "Nominated", "attach": "Attached", "join": "Joined", "split": "Split off", "pin": "Pinned", "unpin": "Unpinned",
	"add": "Added", "edit": "Saved", "correct": "Corrected", "revert": "Gave back to its source", "take": "Took over from its source", "note": "Left a note on",
}

// didOf is what the parameter did says was done, or nil.
func (d *Desk) didOf(r *http.Request, in visitor, next string) (*didView, error) {
	id := text.Line(r.URL.Query().Get("did")) // no store looks for a NUL
	if id == "" {
		return nil, nil
	}
	deed, err := d.room.Deed(r.Context(), id)
	if errors.Is(err, db.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	a, err := d.store.Article(r.Context(), deed.Steps[0].Article)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return nil, err
	}
	v := &didView{ID: id, Undone: deed.Undone, Next: next}
	past := pastOf[deed.What]
	if deed.What == "nominate" && !deed.Steps[0].Is.Nominated {
		past = "Took back the nomination of"
	}
	what := "“" + a.Headline + "”"
	if deed.OfComments() {
		what = "a comment on " + what
	}
	if more := deed.Size() - 1; more > 0 {
		what = fmt.Sprintf("%s and %d more", what, more)
	}
	v.Text = past + ": " + what
	if deed.What == forget {
		v.Text = "Forgot what you typed"
	}
	if deed.Undone {
		v.Text = "Undone. " + v.Text
		v.Typed = typedAt(deed, in, next)
	}
	if left := r.URL.Query().Get("left"); left != "" && len(left) < 4 {
		v.Left = left + " could not be: somebody was there before you."
		if len(in.Sections) > 0 {
			v.Left = left + " could not be: of a section that is not yours, or somebody was there before you."
		}
	}
	if !in.mayUndo(deed) {
		v.ID = ""
	}
	return v, nil
}

// typedAt is where something stands that in typed and that came back as a deed was
// undone, or empty.
func typedAt(deed newsroom.Deed, in visitor, next string) string {
	for _, s := range deed.Steps {
		switch {
		case s.Typed == nil || deed.Actor != in.Name:
		case s.Typed.Page == "":
			return "/desk/article/" + s.Article + "?draft=1"
		case listForms[s.Typed.Page] != "":
			return with(next, "typed", "1")
		default:
			return "/desk/" + s.Typed.Page + "?draft=1"
		}
	}
	return ""
}

// leastFor is the least role that may undo a deed: the one that may do it.
func leastFor(deed newsroom.Deed) Role {
	switch {
	case deed.OfComments():
		return Moderator
	case deed.What == forget:
		return Viewer
	}
	return cmp.Or(orders[editing.Action(deed.What)], Editor)
}

// mayUndo reports whether in may take a deed back: a nomination, a note or what somebody
// typed is nobody's but theirs.
func (in visitor) mayUndo(deed newsroom.Deed) bool {
	own := slices.Contains([]string{string(editing.Nominate), string(note), forget}, deed.What)
	return in.Role.may(leastFor(deed)) && (!own || deed.Actor == in.Name)
}

// undo takes back what was done, or does it again.
func (d *Desk) undo(w http.ResponseWriter, r *http.Request, in visitor) error {
	form, err := readForm(r)
	if err != nil {
		return err
	}
	next := localPath(form.Get("next"), "/desk/incoming")
	id := text.Line(form.Get("did"))
	deed, err := d.room.Deed(r.Context(), id)
	if errors.Is(err, db.ErrNotFound) || id == "" {
		return d.failed(w, r, in, &againView{Next: next}, &editing.FieldError{Field: "", Text: "is not known any more: there is nothing to undo"})
	}
	if err != nil {
		return err
	}
	if !in.mayUndo(deed) {
		return forbidden(in)
	}
	deed, err = d.editor(in).Undo(r.Context(), id)
	if deed.ID == "" {
		return d.failed(w, r, in, &againView{Next: next}, err)
	}
	to := with(with(next, "did", id), "row", deed.Steps[0].Article)
	if err != nil {
		to = with(to, "left", fmt.Sprint(len(parts(err))))
	}
	redirect(w, r, to)
	return nil
}

// Section is a section of the site.
type Section struct{ ID, Name string }
