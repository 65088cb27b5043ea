package report

import (
	"fmt"
	"strings"

	"courant/aggregator/plan"
	"courant/cmd/courant/terminal"
	"courant/db/text"
)

// shownHeadline is how much of a headline an example shows, in columns.
const shownHeadline = 60

// PlanRows are a plan for people.
func PlanRows(p plan.Plan) (rows [][]string) {
	add := func(name, format string, args ...any) {
		rows = append(rows, []string{name, fmt.Sprintf(format, args...)})
	}
	would := "would be"
	if p.Applied {
		would = "were"
	}
	for _, s := range p.Added {
		add("add source", "%s %s", s.ID, s.URL)
	}
	for _, s := range p.Dropped {
		add("drop source", "%s %s: it is polled no more, its %s stay", s.ID, s.URL, Count(s.Articles, "article"))
	}
	for _, r := range p.Rules {
		name := "rule"
		if r.Gone {
			name = "no more"
		}
		add(name, "%q: %s", r.Rule, counted(r.Counts))
		for _, e := range r.Examples {
			add("", "%s %s %s (%s)", e.ID, e.Source, terminal.Fit(text.Line(e.Headline), shownHeadline), strings.Join(e.What, ", "))
		}
	}
	for _, s := range p.Stopped {
		add("stopped", "%q over %s: %s", s.Rule, Count(s.Articles, "article"), s.Why)
	}
	if p.Kept > 0 {
		add("kept", "%s that rules would move: an editor decided on them", Count(p.Kept, "article"))
	}
	if p.Shown > 0 {
		add("kept", "%s that rules reject or hold: readers see them already; withdraw what should go", Count(p.Shown, "article"))
	}
	what := counted(p.Counts)
	if p.Counts == (plan.Counts{}) {
		what = "nothing"
	}
	add("in all", "of %s %s changed: %s", Count(p.Articles, "article"), would, what)
	return rows
}

// counted names what happens, and to how many articles.
func counted(c plan.Counts) string {
	var said []string
	for _, f := range []struct {
		n    int
		what string
	}{
		{c.Publish, "published"},
		{c.Reject, "rejected"},
		{c.Hold, "held for an editor"},
		{c.Section, "into another section"},
		{c.Tag, "tagged otherwise"},
		{c.Pin, "pinned or not"},
		{c.Bin, "kept for later or not"},
		{c.Mark, "marked otherwise"},
	} {
		if f.n > 0 {
			said = append(said, fmt.Sprintf("%d %s", f.n, f.what))
		}
	}
	return strings.Join(said, ", ")
}
