package aggregator

import (
	"time"

	"courant/aggregator/poll"
	"courant/db"
)

// Outcomes of a pass, besides those that db names: new, changed and unchanged.
const (
	OutcomeNotModified = poll.OutcomeNotModified
	OutcomeFailed      = poll.OutcomeFailed
	OutcomeThrottled   = poll.OutcomeThrottled
	OutcomeDelayed     = "delayed"  // no request: its host asked to be left alone
	OutcomeTooSoon     = "too_soon" // no request: asked for by hand within manual_gap
	OutcomePaused      = "paused"   // no request: the source is paused, or this process has none of that id
	OutcomeOutage      = poll.OutcomeOutage
	OutcomeStopped     = "stopped" // no request: this process stopped first
	OutcomeCutOff      = poll.OutcomeCutOff
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
	case db.OutcomeUnchanged, OutcomeNotModified:
		s.Unchanged++
	case OutcomeFailed, OutcomeThrottled, OutcomeOutage:
		s.Failed++
	}
}
