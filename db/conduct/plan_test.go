package conduct_test

import (
	"strconv"
	"strings"
	"testing"

	"courant/db/conduct"
	"courant/db/dbtest"
	"courant/db/dbtest/cluster"
	"courant/db/sqlrow"
)

// Whatever a comment waits for is looked up by an index of its own, however many
// comments there are.
func TestQueryPlans(t *testing.T) {
	cluster.SQLiteOnly(t, "its plans are read")
	d := dbtest.New(t)
	if conduct.RememberedText != strconv.Itoa(conduct.Remembered) || conduct.RateRowsText != strconv.Itoa(conduct.RateRows) {
		t.Error("a limit that is written out is another")
	}
	past := []any{`["n"]`, `["n"]`, 0, "k", 0, "v", "", `["n"]`}
	for _, c := range []struct {
		index, text string
		args        []any
	}{
		{"comment_visitor", conduct.PastText, past},
		{"comment_network", conduct.PastText, past},
		{"comment_around", conduct.PastText, past},
		{"comment_same", conduct.PastText, past},
		{"comment_decided (status=? AND decided>?)", conduct.LatestText, nil},
		{"comment_decided", conduct.LessonText, []any{"approved", 10}},
	} {
		var plan []string
		for step, err := range sqlrow.Each(t.Context(), d.Reader(), func(r sqlrow.Row) (detail string, err error) {
			var id, parent, unused int
			err = r.Scan(&id, &parent, &unused, &detail)
			return detail, err
		}, "EXPLAIN QUERY PLAN "+c.text, c.args...) {
			if err != nil {
				t.Fatal(err)
			}
			plan = append(plan, step)
		}
		if all := strings.Join(plan, "\n"); !strings.Contains(all, c.index) || strings.Contains(all, "SCAN comment") {
			t.Errorf("%s\nwants %s, plan:\n%s", c.text, c.index, all)
		}
	}
}
