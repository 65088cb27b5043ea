package desk

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"courant/db"
	"courant/db/blocks"
	"courant/db/newsroom"
	"courant/db/state"
	"courant/db/text"
	"courant/publisher/editing"
	"courant/publisher/web"
)

// commentsView is a page of comments.
type commentsView struct {
	frame
	Status   string
	Q        string
	Article  string
	Statuses []string
	Rows     []commentRow
	Did      *didView
	Kinds    []string
	May      bool
	Reasons  []newsroom.Reason // for which others were removed
	Blocked  []string          // ids of the comments whose traits were just blocked
	By       []string          // kinds of those
	Undone   bool              // they were, and are not any more
	Again    *againView
	Later    string // address of the next page
	First    string // and of the first, where this is another
	Looked   bool   // there are older ones that were not looked through for the words
}

// commentRow is a comment on that page.
type commentRow struct {
	db.Comment
	HTML template.HTML
}

// mostLooked is how many comments a page looks through for words, some tens of
// milliseconds: its next page goes on from there.
const mostLooked = 5000

// statuses are what comments can be narrowed by, beside none: what waits.
var statuses = []string{"pending", "flagged", "approved", "spam", "removed"}

// comments shows what waits first, then what an editor should look at.
func (d *Desk) comments(w http.ResponseWriter, r *http.Request, in visitor) error {
	v := r.URL.Query()
	view := commentsView{Status: v.Get("status"), Q: text.Line(v.Get("q")), Article: text.Line(v.Get("article")), Statuses: statuses, Kinds: blocks.Kinds(), May: in.Role.may(Moderator)}
	var err error
	if view.frame, err = d.listFrame(r, in, ""); err != nil {
		return err
	}
	view.Title, view.Next = "Comments", r.URL.RequestURI()
	for _, said := range []string{"did", "left", "blocked", "by", "undone", "typed"} {
		view.Next = with(view.Next, said, "")
	}
	if view.Again, err = d.againOf(r, in, remarksPage, view.Next); err != nil {
		return err
	}
	if len(view.Q) > maxWords || view.Status != "" && !slices.Contains(statuses, view.Status) {
		return &web.Error{Status: http.StatusBadRequest, Message: "There are no such comments."}
	}
	queries := []db.CommentQuery{{Status: state.Pending}, {Flagged: true, All: true}}
	switch {
	case view.Status == "flagged":
		queries = queries[1:]
	case view.Status != "":
		queries = []db.CommentQuery{{Status: state.Comment(view.Status)}}
	case view.Q != "" || view.Article != "":
		queries = []db.CommentQuery{{All: true}}
	}
	if view.Reasons, err = d.room.RemovalReasons(r.Context()); err != nil {
		return err
	}
	at, err := remarkAt(v.Get("before"), len(queries))
	if err != nil {
		return err
	}
	if v.Get("before") != "" {
		view.First = with(view.Next, "before", "")
	}
	if err := d.remarks(r.Context(), &view, queries, at); err != nil {
		return err
	}
	if n := v.Get("did"); n != "" && len(n) < 4 {
		view.Did = &didView{Text: n + " blocked."}
		if view.Undone = v.Get("undone") != ""; view.Undone {
			view.Did.Text = n + " blocked no more."
		}
		if view.May && len(v["blocked"]) <= pageRows {
			view.Blocked, view.By = v["blocked"], v["by"]
		}
	} else if view.Did, err = d.didOf(r, in, view.Next); err != nil {
		return err
	}
	return d.show(w, r, http.StatusOK, "comments", view)
}

// remark is a place in the lists of comments that a page shows one after another: in
// which of them, and before which comment, 0 of none.
type remark struct {
	list   int
	before int64
}

// remarkAt reads a place from an address.
func remarkAt(s string, lists int) (at remark, err error) {
	if s == "" {
		return at, nil
	}
	list, before, _ := strings.Cut(s, "-")
	if at.list, err = strconv.Atoi(list); err == nil {
		at.before, err = strconv.ParseInt(before, 10, 64)
	}
	if err != nil || at.list < 0 || at.list >= lists || at.before < 0 {
		return at, &web.Error{Status: http.StatusNotFound, Message: "There is no such page."}
	}
	return at, nil
}

func (p remark) String() string { return fmt.Sprintf("%d-%d", p.list, p.before) }

// remarks fills v with the comments that queries select one after another, from a place
// on, and with the address of what comes after them.
func (d *Desk) remarks(ctx context.Context, v *commentsView, queries []db.CommentQuery, at remark) error {
	looked := 0
	for ; at.list < len(queries); at = (remark{list: at.list + 1}) {
		for more := true; more; {
			q := queries[at.list]
			q.Article, q.Before, q.Limit = v.Article, at.before, pageRows+1
			list, err := d.store.Comments(ctx, q)
			if err != nil {
				return err
			}
			more = len(list) > pageRows
			for _, c := range list[:min(len(list), pageRows)] {
				if len(v.Rows) == pageRows || looked == mostLooked {
					v.Later, v.Looked = with(v.Next, "before", at.String()), len(v.Rows) < pageRows
					return nil
				}
				looked++
				at.before = c.Seq
				// What waits and is flagged stands among what waits.
				if twice := at.list > 0 && c.Status == state.Pending; twice || !holds(c, v.Q) {
					continue
				}
				v.Rows = append(v.Rows, commentRow{c, template.HTML(c.Body.String())}) // it has passed the sanitiser
			}
		}
	}
	return nil
}

// holds reports whether a comment has words, in whatever case.
func holds(c db.Comment, words string) bool {
	all := strings.ToLower(c.Name + " " + c.Text + " " + c.Headline)
	for word := range strings.FieldsSeq(strings.ToLower(words)) {
		if !strings.Contains(all, word) {
			return false
		}
	}
	return true
}

// moderate does one thing to comments.
func (d *Desk) moderate(w http.ResponseWriter, r *http.Request, in visitor) error {
	form, err := readForm(r)
	if err != nil {
		return err
	}
	next := localPath(form.Get("next"), "/desk/comments")
	if all, err := d.settleTyped(w, r, in, remarksPage, next, form); all || err != nil {
		return err
	}
	again := againFrom(remarksPage, form)
	to, known := map[string]state.Comment{"approve": state.Approved, "remove": state.Removed, "spam": state.Spam, "block": "", "unblock": ""}[form.Get("action")]
	ids := form["id"]
	switch {
	case !known:
		return &web.Error{Status: http.StatusBadRequest, Message: "Nobody knows how to do that to a comment."}
	case len(ids) == 0:
		return d.failed(w, r, in, again, &editing.FieldError{Field: "id", Text: "no comment is chosen"})
	case len(ids) > maxCount:
		return d.failed(w, r, in, again, &editing.FieldError{Field: "id", Text: fmt.Sprintf("at most %d comments at once", maxCount)})
	}
	if to != "" {
		_, deed, err := d.editor(in).Moderate(r.Context(), to, form.Get("reason"), ids...)
		if deed.ID == "" {
			return d.failed(w, r, in, again, err)
		}
		at := with(next, "did", deed.ID)
		if err != nil {
			at = with(at, "left", fmt.Sprint(len(parts(err))))
		}
		redirect(w, r, at)
		return nil
	}
	do := d.editor(in).Block
	if form.Get("action") == "unblock" {
		do = d.editor(in).Unblock
	}
	done, errs := []string(nil), []error(nil)
	for _, id := range ids {
		// Several comments may have met one block: it goes with the first of them.
		if _, err := do(r.Context(), id, form["block"]); err != nil && !errors.Is(err, blocks.ErrNotFound) {
			if says, _ := sentence(err); says == "" {
				return err // it is none of theirs
			}
			errs = append(errs, err)
			continue
		}
		done = append(done, id)
	}
	if len(done) == 0 {
		return d.failed(w, r, in, again, errors.Join(errs...))
	}
	at := with(next, "did", shown(len(done)))
	if len(done) <= pageRows { // the undo stands there
		at = withAll(withAll(at, "blocked", done), "by", form["block"])
		at = with(at, "undone", map[bool]string{true: "1"}[form.Get("action") == "unblock"])
	}
	redirect(w, r, at)
	return nil
}
