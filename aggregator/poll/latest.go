package poll

import (
	"time"

	"courant/aggregator/feed"
)

// latest is the newest date that an entry has, none later than now; now where
// there is none.
func latest(entries []feed.Entry, now time.Time) time.Time {
	var last time.Time
	for _, e := range entries {
		for _, date := range []time.Time{e.Published, e.Updated} {
			if date.After(last) && !date.After(now) {
				last = date
			}
		}
	}
	if last.IsZero() {
		return now
	}
	return last
}
