package aggregator

import (
	"courant/aggregator/fetch"
	"courant/aggregator/schedule"
	"courant/db"
)

// moved follows permanent redirects: only what several polls over a day saw
// alike counts as proven (P60), only the permanent hops that come first (P62),
// and the configuration keeps its address.
func (a *Aggregator) moved(c *source, m *schedule.Memory, t *taken, p *db.Pass) {
	configured := fetch.Redact(c.URL)
	if t.found != nil {
		a.move(c, m, p, t.found.to, t.found.why)
		return
	}
	if m.MovedTo != "" && m.MovedFrom != configured {
		m.MovedTo, m.MovedFrom, m.MovedWhy = "", "", "" // of an address that is configured no more
	}
	target := ""
	for _, hop := range t.answer.Hops {
		if !hop.Permanent() {
			break
		}
		target = hop.To
	}
	if target == "" || target != m.Chain {
		m.Chain, m.ChainPolls, m.ChainMS = target, 0, t.at.UnixMilli()
		if target == "" {
			m.ChainMS = 0
			return
		}
	}
	m.ChainPolls++
	if m.ChainPolls < schedule.MovePolls || t.at.Sub(schedule.Time(m.ChainMS)) < schedule.MoveProof {
		return
	}
	m.Chain, m.ChainPolls, m.ChainMS = "", 0, 0
	a.move(c, m, p, target, "redirected for good")
}

// move has another address asked from now on, in the store alone. Where a
// configured source polls it already, that one serves both (P67).
func (a *Aggregator) move(c *source, m *schedule.Memory, p *db.Pass, to, why string) {
	if other := a.polls(to); other != "" && other != c.ID {
		m.MergedInto = other
		p.Notes = append(p.Notes, db.Note{What: "merged", Detail: why + " to the address of " + other + ", which polls it from now on"})
		a.log.Warn("source merged", "source", c.ID, "into", other, "url", fetch.Redact(to))
		return
	}
	m.MovedTo, m.MovedFrom, m.MovedWhy = to, fetch.Redact(c.URL), why
	p.Notes = append(p.Notes, db.Note{What: "moved", Detail: why + ": " + fetch.Redact(to)})
	a.log.Warn("source moved", "source", c.ID, "why", why, "url", fetch.Redact(to))
}

// polls is the source that is configured with the given address, "" for none.
func (a *Aggregator) polls(address string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if s := a.addresses[fetch.Canonical(address)]; s != nil {
		return s.ID
	}
	return ""
}

// suggest notes another address that the feed names as its own; it is shown,
// never followed unseen (P68).
func suggest(m *schedule.Memory, t *taken) {
	m.Suggestion = ""
	for _, named := range []string{t.doc.NewURL, t.doc.Self} {
		if named != "" && !fetch.Same(named, t.answer.URL) {
			m.Suggestion = fetch.Redact(named)
			return
		}
	}
}
