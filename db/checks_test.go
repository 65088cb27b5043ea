package db

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"courant/db/dbtest/cluster"
	"courant/db/sqlrow"
)

// What is checked of the rows that are written most makes SQLite no table for each of
// them, and what may not stand there is refused.
func TestChecks(t *testing.T) {
	cluster.SQLiteOnly(t, "its programs are looked at")
	d := testStore(t, nil)
	for _, c := range []struct {
		table, column string
		fine          []string
		wrong         []string
	}{
		{"article", "status", []string{"'incoming'", "'rejected'", "'scheduled'"}, []string{"''", "'x'", "'Incoming'"}},
		{"article", "thread", []string{"''", "'on'", "'off'", "'closed'"}, []string{"'x'", "'ON'"}},
		{"article", "aside", []string{"0", "1", "2", "3"}, []string{"-1", "4"}},
		{"entry", "present", []string{"0", "1", "2"}, []string{"-1", "3"}},
		{"ruling", "decision", []string{"''", "'publish'", "'reject'", "'hold'"}, []string{"'x'"}},
		{"comment", "status", []string{"'pending'", "'approved'", "'spam'", "'removed'"}, []string{"''", "'x'"}},
	} {
		for _, value := range slices.Concat(c.fine, c.wrong) {
			row := insertWith(t, d, c.table, c.column, value)
			err := d.Tx(t.Context(), func(tx *sql.Tx) error {
				steps, err := sqlrow.Collect(t.Context(), tx, func(r sqlrow.Row) (op string, err error) {
					var skip any
					err = r.Scan(&skip, &op, &skip, &skip, &skip, &skip, &skip, &skip)
					return op, err
				}, `EXPLAIN `+row)
				if err != nil || slices.Contains(steps, "OpenEphemeral") || !slices.Contains(steps, "Halt") {
					t.Errorf("%s: a table for each row, or %v", row, err)
				}
				_, err = tx.ExecContext(t.Context(), row)
				return err
			}, nil)
			// There is no source and no article of it: that is looked at last.
			if want := map[bool]string{true: "FOREIGN KEY", false: "CHECK"}[slices.Contains(c.fine, value)]; err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s.%s = %s: %v, want %s", c.table, c.column, value, err, want)
			}
		}
	}
	if err := d.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// insertWith is the statement that makes a row of table, empty but for a column.
func insertWith(t *testing.T, d *DB, table, column, value string) string {
	t.Helper()
	var names, values []string
	for c, err := range sqlrow.Each(t.Context(), d.r, func(r sqlrow.Row) (c [2]string, err error) {
		err = r.Scan(&c[0], &c[1])
		return c, err
	}, `SELECT name, CASE WHEN "notnull" = 0 THEN 'NULL' WHEN type = 'INTEGER' THEN '0' WHEN type = 'BLOB' THEN 'x''''' WHEN name = 'status' THEN '''incoming''' ELSE '''''' END
		FROM pragma_table_info($1)`, table) {
		if err != nil {
			t.Fatal(err)
		}
		names, values = append(names, c[0]), append(values, c[1])
		if c[0] == column {
			values[len(values)-1] = value
		}
	}
	return fmt.Sprintf(`INSERT INTO %s (%s) VALUES (%s)`, table, strings.Join(names, ", "), strings.Join(values, ", "))
}
