package db_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"courant/db"
	"courant/db/dbtest"
	"courant/db/state"
)

// many makes n entries, newest first, all of one date, which is inside the window
// of a first import.
func many(from, n int) []db.Entry {
	list := make([]db.Entry, n)
	date := time.Now().UTC().Truncate(24 * time.Hour)
	for i := range list {
		list[i] = entry(fmt.Sprint("guid", from+i), fmt.Sprint("Headline ", from+i), "<p>Some words of a body.</p>")
		list[i].Article.SourcePublished = date
	}
	return list
}

// A pass with very many entries is stored in parts: in the document's order, with
// no two alike in updated (A3), the newest of a first import published, and other
// writers between the parts.
func TestIngestMany(t *testing.T) {
	const n = 1234
	d := oneSource(t)
	ctx := t.Context()
	stop := make(chan struct{})
	done := make(chan int)
	go func() { // another writer, in turn with the passes
		writes := 0
		for {
			select {
			case <-stop:
				done <- writes
				return
			default:
				if err := d.PauseSource(ctx, "tidal", true, "shell"); err == nil {
					writes++
				}
			}
		}
	}()
	r := ingest(t, d, true, many(0, n)...)
	if r.New != n || r.Shown != 30 || len(r.Published) != 0 {
		t.Fatalf("first import: %d new, %d published", r.New, r.Shown)
	}
	list, err := d.Articles(ctx, db.ArticleQuery{})
	if err != nil || len(list) != 30 || list[0].GUID != "guid0" || list[29].GUID != "guid29" {
		t.Fatalf("published: %d articles, %v", len(list), err)
	}
	r = ingest(t, d, true, many(n, n)...)
	close(stop)
	if writes := <-done; writes < 2*n/200 {
		t.Errorf("another writer had %d turns", writes)
	}
	if r.New != n || r.Shown != n || len(r.Published) != n {
		t.Fatalf("later: %d new, %d published", r.New, r.Shown)
	}
	if list, err = d.Articles(ctx, db.ArticleQuery{}); err != nil || len(list) != 30+n {
		t.Fatalf("%d articles, %v", len(list), err)
	}
	updated := map[time.Time]bool{}
	for i, a := range list {
		if i < n && a.GUID != fmt.Sprint("guid", n+i) {
			t.Fatalf("article %d of the list is %s", i, a.GUID)
		}
		if updated[a.Updated] || a.Updated.Before(a.Published) {
			t.Fatalf("article %s was updated at %v, as another or before it was published", a.ID, a.Updated)
		}
		updated[a.Updated] = true
	}
	if r = ingest(t, d, true, many(n, n)...); r.Unchanged != n || r.Outcome != state.OutcomeUnchanged {
		t.Errorf("again: %+v", r)
	}
}

// The newest few of an auto source's first import are published whatever their
// age.
func TestIngestOld(t *testing.T) {
	d := oneSource(t)
	list := many(0, 12)
	for i := range list {
		list[i].Article.SourcePublished = time.Date(2020, 1, 28-i, 0, 0, 0, 0, time.UTC)
	}
	if r := ingest(t, d, true, list...); r.New != 12 || r.Shown != 5 {
		t.Errorf("%d new, %d published, want 12 and 5", r.New, r.Shown)
	}
}

// BenchmarkIngestNew is a pass of n new entries: of a source whose articles wait,
// and of one whose articles are published at once.
func BenchmarkIngestNew(b *testing.B) {
	for _, n := range []int{1000, 4000} {
		for name, auto := range map[string]bool{"review": false, "auto": true} {
			b.Run(fmt.Sprint(name, "/", n), func(b *testing.B) {
				d := dbtest.New(b)
				if err := d.SetSources(b.Context(), slices.Values([]db.Source{{ID: "tidal"}})); err != nil {
					b.Fatal(err)
				}
				from := 0
				for b.Loop() {
					from += n
					rs, err := d.Ingest(b.Context(), []db.Pass{{
						Source: "tidal", At: d.Now(), Feed: &db.Feed{}, Entries: many(from, n), Publish: db.Publish{Auto: auto},
					}})
					if err != nil || rs[0].New != n {
						b.Fatal(rs, err)
					}
				}
			})
		}
	}
}
