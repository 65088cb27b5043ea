package report

import (
	"fmt"
	"strings"

	"courant/aggregator"
	"courant/db/state"
	"courant/db/text"
)

// ResultLine is what came of one source, in the JSON of fetch.
type ResultLine struct {
	Source    string `json:"source"`
	Outcome   string `json:"outcome"`
	New       int    `json:"new"`
	Changed   int    `json:"changed"`
	Published int    `json:"published,omitempty"` // of the new ones
	Waiting   int    `json:"waiting,omitempty"`   // of the new ones
	Error     string `json:"error,omitempty"`
	NextDue   string `json:"next_due,omitempty"` // where nothing was asked
	Reason    string `json:"reason,omitempty"`   // why not
}

// Result is what came of one source.
func Result(r aggregator.Result) ResultLine {
	l := ResultLine{
		Source: r.Source, Outcome: r.Outcome, New: r.New, Changed: r.Changed, Published: r.Shown, Waiting: r.New - r.Shown, Error: r.Err,
	}
	if unasked(r) {
		l.NextDue, l.Reason = Stamp(r.NextDue), r.Reason
	}
	return l
}

// unasked reports whether a source was left alone, although it was selected.
func unasked(r aggregator.Result) bool {
	return r.Outcome == state.OutcomeTooSoon || r.Outcome == state.OutcomeDelayed
}

// Became is what a line says of a source's articles, or why there are none; waiting
// says how many of the new ones wait.
func Became(r aggregator.Result, waiting string) string {
	var said []string
	if r.New > 0 {
		news := fmt.Sprintf("%d new: %d published", r.New, r.Shown)
		if waiting != "" {
			news += ", " + waiting
		}
		said = append(said, news)
	}
	if r.Changed > 0 {
		said = append(said, fmt.Sprintf("%d changed", r.Changed))
	}
	switch {
	case r.Err != "":
		said = append(said, text.Line(r.Err))
	case unasked(r) && r.NextDue.IsZero():
		said = append(said, r.Reason)
	case unasked(r):
		said = append(said, r.Reason+"; next due "+Stamp(r.NextDue))
	}
	return strings.Join(said, "; ")
}

// SummaryDocument is what came of a pass, in the JSON of fetch.
type SummaryDocument struct {
	Sources   int `json:"sources"`
	New       int `json:"new"`
	Changed   int `json:"changed"`
	Unchanged int `json:"unchanged"`
	Failed    int `json:"failed"`
	Published int `json:"published,omitempty"`
	Waiting   int `json:"waiting,omitempty"`
}

// Summary is what came of a pass.
func Summary(s aggregator.Summary) SummaryDocument {
	return SummaryDocument{s.Sources, s.New, s.Changed, s.Unchanged, s.Failed, s.Shown, s.New - s.Shown}
}
