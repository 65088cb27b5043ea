package conduct_test

import (
	"database/sql"
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

// What a server plans once for whatever a comment asks finds all by an index too: its
// values are not there to show that one holds what is looked for.
func TestOnePlan(t *testing.T) {
	if !cluster.Ask(t) {
		return // a file plans each statement once
	}
	d := dbtest.New(t)
	var plan []string
	if err := d.Tx(t.Context(), func(tx *sql.Tx) error {
		x := d.Gather(tx)
		if err := x.OnePlan(t.Context()); err != nil {
			return err
		}
		for _, text := range []string{
			`SET LOCAL enable_seqscan = off`, // it looks through few rows whatever there is
			`PREPARE past AS ` + conduct.PastText,
		} {
			if _, err := x.ExecContext(t.Context(), text); err != nil {
				return err
			}
		}
		var err error
		plan, err = sqlrow.Collect(t.Context(), x, sqlrow.Column[string], `EXPLAIN EXECUTE past ('["n"]', '["n"]', 0, 'k', 0, 'v', '', '["n"]')`)
		return err
	}, nil); err != nil {
		t.Fatal(err)
	}
	all := strings.Join(plan, "\n")
	if !strings.Contains(all, "$6") {
		t.Errorf("it is planned for what it was given:\n%s", all)
	}
	for _, index := range []string{"comment_visitor", "comment_network", "comment_around", "comment_same", "visit_pkey"} {
		if !strings.Contains(all, index) {
			t.Errorf("it wants %s:\n%s", index, all)
		}
	}
	if strings.Contains(all, "Seq Scan") {
		t.Errorf("it looks through a table:\n%s", all)
	}
}
