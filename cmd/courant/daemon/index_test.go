package daemon

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"courant/db"
	"courant/db/dbtest"
	"courant/db/search"
	"courant/db/search/query"
)

// What was there before and what comes later is found without anybody's asking.
func TestKeepIndex(t *testing.T) {
	store := dbtest.New(t)
	if err := dbtest.Fill(t.Context(), store, 500); err != nil { // more than one batch
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	indexed := make(chan struct{}, 1)
	store.OnChange(func([]string) {
		select {
		case indexed <- struct{}{}:
		default:
		}
	})
	go func() { defer close(done); KeepIndex(ctx, store, slog.New(slog.DiscardHandler)) }()
	defer func() { stop(); <-done }()
	q, err := query.Parse("section:section-1", time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	wait := func(want int) {
		t.Helper()
		late := time.After(time.Minute) // of a machine that has much else to do
		for {
			res, err := store.Find(t.Context(), q, search.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if len(res.Hits) == want {
				return
			}
			select {
			case <-indexed:
			case <-late:
				t.Fatalf("%d are found, want %d", len(res.Hits), want)
			}
		}
	}
	wait(63) // of 500, every eighth
	list, err := store.Articles(t.Context(), db.ArticleQuery{Section: "section-1", Limit: 1})
	if err != nil || len(list) != 1 {
		t.Fatal(err, len(list))
	}
	section := "section-2"
	if _, _, err := store.EditArticle(t.Context(), list[0].ID, db.Edit{Section: &section}, "test"); err != nil {
		t.Fatal(err)
	}
	wait(62)
}
