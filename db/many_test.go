package db_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"courant/db"
	"courant/db/dbtest"
	"courant/db/listing"
	"courant/db/ruling"
	"courant/db/scope"
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

// What is published at one moment has the first that are free from it on, whoever took
// those before.
func TestMomentsAlike(t *testing.T) {
	now := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	d := dbtest.At(t, clock)
	if err := d.SetSources(t.Context(), slices.Values([]db.Source{{ID: "tidal"}})); err != nil {
		t.Fatal(err)
	}
	other := dbtest.Again(t, d, db.Options{Now: clock})
	ingest(t, d, true)
	all := 0
	for _, by := range []struct {
		d *db.DB
		n int
	}{{d, 300}, {d, 300}, {other, 3}, {d, 2}, {other, 1500}, {d, 1}} {
		if r := ingest(t, by.d, true, many(all, by.n)...); r.Shown != by.n {
			t.Fatalf("%d of %d published", r.Shown, by.n)
		}
		all += by.n
	}
	list, err := d.Articles(t.Context(), db.ArticleQuery{})
	if err != nil || len(list) != all {
		t.Fatalf("%d articles, want %d, %v", len(list), all, err)
	}
	for i, a := range list { // the newest first
		if want := now.Add(time.Duration(all-1-i) * time.Millisecond); !a.Published.Equal(now) || !a.Updated.Equal(want) {
			t.Fatalf("article %d was published at %v and updated at %v, want %v", i, a.Published, a.Updated, want)
		}
	}
}

// A pass that cannot be stored leaves no other without what is said of it: the lists
// have the others' articles.
func TestIngestTakenBack(t *testing.T) {
	d := dbtest.New(t)
	if err := d.SetSources(t.Context(), slices.Values([]db.Source{{ID: "a"}, {ID: "bad"}, {ID: "c"}})); err != nil {
		t.Fatal(err)
	}
	pass := func(source string, entries ...db.Entry) db.Pass {
		return db.Pass{
			Source: source, At: d.Now(), Feed: &db.Feed{}, Entries: entries,
			Publish: db.Publish{Auto: true, InitialWindow: time.Hour, InitialMax: 30},
		}
	}
	twice := many(0, 3)
	twice[2].Article.GUID = twice[0].Article.GUID
	rs, err := d.Ingest(t.Context(), []db.Pass{pass("a", many(0, 2)...), pass("bad", twice...), pass("c", many(0, 3)...)})
	if err != nil || rs[0].Err != nil || rs[1].Err == nil || rs[2].Err != nil {
		t.Fatal(rs, err)
	}
	for name, want := range map[string]int{scope.Site: 5, scope.Source("a"): 2, scope.Source("bad"): 0, scope.Source("c"): 3, scope.Tag("sea"): 5} {
		seqs, err := listing.List{Scope: name}.Since(t.Context(), d, 0)
		if err != nil || len(seqs) != want {
			t.Errorf("%s has %d articles, want %d, %v", name, len(seqs), want, err)
		}
	}
}

// Whatever came one after the other, and however many, each list has its articles once,
// in the order that the site's has them.
func TestListsInOrder(t *testing.T) {
	d := dbtest.New(t)
	if err := d.SetSources(t.Context(), slices.Values([]db.Source{{ID: "a"}, {ID: "b"}})); err != nil {
		t.Fatal(err)
	}
	pass := func(source string, from, n int, rejected ...int) db.Pass {
		list := many(from, n)
		for i := range list {
			if list[i].Article.Source = source; slices.Contains(rejected, i) {
				list[i].Ruling.Decision = ruling.Reject
			}
		}
		return db.Pass{Source: source, At: d.Now(), Feed: &db.Feed{}, Entries: list, Publish: db.Publish{Auto: true, InitialWindow: 48 * time.Hour, InitialMax: 30}}
	}
	for _, passes := range [][]db.Pass{
		{pass("a", 0, 3), pass("b", 0, 70)},      // first imports: few, and dated by their sources
		{pass("a", 3, 100), pass("b", 70, 100)},  // two long runs
		{pass("a", 103, 90, 20, 50, 51, 52, 89)}, // with gaps, between which are more and less than a long one
		{pass("b", 170, 2), pass("a", 193, 450)}, // some of it stored ahead
	} {
		if _, err := d.Ingest(t.Context(), passes); err != nil {
			t.Fatal(err)
		}
	}
	published, err := d.Articles(t.Context(), db.ArticleQuery{})
	if err != nil || len(published) != 3+30+200+85+452 {
		t.Fatalf("%d are published, %v", len(published), err)
	}
	want := map[string][]int64{}
	slices.SortStableFunc(published, func(a, b db.Article) int { return cmp.Or(b.Published.Compare(a.Published), cmp.Compare(b.Seq, a.Seq)) })
	for _, a := range published {
		for _, name := range []string{scope.Site, scope.Source(a.Source), scope.Tag("sea")} {
			want[name] = append(want[name], a.Seq)
		}
	}
	for name, want := range want {
		if seqs, err := (listing.List{Scope: name}).Since(t.Context(), d, 0); err != nil || !slices.Equal(slices.Sorted(slices.Values(seqs)), slices.Sorted(slices.Values(want))) {
			t.Errorf("%s has %d articles, want %d, %v", name, len(seqs), len(want), err)
		} else if newest := 85 + 452; name == scope.Site && !slices.Equal(seqs[:newest], want[:newest]) { // which are not dated by their sources
			t.Errorf("the last of %s are not in the order of their numbers", name)
		}
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
