package poll

import (
	"time"

	"courant/aggregator/fetch"
	"courant/aggregator/schedule"
	"courant/db"
	"courant/db/text"
)

// Address is what is asked: the configured address, or the one that is known to
// have taken its place.
func (c *Source) Address(m schedule.Memory) string { return Address(c.Request.URL, m) }

// Address is what is asked of a source that is configured with that address.
func Address(configured string, m schedule.Memory) string {
	if m.MovedTo != "" && m.MovedFrom == text.Redact(configured) {
		return m.MovedTo
	}
	return configured
}

// Request is the one that serves all of the sources, of which there must be one.
// It is conditional when what is stored allows it for each of them.
func Request(sources []*Subject, now time.Time) fetch.Request {
	lead := sources[0]
	c, m := lead.Config, lead.Memory
	r := c.Request
	r.URL = c.Address(m)
	r.Named = r.URL == c.Request.URL // and not where something led
	if m.MovedTo != "" && r.URL == m.MovedTo && !fetch.SameOrigin(c.Request.URL, m.MovedTo) {
		r.Headers, r.Username, r.Password = nil, "", "" // secrets are for the configured origin (P65)
	}
	for _, other := range sources {
		if other.ETag != lead.ETag || other.LastModified != lead.LastModified || other.ValidatorsFor != lead.ValidatorsFor {
			return r // one of them lacks what the others have
		}
	}
	if !c.Settled(m) || lead.revalidates(now) {
		return r
	}
	r.ETag, r.LastModified, r.ValidatorsFor = lead.ETag, lead.LastModified, lead.ValidatorsFor
	return r
}

// revalidates reports whether it is time to ask for the whole document once
// more: a server that has answered 304 for long, while nothing new ever came,
// may be wrong (P24).
func (s *Subject) revalidates(now time.Time) bool {
	if !s.Config.Revalidate || s.Memory.FullMS == 0 {
		return false
	}
	full := schedule.Time(s.Memory.FullMS)
	late := now.Sub(full) - schedule.RevalidateWait
	return late >= 0 && !s.LastNew.After(full) && late >= s.Config.Rules.Spread(schedule.RevalidateWait/10)
}

// Conditional reports whether the next request will carry a validator.
func Conditional(p db.Poll, now time.Time) bool {
	return p.ETag != "" || p.LastModified != "" && fetch.LastModifiedUsable(p.LastModified, now)
}
