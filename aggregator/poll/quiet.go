package poll

import (
	"time"

	"courant/aggregator/schedule"
)

// What a server's wish to be left alone does to a source stands here: Retry-After,
// and the pause of its host. Package fetch reads the header and sends nothing to a
// host that is paused; package schedule has the next poll wait for it.

// quietUntil is until when the answer asked not to be asked again.
func (v *Visit) quietUntil() (until time.Time) {
	if v.Answer.RetryAfter > 0 {
		until = v.At.Add(v.Answer.RetryAfter)
	}
	if p := v.Answer.Pause; p != nil && p.Until.After(until) {
		until = p.Until
	}
	return until
}

// remember has polls that are asked for by hand wait too (P45).
func (v *Visit) remember(m *schedule.Memory) {
	m.RetryMS = 0
	if v.Answer.RetryAfter > 0 {
		m.RetryMS = v.At.Add(v.Answer.RetryAfter).UnixMilli()
	}
}

// QuietUntil is until when the server of a source asked not to be asked again,
// by hand or not; the zero time where it did not.
func QuietUntil(m schedule.Memory) time.Time { return schedule.Time(m.RetryMS) }

// poll is what the schedule is told of every visit.
func (v *Visit) poll() schedule.Poll {
	p := schedule.Poll{At: v.At, Status: v.Answer.Status, RetryAfter: v.Answer.RetryAfter}
	if pause := v.Answer.Pause; pause != nil && !pause.Until.IsZero() {
		p.HostPause = pause.Until.Sub(v.At)
	}
	return p
}

// Delayed is when a source is due whose host is paused until then, although
// nothing was asked (P51).
func (s *Subject) Delayed(now, until time.Time) schedule.Decision {
	return s.Config.Rules.Delayed(s.Memory, s.State, now, until)
}
