package aggregator

import (
	"courant/aggregator/fetch"
	"courant/aggregator/schedule"
)

// moved follows permanent redirects: only what several polls over a day saw
// alike counts as proven (P60), only the permanent hops that come first (P62),
// and the configuration keeps its address.
func moved(c *source, m *schedule.Memory, t *taken) {
	if m.MovedTo != "" && m.MovedFrom != fetch.Redact(c.URL) {
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
	m.MovedTo, m.MovedFrom, m.MovedWhy = target, fetch.Redact(c.URL), "redirected for good"
	m.Chain, m.ChainPolls, m.ChainMS = "", 0, 0
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
