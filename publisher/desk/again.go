package desk

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"courant/db"
	"courant/db/newsroom"
)

// The forms of lists, as what was typed in them is kept: of articles, and of comments.
const (
	listPage    = "list"
	remarksPage = "comments"
)

// forget is the action that drops what was typed in the form of a list.
const forget = "forget"

// againView is what somebody asked for, and typed, in the form of a list, and what was
// not done: the form comes back.
type againView struct {
	Path   string // where it goes
	Action string
	Text   string // of its button
	IDs    []string
	Of     string // the headline of the first, or who wrote it
	Next   string
	Row    string
	Block  []string
	Reason string
	Note   string
	At     string
	Kept   bool // its session had ended
}

// listForms are where the forms of lists go, by the page that what was typed is kept of.
var listForms = map[string]string{listPage: "/desk/articles", remarksPage: "/desk/comments"}

// doneAs are the names of actions as buttons have them, where those are not the same.
var doneAs = map[string]string{
	"note": "Leave the note", "join": "They are the same", "attach": "Attach to the first", "split": "Split off", "unbin": "Back",
}

// againFrom is the form of a list that says v.
func againFrom(page string, v url.Values) *againView {
	action := v.Get("action")
	text := doneAs[action]
	if text == "" && action != "" {
		text = strings.ToUpper(action[:1]) + action[1:]
	}
	return &againView{
		Path: listForms[page], Action: action, Text: text, IDs: v["id"], Next: localPath(v.Get("next"), "/desk"), Row: v.Get("row"),
		Block: v["block"], Reason: v.Get("reason"), Note: v.Get("note"), At: v.Get("at"),
	}
}

// typed reports whether anything was typed in it.
func (a *againView) typed() bool { return a.Reason != "" || a.Note != "" }

// againOf is what in asked for in the form of a list as the session ended, where r asks
// for that, or nil; next is where the page leads on to.
func (d *Desk) againOf(r *http.Request, in visitor, page, next string) (*againView, error) {
	if r.URL.Query().Get("typed") == "" {
		return nil, nil
	}
	form, _, err := d.room.Sheet(r.Context(), in.Name, page)
	if errors.Is(err, newsroom.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	v, err := url.ParseQuery(form)
	if err != nil {
		return nil, err
	}
	a := againFrom(page, v)
	a.Next, a.Kept = next, true
	if len(a.IDs) == 0 {
		return a, nil
	}
	if page == remarksPage {
		c, err := d.store.Comment(r.Context(), a.IDs[0])
		a.Of = c.Name
		return a, known(err)
	}
	article, err := d.store.Article(r.Context(), a.IDs[0])
	a.Of = article.Headline
	return a, known(err)
}

// known is err, but nil where what was asked for is gone.
func known(err error) error {
	if errors.Is(err, db.ErrNotFound) {
		return nil
	}
	return err
}

// settleTyped drops what was kept of the form of a list once it was sent again, and
// reports whether that was all that was asked for: then it has led on to next.
func (d *Desk) settleTyped(w http.ResponseWriter, r *http.Request, in visitor, page, next string, form url.Values) (all bool, err error) {
	if form.Get("action") != forget {
		if form.Get("typed") != "" {
			err = d.room.DropSheet(r.Context(), in.Name, page)
		}
		return false, err
	}
	deed, err := d.room.Forget(r.Context(), in.Name, page, "")
	if err != nil {
		return true, err
	}
	redirect(w, r, with(next, "did", deed.ID))
	return true, nil
}

// keepTyped keeps what somebody typed whose session has ended, and returns where it
// stands once they have signed in, or nothing: only who bears the cookie of that session
// is listened to.
func (d *Desk) keepTyped(r *http.Request) (at string, err error) {
	if r.Method != http.MethodPost {
		return "", nil
	}
	id, isArticle := strings.CutPrefix(r.URL.Path, "/desk/article/")
	page := strings.TrimPrefix(r.URL.Path, "/desk/")
	for list, path := range listForms {
		if r.URL.Path == path {
			page = list
		}
	}
	if !isArticle && page != addPage && page != writePage && listForms[page] == "" {
		return "", nil
	}
	s, err := d.sessionOf(r)
	if errors.Is(err, errNobody) {
		return "", nil
	}
	if err != nil {
		return "", err // whoever typed it tries again
	}
	values, err := readForm(r)
	if err != nil {
		return "", err
	}
	switch {
	case isArticle:
		return r.URL.Path + "?draft=1", d.room.SaveDraft(r.Context(), s.Name, id, values.Encode())
	case listForms[page] != "":
		at := map[string]string{listPage: "/desk/incoming", remarksPage: "/desk/comments"}[page]
		return with(localPath(values.Get("next"), at), "typed", "1"), d.room.SaveSheet(r.Context(), s.Name, page, values.Encode())
	}
	return r.URL.Path + "?draft=1", d.room.SaveSheet(r.Context(), s.Name, page, values.Encode())
}
