package aggregator

import (
	"time"

	"courant/db/state"
)

// Result is what came of a pass over one source.
type Result struct {
	Source       string
	Outcome      string
	New, Changed int    // articles
	Shown        int    // of the new ones, published at once
	Err          string // why it failed, in plain words, without secrets
	NextDue      time.Time
	Reason       string        // the rule that set NextDue
	Took         time.Duration // of the request, 0 where none was made
}

// Summary counts Results.
type Summary struct {
	Sources      int // all of them, whatever their outcome
	New, Changed int // articles
	Shown        int // of the new ones, published at once
	Unchanged    int // sources that were asked and had nothing new
	Failed       int // sources
}

// Add counts r.
func (s *Summary) Add(r Result) {
	s.Sources++
	s.New += r.New
	s.Changed += r.Changed
	s.Shown += r.Shown
	switch r.Outcome {
	case state.OutcomeUnchanged, state.OutcomeNotModified:
		s.Unchanged++
	case state.OutcomeFailed, state.OutcomeThrottled, state.OutcomeOutage:
		s.Failed++
	}
}
