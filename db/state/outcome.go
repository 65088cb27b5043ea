package state

// How a visit to a source ended.
const (
	OutcomeNew         = "new"
	OutcomeChanged     = "changed"
	OutcomeUnchanged   = "unchanged"
	OutcomeNotModified = "not_modified" // 304
	OutcomeFailed      = "failed"
	OutcomeThrottled   = "throttled" // the answer asked us to come later
	OutcomeOutage      = "outage"    // no host can be reached: our fault, not the source's
	OutcomeCutOff      = "cut_off"   // the process ended before the answer was stored
)

// Why no request was made.
const (
	OutcomeDelayed = "delayed"  // its host asked to be left alone
	OutcomeTooSoon = "too_soon" // asked for by hand within manual_gap
	OutcomePaused  = "paused"   // the source is paused, or this process has none of that id
	OutcomeStopped = "stopped"  // this process stopped first
)
