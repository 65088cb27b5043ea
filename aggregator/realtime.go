package aggregator

import (
	"time"

	"github.com/robfig/cron/v3"
)

// realTime is a schedule whose next time is a length of real time from when it
// is asked. cron runs nothing before the wall clock has reached the next time:
// set back by an hour, or back from ten years ahead, the bare schedule would
// stand still for as long. What it gives here keeps its monotonic reading,
// which no setting of the clock moves.
type realTime struct{ cron.Schedule }

// Next implements cron.Schedule. The zero time, for never, stays itself.
func (s realTime) Next(t time.Time) time.Time {
	next := s.Schedule.Next(t)
	if next.IsZero() {
		return next
	}
	return t.Add(next.Sub(t))
}
