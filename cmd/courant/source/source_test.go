package source

import (
	"strings"
	"testing"
	"time"

	"courant/cmd/courant/cli"
	"courant/cmd/courant/report"
	"courant/db"
	"courant/db/record"
)

// A source that has been failing for a day is a warning in the list.
func TestSourceWarning(t *testing.T) {
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name  string
		since time.Time
		want  string
	}{
		{"well", time.Time{}, ""},
		{"an hour", now.Add(-time.Hour), ""},
		{"a day", now.Add(-24 * time.Hour), "failing since 2026-11-23T09:00:00Z"},
	} {
		s := db.Source{ID: "a", Configured: true, Poll: db.Poll{Error: "no answer", ErrorSince: c.since, LastPass: now}}
		if got := report.Source(s, record.Held{}).Warning; got != c.want {
			t.Errorf("%s: warning %q, want %q", c.name, got, c.want)
		}
		var out strings.Builder
		a := &cli.App{Stdout: &out}
		if err := printSources(a, cli.Stored{Sources: []db.Source{s}}); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), "WARNING: failing since") != (c.want != "") {
			t.Errorf("%s: the list says\n%s", c.name, out.String())
		}
	}
}
