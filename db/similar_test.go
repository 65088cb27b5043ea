package db_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"courant/db"
	"courant/db/content"
	"courant/db/dbtest"
	"courant/db/likeness"
)

// The same article from another source is found by its link, or by title and
// text while it is young; another article of the same name is not.
func TestSimilar(t *testing.T) {
	d := dbtest.New(t)
	var sources []db.Source
	for _, id := range []string{"a", "b", "c", "d", "e", "f"} {
		sources = append(sources, db.Source{ID: id, URL: "http://" + id + ".example/feed"})
	}
	if err := d.SetSources(t.Context(), slices.Values(sources)); err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat("The harbour opens its plant after ten years of tides and talk. ", 1) + "Two turbines follow in spring, the port says."
	put := func(source string, link, title int64, text string, at time.Time) string {
		rs, err := d.Ingest(t.Context(), []db.Pass{{Source: source, At: d.Now(), Feed: &db.Feed{}, Entries: []db.Entry{{
			Article:     db.Article{GUID: "1", Headline: source, SourcePublished: at, Body: content.Text(text)},
			Fingerprint: []byte("f"), Raw: []byte("r"), Link: link, Title: title, Sketch: likeness.Of(text),
		}}}})
		if err != nil || rs[0].Err != nil {
			t.Fatal(err, rs)
		}
		list, err := d.Articles(t.Context(), db.ArticleQuery{All: true, Source: source})
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		return list[0].ID
	}
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	id := put("a", 7, 9, text, noon)
	put("b", 7, 8, "Quite another teaser.", noon.AddDate(0, -2, 0))
	put("c", 1, 9, text+" More.", noon.Add(71*time.Hour))
	put("d", 2, 9, text, noon.Add(73*time.Hour))
	put("e", 3, 9, "A text of which nothing is the same, whatever it is called.", noon)
	wordless := put("f", 7, 9, "", noon)
	got, err := d.Similar(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, s := range got {
		said = append(said, s.Article.Source+" by "+s.Why)
	}
	if want := []string{"f by link", "c by title and text", "b by link"}; !slices.Equal(said, want) {
		t.Errorf("similar: %q, want %q", said, want)
	}
	if got, err := d.Similar(t.Context(), wordless); err != nil || len(got) != 2 {
		t.Errorf("similar to one without a text: %v, %v", got, err)
	}
	if got, err := d.PresentEntries(t.Context(), "f"); err != nil || len(got) != 1 || got[0].Sketch != nil {
		t.Errorf("known of one without a text: %v, %v", got, err)
	}
}
