package publisher_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"courant/db"
	"courant/db/content"
	"courant/db/state"
	"courant/publisher/threads"
)

// A long thread is read by its outline: what leads to a comment, or answers a
// post, costs a few bytes a comment however long each of them is, and a
// page costs what it shows.
func TestLongThread(t *testing.T) {
	const comments, chars = 600, 5000
	s := newSite(t, nil)
	a := s.newest()
	text := strings.Repeat("word ", chars/5)
	var last string
	for i := range comments {
		text := fmt.Sprint(i, " ", text)
		c, _, err := s.store.AddComment(t.Context(), db.Comment{
			Article: a.ID, Parent: last, Name: "Ann", Text: text, Body: content.Text(text), Status: state.Approved,
		})
		if err != nil {
			t.Fatal(err)
		}
		if last == "" {
			last = c.ID
		}
	}
	cost := func(path string, status int) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		s.get(path, status)
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	if got := cost("/comment/"+last, 302); got > comments*chars/10 {
		t.Errorf("leading to a comment cost %d KiB, with %d KiB of comments", got>>10, comments*chars>>10)
	}
	// The page shows some of them, which it renders, compresses and keeps.
	if got := cost(a.Path()+"?page=3", 200); got > threads.PerPage*chars*16+comments*500 {
		t.Errorf("a page cost %d KiB", got>>10)
	}
}
