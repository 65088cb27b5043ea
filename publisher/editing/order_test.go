package editing

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"courant/db"
	"courant/db/content"
	"courant/db/dbtest"
	"courant/db/likeness"
	"courant/db/newsroom"
	"courant/db/record"
	"courant/db/sqlrow"
	"courant/db/state"
)

// many is an editor of a store with articles called a, b, c and so on, of which c and
// d are the same; all of the section "coast" but a.
func many(t *testing.T, names string) (e Editor, d *db.DB, id map[string]string, now *time.Time) {
	t.Helper()
	at := time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)
	d = dbtest.At(t, func() time.Time { return at })
	if err := d.SetSources(t.Context(), slices.Values([]db.Source{{ID: "one"}, {ID: "two"}})); err != nil {
		t.Fatal(err)
	}
	for source, pass := range map[string]string{"one": strings.ReplaceAll(names, "d", ""), "two": "d"} {
		p := db.Pass{Source: source, At: at, Feed: &db.Feed{}}
		for _, name := range strings.Split(pass, "") {
			section, link := "coast", int64(name[0])
			if name == "a" {
				section = "inland"
			}
			if name == "d" {
				link = 'c'
			}
			p.Entries = append(p.Entries, db.Entry{
				Fingerprint: []byte(name), Raw: []byte("raw"), Link: link, Sketch: likeness.Of(name),
				Article: db.Article{GUID: name, Headline: name, Section: section, Body: content.Clean("<p>"+name+"</p>", "")},
			})
		}
		if rs, err := d.Ingest(t.Context(), []db.Pass{p}); err != nil || rs[0].Err != nil {
			t.Fatal(rs, err)
		}
	}
	r := newsroom.New(d.DB, d.Now)
	if _, err := r.Group(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, err := d.Articles(t.Context(), db.ArticleQuery{All: true})
	if err != nil {
		t.Fatal(err)
	}
	id = map[string]string{}
	for _, a := range list {
		id[a.Headline] = a.ID
	}
	return New(d, "ann", nil), d, id, &at
}

// stand is where the articles lie: "a:incoming b:published".
func stand(t *testing.T, d *db.DB, id map[string]string) string {
	t.Helper()
	var out []string
	for name := range strings.SplitSeq("abcd", "") {
		if id[name] == "" {
			continue
		}
		a, err := d.Article(t.Context(), id[name])
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, name+":"+string(a.Status))
	}
	return strings.Join(out, " ")
}

const allIncoming = "a:incoming b:incoming c:incoming d:incoming"

// Each action, what it makes of the articles, that it can be undone, and done again.
func TestDoUndo(t *testing.T) {
	for _, c := range []struct {
		name   string
		before []Order
		order  Order
		want   string
	}{
		{"publish one", nil, Order{Action: Publish, IDs: []string{"a"}}, "a:published b:incoming c:incoming d:incoming"},
		{"publish a group", nil, Order{Action: Publish, IDs: []string{"c"}}, "a:incoming b:incoming c:published d:rejected"},
		{"publish the other", nil, Order{Action: Publish, IDs: []string{"d"}}, "a:incoming b:incoming c:rejected d:published"},
		{"publish both", nil, Order{Action: Publish, IDs: []string{"c", "d"}}, "a:incoming b:incoming c:published d:published"},
		{"reject many", nil, Order{Action: Reject, IDs: []string{"a", "b", "c"}, Reason: "dull"}, "a:rejected b:rejected c:rejected d:rejected"},
		{"schedule", nil, Order{Action: Schedule, IDs: []string{"a", "d"}}, "a:scheduled b:incoming c:rejected d:scheduled"},
		{"bin", nil, Order{Action: Bin, IDs: []string{"c"}}, allIncoming},
		{"nominate", nil, Order{Action: Nominate, IDs: []string{"a"}}, allIncoming},
		{"attach", nil, Order{Action: Attach, IDs: []string{"a", "b"}}, "a:incoming b:rejected c:incoming d:incoming"},
		{"withdraw", []Order{{Action: Publish, IDs: []string{"a"}}}, Order{Action: Withdraw, IDs: []string{"a"}, Reason: "wrong"}, "a:withdrawn b:incoming c:incoming d:incoming"},
		{"reopen", []Order{{Action: Reject, IDs: []string{"a"}, Reason: "dull"}}, Order{Action: Reopen, IDs: []string{"a"}}, allIncoming},
		{"publish from the bin", []Order{{Action: Bin, IDs: []string{"a"}}}, Order{Action: Publish, IDs: []string{"a"}}, "a:published b:incoming c:incoming d:incoming"},
		{"publish what is attached", []Order{{Action: Attach, IDs: []string{"a", "b"}}}, Order{Action: Publish, IDs: []string{"b"}}, "a:incoming b:published c:incoming d:incoming"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, d, id, now := many(t, "abcd")
			do := func(o Order) newsroom.Deed {
				t.Helper()
				for i := range o.IDs {
					o.IDs[i] = id[o.IDs[i]]
				}
				if o.Action == Schedule {
					o.At = now.Add(time.Hour)
				}
				deed, err := e.Do(t.Context(), o)
				if err != nil || deed.ID == "" {
					t.Fatal(deed, err)
				}
				return deed
			}
			for _, o := range c.before {
				do(o)
			}
			before, places := stand(t, d, id), fmt.Sprint(lies(t, d, id))
			*now = now.Add(time.Minute)
			deed := do(c.order)
			if got := stand(t, d, id); got != c.want {
				t.Errorf("it is %s, want %s", got, c.want)
			}
			after := fmt.Sprint(lies(t, d, id))
			if after == places {
				t.Error("nothing changed")
			}
			undone, err := e.Undo(t.Context(), "")
			if err != nil || undone.ID != deed.ID || !undone.Undone {
				t.Fatal(undone, err)
			}
			if got := stand(t, d, id); got != before || fmt.Sprint(lies(t, d, id)) != places {
				t.Errorf("undone it is %s, %v, want %s, %v", got, lies(t, d, id), before, places)
			}
			*now = now.Add(time.Minute)
			redone, err := e.Undo(t.Context(), deed.ID)
			if err != nil || redone.Undone {
				t.Fatal(redone, err)
			}
			if got := stand(t, d, id); got != c.want || fmt.Sprint(lies(t, d, id)) != after {
				t.Errorf("done again it is %s, %v, want %s, %v", got, lies(t, d, id), c.want, after)
			}
			*now = now.Add(2 * time.Hour)
			if _, err := e.Undo(t.Context(), deed.ID); err == nil {
				t.Error("it was undone hours later")
			}
		})
	}
}

// lies is where each article lies, as the desk has it.
func lies(t *testing.T, d *db.DB, id map[string]string) map[string]newsroom.Place {
	t.Helper()
	places := map[string]newsroom.Place{}
	for name, id := range id {
		if _, err := d.Do(t.Context(), "ann", "look", []string{id}, db.With{}, func(_ db.Article, p newsroom.Place) (newsroom.Place, error) {
			places[name] = p
			return p, nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	return places
}

// What cannot be done to one article is said, and is done to the others.
func TestDoSome(t *testing.T) {
	e, d, id, _ := many(t, "abcd")
	deed, err := e.Do(t.Context(), Order{Action: Withdraw, IDs: []string{id["a"]}})
	var transition *state.TransitionError
	if !errors.As(err, &transition) || deed.ID != "" {
		t.Errorf("withdraw what was never published: %v, %v", deed, err)
	}
	if deed, err = e.Do(t.Context(), Order{Action: Publish, IDs: []string{id["a"], "nosuch", id["b"]}}); len(deed.Steps) != 2 || !errors.Is(err, db.ErrNotFound) {
		t.Errorf("%v, %v", deed, err)
	}
	if deed, err = e.Do(t.Context(), Order{Action: Publish, IDs: []string{id["a"], id["c"]}}); len(deed.Steps) != 2 || !errors.As(err, &transition) {
		t.Errorf("%v, %v", deed, err)
	}
	// What was moved since is not undone.
	if _, err := New(d, "bob", nil).Do(t.Context(), Order{Action: Withdraw, IDs: []string{id["c"]}}); err != nil {
		t.Fatal(err)
	}
	if deed, err = e.Undo(t.Context(), deed.ID); !errors.Is(err, db.ErrStale) {
		t.Errorf("%v, %v", deed, err)
	}
	if got := stand(t, d, id); got != "a:published b:published c:withdrawn d:incoming" {
		t.Error(got)
	}
	// What readers see goes nowhere but to what is withdrawn, whoever's list is old.
	for _, o := range []Order{{Action: Reject}, {Action: Reopen}, {Action: Schedule, At: d.Now().Add(time.Hour)}, {Action: Bin}, {Action: Attach}} {
		if o.IDs = []string{id["b"]}; o.Action == Attach {
			o.IDs = []string{id["d"], id["b"]}
		}
		deed, err := e.Do(t.Context(), o)
		if err == nil || deed.ID != "" {
			t.Errorf("%s of what is published: %v, %v", o.Action, deed, err)
		}
		if got := stand(t, d, id); got != "a:published b:published c:withdrawn d:incoming" {
			t.Errorf("after %s: %s", o.Action, got)
		}
	}
	// What is refused leaves an article where it lay.
	if _, err := e.Do(t.Context(), Order{Action: Bin, IDs: []string{id["d"]}}); err != nil {
		t.Fatal(err)
	}
	places := fmt.Sprint(lies(t, d, id))
	if _, err := e.Do(t.Context(), Order{Action: Withdraw, IDs: []string{id["d"]}}); err == nil || fmt.Sprint(lies(t, d, id)) != places {
		t.Errorf("withdrawn from the bin: %v, it lies %v, want %s", err, lies(t, d, id), places)
	}
	tooMany := make([]string, MostAtOnce+1)
	for i := range tooMany {
		tooMany[i] = fmt.Sprint(i)
	}
	for _, o := range []Order{
		{Action: "explode", IDs: []string{id["a"]}},
		{Action: Publish},
		{Action: Attach, IDs: []string{id["a"]}},
		{Action: Join, IDs: []string{id["a"], id["a"]}},
		{Action: Schedule, IDs: []string{id["d"]}, At: d.Now()},
		{Action: Schedule, IDs: []string{id["d"]}, At: d.Now().AddDate(3, 0, 0)},
		{Action: Publish, IDs: tooMany},
		{Action: Reject, IDs: []string{id["d"]}, Reason: strings.Repeat("x", 2001)},
	} {
		var field *FieldError
		if _, err := e.Do(t.Context(), o); !errors.As(err, &field) {
			t.Errorf("%s: %v", o.Action, err)
		}
	}
}

// Who is limited to sections decides on theirs alone, and may nominate any.
func TestOnly(t *testing.T) {
	e, d, id, _ := many(t, "abcd")
	coast := New(d, "bob", nil).Only([]string{"coast"})
	var refusal *newsroom.RefusalError
	deed, err := coast.Do(t.Context(), Order{Action: Publish, IDs: []string{id["a"], id["b"]}})
	if !errors.As(err, &refusal) || len(deed.Steps) != 1 || deed.Steps[0].Article != id["b"] {
		t.Errorf("%v, %v", deed, err)
	}
	if _, err := coast.Do(t.Context(), Order{Action: Nominate, IDs: []string{id["a"]}}); err != nil {
		t.Error(err)
	}
	deed, err = e.Do(t.Context(), Order{Action: Publish, IDs: []string{id["a"]}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := coast.Undo(t.Context(), deed.ID); err == nil {
		t.Error("it was undone by somebody whose section it is not")
	}
}

// What is scheduled is published when its time has come, not before, also by
// another process that knows nothing of it.
func TestSchedule(t *testing.T) {
	e, d, id, now := many(t, "abcd")
	at := now.Add(time.Hour)
	if _, err := e.Do(t.Context(), Order{Action: Schedule, IDs: []string{id["a"]}, At: at}); err != nil {
		t.Fatal(err)
	}
	*now = at.Add(-time.Millisecond)
	if n, err := d.PublishDue(t.Context()); n != 0 || err != nil {
		t.Errorf("a moment before: %d, %v", n, err)
	}
	*now = at
	if n, err := d.PublishDue(t.Context()); n != 1 || err != nil {
		t.Errorf("at its time: %d, %v", n, err)
	}
	a, err := d.Article(t.Context(), id["a"])
	if err != nil || a.Status != state.Published || a.Published.Before(at) || !a.Scheduled.IsZero() {
		t.Errorf("%+v, %v", a, err)
	}
	if n, err := d.PublishDue(t.Context()); n != 0 || err != nil {
		t.Errorf("again: %d, %v", n, err)
	}
	log, err := record.Actions(t.Context(), d, "article", id["a"])
	if err != nil || len(log) != 2 || log[1].Actor != "schedule" || log[0].Before != "incoming" || log[0].After != "scheduled for 2026-11-22T10:30:00Z" {
		t.Errorf("%+v, %v", log, err)
	}
}

// A pin outlasts what becomes of an article, and counts while readers see it.
func TestPinOutlasts(t *testing.T) {
	e, d, id, _ := many(t, "ab")
	lead := func(want string) {
		t.Helper()
		if got, err := record.Lead(t.Context(), d); err != nil || got != want {
			t.Errorf("%q leads, not %q: %v", got, want, err)
		}
	}
	for _, step := range []struct {
		o    Order
		lead string
	}{
		{Order{Action: Pin}, ""},
		{Order{Action: Bin}, ""},
		{Order{Action: Reject}, ""},
		{Order{Action: Reopen}, ""},
		{Order{Action: Nominate}, ""},
		{Order{Action: Schedule, At: d.Now().Add(time.Hour)}, ""},
		{Order{Action: Publish}, id["a"]},
		{Order{Action: Withdraw, Reason: "It was wrong."}, ""},
		{Order{Action: Publish}, id["a"]},
		{Order{Action: Unpin}, ""},
	} {
		step.o.IDs = []string{id["a"]}
		if _, err := e.Do(t.Context(), step.o); err != nil {
			t.Fatal(step.o.Action, err)
		}
		if pinned := !lies(t, d, id)["a"].Pinned.IsZero(); pinned != (step.o.Action != Unpin) {
			t.Errorf("after %s it is pinned: %v", step.o.Action, pinned)
		}
		lead(step.lead)
	}
	if _, err := e.Do(t.Context(), Order{Action: Reject, IDs: []string{id["b"]}}); err != nil {
		t.Fatal(err)
	}
	var refusal *newsroom.RefusalError
	if _, err := e.Do(t.Context(), Order{Action: Pin, IDs: []string{id["b"]}}); !errors.As(err, &refusal) {
		t.Errorf("pin what is rejected: %v", err)
	}
	if _, err := e.Only([]string{"elsewhere"}).Do(t.Context(), Order{Action: Pin, IDs: []string{id["a"]}}); !errors.As(err, &refusal) {
		t.Errorf("pin what is of another's section: %v", err)
	}
}

// An edit is undone, and done again: all of it, and nothing that was edited since.
func TestUndoEdit(t *testing.T) {
	e, d, id, now := many(t, "abcd")
	ctx, a := t.Context(), id["a"]
	look := func() db.Article {
		t.Helper()
		a, err := d.Article(ctx, a)
		if err != nil {
			t.Fatal(err)
		}
		*now = now.Add(time.Second)
		return a
	}
	differs := func(was, is db.Article) string {
		return cmp.Diff(was, is, cmp.Comparer(func(a, b content.HTML) bool { return a == b }), cmpopts.EquateEmpty())
	}
	undo := func(did string) {
		t.Helper()
		if _, err := e.Undo(ctx, did); err != nil {
			t.Fatal(err)
		}
	}
	before := look()
	off := state.ThreadOff
	_, deed, err := e.Edit(ctx, a, Change{
		Headline: ref("Another"), Slug: ref("by-hand"), KeyPoints: &[]string{"One.", "Two."}, Section: ref("sea"), Tags: &[]string{"x"},
		Body: ref("<p>Another text</p>"), Summary: ref("Short."), Image: &db.Image{URL: "https://a.example/1.png", Alt: "A"}, Note: ref("We asked."), Thread: &off,
	})
	if err != nil || deed.ID == "" || deed.What != "edit" {
		t.Fatal(deed, err)
	}
	after := look()
	if undo(""); differs(before, look()) != "" {
		t.Errorf("undone it differs:\n%s", differs(before, look()))
	}
	if undo(deed.ID); differs(after, look()) != "" {
		t.Errorf("done again it differs:\n%s", differs(after, look()))
	}
	// Others that are edited since stay, with their being the editor's.
	if _, _, err := e.Edit(ctx, id["b"], Change{Headline: ref("b first")}); err != nil {
		t.Fatal(err)
	}
	_, one, err := e.Edit(ctx, id["b"], Change{Summary: ref("b's own")})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := e.Edit(ctx, id["b"], Change{Tags: &[]string{"late"}}); err != nil {
		t.Fatal(err)
	}
	undo(one.ID)
	if b, err := d.Article(ctx, id["b"]); err != nil || b.Headline != "b first" || b.Summary != "" || len(b.Tags) != 1 || !slices.Equal(b.Curated, []string{"headline", "tags"}) {
		t.Errorf("%+v, %v", b, err)
	}
	// What was edited again is not undone.
	if _, _, err := New(d, "bob", nil).Edit(ctx, a, Change{Summary: ref("Bob's.")}); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Undo(ctx, deed.ID); !errors.Is(err, db.ErrStale) || look().Headline != "Another" {
		t.Errorf("what bob edited: %v", err)
	}
	if _, deed, err := e.Edit(ctx, a, Change{Summary: ref("Bob's.")}); err != nil || deed.ID != "" {
		t.Errorf("an edit to what it is: %v, %v", deed, err)
	}
	// So is what was emptied.
	full := look()
	if _, deed, err = e.Edit(ctx, a, Change{KeyPoints: &[]string{}, Tags: &[]string{}, Summary: ref(""), Image: &db.Image{}, Note: ref("")}); err != nil || len(look().Tags) > 0 {
		t.Fatal(deed, err)
	}
	empty := look()
	if undo(deed.ID); differs(full, look()) != "" {
		t.Errorf("undone it differs:\n%s", differs(full, look()))
	}
	if undo(deed.ID); differs(empty, look()) != "" {
		t.Errorf("emptied again it differs:\n%s", differs(empty, look()))
	}
	undo(deed.ID)
	lines, err := record.Actions(ctx, d, "article", a)
	said := ""
	for _, line := range lines {
		said += line.What + "; "
	}
	if err != nil || !strings.Contains(said, "comments; edit; undo edit; redo edit; edit;") {
		t.Errorf("the log says %s, %v", said, err)
	}
}

// A correction that is undone is told to nobody any more; readers get the old words, as
// something newer than the correction.
func TestUndoCorrection(t *testing.T) {
	e, d, id, now := many(t, "ab")
	ctx, b := t.Context(), id["b"]
	if _, err := e.Do(ctx, Order{Action: Publish, IDs: []string{b}}); err != nil {
		t.Fatal(err)
	}
	told := func() string {
		t.Helper()
		list, err := d.Notices(ctx, 10)
		if err != nil {
			t.Fatal(err)
		}
		out := ""
		for _, n := range list {
			out += n.ID + " " + n.Text
		}
		return out
	}
	for _, of := range []Order{{}, {Action: Withdraw, IDs: []string{b}}} { // also of what is withdrawn since
		*now = now.Add(time.Minute)
		corrected, deed, err := e.Edit(ctx, b, Change{Headline: ref("Right"), Correction: "It was wrong."})
		if err != nil || deed.What != "correct" || !strings.HasSuffix(told(), " It was wrong.") {
			t.Fatal(deed, err, told())
		}
		was := told()
		if of.Action != "" {
			if _, err := e.Do(ctx, of); err != nil {
				t.Fatal(err)
			}
		}
		*now = now.Add(time.Minute)
		if _, err := e.Undo(ctx, deed.ID); err != nil {
			t.Fatal(err)
		}
		a, err := d.Article(ctx, b)
		if err != nil || a.Headline != "b" || a.Correction != "" || !a.Corrected.IsZero() || !a.Updated.After(corrected.Updated) || strings.Contains(told(), "It was wrong.") {
			t.Errorf("undone: %+v, %v, told %q", a, err, told())
		}
		if of.Action != "" {
			return
		}
		if _, err := e.Undo(ctx, deed.ID); err != nil || told() != was {
			t.Errorf("done again: %v, told %q, want %q", err, told(), was)
		}
		if _, err := e.Undo(ctx, deed.ID); err != nil {
			t.Fatal(err)
		}
	}
}

// To edit and publish is one thing: both are undone at once, and neither is done where
// one of them cannot be.
func TestEditAndDo(t *testing.T) {
	e, d, id, now := many(t, "abcd")
	ctx := t.Context()
	deed, err := e.Do(ctx, Order{Action: Publish, IDs: []string{id["c"]}, Edit: &Change{Headline: ref("Of c")}})
	if err != nil || stand(t, d, id) != "a:incoming b:incoming c:published d:rejected" || deed.Size() != 2 {
		t.Fatal(deed, err, stand(t, d, id))
	}
	if c, err := d.Article(ctx, id["c"]); err != nil || c.Headline != "Of c" || c.Slug != "of-c" {
		t.Errorf("%+v, %v", c, err)
	}
	*now = now.Add(time.Minute)
	if _, err := e.Undo(ctx, deed.ID); err != nil {
		t.Fatal(err)
	}
	if c, err := d.Article(ctx, id["c"]); err != nil || c.Headline != "c" || c.Slug != "c" || stand(t, d, id) != allIncoming {
		t.Errorf("undone: %+v, %v", c, err)
	}
	if _, err := e.Undo(ctx, deed.ID); err != nil || stand(t, d, id) != "a:incoming b:incoming c:published d:rejected" {
		t.Errorf("done again: %v, %s", err, stand(t, d, id))
	}
	var transition *state.TransitionError
	if deed, err = e.Do(ctx, Order{Action: Publish, IDs: []string{id["c"]}, Edit: &Change{Headline: ref("Twice")}}); !errors.As(err, &transition) || deed.ID != "" {
		t.Errorf("published twice: %v, %v", deed, err)
	}
	var field *FieldError
	if _, err = e.Do(ctx, Order{Action: Publish, IDs: []string{id["a"]}, Edit: &Change{Headline: ref("")}}); !errors.As(err, &field) {
		t.Errorf("without a headline: %v", err)
	}
	if c, err := d.Article(ctx, id["c"]); err != nil || c.Headline != "Of c" || !strings.HasPrefix(stand(t, d, id), "a:incoming") {
		t.Errorf("%+v, %v", c, err)
	}
}

// A note is taken back, and left again.
func TestUndoNote(t *testing.T) {
	e, d, id, _ := many(t, "ab")
	room := newsroom.New(d.DB, d.Now)
	count := func() (n int) {
		t.Helper()
		for _, id := range id {
			list, _, err := room.Notes(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			for _, note := range list {
				if note.Name != "ann" || note.Text != "Ask them." || !note.At.Equal(d.Now()) {
					t.Errorf("%+v", note)
				}
			}
			n += len(list)
		}
		return n
	}
	deed, err := e.Note(t.Context(), []string{id["a"], id["b"]}, " Ask them. ")
	if err != nil || count() != 2 {
		t.Fatal(err, count())
	}
	for _, want := range []int{0, 2, 0} {
		if _, err := e.Undo(t.Context(), deed.ID); err != nil || count() != want {
			t.Errorf("%d notes, %v, want %d", count(), err, want)
		}
	}
	if _, err := e.Note(t.Context(), []string{id["a"], "nosuch"}, "Never."); !errors.Is(err, db.ErrNotFound) || count() != 0 {
		t.Errorf("on what is not there: %v", err)
	}
	for _, text := range []string{" ", strings.Repeat("x", 2001)} {
		var field *FieldError
		if _, err := e.Note(t.Context(), []string{id["a"]}, text); !errors.As(err, &field) {
			t.Errorf("%.5q: %v", text, err)
		}
	}
}

// What was taken in is taken back with all that was done to it, and what was typed of it
// comes back; and it is taken in again.
func TestUndoAdd(t *testing.T) {
	for _, c := range []struct {
		name  string
		order Order
		want  state.Article
	}{
		{"waits", Order{Action: Add}, state.Incoming},
		{"waits, edited", Order{Action: Add, Edit: &Change{Headline: ref("By hand"), Tags: &[]string{"x"}}}, state.Incoming},
		{"published", Order{Action: Publish, Edit: &Change{Summary: ref("Short.")}}, state.Published},
		{"scheduled", Order{Action: Schedule}, state.Scheduled},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, d, _, now := many(t, "a")
			ctx, room := t.Context(), newsroom.New(d.DB, d.Now)
			list := []db.Entry{{Article: db.Article{GUID: "page", Headline: "A page", Body: content.Text("Text.")}, Fingerprint: []byte("f"), Raw: []byte("raw")}}
			if rs, err := d.Ingest(ctx, []db.Pass{{Source: newsroom.Source, At: *now, Actor: "ann", Entries: list}}); err != nil || rs[0].Err != nil {
				t.Fatal(rs, err)
			}
			look := func() db.Article {
				t.Helper()
				a, err := d.Article(ctx, list[0].Article.ID)
				if err != nil {
					t.Fatal(err)
				}
				return a
			}
			sheet := func(want string) {
				t.Helper()
				if got, _, err := room.Sheet(ctx, "ann", "add"); got != want || err != nil && (want != "" || !errors.Is(err, newsroom.ErrNotFound)) {
					t.Errorf("typed is %q, %v, want %q", got, err, want)
				}
			}
			if err := room.SaveSheet(ctx, "ann", "add", "headline=half"); err != nil {
				t.Fatal(err)
			}
			if _, err := e.Do(ctx, Order{Action: Add, IDs: []string{list[0].Article.ID}}); err == nil {
				t.Error("what is there is added")
			}
			o := c.order
			o.New, o.Typed, o.At = true, &newsroom.Typed{Page: "add", At: *now, Form: "headline=whole"}, now.Add(time.Hour)
			deed, err := e.Add(ctx, look(), o)
			if err != nil || deed.ID == "" || deed.What != string(o.Action) || look().Status != c.want {
				t.Fatal(deed, err, look().Status)
			}
			after := look().Headline
			sheet("")
			for range 2 {
				*now = now.Add(time.Second)
				if _, err := e.Undo(ctx, ""); err != nil || look().Status != state.Rejected || look().Headline != "A page" {
					t.Fatalf("undone: %+v, %v", look(), err)
				}
				sheet("headline=whole")
				*now = now.Add(time.Second)
				if _, err := e.Undo(ctx, deed.ID); err != nil || look().Status != c.want || look().Headline != after {
					t.Fatalf("done again: %+v, %v", look(), err)
				}
				sheet("")
			}
			// What was typed since stays.
			if err := room.SaveSheet(ctx, "ann", "add", "headline=another"); err != nil {
				t.Fatal(err)
			}
			var refusal *newsroom.RefusalError
			if _, err := e.Undo(ctx, deed.ID); !errors.As(err, &refusal) || look().Status != state.Rejected {
				t.Errorf("with something else typed: %v, %s", err, look().Status)
			}
			sheet("headline=another")
			// Once more, it waits again.
			if _, err := e.Add(ctx, look(), Order{Action: Add}); err != nil || look().Status != state.Incoming {
				t.Errorf("added once more: %v, %s", err, look().Status)
			}
			if deed, err := e.Add(ctx, look(), Order{Action: Add}); err != nil || deed.ID != "" {
				t.Errorf("added though it is there: %v, %v", deed, err)
			}
		})
	}
}

// What an editor typed is forgotten, and comes back; nobody's but theirs.
func TestUndoForget(t *testing.T) {
	e, d, id, _ := many(t, "ab")
	ctx, room := t.Context(), newsroom.New(d.DB, d.Now)
	for _, page := range []string{"", "add", "write", "list", "comments"} {
		save := func(form string) {
			t.Helper()
			err := room.SaveSheet(ctx, "ann", page, form)
			if page == "" {
				err = room.SaveDraft(ctx, "ann", id["a"], form)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		typed := func() (form string) {
			t.Helper()
			form, _, err := room.Sheet(ctx, "ann", page)
			if page == "" {
				form, _, err = room.Draft(ctx, "ann", id["a"])
			}
			if err != nil && !errors.Is(err, newsroom.ErrNotFound) {
				t.Fatal(err)
			}
			return form
		}
		if page == "" {
			if deed, err := room.Forget(ctx, "ann", page, id["a"]); err != nil || deed.ID != "" {
				t.Errorf("nothing is forgotten: %v, %v", deed, err)
			}
		}
		save("headline=typed")
		deed, err := room.Forget(ctx, "ann", page, map[bool]string{true: id["a"]}[page == ""])
		if err != nil || deed.ID == "" || typed() != "" {
			t.Fatalf("%q: %v, %v, left %q", page, deed, err, typed())
		}
		for _, want := range []string{"headline=typed", "", "headline=typed", ""} {
			if _, err := e.Only([]string{"coast"}).Undo(ctx, deed.ID); err != nil || typed() != want {
				t.Errorf("%q: %q, %v, want %q", page, typed(), err, want)
			}
		}
		save("headline=since")
		var refusal *newsroom.RefusalError
		if _, err := e.Undo(ctx, deed.ID); !errors.As(err, &refusal) || typed() != "headline=since" {
			t.Errorf("%q: %q, %v", page, typed(), err)
		}
	}
}

// What was given back to the source, or taken over from it, is undone with what waited,
// so that it can be decided anew; what the source sent since waits instead.
func TestUndoRevertTake(t *testing.T) {
	e, d, id, now := many(t, "ab")
	ctx, b := t.Context(), id["b"]
	if _, err := e.Do(ctx, Order{Action: Publish, IDs: []string{b}}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := e.Edit(ctx, b, Change{Headline: ref("Ours")}); err != nil {
		t.Fatal(err)
	}
	look := func() db.Article {
		t.Helper()
		a, err := d.Article(ctx, b)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	waits := func() string {
		t.Helper()
		p, err := d.PendingChange(ctx, b)
		if errors.Is(err, db.ErrNotFound) {
			return ""
		}
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%s %v", p.Raw, p.Fields)
	}
	made := func(name string) db.Remade {
		return db.Remade{ID: b, Fingerprint: []byte(name), Given: []int64{int64(len(name)), 0, 2}, Article: db.Article{Headline: name, Body: content.Text(strings.Repeat(name+" ", 20))}}
	}
	send := func(name string) {
		t.Helper()
		*now = now.Add(time.Hour)
		m := made(name)
		m.Article.GUID = "b"
		rs, err := d.Ingest(ctx, []db.Pass{{Source: "one", At: *now, Feed: &db.Feed{}, Entries: []db.Entry{{Fingerprint: m.Fingerprint, Raw: []byte("raw " + name), Given: m.Given, Article: m.Article}}}})
		if err != nil || rs[0].Err != nil {
			t.Fatal(rs, err)
		}
	}
	undo := func(deed newsroom.Deed) {
		t.Helper()
		*now = now.Add(time.Second)
		if _, err := e.Undo(ctx, deed.ID); err != nil {
			t.Fatal(err)
		}
	}
	send("theirs")
	all := waits()
	if !strings.HasPrefix(all, "raw theirs ") {
		t.Fatalf("what waits is %q", all)
	}
	before := look()
	for _, c := range []struct {
		name string
		do   func() (db.Article, newsroom.Deed, error)
		left string
	}{
		{"take", func() (db.Article, newsroom.Deed, error) { return e.Take(ctx, made("theirs")) }, ""},
		{"revert", func() (db.Article, newsroom.Deed, error) {
			return e.Revert(ctx, made("theirs"), []string{"headline", "body", "key_points"})
		}, ""},
	} {
		*now = now.Add(time.Second)
		_, deed, err := c.do()
		if err != nil || deed.ID == "" || deed.What != c.name || look().Headline != "theirs" || waits() != c.left || len(look().Curated) != 0 {
			t.Fatalf("%s: %v, %v, %+v, waits %q", c.name, deed, err, look(), waits())
		}
		taken := look()
		for range 2 {
			if undo(deed); look().Headline != "Ours" || look().Body != before.Body || waits() != all || !slices.Equal(look().Curated, []string{"headline"}) {
				t.Fatalf("%s undone: %+v, waits %q", c.name, look(), waits())
			}
			if c.name == "take" && !look().Updated.After(taken.Updated) {
				t.Error("whoever has what was taken over is not told that it went")
			}
			if undo(deed); look().Headline != "theirs" || look().Body != taken.Body || waits() != c.left {
				t.Fatalf("%s done again: %+v, waits %q", c.name, look(), waits())
			}
		}
		undo(deed)
	}
	// Decided anew, and the source goes on meanwhile.
	_, deed, err := e.Take(ctx, made("theirs"))
	if err != nil {
		t.Fatal(err)
	}
	*now = now.Add(-50 * time.Minute)
	send("theirs again, at greater length")
	next := waits()
	if undo(deed); look().Headline != "Ours" || waits() != next || !strings.HasPrefix(next, "raw theirs again") {
		t.Errorf("undone: %q, waits %q, want %q", look().Headline, waits(), next)
	}
}

// What was done one thing after another is undone in the reverse order, whatever it was,
// and leaves all as it was; and it is done again in the order it was done in.
func TestUndoStack(t *testing.T) {
	e, d, id, now := many(t, "abcd")
	for _, c := range []struct {
		name  string
		order []string // action and articles, the first letter of each
	}{
		{"split, join", []string{"split c", "join ca"}},
		{"split the other, join", []string{"split d", "join da"}},
		{"split, join the other", []string{"split c", "join da"}},
		{"split, join, join back", []string{"split c", "join ca", "join cd"}},
		{"split both", []string{"split cd", "join ab", "split a"}},
		{"join, split who came first", []string{"join ab", "split a", "join ba"}},
		{"join what is published", []string{"publish a", "join ab", "split b", "join cb", "publish c"}},
		{"attach", []string{"publish a", "attach ab", "split b", "bin b", "reject b"}},
		{"pin, nominate", []string{"pin a", "nominate a", "bin a", "publish a", "unpin a", "withdraw a"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			state := func() string { return stand(t, d, id) + fmt.Sprint(lies(t, d, id)) + groups(t, d) }
			states, deeds := []string{state()}, []string{}
			for _, o := range c.order {
				*now = now.Add(time.Second)
				what, names, _ := strings.Cut(o, " ")
				var ids []string
				for name := range strings.SplitSeq(names, "") {
					ids = append(ids, id[name])
				}
				deed, err := e.Do(t.Context(), Order{Action: Action(what), IDs: ids})
				if err != nil {
					t.Fatal(o, err)
				}
				states, deeds = append(states, state()), append(deeds, deed.ID)
			}
			for round := range 3 { // and the next case finds what this one found
				for i := range slices.Backward(deeds) {
					if _, err := e.Undo(t.Context(), deeds[i]); err != nil || state() != states[i] {
						t.Fatalf("round %d, undo %s: %v\n%s, want\n%s", round, c.order[i], err, state(), states[i])
					}
				}
				for i := range deeds {
					if round == 2 {
						break
					}
					if _, err := e.Undo(t.Context(), deeds[i]); err != nil || state() != states[i+1] {
						t.Fatalf("round %d, redo %s: %v\n%s, want\n%s", round, c.order[i], err, state(), states[i+1])
					}
				}
			}
		})
	}
}

// groups are which articles are the same, by headline: those alone are left out.
func groups(t *testing.T, d *db.DB) string {
	t.Helper()
	list, err := sqlrow.Collect(t.Context(), d.Reader(), sqlrow.Column[string], `
		SELECT headline || same.head FROM same JOIN article ON article.seq = same.article
		WHERE EXISTS (SELECT 1 FROM same AS other WHERE other.head = same.head AND other.article <> same.article) ORDER BY headline`)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(list)
}

// The log says of each action what was before and what is after, and of its undo the
// other way round, in the name of who did that.
func TestLogged(t *testing.T) {
	e, d, id, now := many(t, "abcde")
	unlogged := maps.Clone(changes)
	for what, want := range map[Action]struct {
		before []Order
		order  Order
		lines  string // what it says of each article, by headline
	}{
		Publish:  {order: Order{IDs: []string{"c"}, Note: "Ask them."}, lines: "c: incoming → published; c: nothing → “Ask them.”; d: incoming → attached to c"},
		Reject:   {order: Order{IDs: []string{"a"}, Reason: "Advertising"}, lines: "a: incoming → rejected"},
		Reopen:   {before: []Order{{Action: Schedule, IDs: []string{"a"}}}, order: Order{IDs: []string{"a"}}, lines: "a: scheduled for 2026-11-22T10:30:00Z → incoming"},
		Withdraw: {before: []Order{{Action: Publish, IDs: []string{"a"}}}, order: Order{IDs: []string{"a"}, Reason: "Wrong."}, lines: "a: published → withdrawn"},
		Schedule: {order: Order{IDs: []string{"a"}}, lines: "a: incoming → scheduled for 2026-11-22T10:30:00Z"},
		Bin:      {order: Order{IDs: []string{"a"}}, lines: "a: incoming → kept for later"},
		Unbin:    {before: []Order{{Action: Bin, IDs: []string{"a"}}}, order: Order{IDs: []string{"a"}}, lines: "a: kept for later → incoming"},
		Pin:      {order: Order{IDs: []string{"a"}}, lines: "a: not pinned → pinned"},
		Unpin:    {before: []Order{{Action: Pin, IDs: []string{"a"}}}, order: Order{IDs: []string{"a"}}, lines: "a: pinned → not pinned"},
		Nominate: {order: Order{IDs: []string{"a"}}, lines: "a: not nominated → nominated"},
		Attach:   {order: Order{IDs: []string{"a", "b"}}, lines: "b: incoming → attached to a"},
		Join:     {order: Order{IDs: []string{"a", "b"}}, lines: "b: on its own → the same as a"},
		Split:    {order: Order{IDs: []string{"c"}}, lines: "c: the same as d → on its own"},
		Add:      {order: Order{IDs: []string{"e"}, New: true, Edit: &Change{Headline: new("A new one")}}, lines: "e: headline: e → A new one · address: e → a-new-one"},
	} {
		t.Run(string(what), func(t *testing.T) {
			lines := func(from time.Time, actor string) string {
				t.Helper()
				list, err := newsroom.New(d.DB, d.Now).Log(t.Context(), newsroom.LogQuery{Actor: actor, Kind: "article", Limit: 100})
				if err != nil {
					t.Fatal(err)
				}
				var out []string
				for _, l := range list {
					said := strings.Join(l.Changes(nil), " · ")
					for name, id := range id {
						said = strings.ReplaceAll(said, id, name)
					}
					for name, id := range id {
						if l.Ref == id && l.At.Equal(from) {
							out = append(out, name+": "+said)
						}
					}
				}
				slices.Sort(out)
				return strings.Join(out, "; ")
			}
			do := func(o Order) newsroom.Deed {
				t.Helper()
				*now = now.Add(time.Second)
				var ids []string
				for _, name := range o.IDs {
					ids = append(ids, id[name])
				}
				if o.IDs = ids; o.Action == Schedule {
					o.At = time.Date(2026, 11, 22, 10, 30, 0, 0, time.UTC)
				}
				deed, err := e.Do(t.Context(), o)
				if err != nil {
					t.Fatal(o.Action, err)
				}
				return deed
			}
			var first []newsroom.Deed
			for _, o := range want.before {
				first = append(first, do(o))
			}
			want.order.Action = what
			deed := do(want.order)
			if got := lines(*now, "ann"); got != want.lines {
				t.Errorf("the log says\n%s, want\n%s", got, want.lines)
			}
			*now = now.Add(time.Second)
			if _, err := New(d, "bob", nil).Undo(t.Context(), deed.ID); err != nil {
				t.Fatal(err)
			}
			var back []string
			for line := range strings.SplitSeq(want.lines, "; ") {
				name, changes, _ := strings.Cut(line, ": ")
				var list []string
				for c := range strings.SplitSeq(changes, " · ") {
					field, c, named := strings.Cut(c, ": ")
					if !named {
						field, c = "", field
					} else {
						field += ": "
					}
					was, is, _ := strings.Cut(c, " → ")
					list = append(list, field+is+" → "+was)
				}
				back = append(back, name+": "+strings.Join(list, " · "))
			}
			if what == Add {
				back = append(back, "e: incoming → rejected") // where what was made goes
			}
			slices.Sort(back)
			if got := lines(*now, "bob"); got != strings.Join(back, "; ") {
				t.Errorf("of the undo the log says\n%s, want\n%s", got, strings.Join(back, "; "))
			}
			for _, deed := range slices.Backward(first) {
				if _, err := e.Undo(t.Context(), deed.ID); err != nil {
					t.Fatal(err)
				}
			}
		})
		delete(unlogged, what)
	}
	if len(unlogged) > 0 {
		t.Errorf("what the log says of %v is not tried", unlogged)
	}
}
