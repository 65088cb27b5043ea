package poll

import (
	"bytes"
	"time"

	"courant/aggregator/feed"
	"courant/aggregator/fetch"
	"courant/aggregator/identity"
	"courant/aggregator/schedule"
	"courant/db"
	"courant/db/state"
	"courant/db/text"
)

// Pass is what a visit leaves behind for one of its sources, and what to warn of.
// A document that was parsed is normalised here, which is most of the work.
func Pass(s *Subject, v *Visit, others Roster) (*db.Pass, []Warning) {
	c := s.Config
	left := leaving{s: s, v: v, others: others, m: s.Memory, p: db.Pass{
		Source: s.ID, At: v.At, Took: v.Answer.Took, URL: text.Redact(v.Answer.URL), Status: v.Answer.Status, Bytes: v.Answer.Bytes,
		Conditional: v.Answer.Conditional, Poll: s.Poll, Was: &s.Poll, Manual: v.Manual, QuietUntil: v.quietUntil(), Publish: c.Publish, Keep: c.Keep,
	}}
	if v.Outage { // it says nothing of the source, which stays due (P42)
		left.p.Outcome, left.p.Error = state.OutcomeOutage, v.Err.Error()
		return &left.p, nil
	}
	if v.Pushed {
		left.pushed()
		return &left.p, left.warnings
	}
	left.p.Poll.LastPass = v.At
	if v.Answer.Pause != nil {
		pause := db.HostPause(*v.Answer.Pause)
		left.p.Pause = &pause
	}
	left.m.CutOffs, left.m.DoneMS = 0, 0
	if v.Err != nil {
		left.failed()
	} else {
		left.succeeded(others)
	}
	return &left.p, left.warnings
}

// leaving is a pass in the making.
type leaving struct {
	s        *Subject
	v        *Visit
	others   Roster
	m        schedule.Memory
	p        db.Pass
	warnings []Warning
}

func (l *leaving) warn(text string, attrs ...any) {
	l.warnings = append(l.warnings, Warning{text, attrs})
}

// succeeded is a pass that brought a document, or word that it is as it was.
func (l *leaving) succeeded(others Roster) {
	p, m, v := &l.p.Poll, &l.m, l.v
	p.LastSuccess, p.Errors, p.Error, p.ErrorSince = v.At, 0, "", time.Time{}
	m.FoundMS, m.WarnedMS = 0, 0
	if m.MergedInto != "" && !others.Has(m.MergedInto) {
		m.MergedInto = "" // it left the configuration
	}
	l.fresh()
	l.moved(others)
	p.Shard = others.Shard(l.s.ID, l.s.Config.Address(*m))
	if l.s.Watched { // unless the document is another one
		l.p.Known = &db.Identified{Again: true}
	}
	switch {
	case v.Answer.NotModified:
		l.p.Outcome = state.OutcomeNotModified
		l.renewed()
	case l.s.Knows(v):
		l.p.Outcome = state.OutcomeUnchanged
		l.replaced()
	default:
		l.replaced()
		l.read()
	}
	l.decide()
}

// fresh takes over what the answer says of its freshness; a 304 that says
// nothing leaves what the last answer said (P15, P16).
func (l *leaving) fresh() {
	if f := l.v.Answer.Fresh; f.Given || !l.v.Answer.NotModified {
		l.m.FreshMS, l.m.FreshRule = f.For.Milliseconds(), f.Rule
	}
	l.v.remember(&l.m)
}

// renewed replaces the validators that a 304 names and leaves the others (P15).
func (l *leaving) renewed() {
	if tag := l.v.Answer.ETag; tag != "" {
		l.p.Poll.ETag = tag
	}
	if modified := l.v.Answer.LastModified; modified != "" {
		l.p.Poll.LastModified = modified
	}
}

// replaced takes over what a 200 says around its document: its validators
// replace the stored ones, absent ones too (P13).
func (l *leaving) replaced() {
	s, answer, p, m := l.s, l.v.Answer, &l.p.Poll, &l.m
	if s.ETag != "" && s.ETag == answer.ETag && !answer.Delta && !bytes.Equal(s.BodyHash, l.v.Digest) && s.ValidatorsFor == answer.URL && s.Config.Settled(*m) {
		m.LyingETags++ // P23
	}
	p.ETag, p.LastModified, p.ValidatorsFor, p.BodyHash = answer.ETag, answer.LastModified, answer.URL, l.v.Digest
	m.Settings = s.Config.Settings
	if answer.Delta {
		p.BodyHash = nil // of no document
		return
	}
	m.FullMS = l.v.At.UnixMilli()
}

// read takes over what the document itself says.
func (l *leaving) read() {
	doc, m := l.v.Document, &l.m
	m.TTLMin, m.SkipHours, m.SkipDays = int64(doc.Hints.TTL/time.Minute), doc.Hints.SkipHours, doc.Hints.SkipDays
	m.PeriodMS, m.BaseMS = doc.Hints.Period.Milliseconds(), schedule.Millis(doc.Hints.Base)
	m.Suggestion = suggestion(doc, l.v.Answer.URL)
	if !l.v.Pushed {
		l.hub()
	}
	l.p.Feed = &db.Feed{ID: doc.ID, Title: doc.Title, Link: doc.Link, Language: doc.Language, Updated: doc.Updated}
	l.p.Repairs = doc.Repairs
	r := l.s.Reading
	if r == nil {
		r = Read(l.s, l.v, identity.Ours{})
	}
	l.take(r)
	if l.s.ImportedAt.IsZero() {
		m.ActiveMS = schedule.Millis(latest(doc.Entries, l.v.At))
	}
}

// suggestion is another address that the feed names as its own; it is shown,
// never followed unseen (P68).
func suggestion(doc *feed.Document, address string) string {
	for _, named := range []string{doc.NewURL, doc.Self} {
		if named != "" && !fetch.Same(named, address) {
			return text.Redact(named)
		}
	}
	return ""
}

// decide sets when the source is next due after a good poll: at once for what
// a 304 brings, else when the store has counted what is new.
func (l *leaving) decide() {
	s, v, m, poll := l.s, l.v, l.m, l.p.Poll
	at := v.poll()
	at.First = s.LastPass.IsZero() || v.Late
	at.Validators, at.Known = Conditional(poll, v.At), true
	settle := func(fresh int) db.Poll {
		if fresh > 0 && !s.ImportedAt.IsZero() {
			m.ActiveMS = v.At.UnixMilli()
		}
		m.HubSilent = s.Subscribed && (m.HubSilent || fresh > 0 && !s.ImportedAt.IsZero())
		at.Pushed = s.Subscribed && !m.HubSilent
		d := s.Config.Rules.After(m, at)
		poll.NextDue, poll.Reason, poll.State, poll.Extra = d.Due, d.Reason, d.State, m.Store()
		if m.MergedInto != "" {
			poll.NextDue, poll.State = time.Time{}, state.Merged
			poll.Reason = "its address is that of " + m.MergedInto + " now, which polls it"
		}
		return poll
	}
	l.p.Poll = settle(0)
	if l.p.Feed != nil {
		l.p.Decide = settle
	}
}
