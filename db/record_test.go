package db_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"courant/db"
	"courant/db/dbtest"
	"courant/db/record"
	"courant/db/state"
)

// What people ask for is on record: by the beginning of an id, what was done, what
// waits, where it comes from.
func TestRecord(t *testing.T) {
	d, ctx := dbtest.New(t), t.Context()
	if err := d.SetSources(ctx, slices.Values([]db.Source{{ID: "tidal", URL: "http://tidal.example/"}})); err != nil {
		t.Fatal(err)
	}
	rs, err := d.Ingest(ctx, []db.Pass{{Source: "tidal", At: d.Now(), Feed: &db.Feed{}, Entries: []db.Entry{
		{Article: db.Article{GUID: "1", Headline: "One"}, Fingerprint: []byte("1"), Raw: []byte("raw"), Why: "its id"},
		{Article: db.Article{GUID: "2", Headline: "Two", SourcePublished: d.Now().Add(-48 * time.Hour)}, Fingerprint: []byte("2"), Raw: []byte("raw")},
	}}})
	if err != nil || rs[0].Err != nil {
		t.Fatal(err, rs)
	}
	if held, err := record.HeldOf(ctx, d, "tidal", 24*time.Hour); err != nil || held != (record.Held{Waiting: 2, Old: 1}) {
		t.Errorf("HeldOf = %+v, %v", held, err)
	}
	list, err := d.Articles(ctx, db.ArticleQuery{All: true, OldestFirst: true})
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	a := list[1]
	if ids, err := record.ArticleIDs(ctx, d, a.ID[:7], 5); err != nil || !slices.Equal(ids, []string{a.ID}) {
		t.Errorf("ArticleIDs(%s) = %v, %v", a.ID[:7], ids, err)
	}
	if ids, err := record.CommentIDs(ctx, d, "x", 5); err != nil || len(ids) != 0 {
		t.Errorf("CommentIDs = %v, %v", ids, err)
	}
	if _, err := d.SetStatus(ctx, a.ID, state.Published, "ann", ""); err != nil {
		t.Fatal(err)
	}
	did, err := record.Actions(ctx, d, "article", a.ID)
	if err != nil || len(did) != 1 || did[0].Actor != "ann" || did[0].What != "published" {
		t.Errorf("Actions = %+v, %v", did, err)
	}
	p, err := record.ProvenanceOf(ctx, d, a.ID)
	if err != nil || p.Bytes != len("raw") {
		t.Errorf("ProvenanceOf = %+v, %v", p, err)
	}
	if _, err := record.ProvenanceOf(ctx, d, "nowhere"); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("of an article that is not there: %v", err)
	}
}
