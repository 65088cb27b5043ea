package db_test

import (
	"database/sql"
	"errors"
	"fmt"
	"testing"
	"time"

	"courant/db"
	"courant/db/content"
	"courant/db/dbtest"
	"courant/db/state"
	"courant/db/thread"
)

// followed is the claim on the thread of the only article of a source.
func followed(t *testing.T, d *db.DB, article string) thread.Poll {
	t.Helper()
	polls := thread.New(d.DB)
	named := []thread.Named{{GUID: "1", Address: "https://s.example/thread", Host: "s.example", Said: "1", Alive: d.Now()}}
	got, err := d.Ingest(t.Context(), []db.Pass{{Source: "tidal", At: d.Now(), Outcome: state.OutcomeUnchanged, Threads: named}})
	if err == nil {
		err = got[0].Err
	}
	if err != nil {
		t.Fatal(err)
	}
	p, err := polls.Of(t.Context(), article)
	if err == nil {
		p, err = polls.Claim(t.Context(), p, d.Now(), d.Now().Add(time.Hour))
	}
	if err != nil {
		t.Fatal(err)
	}
	p.Due, p.ETag = d.Now().Add(2*time.Hour), `"1"`
	return p
}

// outside stores what a visit to a thread brought.
func outside(t *testing.T, d *db.DB, step thread.Step) db.PassResult {
	t.Helper()
	got, err := d.Ingest(t.Context(), []db.Pass{{Source: "tidal", At: d.Now(), Thread: &step}})
	if err != nil {
		t.Fatal(err)
	}
	return got[0]
}

func remark(n int, status state.Comment) thread.Said {
	text := fmt.Sprintf("Comment %d.", n)
	return thread.Said{External: fmt.Sprint("urn:c:", n), Name: "Ada", Text: text, Body: content.Text(text), Writer: "@s ada", Status: status, Reason: "for the test"}
}

// A thread is one process's at a time: what another stores late changes nothing.
func TestThreadIsClaimed(t *testing.T) {
	d := oneSource(t)
	id := published(t, d)
	first := followed(t, d, id)
	polls := thread.New(d.DB)
	again, err := polls.Of(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if due, err := polls.Due(t.Context(), d.Now()); err != nil || len(due) != 0 {
		t.Errorf("what is asked for is due: %v, %v", due, err)
	}
	stale := again
	stale.Asked = time.Time{}
	if _, err := polls.Claim(t.Context(), stale, d.Now(), d.Now()); !errors.Is(err, thread.ErrTaken) {
		t.Errorf("a claim by what was true before: %v", err)
	}
	time.Sleep(2 * time.Millisecond) // a claim is told from another by its moment
	second, err := polls.Claim(t.Context(), again, time.Now().UTC(), d.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if r := outside(t, d, thread.Step{Poll: first, New: []thread.Said{remark(1, state.Approved)}}); !errors.Is(r.Err, thread.ErrTaken) || r.New != 0 {
		t.Errorf("stored by who lost its claim: %+v", r)
	}
	second.Due, second.Again = d.Now().Add(3*time.Hour), again.Due
	if r := outside(t, d, thread.Step{Poll: second, New: []thread.Said{remark(1, state.Approved)}}); r.Err != nil || r.New != 1 || r.Shown != 1 {
		t.Errorf("stored: %+v", r)
	}
	if list, err := d.Comments(t.Context(), db.CommentQuery{Article: id}); err != nil || len(list) != 1 || list[0].Thread != 1 {
		t.Errorf("%+v, %v", list, err)
	}
}

// Comments from elsewhere leave room for what readers write here; those that there was
// no room for come once more.
func TestOutsideLeavesRoom(t *testing.T) {
	d := oneSource(t)
	id := published(t, d)
	p := followed(t, d, id)
	var list []thread.Said
	for n := range 1100 {
		list = append(list, remark(n, state.Pending))
	}
	if r := outside(t, d, thread.Step{Poll: p, New: list}); r.Err != nil || r.New != 1000 {
		t.Fatalf("%+v", r)
	}
	said(t, d, db.Comment{Article: id, Name: "Ann", Text: "Of a reader.", Visitor: "v1", Status: state.Pending})
	if p, err := thread.New(d.DB).Of(t.Context(), id); err != nil || p.ETag != "" {
		t.Errorf("its validators are kept: %+v, %v", p, err)
	}
	if _, _, err := d.Moderate(t.Context(), "eve", state.Approved, "", first(t, d)); err != nil {
		t.Fatal(err)
	}
	p = followed(t, d, id)
	if r := outside(t, d, thread.Step{Poll: p, New: list[1000:1001]}); r.Err != nil || r.New != 1 {
		t.Errorf("with room again: %+v", r)
	}
}

// first is the oldest comment that waits.
func first(t *testing.T, d *db.DB) string {
	t.Helper()
	list, err := d.Comments(t.Context(), db.CommentQuery{Status: state.Pending, OldestFirst: true, Limit: 1})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	return list[0].ID
}

// Spam that an editor marked stays known, so that it is not taken in and judged again
// from where it comes from.
func TestOutsideSpamStays(t *testing.T) {
	d := oneSource(t)
	id := published(t, d)
	p := followed(t, d, id)
	if r := outside(t, d, thread.Step{Poll: p, New: []thread.Said{remark(1, state.Approved), remark(2, state.Spam)}}); r.Err != nil || r.New != 2 || r.Shown != 1 {
		t.Fatalf("%+v", r)
	}
	list, err := d.Comments(t.Context(), db.CommentQuery{OldestFirst: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.Moderate(t.Context(), "eve", state.Spam, "", list[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := dbtest.FillThread(t.Context(), d, id, 5000, 0); err != nil {
		t.Fatal(err)
	}
	if err := d.Tx(t.Context(), func(t *sql.Tx) error {
		_, err := t.Exec(`UPDATE comment SET status = 'spam', parent = NULL WHERE status = 'approved'`)
		return err
	}, nil); err != nil {
		t.Fatal(err)
	}
	said(t, d, db.Comment{Article: id, Name: "Ann", Text: "More spam.", Visitor: "v1", Status: state.Spam})
	known, err := thread.New(d.DB).Known(t.Context(), p.Article)
	if err != nil || len(known) != 1 || known["urn:c:1"].Status != state.Spam {
		t.Errorf("known are %+v, %v", known, err)
	}
}
