package audience_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"courant/db/audience"
	"courant/db/dbtest"
	"courant/db/dbtest/cluster"
)

func TestMain(m *testing.M) { cluster.Main(m) }

// Of each fetcher the last word counts, a feed's are added up, and who stays away for
// a week is left out.
func TestAudience(t *testing.T) {
	now := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	store := dbtest.At(t, func() time.Time { return now })
	note := func(claims ...audience.Claim) {
		t.Helper()
		if err := audience.Note(t.Context(), store.DB, now, claims); err != nil {
			t.Fatal(err)
		}
	}
	holds := func(most int, want ...string) {
		t.Helper()
		list, err := audience.Of(t.Context(), store.Reader(), now, most)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range list {
			line := fmt.Sprint(f.Path, " ", f.Subscribers)
			for _, by := range f.Fetchers {
				line += fmt.Sprintf(" %s=%d@%d", by.Name, by.Subscribers, by.Seen.Day())
			}
			got = append(got, line)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("-want +got:\n%s", d)
		}
	}
	holds(0)
	note(audience.Claim{"/feed.atom", "Feedbin", 3}, audience.Claim{"/feed.atom", "NewsBlur", 12}, audience.Claim{"/tag/sea/feed.rss", "Feedbin", 20})
	note(audience.Claim{"/feed.atom", "Feedbin", 4})
	holds(0, "/tag/sea/feed.rss 20 Feedbin=20@2", "/feed.atom 16 NewsBlur=12@2 Feedbin=4@2")
	holds(1, "/tag/sea/feed.rss 20 Feedbin=20@2")
	now = now.Add(6 * 24 * time.Hour)
	note(audience.Claim{"/feed.atom", "Feedbin", 4})
	now = now.Add(25 * time.Hour)
	holds(0, "/feed.atom 4 Feedbin=4@8")
	note() // which forgets them for good
	now = now.Add(-25 * time.Hour)
	holds(0, "/feed.atom 4 Feedbin=4@8")
}

// Made-up names and feeds fill no more than their bounds, and those that are known go
// on to count.
func TestAudienceBounded(t *testing.T) {
	now := time.Now()
	store := dbtest.New(t)
	rows := func() (n int) {
		t.Helper()
		if err := store.Reader().QueryRowContext(t.Context(), `SELECT count(*) FROM audience`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	var claims []audience.Claim
	for i := range audience.FetchersOfFeed + 5 {
		claims = append(claims, audience.Claim{"/feed.atom", fmt.Sprintf("Fetcher%03d", i), 1})
	}
	if err := audience.Note(t.Context(), store.DB, now, claims); err != nil {
		t.Fatal(err)
	}
	if n := rows(); n != audience.FetchersOfFeed {
		t.Errorf("%d fetchers of one feed are kept", n)
	}
	if err := store.Note(t.Context(), `
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
		INSERT INTO audience (feed, fetcher, subscribers, seen) SELECT CAST(i AS TEXT), 'a', 1, $2 FROM n`,
		audience.Rows-audience.FetchersOfFeed, now.UnixMilli()); err != nil {
		t.Fatal(err)
	}
	if err := audience.Note(t.Context(), store.DB, now, []audience.Claim{{"/new/feed.atom", "Feedbin", 1}, {"/feed.atom", "Fetcher000", 7}}); err != nil {
		t.Fatal(err)
	}
	if n := rows(); n != audience.Rows {
		t.Errorf("%d rows are kept", n)
	}
	list, err := audience.Of(t.Context(), store.Reader(), now, 1)
	if err != nil || list[0].Subscribers != audience.FetchersOfFeed+6 {
		t.Errorf("%+v (%v)", list, err)
	}
}
