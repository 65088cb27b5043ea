package aggregator

import (
	"slices"
	"time"

	"courant/aggregator/fetch"
	"courant/aggregator/poll"
)

// job is one request to make, for one source or for several that share an
// address. There may be one for each configured source, so it holds little until
// its turn comes.
type job struct {
	ids       []string // of its sources, never empty
	place     int      // of the first of them in the configuration
	host      string
	shard     int             // of its sources
	key       string          // equal for jobs that one request can serve; empty: no other can
	asked     time.Time       // when it was asked for by hand; zero: it was not
	overdue   bool            // it fell due before a silence of ours ended
	failing   bool            // its last pass failed: it may stall, so others of its host go first
	notBefore time.Time       // by real time, which no setting of the clock moves; zero: at once
	delivery  int64           // what its hub delivered, which it takes in; 0: it makes a request
	busy      bool            // its host waits for it; the queue's lock guards it
	noted     *noting         // that its request goes out; nil: it is not, so far
	results   []func(Result)  // told what came of each source; in the queue, its lock guards them
	sources   []*poll.Subject // how they stand, read right before the request
}

// group makes one job of those that one request serves (P44).
func group(list []*job) []*job {
	byKey := map[string]*job{}
	return slices.DeleteFunc(list, func(j *job) bool {
		if j.key == "" {
			return false
		}
		first := byKey[j.key]
		if first == nil || first.shard != j.shard {
			byKey[j.key] = j
			return false
		}
		if first.ids = append(first.ids, j.ids...); j.asked.After(first.asked) {
			first.asked = j.asked
		}
		return true
	})
}

// manual reports whether somebody asked for j by hand.
func (j *job) manual() bool { return !j.asked.IsZero() }

// before reports whether j goes before other, which was queued earlier.
func (j *job) before(other *job) bool {
	if !j.notBefore.Equal(other.notBefore) {
		return j.notBefore.Before(other.notBefore)
	}
	return other.failing && !j.failing
}

// fits reports whether j's request is still the one that s needs: its address may
// have changed.
func (j *job) fits(s *poll.Subject) bool {
	r := s.Config.Request
	r.URL = s.Config.Address(s.Memory)
	return fetch.Host(r.URL) == j.host && (j.key == "" || key(r) == j.key)
}
