package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"courant/db"
	"courant/db/diff"
	"courant/db/newsroom"
	"courant/db/record"
	"courant/db/state"
	"courant/publisher/editing"
	"courant/publisher/web"
)

// Remaker makes articles anew of what was kept of their entries, in somebody's name.
// The two halves know nothing of each other: the command hands it over.
type Remaker interface {
	// Original is what an article's source sent, Waiting what it sent since.
	Original(ctx context.Context, id string) (db.Article, error)
	Waiting(ctx context.Context, a db.Article) (db.Article, db.PendingChange, error)
	// Revert gives fields of it back, Take takes over what waits; the deed is what undoes that.
	Revert(ctx context.Context, id string, fields []string) (db.Article, newsroom.Deed, error)
	Take(ctx context.Context, id string) (db.Article, newsroom.Deed, error)
}

// keyPoints is how many rows the form has for them.
const keyPoints = 5

// noVersion is what a form was made of that names no version there ever was.
const noVersion = -1

// editView is the form of an article beside the original.
type editView struct {
	frame
	Article  db.Article
	Form     editForm
	Sections []Section
	May      bool // it can be changed by whoever looks
	Problems []string
	Conflict []change // theirs to yours, where somebody else changed it
	ByWhom   string
	Draft    time.Time // of what was typed and not saved
	Preview  *Preview
	Original *db.Article
	Waits    []change // what the source changed since
	Sent     int64    // when it last did, in milliseconds since 1970; 0: nothing waits
	History  []revision
	Notes    []newsroom.Note
	Nominees []string
	Did      *didView
	Again    *againView
	Saved    string
	Soon     string
	Body     template.HTML // of the original
	Markdown bool          // the text may be written so

	zone *time.Location
}

// Preview is an article as readers will see it, in documents of their own: each is
// shown in a frame in which nothing runs.
type Preview struct {
	Page  string // of the article
	Entry string // of feeds, as a program that reads them shows it
	Atom  string // the same, as it is written
	Style string // of Page, as a Content-Security-Policy names it
}

// preview has v show what c would make of an article.
func (v *editView) preview(ctx context.Context, d *Desk, shown db.Article) error {
	p, err := d.Preview(ctx, shown)
	v.Preview, v.styles = &p, p.Style
	return err
}

// editForm is what the form says.
type editForm struct {
	Version                                                  int64
	Headline, Slug, Section, Tags, Summary, Body, Note       string
	KeyPoints                                                []string
	Image, ImageAlt, Comments, Change, Correction, PublishAt string
	Row                                                      int // of the key points, from 1, that is looked at; 0: none
}

// arranged is f with its key points in another order, or without one, where an action
// says so: "up-2" moves the second before the first, "drop-2" takes it out.
func (f editForm) arranged(action string) (editForm, bool) {
	what, number, _ := strings.Cut(action, "-")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > len(f.KeyPoints) || what != "drop" && (what != "up" || n < 2) {
		return f, false
	}
	f.KeyPoints, f.Row = slices.Clone(f.KeyPoints), n
	if what == "drop" {
		f.KeyPoints = slices.Delete(f.KeyPoints, n-1, n)
		return f.padded(), true
	}
	f.KeyPoints[n-2], f.KeyPoints[n-1] = f.KeyPoints[n-1], f.KeyPoints[n-2]
	f.Row = n - 1
	return f, true
}

// change is what became of a field, word by word.
type change struct {
	Field  string
	Pieces []diff.Piece
}

// revision is a change in an article's history.
type revision struct {
	At      time.Time
	Actor   string
	Changes []change
}

func formOf(a db.Article, version int64) editForm {
	f := editForm{
		Version: version, Headline: a.Headline, Slug: a.Slug, Section: a.Section, Tags: strings.Join(a.Tags, ", "), Summary: a.Summary,
		Body: a.Body.String(), Note: a.Note, KeyPoints: slices.Clone(a.KeyPoints), Image: a.Image.URL, ImageAlt: a.Image.Alt,
		Comments: string(a.Thread), Change: "minor",
	}
	return f.padded()
}

// padded has rows for more key points.
func (f editForm) padded() editForm {
	for len(f.KeyPoints) < keyPoints {
		f.KeyPoints = append(f.KeyPoints, "")
	}
	return f
}

// formTyped is what was typed; what the form does not have is as it was.
func formTyped(v url.Values, was editForm) editForm {
	f := was
	for name, field := range map[string]*string{
		"headline": &f.Headline, "slug": &f.Slug, "section": &f.Section, "tags": &f.Tags, "summary": &f.Summary, "body": &f.Body, "desk_note": &f.Note,
		"image": &f.Image, "image_alt": &f.ImageAlt, "comments": &f.Comments, "change": &f.Change, "correction": &f.Correction, "at": &f.PublishAt,
	} {
		if v.Has(name) {
			*field = strings.ReplaceAll(v.Get(name), "\r\n", "\n")
		}
	}
	if v.Has("key_point") {
		f.KeyPoints = slices.Clone(v["key_point"])
	}
	if v.Has("version") {
		n, err := strconv.ParseInt(v.Get("version"), 10, 64)
		if err != nil {
			n = noVersion
		}
		f.Version = n
	}
	return f.padded()
}

// changed is what of the form differs from the article: all else stays its source's.
func (f editForm) changed(a db.Article, version int64) (c editing.Change) {
	was := formOf(a, version)
	pick := func(is, old string) *string {
		if strings.TrimSpace(is) == strings.TrimSpace(old) {
			return nil
		}
		return &is
	}
	c.Headline, c.Slug, c.Section = pick(f.Headline, was.Headline), pick(f.Slug, was.Slug), pick(f.Section, was.Section)
	c.Summary, c.Body, c.Note = pick(f.Summary, was.Summary), pick(f.Body, was.Body), pick(f.Note, was.Note)
	if pick(f.Tags, was.Tags) != nil {
		tags := strings.Split(f.Tags, ",")
		for i := range tags {
			tags[i] = strings.TrimSpace(tags[i])
		}
		tags = slices.DeleteFunc(tags, func(t string) bool { return t == "" })
		c.Tags = &tags
	}
	if points := slices.DeleteFunc(slices.Clone(f.KeyPoints), func(p string) bool { return strings.TrimSpace(p) == "" }); !slices.Equal(points, a.KeyPoints) {
		c.KeyPoints = &points
	}
	if f.Image != was.Image || f.ImageAlt != was.ImageAlt {
		image := db.Image{URL: strings.TrimSpace(f.Image), Alt: strings.TrimSpace(f.ImageAlt)}
		if image.URL == a.Image.URL {
			image.Credit, image.Width, image.Height = a.Image.Credit, a.Image.Width, a.Image.Height
		}
		c.Image = &image
	}
	if f.Change == "correction" {
		c.Correction = f.Correction
	}
	if f.Comments != was.Comments {
		t := state.Thread(f.Comments)
		c.Thread = &t
	}
	return c
}

// article is the page of one article: its form, beside what its source sent.
func (d *Desk) article(w http.ResponseWriter, r *http.Request, in visitor) error {
	v, err := d.editView(r, in, r.PathValue("id"))
	if err != nil {
		return err
	}
	typed, at, err := d.room.Draft(r.Context(), in.Name, v.Article.ID)
	switch {
	case errors.Is(err, newsroom.ErrNotFound):
	case err != nil:
		return err
	case r.URL.Query().Get("draft") != "":
		if values, err := url.ParseQuery(typed); err == nil {
			v.Form = formTyped(values, v.Form)
			v.Saved = "This is what you typed and did not save."
		}
	default:
		v.Draft = at
	}
	if r.URL.Query().Get("saved") != "" {
		v.Saved = "Saved."
	}
	return d.show(w, r, http.StatusOK, "edit", v)
}

func (d *Desk) editView(r *http.Request, in visitor, id string) (v editView, err error) {
	ctx := r.Context()
	a, err := d.store.Article(ctx, id)
	if err != nil {
		return v, err
	}
	version, err := d.store.Version(ctx, id)
	if err != nil {
		return v, err
	}
	v = editView{Article: a, Form: formOf(a, version), Sections: d.Sections(), May: in.Role.may(Editor) && in.decides(a.Section), zone: d.Zone}
	if v.frame, err = d.listFrame(r, in, ""); err != nil {
		return v, err
	}
	v.Title, v.Next = a.Headline, "/desk/article/"+id
	if v.Did, err = d.didOf(r, in, v.Next); err != nil {
		return v, err
	}
	if v.Again, err = d.againOf(r, in, listPage, v.Next); err != nil {
		return v, err
	}
	if v.Notes, v.Nominees, err = d.room.Notes(ctx, id); err != nil {
		return v, err
	}
	if v.History, err = d.history(ctx, a); err != nil {
		return v, err
	}
	v.Soon = d.soon()
	v.Original, v.Body = &a, template.HTML(a.Body.String()) // it has passed the sanitiser
	if d.Remake == nil {
		return v, nil
	}
	maker := d.Remake(d.editor(in))
	if original, err := maker.Original(ctx, id); err == nil && original.Headline != "" {
		v.Original, v.Body = &original, template.HTML(original.Body.String())
	} else if err != nil && !errors.Is(err, db.ErrNotFound) {
		return v, err
	}
	if waiting, change, err := maker.Waiting(ctx, a); err == nil {
		v.Waits, v.Sent = differences(formOf(a, version), formOf(waiting, version)), change.At.UnixMilli()
	} else if !errors.Is(err, db.ErrNotFound) {
		return v, err
	}
	return v, nil
}

// differences are the words of an article that differ between two forms of it.
func differences(a, b editForm) (list []change) {
	for _, f := range []struct{ name, a, b string }{
		{"headline", a.Headline, b.Headline},
		{"section", a.Section, b.Section},
		{"tags", a.Tags, b.Tags},
		{"key points", strings.TrimSpace(strings.Join(a.KeyPoints, "\n")), strings.TrimSpace(strings.Join(b.KeyPoints, "\n"))},
		{"summary", a.Summary, b.Summary},
		{"text", a.Body, b.Body},
		{"note from the desk", a.Note, b.Note},
		{"picture", a.Image, b.Image},
	} {
		if f.a != f.b {
			list = append(list, change{f.name, diff.Words(f.a, f.b)})
		}
	}
	return list
}

// mostHistory is how many changes are shown: the latest.
const mostHistory = 20

// history is what changed an article, the latest first.
func (d *Desk) history(ctx context.Context, a db.Article) (list []revision, err error) {
	olds, err := record.Revisions(ctx, d.store, a.ID)
	if err != nil {
		return nil, err
	}
	is := editForm{Headline: a.Headline, Section: a.Section, Tags: strings.Join(a.Tags, ", "), Summary: a.Summary, Body: a.Body.PlainText(), KeyPoints: a.KeyPoints}
	for _, old := range slices.Backward(olds) {
		was := editForm{Headline: old.Headline, Section: old.Section, Tags: strings.Join(old.Tags, ", "), Summary: old.Summary, Body: old.Body.PlainText(), KeyPoints: old.KeyPoints}
		if len(list) < mostHistory {
			list = append(list, revision{old.At, old.Actor, differences(was, is)})
		}
		is = was
	}
	return list, nil
}

// save does what the form of an article says. Whatever is wrong, what was typed
// comes back with it, and is kept as a draft.
func (d *Desk) save(w http.ResponseWriter, r *http.Request, in visitor) error {
	values, err := readForm(r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	v, err := d.editView(r, in, id)
	if err != nil {
		return err
	}
	if !v.May {
		return &web.Error{Status: http.StatusForbidden, Message: "This article is of a section that is not yours."}
	}
	current := v.Form
	v.Form = formTyped(values, v.Form)
	c := v.Form.changed(v.Article, current.Version)
	ctx := r.Context()
	again := func(status int) error {
		if err := d.room.SaveDraft(ctx, in.Name, id, values.Encode()); err != nil {
			return err
		}
		return d.show(w, r, status, "edit", v)
	}
	problem := func(err error) error {
		for _, one := range parts(err) {
			text, _ := sentence(one)
			if text == "" {
				return one
			}
			v.Problems = append(v.Problems, text)
		}
		return again(http.StatusUnprocessableEntity)
	}
	action := cmp.Or(values.Get("action"), "save") // who presses Enter says nothing
	if form, is := v.Form.arranged(action); is {
		v.Form, values["key_point"] = form, form.KeyPoints
		return again(http.StatusOK)
	}
	switch action {
	case "save", "publish", "schedule", "preview":
	case "discard":
		deed, err := d.room.Forget(ctx, in.Name, "", id)
		if err != nil {
			return err
		}
		redirect(w, r, with(v.Next, "did", deed.ID))
		return nil
	case "revert", "take":
		if c != (editing.Change{}) { // beside that something was typed, which is kept
			if err := d.room.SaveDraft(ctx, in.Name, id, values.Encode()); err != nil {
				return err
			}
		}
		if v.Form.Version != current.Version {
			v.Form.Version = current.Version
			v.Problems = []string{v.changer() + " changed it since you looked. Look at what there is now, and press again to do it all the same."}
			return d.show(w, r, http.StatusConflict, "edit", v)
		}
		if seen := values.Get("sent"); seen != "" && v.Sent != 0 && seen != strconv.FormatInt(v.Sent, 10) {
			v.Problems = []string{"Its source changed it again since you looked. Look at what waits now, and press again to take that over."}
			return d.show(w, r, http.StatusConflict, "edit", v)
		}
		return d.remake(w, r, in, v, action)
	default:
		return &web.Error{Status: http.StatusBadRequest, Message: "Nobody knows how to do that to an article."}
	}
	at := time.Time{}
	if action == "schedule" {
		if at, err = editing.ParseTime(v.Form.PublishAt, d.Zone); err != nil {
			return problem(&editing.FieldError{Field: "at", Text: err.Error()})
		}
	}
	if v.Form.Version != current.Version {
		v.Conflict = differences(current, v.Form)
		v.ByWhom = v.changer()
		v.Form.Version = current.Version // whoever saves now has seen theirs
		return again(http.StatusConflict)
	}
	if action == "preview" {
		shown, err := d.editor(in).Preview(v.Article, c)
		if err != nil {
			return problem(err)
		}
		if err := v.preview(ctx, d, shown); err != nil {
			return err
		}
		return again(http.StatusOK)
	}
	if v.Form.Change != "minor" && v.Form.Change != "correction" {
		return problem(&editing.FieldError{Field: "change", Text: fmt.Sprintf("is minor or correction, not %q", v.Form.Change)})
	}
	if v.Form.Change == "correction" && strings.TrimSpace(v.Form.Correction) == "" {
		return problem(&editing.FieldError{Field: "correction", Text: "says nothing: readers are told what was wrong"})
	}
	var deed newsroom.Deed
	changes := c != (editing.Change{})
	c.Of = &current.Version
	if action != "save" {
		o := editing.Order{Action: editing.Action(action), IDs: []string{id}, At: at}
		if changes {
			o.Edit = &c
		}
		deed, err = d.editor(in).Do(ctx, o)
	} else if changes {
		_, deed, err = d.editor(in).Edit(ctx, id, c)
	}
	if err != nil && deed.ID == "" {
		return problem(err)
	}
	if dropErr := d.room.DropDraft(ctx, in.Name, id); dropErr != nil {
		return dropErr
	}
	if action == "save" {
		redirect(w, r, savedAt(v.Next, deed))
		return nil
	}
	to := with(localPath(values.Get("next"), "/desk/incoming"), "did", deed.ID)
	if err != nil {
		to = with(to, "left", fmt.Sprint(len(parts(err))))
	}
	redirect(w, r, to)
	return nil
}

// changer is who changed the article last, and when; who looks is told of both.
func (v editView) changer() string {
	if len(v.History) == 0 {
		return "Somebody else"
	}
	return fmt.Sprintf("%s at %s", v.History[0].Actor, v.History[0].At.In(v.zone).Format("15:04"))
}

// savedAt is a page that says what was saved, and offers to undo it where anything is
// another.
func savedAt(page string, deed newsroom.Deed) string {
	if deed.ID == "" {
		return with(page, "saved", "1")
	}
	return with(page, "did", deed.ID)
}

// remake gives an article back to its source, or takes over what that changed.
func (d *Desk) remake(w http.ResponseWriter, r *http.Request, in visitor, v editView, action string) error {
	if d.Remake == nil {
		return &web.Error{Status: http.StatusNotFound, Message: "What the source sent cannot be read here."}
	}
	maker := d.Remake(d.editor(in))
	var deed newsroom.Deed
	var err error
	if action == "take" {
		_, deed, err = maker.Take(r.Context(), v.Article.ID)
	} else if len(v.Article.Curated) > 0 {
		_, deed, err = maker.Revert(r.Context(), v.Article.ID, v.Article.Curated)
	}
	if action == "take" && errors.Is(err, db.ErrNotFound) { // the article is there, as v says
		err = &editing.FieldError{Text: "article is as its source sent it last: nothing waits"}
	}
	if text, _ := sentence(err); err != nil && text != "" {
		v.Problems = append(v.Problems, text)
		return d.show(w, r, http.StatusConflict, "edit", v)
	}
	if err != nil {
		return err
	}
	redirect(w, r, savedAt(v.Next, deed))
	return nil
}
