package aggregator

import (
	"fmt"
	"time"

	"courant/aggregator/poll"
	"courant/aggregator/schedule"
	"courant/db"
	"courant/db/state"
)

// clockSlack is how far two clocks may drift apart unnoticed.
const clockSlack = 2 * time.Second

// wait says when a source that the store called due may really be asked, if not
// now: a pass was stored since, the clock was set back or forward, or its feed wants
// silence in this hour. s was read before now.
func (r *roster) wait(s *poll.Subject, now time.Time) (db.Due, bool) {
	if s.LastPass.After(now) {
		// The clock was set back. How long ago the last pass was nobody
		// knows, so the whole wait begins anew.
		left := max(s.NextDue.Sub(s.LastPass), 0)
		return db.Due{Source: s.ID, At: now.Add(left), Reason: "the clock was set back; " + s.Reason, LastPass: now}, left > 0
	}
	if s.NextDue.After(now) {
		return db.Due{Source: s.ID, At: s.NextDue, Reason: s.Reason}, true
	}
	floor := s.Config.Rules.Floor(poll.Conditional(s.Poll, now) || s.LastSuccess.IsZero())
	decided, why := s.NextDue.Sub(s.LastPass), s.Reason+", although the clock was set"
	if s.NextDue.IsZero() { // what came of the first request could not be stored
		decided, why = floor.Wait, floor.Name
	}
	// What was decided is a length of real time, whatever the clock was set to
	// meanwhile (P30).
	if ago, asked := r.askedAgo(s.ID); asked && decided-ago > clockSlack {
		return db.Due{Source: s.ID, At: now.Add(decided - ago), Reason: why, LastPass: now.Add(-ago)}, true
	}
	// A due time that was set under a shorter min_interval holds no more.
	if !s.NextDue.IsZero() && now.Sub(s.LastPass) < floor.Wait {
		return db.Due{Source: s.ID, At: s.LastPass.Add(floor.Wait), Reason: floor.Name}, true
	}
	if s.Memory.Skips(now) {
		d := s.Config.Rules.Wait(s.Memory, now)
		return db.Due{Source: s.ID, At: d, Reason: "skipHours, skipDays"}, true
	}
	return db.Due{}, false
}

// told is when a source was last asked and had its time to answer: a request over
// which we ended tells nobody anything new.
func told(s *poll.Subject) time.Time {
	switch done := s.Memory.DoneMS; {
	case done < 0:
		return time.Time{}
	case done > 0:
		return schedule.Time(done)
	}
	return s.LastPass
}

// refused says why a source is not asked now, although it was asked for by hand.
func (r *roster) refused(s *poll.Subject, now time.Time) (Result, bool) {
	result := Result{Source: s.ID, NextDue: s.NextDue, Reason: s.Reason}
	if !s.Active() {
		result.Outcome, result.Err = state.OutcomePaused, "the source is paused"
		return result, true
	}
	if until := poll.QuietUntil(s.Memory); until.After(now) {
		result.Outcome, result.Reason = state.OutcomeDelayed, "its server asked not to be asked until "+until.Format(time.RFC3339)
		return result, true
	}
	due := s.NextDue.IsZero() && !poll.Over(s.State) || !s.NextDue.IsZero() && !s.NextDue.After(now)
	last := told(s)
	if age := now.Sub(last); !due && !last.IsZero() && age >= 0 && age < r.c.ManualGap.Duration {
		result.Outcome = state.OutcomeTooSoon
		result.Reason = fmt.Sprintf("it was asked %s ago (manual_gap = %s): not again by hand until %s",
			schedule.Span(age), r.c.ManualGap, last.Add(r.c.ManualGap.Duration).UTC().Format(time.RFC3339))
		return result, true
	}
	return result, false
}

// unfit says why a source of a job is not asked although it was queued. What was
// read of it then may have been old already, and it may have waited for long.
func (r *roster) unfit(j *job, s *poll.Subject, now time.Time) (Result, bool) {
	switch {
	case s.Config == nil:
		return Result{Source: s.ID, Outcome: state.OutcomeFailed, Err: "the source is no longer configured"}, true
	case !j.fits(s) || !s.Config.Is(s.Source):
		return Result{Source: s.ID, Outcome: state.OutcomeFailed, Err: "its address changed while it waited"}, true
	case j.manual() || !s.Active():
		if last := told(s); s.Active() && !last.IsZero() && !last.Before(j.asked) && !last.After(now) {
			return Result{Source: s.ID, Outcome: state.OutcomeTooSoon, NextDue: s.NextDue, Reason: "it was polled since it was asked for"}, true
		}
		return r.refused(s, now)
	}
	due, wait := r.wait(s, now)
	return Result{Source: s.ID, Outcome: state.OutcomeTooSoon, NextDue: due.At, Reason: due.Reason}, wait
}
