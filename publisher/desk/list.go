package desk

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"courant/db/newsroom"
	"courant/db/search"
	"courant/db/search/query"
	"courant/db/sqlrow"
	"courant/db/text"
	"courant/publisher/web"
)

const (
	// pageRows is how many rows a page has.
	pageRows = 50
	// maxPage is the last page of a list: who looks further narrows the list.
	maxPage = 100
	// maxCount is where the count of a list ends: nobody plans by more.
	maxCount = newsroom.MostCounted
	// maxWords is how much of what is looked for counts, in bytes.
	maxWords = 200
)

// shelf is a list of the desk and its name.
type shelf struct {
	of    newsroom.Shelf
	title string
}

var shelves = []shelf{
	{newsroom.Incoming, "Incoming"},
	{newsroom.Scheduled, "Scheduled"},
	{newsroom.Published, "Published"},
	{newsroom.Rejected, "Rejected"},
	{newsroom.Bin, "Bin"},
}

// withdrawnTitle is that of the one list without a tab: Published leads there.
const withdrawnTitle = "Withdrawn"

// listView is a page of a list.
type listView struct {
	frame
	Shelf    newsroom.Shelf
	Action   string // of the form that narrows the list
	Filter   newsroom.Query
	Narrowed bool
	Sections []Section
	Rows     []row
	Buttons  []button // of the bar for all chosen rows
	Reasons  bool     // an action wants one
	Empty    string
	Searched int    // so many, the latest, were looked through for words; 0: all
	Cut      bool   // older ones have the words too and are not shown
	Earlier  string // addresses of the pages around this one
	Later    string
	Did      *didView
	Again    *againView
	Before   string // addresses of this page with another row looked at
	After    string
	Soon     string // a time to propose for scheduling
}

// row is an article on a list.
type row struct {
	newsroom.Row
	Why     string
	Age     string
	Stamp   time.Time // that Age is of
	Follows string    // id of the row after it, which is looked at next
	Current bool      // the keys are about it
	Focus   bool      // it is looked at now
	Buttons []button
	Later   bool // it can be scheduled
	Pins    bool // it can lead the front page, or do so no more
	Twins   []newsroom.Twin
}

// button is something that can be done.
type button struct {
	Action, Text, Key string
	Main              bool
}

// buttonsOf are what can be done to what lies on a list.
var buttonsOf = map[newsroom.Shelf][]button{
	newsroom.Incoming:  {{"publish", "Publish", "p", true}, {"reject", "Reject", "r", false}, {"bin", "Bin", "b", false}},
	newsroom.Bin:       {{"publish", "Publish", "p", true}, {"reject", "Reject", "r", false}, {"unbin", "Back", "b", false}},
	newsroom.Scheduled: {{"publish", "Publish now", "p", false}, {"reopen", "Unschedule", "r", false}},
	newsroom.Published: {{"withdraw", "Withdraw", "r", false}},
	newsroom.Rejected:  {{"publish", "Publish", "p", false}, {"reopen", "Reopen", "r", false}},
	newsroom.Withdrawn: {{"publish", "Publish again", "p", false}},
}

// list answers with a page of a list.
func (d *Desk) list(of newsroom.Shelf) handler {
	return func(w http.ResponseWriter, r *http.Request, in visitor) error {
		q, page, err := parseList(of, r.URL.Query())
		if err != nil {
			return err
		}
		v := listView{Shelf: of, Action: "/desk/" + string(of), Filter: q, Narrowed: narrowed(q), Sections: d.Sections()}
		if v.frame, err = d.listFrame(r, in, of); err != nil {
			return err
		}
		if of == newsroom.Withdrawn {
			v.Title = withdrawnTitle
		}
		wanted := q
		if wanted.Found, v.Cut, err = d.found(r.Context(), q); err != nil {
			return err
		}
		rows, err := d.room.List(r.Context(), wanted)
		if err != nil {
			return err
		}
		if len(rows) > pageRows {
			rows = rows[:pageRows]
			v.Later = listAddress(of, q, page+1)
		}
		if page > 1 {
			v.Earlier = listAddress(of, q, page-1)
		}
		v.Next = listAddress(of, q, page)
		if v.Did, err = d.didOf(r, in, v.Next); err != nil {
			return err
		}
		if v.Again, err = d.againOf(r, in, listPage, v.Next); err != nil {
			return err
		}
		if in.Role.may(Editor) {
			v.Buttons = buttonsOf[of]
		}
		v.Reasons = of == newsroom.Incoming || of == newsroom.Published || of == newsroom.Bin
		if rows, err = d.withAsked(r, wanted, rows); err != nil {
			return err
		}
		if v.Rows, err = d.rows(r, in, of, rows); err != nil {
			return err
		}
		for i, row := range v.Rows {
			if row.Current && i > 0 {
				v.Before = with(v.Next, "row", v.Rows[i-1].ID)
			}
			if row.Current && i+1 < len(v.Rows) {
				v.After = with(v.Next, "row", v.Rows[i+1].ID)
			}
		}
		v.keys = true
		v.Soon = d.soon()
		v.Empty = emptyText(of, v.Narrowed)
		if q.Text != "" && of == newsroom.Rejected {
			v.Searched = newsroom.MostRejected
		}
		return d.show(w, r, http.StatusOK, "list", v)
	}
}

const (
	// mostFound is how many of what is published have the words that are looked for, the
	// latest: forty pages.
	mostFound = 2000
	// findTime is how long it is looked for them.
	findTime = 100 * time.Millisecond
)

// found are the published articles that have the words of q anywhere, as readers find
// them. cut: older ones have them too. What is no query for readers finds none; the words
// may stand in headlines all the same.
func (d *Desk) found(ctx context.Context, q newsroom.Query) (list string, cut bool, err error) {
	if q.Shelf != newsroom.Published || q.Text == "" {
		return "", false, nil
	}
	words, err := query.Parse(q.Text, d.Zone)
	if err != nil || words.Comments {
		return "", false, nil
	}
	for _, f := range []query.Filter{{Field: query.Source, Value: q.Source}, {Field: query.Section, Value: q.Section}} {
		if f.Value != "" {
			words.Filters = append(words.Filters, f)
		}
	}
	res, err := d.store.Find(ctx, words, search.Options{Newest: true, Most: mostFound, Budget: findTime})
	if err != nil {
		return "", false, err
	}
	seqs := make([]int64, len(res.Hits))
	for i, h := range res.Hits {
		seqs[i] = h.Seq
	}
	return sqlrow.Text(seqs), res.Cut, nil
}

func emptyText(of newsroom.Shelf, narrowed bool) string {
	switch {
	case narrowed:
		return "Nothing here fits."
	case of == newsroom.Incoming:
		return "Nothing waits. All is worked off."
	case of == newsroom.Bin:
		return "Nothing is kept for later."
	}
	return "Nothing is " + string(of) + "."
}

// withAsked is a page of q with the row that r asks to look at before the others, where
// that lies on the list, and on another page: a private feed leads to it.
func (d *Desk) withAsked(r *http.Request, q newsroom.Query, list []newsroom.Row) ([]newsroom.Row, error) {
	id := text.Line(r.URL.Query().Get("row")) // no store looks for a NUL
	if id == "" || q.Offset > 0 || slices.ContainsFunc(list, func(v newsroom.Row) bool { return v.ID == id }) {
		return list, nil
	}
	q.ID, q.Limit = id, 1
	asked, err := d.room.List(r.Context(), q)
	return append(asked, list...), err
}

// rows makes rows ready to be shown. The one to look at is the first there is of those
// that r asks for; after something was done, it is the first of all otherwise.
func (d *Desk) rows(r *http.Request, in visitor, of newsroom.Shelf, list []newsroom.Row) ([]row, error) {
	var groups []int64
	for _, v := range list {
		if v.Others > 0 {
			groups = append(groups, v.Seq)
		}
	}
	twins, err := d.room.Twins(r.Context(), groups)
	if err != nil {
		return nil, err
	}
	out := make([]row, len(list))
	asked, current := r.URL.Query(), -1
	for _, id := range asked["row"] {
		if current < 0 {
			current = slices.IndexFunc(list, func(v newsroom.Row) bool { return v.ID == id })
		}
	}
	current = max(0, current)
	focus := asked.Has("row") || asked.Has("did")
	for i, v := range list {
		out[i] = row{Row: v, Why: why(of, v), Stamp: v.Dated, Twins: twins[v.Seq], Current: i == current, Focus: i == current && focus}
		switch of {
		case newsroom.Published, newsroom.Withdrawn:
			out[i].Stamp = v.Published
		case newsroom.Scheduled:
			out[i].Stamp = v.Scheduled
		}
		if out[i].Age = age(out[i].Stamp, d.Now()); of == newsroom.Scheduled {
			out[i].Age = moment(v.Scheduled.In(d.Zone), d.Now())
		}
		if i+1 < len(list) {
			out[i].Follows = list[i+1].ID
		} else if i > 0 {
			out[i].Follows = list[i-1].ID
		}
		if in.Role.may(Editor) && in.decides(v.Section) {
			out[i].Buttons = buttonsOf[of]
			out[i].Pins = of == newsroom.Published
			out[i].Later = of == newsroom.Incoming || of == newsroom.Bin || of == newsroom.Scheduled
		}
	}
	return out, nil
}

// decides reports whether u decides about articles of a section.
func (u user) decides(section string) bool {
	return len(u.Sections) == 0 || slices.Contains(u.Sections, section)
}

// why says why a row is where it is: which rule, which editor.
func why(of newsroom.Shelf, v newsroom.Row) string {
	var parts []string
	ruled := v.Rule != "" && (of == newsroom.Incoming || v.Actor == "worker" || v.Actor == "rule" || v.Actor == "")
	switch {
	case of == newsroom.Incoming && v.Rule != "" && v.Decision == "hold":
		parts = append(parts, "held by the rule "+v.Rule)
	case of == newsroom.Incoming && v.Rule != "":
		parts = append(parts, "rule "+v.Rule)
	case of == newsroom.Incoming && v.Act == "add":
		parts = append(parts, "added by "+v.Actor)
	case of == newsroom.Incoming && v.Act != "":
		parts = append(parts, "put back by "+v.Actor)
	case of == newsroom.Incoming:
		parts = append(parts, "waits for review")
	case ruled:
		parts = append(parts, v.Decision+" by the rule "+v.Rule)
	case v.Actor == "" && of == newsroom.Published:
		parts = append(parts, "published as it came")
	case v.Actor != "":
		parts = append(parts, deedOf(v.Act)+" by "+v.Actor)
	}
	if v.RuleReason != "" && ruled {
		parts = append(parts, v.RuleReason)
	}
	if v.Reason != "" {
		parts = append(parts, "“"+v.Reason+"”")
	}
	if v.Marks != "" {
		parts = append(parts, "mark "+v.Marks)
	}
	return strings.Join(parts, " · ")
}

// deedOf is what the log calls something that was done, as what was done.
func deedOf(what string) string {
	switch verb, of, _ := strings.Cut(what, " "); {
	case what == "bin":
		return "kept for later"
	case what == "unbin":
		return "put back"
	case what == "add":
		return "added"
	case what == "attach":
		return "attached"
	case verb == "undo":
		return "undone (" + of + ")"
	case verb == "redo":
		return "done again (" + of + ")"
	}
	return what
}

// moment is a time to come in a few letters.
func moment(t, now time.Time) string {
	if t.Year() == now.In(t.Location()).Year() {
		return t.Format("2 Jan, 15:04")
	}
	return t.Format("2 Jan 2006, 15:04")
}

// age is how long ago t is, or how long it is until then, in a few letters.
func age(t, now time.Time) string {
	d, sign := now.Sub(t), ""
	if d < 0 {
		d, sign = -d, "in "
	}
	switch {
	case d < time.Minute:
		return "now"
	case d < time.Hour:
		return fmt.Sprintf("%s%d min", sign, int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%s%d h", sign, int(d.Hours()))
	}
	return fmt.Sprintf("%s%d d", sign, int(d.Hours()/24))
}

// parseList reads what narrows and sorts a list. What is no page is none that there
// is.
func parseList(of newsroom.Shelf, v url.Values) (q newsroom.Query, page int, err error) {
	get := func(name string) string { return text.Line(v.Get(name)) } // no store looks for a NUL
	q = newsroom.Query{
		Shelf: of, Source: get("source"), Section: get("section"), Text: get("q"), Language: get("lang"), Rule: get("rule"),
		Order: get("sort"), Limit: pageRows + 1,
	}
	if len(q.Text) > maxWords {
		return q, 0, &web.Error{Status: http.StatusBadRequest, Message: "That is too much to look for."}
	}
	if !slices.Contains([]string{newsroom.NewestFirst, newsroom.OldestFirst, newsroom.NominatedFirst}, q.Order) {
		q.Order = ""
	}
	page = 1
	if s := v.Get("page"); s != "" {
		if page, err = strconv.Atoi(s); err != nil || page < 1 || page > maxPage {
			return q, 0, &web.Error{Status: http.StatusNotFound, Message: fmt.Sprintf("There is no such page: a list has at most %d.", maxPage)}
		}
	}
	q.Offset = (page - 1) * pageRows
	return q, page, nil
}

func narrowed(q newsroom.Query) bool {
	return q.Source != "" || q.Section != "" || q.Text != "" || q.Language != "" || q.Rule != ""
}

// listAddress is the address of a page of a list.
func listAddress(of newsroom.Shelf, q newsroom.Query, page int) string {
	v := url.Values{}
	for _, p := range [][2]string{{"source", q.Source}, {"section", q.Section}, {"q", q.Text}, {"lang", q.Language}, {"rule", q.Rule}, {"sort", q.Order}} {
		if p[1] != "" {
			v.Set(p[0], p[1])
		}
	}
	if page > 1 {
		v.Set("page", strconv.Itoa(page))
	}
	if len(v) == 0 {
		return "/desk/" + string(of)
	}
	return "/desk/" + string(of) + "?" + v.Encode()
}

// listFrame is the frame of a page with the tabs of all lists; of is the list that
// is open, or empty.
func (d *Desk) listFrame(r *http.Request, in visitor, of newsroom.Shelf) (frame, error) {
	title := "Desk"
	f := d.frame(title, in)
	for _, s := range shelves {
		n, err := d.room.Count(r.Context(), newsroom.Query{Shelf: s.of}, maxCount)
		if err != nil {
			return f, err
		}
		if s.of == of {
			f.Title = s.title
		}
		f.Tabs = append(f.Tabs, tab{s.title, "/desk/" + string(s.of), shown(n), s.of == of && !narrowedBy(r)})
	}
	comments, sources, lines, err := d.room.Sizes(r.Context(), maxCount)
	if err != nil {
		return f, err
	}
	for _, t := range []tab{{"Comments", "/desk/comments", shown(comments), false}, {"Sources", "/desk/sources", shown(sources), false}, {"Log", "/desk/log", shown(lines), false}} {
		t.Current = r.URL.Path == t.Href
		f.Tabs = append(f.Tabs, t)
	}
	if d.Adder != nil && in.Role.may(Editor) {
		for _, t := range []tab{{Text: "Add", Href: "/desk/" + addPage}, {Text: "Write", Href: "/desk/" + writePage}} {
			t.Current = r.URL.Path == t.Href
			f.Tabs = append(f.Tabs, t)
		}
	}
	for _, filter := range d.filters {
		values, _ := url.ParseQuery(filter.Query) // Validate has told
		q, _, err := parseList(newsroom.Incoming, values)
		if err != nil {
			return f, err
		}
		n, err := d.room.Count(r.Context(), q, maxCount)
		if err != nil {
			return f, err
		}
		to := listAddress(newsroom.Incoming, q, 1)
		mine, _, _ := parseList(newsroom.Incoming, r.URL.Query())
		mine.Offset = q.Offset
		f.Tabs = append(f.Tabs, tab{filter.Name, to, shown(n), of == newsroom.Incoming && mine == q})
	}
	return f, nil
}

func narrowedBy(r *http.Request) bool {
	q, _, _ := parseList("", r.URL.Query())
	return narrowed(q)
}

// shown is a count as a tab has it.
func shown(n int) string {
	if n >= maxCount {
		return strconv.Itoa(maxCount) + "+"
	}
	return strconv.Itoa(n)
}
