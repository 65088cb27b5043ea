package db

import (
	"slices"
	"testing"
	"time"

	"courant/db/scope"
	"courant/db/sqlrow"
)

// Changes go once nobody needs them, the oldest first, some with each write; what a
// clock that was far ahead has dated goes too.
func TestChangesKept(t *testing.T) {
	begin := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	now := begin
	d := testStore(t, func() time.Time { return now })
	write := func(at time.Time, n int) {
		t.Helper()
		now = at
		for range n {
			err := d.inTx(t.Context(), func(tx *tx) error {
				tx.scopes.add(scope.Site)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	kept := func(want ...int64) {
		t.Helper()
		got, err := sqlrow.Collect(t.Context(), d.r, sqlrow.Column[int64], `SELECT seq FROM change ORDER BY seq`)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("kept are %v, want %v, %v", got, want, err)
		}
	}
	write(begin, 6)
	write(begin.Add(24*time.Hour), 1) // takes the first six along
	kept(7)
	write(begin, 12)
	kept(8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19)
	write(begin.Add(changeKept), 1)
	kept(8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20)
	write(begin.Add(changeKept+time.Millisecond), 1)
	kept(18, 19, 20, 21)
	write(begin.Add(changeKept+time.Millisecond), 1)
	kept(20, 21, 22)
}
