package poll

import (
	"slices"
	"time"

	"courant/aggregator/feed"
)

// newest is the most newest entries, in document order; all where most is 0.
// Entries without a date count as their place in the document says.
func newest(entries []feed.Entry, most int) []feed.Entry {
	if most <= 0 || len(entries) <= most {
		return entries
	}
	order := make([]int, len(entries))
	for i := range order {
		order[i] = i
	}
	dated := !slices.ContainsFunc(entries, func(e feed.Entry) bool { return e.Published.IsZero() })
	if dated {
		slices.SortStableFunc(order, func(i, j int) int { return entries[j].Published.Compare(entries[i].Published) })
	}
	order = order[:most]
	slices.Sort(order)
	list := make([]feed.Entry, most)
	for i, at := range order {
		list[i] = entries[at]
	}
	return list
}

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
