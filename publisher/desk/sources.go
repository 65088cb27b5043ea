package desk

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"courant/db"
	"courant/db/newsroom"
	"courant/db/text"
	"courant/publisher/editing"
	"courant/publisher/web"
)

// sourcesView is the page of the sources.
type sourcesView struct {
	frame
	Rows []sourceRow
	More string
	Did  string
	Undo string // what undoes that: pause or resume, or nothing
	Of   string // id of the source that it was done to
	May  bool
}

// sourceRow is a source on that page.
type sourceRow struct {
	db.Source
	newsroom.Intake
	Same   string // share of answers that had nothing new
	Stands string
	Taken  string // published of all that was decided on
	May    bool   // it can be paused by whoever looks
}

// sources shows how each source stands, those with trouble first.
func (d *Desk) sources(w http.ResponseWriter, r *http.Request, in visitor) error {
	list, err := d.store.Sources(r.Context())
	if err != nil {
		return err
	}
	v := sourcesView{May: in.Role.may(Editor)}
	if v.frame, err = d.listFrame(r, in, ""); err != nil {
		return err
	}
	v.Title, v.Next = "Sources", with(with(r.URL.RequestURI(), "did", ""), "id", "")
	page, err := strconv.Atoi("0" + r.URL.Query().Get("page"))
	if err != nil || page > maxCount {
		return &web.Error{Status: http.StatusNotFound, Message: "There is no such page."}
	}
	page = max(page, 1)
	ordered := make([]db.Source, 0, len(list))
	for _, trouble := range []bool{true, false} {
		for _, s := range list {
			if (s.Error != "") == trouble && s.ID != newsroom.Source {
				ordered = append(ordered, s)
			}
		}
	}
	from := min((page-1)*pageRows, len(ordered))
	to := min(from+pageRows, len(ordered))
	if to < len(ordered) {
		v.More = fmt.Sprintf("/desk/sources?page=%d", page+1)
	}
	these := ordered[from:to]
	ids := make([]string, len(these))
	for i, s := range these {
		ids[i] = s.ID
	}
	intakes, err := d.room.Intakes(r.Context(), ids)
	if err != nil {
		return err
	}
	for _, s := range these {
		row := sourceRow{Source: s, Intake: intakes[s.ID], Stands: stands(s), May: v.May && in.decides(s.Section)}
		if row.Passes > 0 {
			row.Same = fmt.Sprintf("%d %%", 100*row.NotModified/row.Passes)
		}
		if decided := row.Published + row.Rejected; decided > 0 && row.Published < maxCount && row.Rejected < maxCount {
			row.Taken = fmt.Sprintf("%d %%", 100*row.Published/decided)
		}
		v.Rows = append(v.Rows, row)
	}
	did := r.URL.Query().Get("did")
	v.Did = map[string]string{"pause": "Paused", "resume": "Resumed", "fetch": "Asked for, with the worker’s next turn"}[did]
	if i := slices.IndexFunc(list, func(s db.Source) bool { return s.ID == r.URL.Query().Get("id") }); i >= 0 && v.Did != "" {
		v.Of = list[i].ID
		v.Did += ": " + list[i].Name()
		if v.May && in.decides(list[i].Section) {
			v.Undo = map[string]string{"pause": "resume", "resume": "pause"}[did]
		}
	}
	return d.show(w, r, http.StatusOK, "sources", v)
}

// Some is a count as the page has it.
func (sourceRow) Some(n int) string { return shown(n) }

// stands is how the polling of a source stands, in a few words.
func stands(s db.Source) string {
	switch {
	case !s.Configured:
		return "left the configuration"
	case s.PausedConfig:
		return "paused by the configuration"
	case s.Paused:
		return "paused"
	}
	return s.State
}

// changeSource pauses, resumes or asks for a source.
func (d *Desk) changeSource(w http.ResponseWriter, r *http.Request, in visitor) error {
	form, err := readForm(r)
	if err != nil {
		return err
	}
	e, id, action := d.editor(in), form.Get("id"), form.Get("action")
	switch action {
	case "pause":
		err = e.Pause(r.Context(), id)
	case "resume":
		err = e.Resume(r.Context(), id)
	case "fetch":
		_, err = e.Ask(r.Context(), []string{id})
	default:
		return &web.Error{Status: http.StatusBadRequest, Message: "A source is paused, resumed or fetched."}
	}
	switch {
	case errors.Is(err, editing.ErrNotYours):
		return &web.Error{Status: http.StatusForbidden, Message: "This source is of a section that is not yours.", Err: err}
	case errors.Is(err, editing.ErrPaused):
		return &web.Error{Status: http.StatusConflict, Message: "The configuration pauses this source: it is resumed there.", Err: err}
	case err != nil:
		return err
	}
	to := localPath(form.Get("next"), "/desk/sources")
	redirect(w, r, with(with(to, "did", action), "id", id))
	return nil
}

// logView is a page of the log.
type logView struct {
	frame
	Actor, Kind, Ref string
	Rows             []newsroom.LogLine
	Later            string
	zone             *time.Location
}

// log shows who did what, when; the latest first.
func (d *Desk) log(w http.ResponseWriter, r *http.Request, in visitor) error {
	v := r.URL.Query()
	get := func(name string) string { return text.Line(v.Get(name)) } // no store looks for a NUL
	q := newsroom.LogQuery{Actor: get("actor"), Kind: get("kind"), Ref: get("ref"), Limit: pageRows + 1}
	if s := v.Get("before"); s != "" {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n < 1 {
			return &web.Error{Status: http.StatusNotFound, Message: "There is no such page."}
		}
		q.Before = n
	}
	view := logView{Actor: q.Actor, Kind: q.Kind, Ref: q.Ref, zone: d.Zone}
	var err error
	if view.frame, err = d.listFrame(r, in, ""); err != nil {
		return err
	}
	view.Title = "Log"
	if view.Rows, err = d.room.Log(r.Context(), q); err != nil {
		return err
	}
	if len(view.Rows) > pageRows {
		view.Rows = view.Rows[:pageRows]
		view.Later = with(r.URL.RequestURI(), "before", strconv.FormatInt(view.Rows[pageRows-1].Number, 10))
	}
	return d.show(w, r, http.StatusOK, "log", view)
}

// Change is what a line of the log says of what was and what became.
func (v logView) Change(l newsroom.LogLine) string {
	parts := []string{strings.Join(l.Changes(v.state), " · ")}
	if d := detail(l.Detail, parts[0] == ""); d != "" {
		parts = append(parts, d)
	}
	return strings.TrimPrefix(strings.Join(parts, ": "), ": ")
}

// state is a state as the log has it, with its time as people write it.
func (v logView) state(s string) string {
	name, at, timed := strings.Cut(s, " for ")
	if t, err := time.Parse(time.RFC3339, at); timed && err == nil {
		return name + " for " + t.In(v.zone).Format("2 January 2006, 15:04")
	}
	return s
}

// detail is what the log says besides. Of an edit it begins with the names of the fields,
// in brackets, which are told where nothing else tells them.
func detail(s string, names bool) string {
	fields, rest, is := strings.Cut(strings.TrimPrefix(s, "["), "]")
	if !is || !strings.HasPrefix(s, "[") {
		return s
	}
	if !names {
		return strings.TrimSpace(rest)
	}
	fields = strings.ReplaceAll(strings.ReplaceAll(fields, " ", ", "), "_", " ")
	if rest = strings.TrimSpace(rest); rest != "" {
		return fields + ": " + rest
	}
	return fields
}
