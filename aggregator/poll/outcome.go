package poll

// Outcomes of a visit, besides those that db names: new, changed and unchanged.
const (
	OutcomeNotModified = "not_modified" // 304
	OutcomeFailed      = "failed"
	OutcomeThrottled   = "throttled" // the answer asked us to come later
	OutcomeOutage      = "outage"    // no host can be reached: our fault, not the source's
	OutcomeCutOff      = "cut_off"   // the process ended before the answer was stored
)
