package db_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"courant/db"
	"courant/db/dbtest"
	"courant/db/state"
)

const (
	writers     = 8
	eachComment = 100
)

// processes are so many openings of d's store, each with connections of its own.
func processes(t *testing.T, d *db.DB) []*db.DB {
	t.Helper()
	list := make([]*db.DB, writers)
	for i := range list {
		list[i] = dbtest.Again(t, d, db.Options{})
	}
	return list
}

// several are n published articles.
func several(t *testing.T, d *db.DB, n int) []db.Article {
	t.Helper()
	var entries []db.Entry
	for i := range n {
		entries = append(entries, entry(fmt.Sprint("guid", i), fmt.Sprint("Headline ", i), "<p>a</p>"))
	}
	ingest(t, d, true, entries...)
	list, err := d.Articles(t.Context(), db.ArticleQuery{All: true})
	if err != nil || len(list) != n {
		t.Fatal(len(list), err)
	}
	for i, a := range list {
		if a.Status != state.Published {
			if list[i], err = d.SetStatus(t.Context(), a.ID, state.Published, "shell", ""); err != nil {
				t.Fatal(err)
			}
		}
	}
	return list
}

// Eight processes post comments to one article, and to eight at once: each that is
// acknowledged is there, no two have one date, and the counts are right (M7).
func TestManyWriters(t *testing.T) {
	if testing.Short() {
		t.Skip("posts 1,600 comments")
	}
	for _, n := range []int{1, 8} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			d := oneSource(t)
			articles := several(t, d, n)
			var wg sync.WaitGroup
			for w, p := range processes(t, d) {
				wg.Go(func() {
					for i := range eachComment {
						if _, added, err := p.AddComment(t.Context(), db.Comment{
							Article: articles[(w+i)%n].ID, Name: fmt.Sprint("Reader ", w), Text: fmt.Sprint("Comment ", i), Status: state.Approved,
						}); err != nil || !added {
							t.Errorf("comment %d of %d: added %v, %v", i, w, added, err)
						}
					}
				})
			}
			wg.Wait()
			list, err := d.Comments(t.Context(), db.CommentQuery{})
			if err != nil || len(list) != writers*eachComment {
				t.Errorf("%d comments are stored: %v", len(list), err)
			}
			dates, of := map[time.Time]bool{}, map[string]int{}
			for _, c := range list {
				dates[c.Updated] = true
				of[c.Article]++
			}
			if len(dates) != len(list) {
				t.Errorf("%d comments have %d dates", len(list), len(dates))
			}
			for _, a := range articles {
				if now, err := d.Article(t.Context(), a.ID); err != nil || now.Comments != of[a.ID] || now.Comments != writers*eachComment/n {
					t.Errorf("an article counts %d comments of %d: %v", now.Comments, of[a.ID], err)
				}
			}
		})
	}
}

// The same comment that several processes are given at once is one (M7).
func TestSameCommentAtOnce(t *testing.T) {
	d := oneSource(t)
	a := several(t, d, 1)[0]
	list := processes(t, d)
	for i := range 10 {
		var wg sync.WaitGroup
		var mu sync.Mutex
		ids, added := map[string]bool{}, 0
		for _, p := range list {
			wg.Go(func() {
				c, new, err := p.AddComment(t.Context(), db.Comment{Article: a.ID, Name: "Ann", Text: fmt.Sprint("Comment ", i), Visitor: "ann", Status: state.Approved})
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				ids[c.ID] = true
				if new {
					added++
				}
			})
		}
		wg.Wait()
		if len(ids) != 1 || added != 1 {
			t.Errorf("the same comment is %d, stored %d times", len(ids), added)
		}
	}
	if now, err := d.Article(t.Context(), a.ID); err != nil || now.Comments != 10 {
		t.Errorf("it counts %d comments: %v", now.Comments, err)
	}
}

// What several editors, and visitors, do to one article at once is all kept: each
// sees what the one before did.
func TestManyEditors(t *testing.T) {
	d := oneSource(t)
	a := several(t, d, 1)[0]
	c, _, err := d.AddComment(t.Context(), db.Comment{Article: a.ID, Name: "Ann", Text: "Hello", Status: state.Approved})
	if err != nil {
		t.Fatal(err)
	}
	fields := []func(e *db.Edit){
		func(e *db.Edit) { e.Headline = new(string); *e.Headline = "Another" },
		func(e *db.Edit) { e.KeyPoints = &[]string{"One."} },
		func(e *db.Edit) { e.Section = new(string); *e.Section = "coast" },
		func(e *db.Edit) { e.Tags = &[]string{"Energy"} },
	}
	list := processes(t, d)
	var wg sync.WaitGroup
	for i, set := range fields {
		wg.Go(func() {
			var e db.Edit
			set(&e)
			if _, _, err := list[i].EditArticle(t.Context(), a.ID, e, "ann"); err != nil {
				t.Error(err)
			}
		})
	}
	removed := make([]error, 4)
	for i := range removed {
		wg.Go(func() {
			_, removed[i] = dbtest.Moderate(t.Context(), list[4+i], c.ID, state.Removed, "bob", "")
		})
	}
	wg.Wait()
	now, err := d.Article(t.Context(), a.ID)
	if err != nil || now.Headline != "Another" || len(now.KeyPoints) != 1 || now.Section != "coast" || !slices.Equal(now.Tags, []string{"Energy"}) || len(now.Curated) != 4 {
		t.Errorf("of four edits there are left %q, %q, %q, %v, %v: %v", now.Headline, now.KeyPoints, now.Section, now.Tags, now.Curated, err)
	}
	went := 0
	for _, err := range removed {
		var refused *state.TransitionError
		switch {
		case err == nil:
			went++
		case !errors.As(err, &refused):
			t.Error(err)
		}
	}
	if went != 1 || now.Comments != 0 {
		t.Errorf("a comment was removed %d times, %d are left", went, now.Comments)
	}
}

// Several workers store articles at once: in their lists, no two of one date, and
// none is lost (M7).
func TestManyIngest(t *testing.T) {
	d := dbtest.New(t)
	var sources []db.Source
	for i := range 4 {
		sources = append(sources, db.Source{ID: fmt.Sprint("s", i), URL: fmt.Sprintf("http://s%d.example/", i)})
	}
	if err := d.SetSources(t.Context(), slices.Values(sources)); err != nil {
		t.Fatal(err)
	}
	list := processes(t, d)
	var wg sync.WaitGroup
	for i, s := range sources {
		wg.Go(func() {
			for round := range 5 {
				rs, err := list[i].Ingest(t.Context(), []db.Pass{{
					Source: s.ID, At: list[i].Now(), Feed: &db.Feed{}, Entries: many(round*20, 20), Publish: db.Publish{Auto: true, InitialMax: 20, InitialWindow: 1 << 62},
				}})
				if err != nil || rs[0].Err != nil || rs[0].New != 20 {
					t.Errorf("%s, round %d: %+v, %v", s.ID, round, rs, err)
				}
			}
		})
	}
	wg.Wait()
	all, err := d.Articles(t.Context(), db.ArticleQuery{})
	if err != nil || len(all) != 400 {
		t.Errorf("%d articles are published: %v", len(all), err)
	}
	dates := map[time.Time]bool{}
	for _, a := range all {
		dates[a.Updated] = true
	}
	if len(dates) != len(all) {
		t.Errorf("%d articles have %d dates", len(all), len(dates))
	}
}
