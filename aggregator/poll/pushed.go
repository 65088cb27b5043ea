package poll

import (
	"time"

	"courant/aggregator/discover"
	"courant/aggregator/fetch"
	"courant/aggregator/schedule"
	"courant/db"
	"courant/db/state"
)

// pushed is a pass over what a hub brought. It takes in entries as every other, and
// leaves all that a request to the source would have changed as it was: validators,
// errors, when it was last asked. While nothing is wrong with the source, its hub
// answers for what is new, and it is asked as seldom as may be (P47). A delivery that
// cannot be read is no failure of the source, which its hub is no part of.
func (l *leaving) pushed() {
	l.p.URL, l.p.Status = "", 0 // nobody was asked
	if l.v.Err != nil {
		l.p.Outcome, l.p.Error = state.OutcomeFailed, "what its hub delivered was not taken in: "+l.v.Err.Error()
		return
	}
	if l.s.Knows(l.v) { // the last poll was quicker
		l.p.Outcome = state.OutcomeUnchanged
	} else {
		l.read()
	}
	l.m.HubSilent = false
	at := l.s.good(l.s.LastPass) // however much is pushed, polling goes on: a hub may leave things out
	at.Pushed = true
	s, m, poll := l.s, l.m, l.p.Poll
	settle := func(fresh int) db.Poll {
		if fresh > 0 {
			m.ActiveMS = l.v.At.UnixMilli()
		}
		poll.Extra = m.Store()
		if s.Errors > 0 || m.MergedInto != "" || !s.Subscribed {
			return poll
		}
		if d := s.Config.Rules.After(m, at); d.Due.After(s.NextDue) {
			poll.NextDue, poll.Reason, poll.State = d.Due, d.Reason, d.State
		}
		return poll
	}
	l.p.Poll = settle(0)
	if l.p.Feed != nil {
		l.p.Decide = settle
	}
}

// good is a poll at a moment that brought nothing new.
func (s *Subject) good(at time.Time) schedule.Poll {
	return schedule.Poll{At: at, Validators: Conditional(s.Poll, at), Known: true}
}

// Unpushed is when a source would be due if no hub pushed what is new there.
func (s *Subject) Unpushed() schedule.Decision {
	return s.Config.Rules.After(s.Memory, s.good(s.LastPass))
}

// hub takes over which hub the answer names, its headers before its document (section
// 4 of the standard), and what the feed is called there.
func (l *leaving) hub() {
	doc, a := l.v.Document, l.v.Answer
	hub, self := discover.Linked(a.Links, a.URL, "hub"), discover.Linked(a.Links, a.URL, "self")
	if hub == "" {
		hub = doc.Hub
	}
	if self == "" {
		self = doc.Self
	}
	if self == "" {
		self = a.URL
	}
	l.m.Hub, l.m.Topic = hub, self
	if hub == "" || fetch.Host(hub) == "" {
		l.m.Hub, l.m.Topic = "", ""
	}
}
