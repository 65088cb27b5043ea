package poll

import (
	"courant/aggregator/schedule"
	"courant/db"
	"courant/db/text"
)

// moved follows permanent redirects: only what several polls over a day saw
// alike counts as proven (P60), only the permanent hops that come first (P62),
// and the configuration keeps its address.
func (l *leaving) moved(others Roster) {
	m := &l.m
	if l.v.Found != nil {
		l.move(others, l.v.Found.Address, l.v.Found.Why)
		return
	}
	if m.MovedTo != "" && m.MovedFrom != text.Redact(l.s.Config.Request.URL) {
		m.MovedTo, m.MovedFrom, m.MovedWhy = "", "", "" // of an address that is configured no more
	}
	target := ""
	for _, hop := range l.v.Answer.Hops {
		if !hop.Permanent() {
			break
		}
		target = hop.To
	}
	if target == "" || target != m.Chain {
		m.Chain, m.ChainPolls, m.ChainMS = target, 0, l.v.At.UnixMilli()
		if target == "" {
			m.ChainMS = 0
			return
		}
	}
	m.ChainPolls++
	if m.ChainPolls < schedule.MovePolls || l.v.At.Sub(schedule.Time(m.ChainMS)) < schedule.MoveProof {
		return
	}
	m.Chain, m.ChainPolls, m.ChainMS = "", 0, 0
	l.move(others, target, "redirected for good")
}

// move has another address asked from now on, in the store alone. Where a
// configured source polls it already, that one serves both (P67).
func (l *leaving) move(others Roster, to, why string) {
	shown := text.Redact(to)
	if other := others.At(to); other != "" && other != l.s.ID {
		l.m.MergedInto = other
		l.p.Notes = append(l.p.Notes, db.Note{What: "merged", Detail: why + " to the address of " + other + ", which polls it from now on"})
		l.warn("source merged", "into", other, "url", shown)
		return
	}
	l.m.MovedTo, l.m.MovedFrom, l.m.MovedWhy = to, text.Redact(l.s.Config.Request.URL), why
	l.p.Notes = append(l.p.Notes, db.Note{What: "moved", Detail: why + ": " + shown})
	l.warn("source moved", "why", why, "url", shown)
}
