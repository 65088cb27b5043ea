package aggregator

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"courant/db"
	"courant/db/state"
)

// Each of many who call at once gets what came of its own passes and sources, and
// the store is written to far less often than it is called.
func TestWriterBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 100
		var ids []string
		for i := range n {
			ids = append(ids, fmt.Sprint("s", i))
		}
		s := newSim(t, steady(`"1"`, rss("a")), ids...).start()
		defer s.stop()
		w := s.lookout.engine.writer
		before := s.written()
		var callers sync.WaitGroup
		for i, id := range ids {
			callers.Go(func() {
				stands, err := w.note([]string{id}).wait()
				if err != nil || stands[id] == nil || stands[id].ID != id || stands[id].Config == nil {
					t.Errorf("%s: %v, %v", id, stands[id], err)
					return
				}
				p := db.Pass{Source: id, At: s.now(), Outcome: state.OutcomeNotModified, Poll: stands[id].Poll}
				if i%2 == 1 {
					p.Source = "nobody" // its own caller alone hears of it
				}
				if got := w.save(&p); len(got) != 1 || (got[0].Err != nil) != (i%2 == 1) {
					t.Errorf("%s: %+v", id, got)
				}
				w.forget([]string{id})
			})
		}
		callers.Wait()
		if open := s.openRequests(); len(open) != 0 {
			t.Errorf("%v are noted", open)
		}
		if pages := s.written() - before; pages > n {
			t.Errorf("%d pages were written for %d callers", pages, n)
		}
		if got := s.passes("s0"); len(got) != 1 {
			t.Errorf("%d passes of s0", len(got))
		}
	})
}
