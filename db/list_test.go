package db_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"courant/db"
	"courant/db/dbtest"
	"courant/db/scope"
	"courant/db/state"
)

// tick is a clock that a test moves.
type tick struct{ now time.Time }

func (c *tick) Now() time.Time { return c.now }

// newsroom is a store with two articles of the source "tidal", made at 09:00.
func newsroom(t *testing.T) (*db.DB, *tick, []db.Article) {
	clock := &tick{time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
	d := dbtest.At(t, clock.Now)
	if err := d.SetSources(t.Context(), slices.Values([]db.Source{{ID: "tidal", URL: "http://tidal.example/feed"}})); err != nil {
		t.Fatal(err)
	}
	ingest(t, d, true, entry("1", "One", "<p>a</p>"), entry("2", "Two", "<p>b</p>"))
	list, err := d.Articles(t.Context(), db.ArticleQuery{})
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	return d, clock, list
}

// A list's updated moves with news and never backwards, its touched with all.
func TestList(t *testing.T) {
	d, clock, articles := newsroom(t)
	ctx := t.Context()
	at := func(hour int) time.Time { return time.Date(2026, 11, 22, hour, 0, 0, 0, time.UTC) }
	check := func(what, scope string, updated, touched time.Time) {
		t.Helper()
		l, err := d.List(ctx, scope)
		if err != nil || l.Updated.Sub(updated).Abs() > 10*time.Millisecond || l.Touched.Sub(touched).Abs() > 10*time.Millisecond {
			t.Errorf("%s: list %s is %+v, want updated %v and touched %v (%v)", what, scope, l, updated, touched, err)
		}
	}
	check("made", scope.Site, at(9), at(9))
	check("nothing in it", scope.Section("none"), d.Created(), d.Created())

	clock.now = at(10)
	c, _, err := d.AddComment(ctx, db.Comment{Article: articles[0].ID, Name: "Ann", Text: "x", Status: state.Approved})
	if err != nil {
		t.Fatal(err)
	}
	check("a comment", scope.Site, at(9), at(10))
	check("a comment", scope.Comments, at(10), at(10))

	clock.now = at(11)
	headline, section := "One, spelt right", "inland"
	if _, _, err := d.EditArticle(ctx, articles[0].ID, db.Edit{Headline: &headline}, "shell"); err != nil {
		t.Fatal(err)
	}
	check("a typo", scope.Site, at(9), at(11))

	clock.now = at(12)
	if _, _, err := d.EditArticle(ctx, articles[0].ID, db.Edit{Tags: &[]string{"sea", "."}}, "shell"); err == nil {
		t.Error("a tag that no address can hold is taken")
	}
	if _, _, err := d.EditArticle(ctx, articles[0].ID, db.Edit{Section: &section}, "shell"); err != nil {
		t.Fatal(err)
	}
	check("it left", scope.Section("coast"), at(12), at(12))
	check("it stayed", scope.Site, at(9), at(12))

	clock.now = at(13)
	if _, err := d.SetStatus(ctx, articles[0].ID, state.Withdrawn, "shell", "wrong"); err != nil {
		t.Fatal(err)
	}
	check("withdrawn", scope.Site, at(13), at(13))
	check("withdrawn", scope.Corrections, at(13), at(13))

	clock.now = at(14)
	if _, err := dbtest.Moderate(ctx, d, c.ID, state.Removed, "shell", ""); err != nil {
		t.Fatal(err)
	}
	check("a comment removed", scope.Comments, at(14), at(14))
	check("a comment removed", scope.Site, at(13), at(14))
}

// Withdrawals are told by list, corrections as they come; a withdrawal that is
// taken back is no news any more.
func TestNotices(t *testing.T) {
	d, clock, articles := newsroom(t)
	ctx := t.Context()
	clock.now = clock.now.Add(time.Hour)
	if _, _, err := d.EditArticle(ctx, articles[1].ID, db.Edit{Correction: "It was ten."}, "shell"); err != nil {
		t.Fatal(err)
	}
	clock.now = clock.now.Add(time.Hour)
	if _, err := d.SetStatus(ctx, articles[0].ID, state.Withdrawn, "shell", "wrong"); err != nil {
		t.Fatal(err)
	}
	list, err := d.Notices(ctx, 10)
	if err != nil || len(list) != 2 || list[0].Kind != state.Withdrawal || list[0].Text != "wrong" || list[1].Text != "It was ten." ||
		list[1].Article.ID != articles[1].ID {
		t.Fatalf("notices: %+v %v", list, err)
	}
	day := clock.now.Truncate(24 * time.Hour)
	for name, q := range map[string]db.ArticleQuery{
		"site": {}, "section": {Section: "coast"}, "source": {Source: "tidal"}, "tag": {Tag: "sea"}, "day": {From: day, To: day.AddDate(0, 0, 1)},
	} {
		q.Limit = 10
		if gone, err := d.Withdrawn(ctx, q); err != nil || len(gone) != 1 || gone[0].ID != articles[0].ID || !gone[0].At.Equal(clock.now) {
			t.Errorf("withdrawn of %s: %+v %v", name, gone, err)
		}
	}
	for name, q := range map[string]db.ArticleQuery{
		"section": {Section: "x"}, "source": {Source: "x"}, "tag": {Tag: "x"}, "day": {From: day.AddDate(0, 0, 1), To: day.AddDate(0, 0, 2)},
	} {
		q.Limit = 10
		if gone, err := d.Withdrawn(ctx, q); err != nil || len(gone) != 0 {
			t.Errorf("withdrawn of another %s: %+v %v", name, gone, err)
		}
	}
	a, err := d.SetStatus(ctx, articles[0].ID, state.Published, "shell", "")
	if err != nil || !a.Updated.After(clock.now) {
		t.Errorf("published again: updated %v, %v", a.Updated, err)
	}
	if list, err := d.Notices(ctx, 10); err != nil || len(list) != 1 {
		t.Errorf("notices after the withdrawal was taken back: %+v %v", list, err)
	}
}

// What was withdrawn can be given another reason: one notice says it, anew.
func TestWithdrawAgain(t *testing.T) {
	d, clock, articles := newsroom(t)
	ctx, id := t.Context(), articles[0].ID
	first, err := d.SetStatus(ctx, id, state.Withdrawn, "shell", "")
	if err != nil {
		t.Fatal(err)
	}
	clock.now = clock.now.Add(time.Hour)
	second, err := d.SetStatus(ctx, id, state.Withdrawn, "shell", "It was wrong.")
	if err != nil || second.Reason != "It was wrong." || !second.Withdrawn.Equal(first.Withdrawn) {
		t.Errorf("reason %q, withdrawn %v, %v", second.Reason, second.Withdrawn, err)
	}
	list, err := d.Notices(ctx, 10)
	if err != nil || len(list) != 1 || list[0].Text != "It was wrong." || !list[0].Updated.Equal(clock.now) {
		t.Errorf("notices %+v, %v", list, err)
	}
	var wrong *state.TransitionError
	if _, err := d.SetStatus(ctx, id, state.Withdrawn, "shell", ""); !errors.As(err, &wrong) {
		t.Errorf("withdrawn again for no reason: %v", err)
	}
}

// A source's articles are withdrawn together, and those that come later are not.
func TestWithdrawSource(t *testing.T) {
	d, _, _ := newsroom(t)
	ctx := t.Context()
	if n, err := d.WithdrawSource(ctx, "tidal", "shell", "their wish"); n != 2 || err != nil {
		t.Fatalf("withdrew %d, %v", n, err)
	}
	if left, err := d.Articles(ctx, db.ArticleQuery{}); err != nil || len(left) != 0 {
		t.Errorf("left: %v %v", left, err)
	}
	if n, err := d.WithdrawSource(ctx, "tidal", "shell", "again"); n != 0 || err != nil {
		t.Errorf("again: %d, %v", n, err)
	}
	if _, err := d.WithdrawSource(ctx, "nobody", "shell", ""); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("an unknown source: %v", err)
	}
}

// Removed comments are told of while they are gone and were seen.
func TestRemovedComments(t *testing.T) {
	d, _, articles := newsroom(t)
	ctx := t.Context()
	add := func(text string, s state.Comment) db.Comment {
		c, _, err := d.AddComment(ctx, db.Comment{Article: articles[0].ID, Name: "Ann", Text: text, Status: s})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	seen, never := add("a", state.Approved), add("b", state.Pending)
	for _, id := range []string{seen.ID, never.ID} {
		if _, err := dbtest.Moderate(ctx, d, id, state.Spam, "shell", ""); err != nil {
			t.Fatal(err)
		}
	}
	for _, article := range []string{articles[0].ID, ""} {
		if gone, err := d.RemovedComments(ctx, db.CommentQuery{Article: article, Limit: 10}); err != nil || len(gone) != 1 || gone[0].ID != seen.ID {
			t.Errorf("removed of %q: %+v %v", article, gone, err)
		}
	}
	if _, err := dbtest.Moderate(ctx, d, seen.ID, state.Approved, "shell", ""); err != nil {
		t.Fatal(err)
	}
	if gone, err := d.RemovedComments(ctx, db.CommentQuery{Limit: 10}); err != nil || len(gone) != 0 {
		t.Errorf("after it came back: %+v %v", gone, err)
	}
}
