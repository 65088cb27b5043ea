package db_test

import (
	"errors"
	"testing"

	"courant/db"
	"courant/db/content"
)

// Reprocessing takes over better normalising, keeps what an editor set and
// every date, and writes nothing where nothing is better.
func TestReprocess(t *testing.T) {
	d := oneSource(t)
	ctx := t.Context()
	ingest(t, d, true, entry("1", "One", "<p>a</p>"), entry("2", "Two", "<p>b</p>"))
	list, err := d.Articles(ctx, db.ArticleQuery{Bodies: true})
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	headline := "Chosen"
	edited, _, err := d.EditArticle(ctx, list[0].ID, db.Edit{Headline: &headline}, "ann")
	if err != nil {
		t.Fatal(err)
	}
	remake := func() (looked, changed int) {
		t.Helper()
		err := d.EachKept(ctx, nil, func(kept []db.Kept) error {
			var made []db.Remade
			for _, k := range kept {
				if string(k.Raw) != "raw" || k.Source != "tidal" {
					t.Errorf("kept %+v", k)
				}
				made = append(made, db.Remade{ID: k.ID, Fingerprint: []byte("f"), Article: db.Article{
					Headline: "Better", Body: content.Clean("<p>"+longText+"</p>", ""), Words: 3,
				}})
			}
			n, err := d.Reprocess(ctx, made, "shell")
			looked, changed = looked+len(made), changed+n
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return looked, changed
	}
	if looked, changed := remake(); looked != 2 || changed != 2 {
		t.Errorf("looked at %d, changed %d, want 2, 2", looked, changed)
	}
	if looked, changed := remake(); looked != 2 || changed != 0 {
		t.Errorf("again: looked at %d, changed %d, want 2, 0", looked, changed)
	}
	for i, old := range list {
		a, err := d.Article(ctx, old.ID)
		if err != nil {
			t.Fatal(err)
		}
		want := "Better"
		if a.ID == edited.ID {
			want = headline
		}
		if a.Headline != want || a.Body.PlainText() != longText || a.Slug != old.Slug {
			t.Errorf("article %d: %q %q %q", i, a.Headline, a.Slug, a.Body)
		}
		if !a.Published.Equal(old.Published) || !a.Updated.Equal(old.Updated) || a.GUID != old.GUID {
			t.Errorf("I24: article %d moved: %v %v", i, a.Published, a.Updated)
		}
	}
	// The next fetch of the same entry is none the wiser.
	again := entry("2", "Better", "<p>b</p>")
	again.Fingerprint = []byte("f")
	if r := ingest(t, d, true, again); r.Unchanged != 1 {
		t.Errorf("fetched again: %+v", r)
	}
	if err := d.EachKept(ctx, []string{"nosuch"}, nil); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("no such article: %v", err)
	}
}

const longText = "a text that is longer than fifty characters, so that it would count as an update"
