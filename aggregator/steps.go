package aggregator

import (
	"sync"
	"time"
)

// steps are those of visits that are under way and have a time to be done in. It
// is the reading of a clock beside what ends them: a step that does not end when
// it should shows. The zero value has none. Safe for concurrent use.
type steps struct {
	mu   sync.Mutex
	last uint64
	ends map[uint64]time.Time // when each is to be done
}

// begin notes a step that may take so long, and returns what notes its end.
func (s *steps) begin(allowed time.Duration) (end func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ends == nil {
		s.ends = map[uint64]time.Time{}
	}
	s.last++
	id := s.last
	s.ends[id] = time.Now().Add(allowed) // by real time: no setting of the clock moves it
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.ends, id)
	}
}

// late is for how long the latest step should have been done; 0: none is late.
func (s *steps) late() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	var worst time.Duration
	for _, end := range s.ends {
		worst = max(worst, time.Since(end))
	}
	return worst
}
