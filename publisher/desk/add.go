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
	"strings"
	"time"

	"courant/db"
	"courant/db/newsroom"
	"courant/db/text"
	"courant/publisher/editing"
	"courant/publisher/web"
)

// Adder takes in what has no feed, in somebody's name. The two halves know nothing of
// each other: the command hands it over. Errors: *editing.FieldError where the page
// cannot be had, or has no article.
type Adder interface {
	// Look is the page at an address as an article, which is not stored; it has an ID
	// where it was added before.
	Look(ctx context.Context, address string) (db.Article, error)
	// Page stores it in a section, unless it was added before; fresh says that it was not.
	Page(ctx context.Context, address, section string) (a db.Article, fresh bool, err error)
	// Write stores an article that somebody wrote.
	Write(ctx context.Context, w Written) (db.Article, error)
}

// Written is an article that somebody wrote.
type Written struct {
	Link     string // of what it is about; empty: nothing on the web
	Headline string
	Author   string
	Section  string
	Body     string // HTML, which is cleaned
}

// The pages on which articles are made, as drafts name them.
const (
	addPage   = "add"
	writePage = "write"
)

// maxAddress is the longest address of a page, in bytes.
const maxAddress = 2 << 10

// addView is the form of an article that is none yet.
type addView struct {
	editView
	Page    string // add or write
	Address string // of the page that is to be added
	Author  string
	Found   bool          // there is something to be stored
	Read    template.HTML // what was read at Address, which has passed the sanitiser
	Refused string        // why nothing was

	Bookmarklet template.URL

	was db.Article // what the page alone makes; without a headline where nothing was read
}

func (d *Desk) addView(r *http.Request, in visitor, page string) (v addView, err error) {
	v = addView{Page: page, Found: page == writePage}
	v.May, v.Sections, v.Form = true, d.Sections(), formOf(db.Article{}, 0)
	v.Soon = d.soon()
	if v.frame, err = d.listFrame(r, in, ""); err != nil {
		return v, err
	}
	v.Title, v.Next, v.Bookmarklet = "Add a page", "/desk/"+page, d.bookmarklet()
	if page == writePage {
		v.Title, v.Markdown = "Write an article", true
	}
	v.Did, err = d.didOf(r, in, v.Next)
	return v, err
}

// look reads the page at v's address into v, or says in v why it cannot: somebody may
// write of it all the same.
func (d *Desk) look(r *http.Request, in visitor, v *addView) error {
	if len(v.Address) > maxAddress {
		v.Refused = fmt.Sprintf("The address has more than %d bytes.", maxAddress)
		return nil
	}
	v.Found = true
	a, err := d.Adder(d.editor(in)).Look(r.Context(), v.Address)
	if field, is := errors.AsType[*editing.FieldError](err); is {
		v.Refused, v.Article.Link, v.Markdown = fieldNames[field.Field]+" "+field.Text+".", v.Address, true
		return nil
	}
	v.Article, v.was, v.Form, v.Read = a, a, formOf(a, 0), template.HTML(a.Body.String())
	return err
}

// makePage is the form of an article that is none yet: of a page by its address, with
// what was read there, or of a text of one's own.
func (d *Desk) makePage(page string) handler {
	return func(w http.ResponseWriter, r *http.Request, in visitor) error {
		v, err := d.addView(r, in, page)
		if err != nil {
			return err
		}
		q := r.URL.Query()
		typed, at, err := d.room.Sheet(r.Context(), in.Name, page)
		switch {
		case err == nil && q.Get("draft") != "":
			values, err := url.ParseQuery(typed)
			if err != nil {
				return err
			}
			v.Form = formTyped(values, v.Form)
			v.Address, v.Author, v.Found = values.Get("url"), values.Get("author"), true
			v.Saved = "This is what you typed and did not save."
			return d.show(w, r, http.StatusOK, "add", v)
		case err == nil:
			v.Draft = at
		case !errors.Is(err, newsroom.ErrNotFound):
			return err
		}
		v.Address = strings.TrimSpace(q.Get("url"))
		if page == writePage || v.Address == "" {
			return d.show(w, r, http.StatusOK, "add", v)
		}
		if err := d.look(r, in, &v); err != nil {
			return err
		}
		if v.Form.Headline == "" {
			v.Form.Headline = text.Line(q.Get("title"))
		}
		if said := text.Line(q.Get("text")); said != "" { // what was selected on the page
			v.Form.Summary = said
		}
		return d.show(w, r, http.StatusOK, "add", v)
	}
}

// make stores an article that was none yet, with what its form says of it. Whatever is
// wrong, what was typed comes back, and is kept as a draft.
func (d *Desk) make(page string) handler {
	return func(w http.ResponseWriter, r *http.Request, in visitor) error {
		values, err := readForm(r)
		if err != nil {
			return err
		}
		action := cmp.Or(values.Get("action"), "save")
		v, err := d.addView(r, in, page)
		if err != nil {
			return err
		}
		form, arranged := formTyped(values, v.Form).arranged(action)
		if !arranged && !slices.Contains([]string{"save", "publish", "schedule", "preview", "discard"}, action) {
			return &web.Error{Status: http.StatusBadRequest, Message: "Nobody knows how to do that to an article."}
		}
		if action == "discard" {
			deed, err := d.room.Forget(r.Context(), in.Name, page, "")
			if err != nil {
				return err
			}
			redirect(w, r, with(v.Next, "did", deed.ID))
			return nil
		}
		if page == addPage {
			if v.Address = strings.TrimSpace(values.Get("url")); v.Address != "" {
				if err := d.look(r, in, &v); err != nil {
					return err
				}
			}
		}
		v.Form, v.Author = formTyped(values, v.Form), values.Get("author")
		again := func() error {
			if err := d.room.SaveSheet(r.Context(), in.Name, page, values.Encode()); err != nil {
				return err
			}
			status := http.StatusOK
			if len(v.Problems) > 0 {
				status = http.StatusUnprocessableEntity
			}
			return d.show(w, r, status, "add", v)
		}
		if arranged {
			v.Form.KeyPoints, v.Form.Row, v.Found = form.KeyPoints, form.Row, true
			values["key_point"] = form.KeyPoints
			return again()
		}
		c, at, err := d.typed(r.Context(), in, &v, action)
		if err != nil {
			return err
		}
		if len(v.Problems) > 0 || action == "preview" {
			return again()
		}
		if action == "save" {
			action = string(editing.Add)
		}
		typed := newsroom.Typed{Page: page, At: d.Now().UTC().Truncate(time.Millisecond), Form: values.Encode()}
		err = d.made(w, r, in, v, c, editing.Order{Action: editing.Action(action), At: at, Typed: &typed})
		if err == nil {
			return nil
		}
		for _, one := range parts(err) {
			text, _ := sentence(one)
			if text == "" {
				return err
			}
			v.Problems = append(v.Problems, text)
		}
		return again()
	}
}

// typed is what the form of v says beyond what its page makes; what is wrong with it
// is noted in v, and the preview of what is not.
func (d *Desk) typed(ctx context.Context, in visitor, v *addView, action string) (c editing.Change, at time.Time, err error) {
	form := v.Form
	if v.Page == writePage || v.was.Headline == "" {
		if form.Body, err = editing.HTML(strings.TrimSpace(form.Body)); err != nil {
			return c, at, err
		}
	}
	c = form.changed(v.was, 0)
	c.Correction = "" // nobody has read it yet
	var errs []error
	wrong := func(field, text string) { errs = append(errs, &editing.FieldError{Field: field, Text: text}) }
	if action == "schedule" {
		if at, err = editing.ParseTime(form.PublishAt, d.Zone); err != nil {
			wrong("at", err.Error())
		}
	}
	headless := strings.TrimSpace(form.Headline) == ""
	switch {
	case v.Page == addPage && v.Address == "":
		wrong("url", "is missing")
	case !v.Found, v.Refused != "" && headless:
		v.Problems = append(v.Problems, v.Refused)
	case headless && c.Headline == nil:
		wrong("headline", "must not be empty")
	}
	if !in.decides(form.Section) {
		wrong("section", "is not one of yours")
	}
	shown, err := d.editor(in).Preview(v.was, c)
	if err != nil {
		errs = append(errs, parts(err)...)
	}
	for _, one := range errs {
		text, _ := sentence(one)
		if text == "" {
			return c, at, one
		}
		v.Problems = append(v.Problems, text)
	}
	if len(v.Problems) == 0 && action == "preview" {
		if v.Author != "" {
			shown.Author = v.Author
		}
		return c, at, v.preview(ctx, d, shown)
	}
	return c, at, nil
}

// made stores what was read or written, changes it as was typed, and does what o says:
// one thing, that is undone as one.
func (d *Desk) made(w http.ResponseWriter, r *http.Request, in visitor, v addView, c editing.Change, o editing.Order) (err error) {
	ctx, e := r.Context(), d.editor(in)
	var a db.Article
	if v.was.Headline != "" {
		a, o.New, err = d.Adder(e).Page(ctx, v.Address, v.Form.Section)
	} else {
		written := Written{Link: v.Address, Headline: v.Form.Headline, Author: v.Author, Section: v.Form.Section}
		if c.Body != nil {
			written.Body = *c.Body
		}
		a, err = d.Adder(e).Write(ctx, written)
		c.Headline, c.Body, o.New = nil, nil, true
	}
	if err != nil {
		return err
	}
	if c.Section = nil; a.Section != v.Form.Section { // it was there before
		c.Section = &v.Form.Section
	}
	if c != (editing.Change{}) {
		o.Edit = &c
	}
	deed, err := e.Add(ctx, a, o)
	if err != nil && deed.ID == "" {
		return err
	}
	left := err
	if !o.New { // else the deed has forgotten it
		if err := d.room.DropSheet(ctx, in.Name, v.Page); err != nil {
			return err
		}
	}
	if o.Action == editing.Add {
		redirect(w, r, savedAt("/desk/article/"+a.ID, deed))
		return nil
	}
	to := with("/desk/incoming", "did", deed.ID)
	if left != nil {
		to = with(to, "left", fmt.Sprint(len(parts(left))))
	}
	redirect(w, r, to)
	return nil
}

// bookmarklet leads from any page to the one that adds it, with what is selected there.
func (d *Desk) bookmarklet() template.URL {
	return template.URL("javascript:location.href='" + d.Base + "/desk/add?url='+encodeURIComponent(location.href)+'&title='+encodeURIComponent(document.title)" +
		"+'&text='+encodeURIComponent(String(getSelection()).slice(0,1000))")
}

// soon is a time to propose for scheduling.
func (d *Desk) soon() string {
	return d.Now().In(d.Zone).Truncate(time.Hour).Add(2 * time.Hour).Format("2006-01-02T15:04")
}
