package db_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"courant/db"
	"courant/db/content"
	"courant/db/dbtest"
	"courant/db/engine"
	"courant/db/search"
	"courant/db/search/query"
	"courant/db/state"
)

// index takes all changes into the index.
func index(t *testing.T, d *db.DB) {
	t.Helper()
	for {
		n, err := d.Index(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

// found are the headlines of what is found for text, or the names of comments.
func found(t *testing.T, d *db.DB, text string) []string {
	t.Helper()
	q, err := query.Parse(text, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	res, err := d.Find(t.Context(), q, search.Options{})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	var seqs []int64
	for _, h := range res.Hits {
		seqs = append(seqs, h.Seq)
	}
	names := []string{}
	if q.Comments {
		list, err := d.CommentsOf(t.Context(), seqs)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range list {
			names = append(names, c.Name)
		}
		return names
	}
	list, err := d.ArticlesOf(t.Context(), seqs, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		names = append(names, a.Headline)
	}
	return names
}

// finds checks what is found for text, in its order.
func finds(t *testing.T, d *db.DB, text string, want ...string) {
	t.Helper()
	if got := found(t, d, text); !slices.Equal(got, want) {
		t.Errorf("%s: found %q, want %q", text, got, want)
	}
}

func TestFind(t *testing.T) {
	now := time.Date(2026, 10, 1, 9, 30, 0, 0, time.UTC)
	d := dbtest.At(t, func() time.Time { return now })
	if err := d.SetSources(t.Context(), slices.Values([]db.Source{
		{ID: "tidal", URL: "http://tidal.example/feed"}, {ID: "daily-echo", URL: "http://echo.example/feed"},
	})); err != nil {
		t.Fatal(err)
	}
	for i, a := range []db.Article{
		{Source: "tidal", Headline: "Old storm", Section: "coast", Tags: []string{"Sea Level"}, Author: "Ann Smith", Body: content.Text("Waves broke the wall of the harbour.")},
		{Source: "daily-echo", Headline: "Budget", Section: "city", Author: "Bob", Summary: "A summary of its own.", Body: content.Text("The storm surge was costly, said the mayor’s office.")},
		{Source: "tidal", Headline: "Storms again", Section: "coast", Author: "Ann Jones", Body: content.Text("A surge, then a storm. Covid-19 played no part.")},
		{Source: "tidal", Headline: "東京都の天気", Section: "world", Language: "ja", Body: content.Text("今日は東京で雨が降る。京都は晴れ。")},
		{Source: "tidal", Headline: "Été à la mer", Section: "world", Body: content.Text("Straße, Łódź, Ελλάς und ﬁnance.")},
	} {
		a.GUID = fmt.Sprint(i)
		for _, list := range [][]db.Entry{nil, {{Article: a, Fingerprint: []byte(a.Headline), Raw: []byte("{}")}}} { // what comes after a first import is published
			rs, err := d.Ingest(t.Context(), []db.Pass{{
				Source: a.Source, At: now, Feed: &db.Feed{}, Publish: db.Publish{Auto: true}, Entries: list,
			}})
			if err != nil || rs[0].Err != nil {
				t.Fatal(err, rs)
			}
		}
		now = now.AddDate(0, 0, 7)
	}
	finds(t, d, "storm") // nothing before it is indexed
	index(t, d)
	// By match, then by age: two have it in the headline, of which the other is older.
	finds(t, d, "storm", "Storms again", "Old storm", "Budget")
	finds(t, d, `"storm"`, "Old storm", "Storms again", "Budget")
	finds(t, d, `"storm surge"`, "Budget")
	finds(t, d, `storm -"storm surge"`, "Storms again", "Old storm")
	finds(t, d, "storm -budget", "Storms again", "Old storm")
	finds(t, d, "storm surge", "Storms again", "Budget")
	finds(t, d, "storm source:daily-echo", "Budget")
	finds(t, d, "storm -source:tidal", "Budget")
	finds(t, d, "section:coast harbour", "Old storm")
	finds(t, d, `tag:"sea level"`, "Old storm")
	finds(t, d, "tag:sea-level", "Old storm")
	finds(t, d, "author:ann", "Storms again", "Old storm")
	finds(t, d, `author:"ann smith"`, "Old storm")
	finds(t, d, `storm -author:"ann smith"`, "Storms again", "Budget")
	finds(t, d, "covid-19", "Storms again")
	finds(t, d, "mayor", "Budget")
	finds(t, d, "summary own", "Budget")
	finds(t, d, "har*", "Old storm")
	finds(t, d, "har")
	finds(t, d, "東京", "東京都の天気")
	finds(t, d, "東京都", "東京都の天気")
	finds(t, d, "京都", "東京都の天気")
	finds(t, d, "雨", "東京都の天気")
	finds(t, d, "気", "東京都の天気")
	finds(t, d, "東京雨")
	finds(t, d, "ete STRASSE lodz ελλασ finance", "Été à la mer")
	finds(t, d, "nosuchword")
	// They were published on 1, 8, 15, 22 and 29 October.
	finds(t, d, "after:2026-10-22", "Été à la mer", "東京都の天気")
	finds(t, d, "before:2026-10-08", "Old storm")
	finds(t, d, "storm after:2026-10-08 before:2026-10-15", "Budget")
	finds(t, d, "storm after:2026-10", "Storms again", "Old storm", "Budget")
	finds(t, d, "storm before:2026-10")
	finds(t, d, "storm after:2027")
	finds(t, d, "storm before:1969")
}

// What changes is found as it is now, and what readers cannot see any more is
// found no more, before the index knows of it.
func TestFindChanges(t *testing.T) {
	d := oneSource(t)
	ctx := t.Context()
	ingest(t, d, true, entry("1", "Storm", "<p>waves</p>"), entry("2", "Calm", "<p>sea</p>"))
	ingest(t, d, false, entry("3", "Hidden storm", "<p>waves</p>"))
	index(t, d)
	finds(t, d, "storm", "Storm")
	list, err := d.Articles(ctx, db.ArticleQuery{})
	if err != nil {
		t.Fatal(err)
	}
	id := list[slices.IndexFunc(list, func(a db.Article) bool { return a.Headline == "Storm" })].ID
	headline, tags := "Wind", []string{"air"}
	if _, _, err := d.EditArticle(ctx, id, db.Edit{Headline: &headline, Tags: &tags}, "shell"); err != nil {
		t.Fatal(err)
	}
	index(t, d)
	finds(t, d, "storm")
	finds(t, d, "wind", "Wind")
	finds(t, d, "tag:air", "Wind")
	for _, c := range []db.Comment{
		{Name: "Ann", Text: "A remark", Status: state.Approved}, {Name: "Bob", Text: "Another remark", Status: state.Pending},
	} {
		c.Article, c.Body = id, content.Comment(c.Text)
		if _, _, err := d.AddComment(ctx, c); err != nil {
			t.Fatal(err)
		}
	}
	index(t, d)
	finds(t, d, "remark in:comments", "Ann") // approved ones alone
	finds(t, d, "remark")
	finds(t, d, "author:ann in:comments", "Ann")
	finds(t, d, "remark in:comments tag:air source:tidal section:coast", "Ann")
	if _, err := d.SetStatus(ctx, id, state.Withdrawn, "shell", ""); err != nil {
		t.Fatal(err)
	}
	finds(t, d, "wind")
	finds(t, d, "remark in:comments")
	index(t, d)
	finds(t, d, "wind")
	if _, err := d.SetStatus(ctx, id, state.Published, "shell", ""); err != nil {
		t.Fatal(err)
	}
	index(t, d)
	finds(t, d, "wind", "Wind")
	finds(t, d, "remark in:comments", "Ann")
}

// A store that was made before there was an index is indexed, the newest first,
// and a process that is killed while it does so leaves nothing out.
func TestIndexOfBefore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "courant.db")
	d, err := db.Open(t.Context(), engine.Config{Path: path}, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := dbtest.Fill(t.Context(), d, 1000); err != nil {
		t.Fatal(err)
	}
	n, err := d.Index(t.Context())
	if err != nil || n == 0 || n == 1000 {
		t.Fatalf("a first batch of %d, %v", n, err)
	}
	newest, err := d.Articles(t.Context(), db.ArticleQuery{All: true, Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	if got := found(t, d, `"`+newest[0].Headline+`"`); !slices.Contains(got, newest[0].Headline) {
		t.Errorf("the newest is not found first: %q", got)
	}
	d.Close() // what was indexed and what was not are both on disk
	if d, err = db.Open(t.Context(), engine.Config{Path: path}, db.Options{}); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	index(t, d)
	for _, a := range mustArticles(t, d) {
		if got := found(t, d, `"`+a.Headline+`"`); !slices.Contains(got, a.Headline) {
			t.Fatalf("%q is not found", a.Headline)
		}
	}
}

func mustArticles(t *testing.T, d *db.DB) []db.Article {
	t.Helper()
	list, err := d.Articles(t.Context(), db.ArticleQuery{})
	if err != nil || len(list) == 0 {
		t.Fatal(err, len(list))
	}
	return list[:5]
}

// What a reader writes never reaches the engine as its own language (V68).
func TestFindHostile(t *testing.T) {
	d := oneSource(t)
	ingest(t, d, true, entry("1", "Storm", "<p>waves</p>"))
	index(t, d)
	for _, text := range []string{
		`"`, `*`, `NEAR(storm waves)`, `words:storm`, `^storm`, `storm - waves`, `"unbalanced`, `storm AND`, `storm OR`, `NOT storm`,
		`{words}: storm`, `storm + waves`, `(((storm`, `storm)`, `'`, `''; DELETE FROM article; --`, `storm\`, "storm\x00waves", `%storm%`,
		`tag:"`, `tag:"""`, `source:") OR (`, "author:\ue000", "\ue000tidal", "\ue004storm",
	} {
		q, err := query.Parse(text, time.UTC)
		if err != nil || q.Empty() {
			continue
		}
		if _, err := d.Find(t.Context(), q, search.Options{}); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	finds(t, d, "\ue000tidal") // what marks a source is no letter
}
