package editing

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"courant/db"
	"courant/db/content"
	"courant/db/dbtest"
	"courant/db/likeness"
	"courant/db/newsroom"
	"courant/db/record"
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
		if _, err := d.Do(t.Context(), "ann", "look", []string{id}, func(_ db.Article, p newsroom.Place) (newsroom.Place, error) {
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
	for _, o := range []Order{
		{Action: "explode", IDs: []string{id["a"]}},
		{Action: Publish},
		{Action: Attach, IDs: []string{id["a"]}},
		{Action: Schedule, IDs: []string{id["d"]}, At: d.Now()},
		{Action: Schedule, IDs: []string{id["d"]}, At: d.Now().AddDate(3, 0, 0)},
		{Action: Publish, IDs: make([]string, MostAtOnce+1)},
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
