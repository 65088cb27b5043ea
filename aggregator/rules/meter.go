package rules

import "time"

const (
	// lookEvery is how much a rule may spend until the clock is read, in units of
	// some ten nanoseconds: a byte that a pattern passes over, or the twentieth part
	// of a turn of a loop.
	lookEvery = 8 << 10
	turnCost  = 20
	// mostAtOnce is what so much can have cost. Where more time went by, the machine
	// did something else meanwhile, which is no fault of the rule's.
	mostAtOnce = time.Millisecond
)

// meter charges a rule what it costs and says when that is too much.
type meter struct {
	now   func() time.Time
	spent int           // since the clock was read
	last  time.Time     // when that was; zero: not yet
	used  time.Duration // by the rule
}

// reset begins with another rule.
func (m *meter) reset() { m.spent, m.last, m.used = 0, time.Time{}, 0 }

// spend charges n units, and reports whether the rule may go on.
func (m *meter) spend(n int) bool {
	if m.spent += n; m.spent < lookEvery {
		return true
	}
	m.spent = 0
	now := m.now()
	if !m.last.IsZero() {
		m.used += min(now.Sub(m.last), mostAtOnce)
	}
	m.last = now
	return m.used < timeout
}
