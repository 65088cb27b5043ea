package poll

import (
	"time"

	"courant/aggregator/fetch"
	"courant/aggregator/schedule"
	"courant/db"
	"courant/db/state"
	"courant/db/text"
)

// failed is a pass that brought no document: validators, entries and what is
// known of the feed stay (P17, P18).
func (l *leaving) failed() {
	s, v, p, m := l.s, l.v, &l.p.Poll, &l.m
	l.p.Outcome, l.p.Error = state.OutcomeFailed, v.Err.Error()
	v.remember(m)
	if v.Found != nil {
		m.FoundMS = v.At.UnixMilli()
		if v.Found.Suggestion != "" {
			m.Suggestion = v.Found.Suggestion
		}
	}
	m.Chain, m.ChainPolls, m.ChainMS = "", 0, 0 // only good polls prove a redirect (P63)
	if v.Err.Kind == fetch.Locked {
		m.Settings = s.Config.Settings // which credentials were refused
	}
	at := v.poll()
	at.First, at.Kind, at.Status = s.LastPass.IsZero(), kindOf(v.Err), v.Err.Status
	at.Validators, at.Known = Conditional(s.Poll, v.At), !s.LastSuccess.IsZero()
	p.Error = l.p.Error
	if at.Kind == schedule.KindThrottled {
		l.p.Outcome = state.OutcomeThrottled // counts towards nothing (P55)
	} else {
		p.Errors++
	}
	if p.ErrorSince.IsZero() {
		p.ErrorSince = v.At
	}
	at.Errors, at.ErrorSince = p.Errors, p.ErrorSince
	d := s.Config.Rules.After(*m, at)
	p.NextDue, p.Reason, p.State = d.Due, d.Reason, d.State
	if Alarming(*p) && m.WarnedMS == 0 { // once
		m.WarnedMS = p.LastPass.UnixMilli()
		l.warn("source is failing", "since", p.ErrorSince, "state", p.State, "err", p.Error)
	}
	p.Extra = m.Store()
}

func kindOf(err *fetch.Error) schedule.Kind {
	switch err.Kind {
	case fetch.Throttled, fetch.Paused:
		return schedule.KindThrottled
	case fetch.Missing:
		return schedule.KindMissing
	case fetch.Gone:
		return schedule.KindGone
	case fetch.Locked:
		return schedule.KindLocked
	case fetch.Forbidden:
		return schedule.KindForbidden
	}
	return schedule.Failed
}

// warnAfter is how long a source fails before somebody should look.
const warnAfter = 24 * time.Hour

// Alarming reports whether a source has been failing for a day.
func Alarming(p db.Poll) bool {
	return !p.ErrorSince.IsZero() && p.LastPass.Sub(p.ErrorSince) >= warnAfter
}

// CutOff is the pass of a request whose answer was not waited for: the process
// died over it, or was stopped. That is no failure of the source, but a poll,
// and it waits longer each time that it died over it in a row (P30).
func CutOff(s *Subject, at time.Time, died bool) db.Pass {
	c, m, p := s.Config, s.Memory, s.Poll
	conditional := Conditional(p, at)
	wait, why := c.Rules.Floor(conditional || p.LastSuccess.IsZero()), "the program was stopped before the answer came"
	if died {
		m.CutOffs++
		wait, why = c.Rules.CutOff(conditional || p.LastSuccess.IsZero(), m.CutOffs), "the program died before the answer was stored"
	}
	if due := at.Add(wait.Wait); due.After(p.NextDue) && !Over(s.State) {
		p.NextDue, p.Reason = due, wait.Name
	}
	if m.DoneMS == 0 {
		if m.DoneMS = -1; !p.LastPass.IsZero() {
			m.DoneMS = p.LastPass.UnixMilli()
		}
	}
	if at.After(p.LastPass) {
		p.LastPass = at
	}
	p.Extra = m.Store()
	return db.Pass{
		Source: s.ID, At: at, URL: text.Redact(c.Address(m)), Conditional: conditional, Outcome: state.OutcomeCutOff, Error: why, Poll: p,
	}
}

// Over reports whether the polling of sources in that state has ended: they are
// asked only by name.
func Over(s string) bool { return s == state.Gone || s == state.Merged }
