package editing

import (
	"errors"
	"slices"
	"testing"
	"time"

	"courant/db"
	"courant/db/content"
	"courant/db/dbtest"
	"courant/db/record"
	"courant/db/state"
)

func ref[T any](v T) *T { return &v }

// oneArticle is an editor of a store with one article.
func oneArticle(t *testing.T) (e Editor, d *db.DB, id string) {
	d = dbtest.New(t)
	if err := d.SetSources(t.Context(), slices.Values([]db.Source{{ID: "tidal"}})); err != nil {
		t.Fatal(err)
	}
	rs, err := d.Ingest(t.Context(), []db.Pass{{Source: "tidal", At: d.Now(), Feed: &db.Feed{}, Entries: []db.Entry{{
		Fingerprint: []byte("1"), Raw: []byte("raw"), Article: db.Article{GUID: "1", Headline: "One", Link: "https://tidal.example/one", Body: content.Clean("<p>a</p>", "")},
	}}}})
	if err != nil || rs[0].Err != nil {
		t.Fatal(rs, err)
	}
	list, err := d.Articles(t.Context(), db.ArticleQuery{All: true})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	return New(d, "ann", func(id string) bool { return id == "" || id == "coast" }), d, list[0].ID
}

// What is wrong is said of each field, and nothing is stored.
func TestEditErrors(t *testing.T) {
	e, d, id := oneArticle(t)
	for _, c := range []struct {
		name   string
		change Change
		fields []string
	}{
		{"nothing", Change{}, []string{""}},
		{"no headline", Change{Headline: ref(" \n")}, []string{"headline"}},
		{"a slug without a letter", Change{Slug: ref("!!!")}, []string{"slug"}},
		{"six key points", Change{KeyPoints: &[]string{"1", "2", "3", "4", "5", "6"}}, []string{"key_points"}},
		{"an unknown section", Change{Section: ref("inland")}, []string{"section"}},
		{"a tag that no address can hold", Change{Tags: &[]string{"sea", ".."}}, []string{"tags"}},
		{"a correction of what nobody has read", Change{Correction: "It was wrong."}, []string{"correction"}},
		{"two at once", Change{Headline: ref(""), Section: ref("inland")}, []string{"headline", "section"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := e.Edit(t.Context(), id, c.change)
			var fields []string
			list := []error{err}
			if many, ok := err.(interface{ Unwrap() []error }); ok {
				list = many.Unwrap()
			}
			for _, one := range list {
				var field *FieldError
				if !errors.As(one, &field) || field.Text == "" {
					t.Fatalf("error %v", one)
				}
				fields = append(fields, field.Field)
			}
			if !slices.Equal(fields, c.fields) {
				t.Errorf("fields %q, want %q", fields, c.fields)
			}
			if a, err := d.Article(t.Context(), id); err != nil || a.Headline != "One" || len(a.Curated) > 0 {
				t.Errorf("the article is %+v %v", a, err)
			}
		})
	}
}

// An edit straightens what was typed, cleans the body, and is in the log.
func TestEdit(t *testing.T) {
	e, d, id := oneArticle(t)
	a, _, err := e.Edit(t.Context(), id, Change{
		Headline: ref(" Two\n words "), KeyPoints: &[]string{"First.", " "}, Tags: &[]string{" sea ", ""}, Section: ref("coast"),
		Body: ref(`<p onclick="x()">b <a href="two">c</a></p>`),
	})
	if err != nil {
		t.Fatal(err)
	}
	if a.Headline != "Two words" || !slices.Equal(a.KeyPoints, []string{"First."}) || !slices.Equal(a.Tags, []string{"sea"}) || a.Section != "coast" {
		t.Errorf("the article is %+v", a)
	}
	if want := content.Clean(`<p>b <a href="https://tidal.example/two">c</a></p>`, ""); a.Body != want {
		t.Errorf("the body is %s, want %s", a.Body, want)
	}
	if acts, err := record.Actions(t.Context(), d, "article", id); err != nil || len(acts) != 1 || acts[0].Actor != "ann" {
		t.Errorf("the log has %+v %v", acts, err)
	}
	if _, _, err := e.Edit(t.Context(), "nosuch", Change{Headline: ref("x")}); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("an unknown article: %v", err)
	}
}

// The words of an address are an editor's until readers have it, in whatever
// spelling; from then on they stay.
func TestSlug(t *testing.T) {
	e, d, id := oneArticle(t)
	ctx := t.Context()
	for _, c := range []struct {
		change Change
		want   string
	}{
		{Change{Headline: ref("Ours")}, "ours"},
		{Change{Slug: ref(" Chosen, Wörds! ")}, "chosen-words"},
		{Change{Headline: ref("Ours again")}, "chosen-words"},
		{Change{Slug: ref("")}, ""},
		{Change{Slug: ref("last")}, "last"},
	} {
		if a, _, err := e.Edit(ctx, id, c.change); err != nil || a.Slug != c.want {
			t.Errorf("the slug is %q, want %q: %v", a.Slug, c.want, err)
		}
	}
	if a, _, err := e.Revert(ctx, db.Remade{ID: id, Article: db.Article{Headline: "Theirs"}}, []string{"slug"}); err != nil || a.Slug != "ours-again" {
		t.Errorf("given back, the slug is %q: %v", a.Slug, err)
	}
	a, err := d.SetStatus(ctx, id, state.Published, "ann", "")
	if err != nil {
		t.Fatal(err)
	}
	var field *FieldError
	if _, _, err := e.Edit(ctx, id, Change{Slug: ref("other")}); !errors.As(err, &field) || field.Field != "slug" {
		t.Errorf("another slug after publication: %v", err)
	}
	other := "other"
	if _, _, err := d.EditArticle(ctx, id, db.Edit{Slug: &other}, "ann"); err == nil {
		t.Error("the store takes another slug after publication")
	}
	if now, _, err := e.Edit(ctx, id, Change{Slug: ref("Ours again"), Headline: ref("Other")}); err != nil || now.Path() != a.Path() {
		t.Errorf("the address is %s, was %s: %v", now.Path(), a.Path(), err)
	}
}

// A source is paused, resumed and asked for in the editor's name, and what the
// configuration pauses stays so.
func TestSources(t *testing.T) {
	e, d, _ := oneArticle(t)
	ctx := t.Context()
	stands := func() db.Source {
		s, err := d.Source(ctx, "tidal")
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if err := e.Pause(ctx, "tidal"); err != nil || stands().Active() {
		t.Errorf("paused: %v, active %v", err, stands().Active())
	}
	if err := e.Resume(ctx, "tidal"); err != nil || !stands().Active() {
		t.Errorf("resumed: %v, active %v", err, stands().Active())
	}
	for _, given := range []string{state.Gone, state.Dormant} {
		never := d.Now().AddDate(10, 0, 0)
		if err := d.Reschedule(ctx, []db.Due{{Source: "tidal", At: never, Reason: "410", State: given}}); err != nil {
			t.Fatal(err)
		}
		err := e.Resume(ctx, "tidal")
		if s := stands(); err != nil || s.State != state.Active || s.Reason != "resumed" || s.NextDue.After(d.Now()) {
			t.Errorf("%s, resumed: %v, %s because %q at %s", given, err, s.State, s.Reason, s.NextDue)
		}
	}
	later := d.Now().Add(time.Hour)
	if err := d.Reschedule(ctx, []db.Due{{Source: "tidal", At: later, Reason: "max-age", State: state.Failing}}); err != nil {
		t.Fatal(err)
	}
	if err := e.Resume(ctx, "tidal"); err != nil || stands().Reason != "max-age" {
		t.Errorf("a failing one, resumed: %v, due because %q", err, stands().Reason)
	}
	asks, err := e.Ask(ctx, []string{"tidal"})
	open, openErr := d.OpenAsks(ctx)
	if err := errors.Join(err, openErr); err != nil || len(asks) != 1 || len(open) != 1 || open[0].ID != asks[0].ID {
		t.Errorf("asked: %v, %v, open %v", err, asks, open)
	}
	if err := d.SetSources(ctx, slices.Values([]db.Source{{ID: "tidal", PausedConfig: true}})); err != nil {
		t.Fatal(err)
	}
	if err := e.Resume(ctx, "tidal"); !errors.Is(err, ErrPaused) {
		t.Errorf("resumed against the configuration: %v", err)
	}
	_, askErr := e.Ask(ctx, []string{"tidal", "none"})
	for what, err := range map[string]error{"pause": e.Pause(ctx, "none"), "resume": e.Resume(ctx, "none"), "ask": askErr} {
		if !errors.Is(err, db.ErrNotFound) {
			t.Errorf("%s a source that is none: %v", what, err)
		}
	}
	if open, err := d.OpenAsks(ctx); err != nil || len(open) != 1 {
		t.Errorf("after an unknown one: %v, %v", open, err)
	}
	log, err := record.Actions(ctx, d, "source", "tidal")
	if err != nil || len(log) == 0 || log[0].Actor != "ann" {
		t.Errorf("log %v, %v", log, err)
	}
}
