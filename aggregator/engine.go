package aggregator

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"courant/db"
)

const (
	// drainTime is how long fetches under way may go on once we are told to
	// stop; the rest of the ten seconds that a stop may take is for storing
	// what they brought.
	drainTime = 7 * time.Second
	// batchPasses and batchEntries bound what one transaction stores, so that
	// other writers wait little; batchWait is how long the first pass of one
	// waits for company.
	batchPasses   = 256
	batchEntries  = 1000
	writesWaiting = 64 // passes held for the writer before workers wait
	batchWait     = 20 * time.Millisecond
)

// engine works while anybody uses it: it takes jobs from the queue, at most
// Config.Workers at once, and stores what they bring in batches.
type engine struct {
	a        *Aggregator
	queue    *queue
	slots    chan struct{} // one for each job under way
	jobs     chan *job     // to workers that are idle
	writes   chan write
	ctx      context.Context // of the fetches
	cancel   context.CancelFunc
	stopping context.Context // ends when no job may start any more
	stop     context.CancelFunc
	workers  sync.WaitGroup
	ended    chan struct{} // closed when the writer has stored everything

	mu        sync.Mutex
	queued    map[string]*job // by source: in the queue or under way (P43)
	parked    []parked
	parkTimer *time.Timer
	closed    bool           // nothing parked is settled any more
	settling  sync.WaitGroup // unparks under way
}

// write is a pass on its way into the store.
type write struct {
	pass db.Pass
	then func(db.PassResult, error)
}

// use starts the engine, unless it runs already, and returns what stops it with
// its last user: within a little more than drainTime.
func (a *Aggregator) use() (*engine, func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.users++
	if a.engine == nil {
		a.engine = a.newEngine()
	}
	e := a.engine
	return e, func() {
		a.mu.Lock()
		a.users--
		last := a.users == 0
		if last {
			a.engine = nil
		}
		a.mu.Unlock()
		if last {
			e.drain()
		}
	}
}

func (a *Aggregator) newEngine() *engine {
	e := &engine{
		a: a, queue: newQueue(a.client.Hosts), slots: make(chan struct{}, a.c.Workers), jobs: make(chan *job),
		writes: make(chan write, writesWaiting), queued: map[string]*job{}, ended: make(chan struct{}),
	}
	e.ctx, e.cancel = context.WithCancel(context.Background())
	e.stopping, e.stop = context.WithCancel(e.ctx)
	e.workers.Go(e.dispatch)
	go e.store()
	return e
}

// add queues a job, unless one of its sources has one already: then whoever
// asks gets that one's result.
func (e *engine) add(j *job) {
	e.mu.Lock()
	for i, s := range j.sources {
		if other := e.queued[s.ID]; other != nil {
			for _, f := range j.results {
				other.results = append(other.results, onlyOf(s.ID, f))
			}
			rest := append(append([]*subject(nil), j.sources[:i]...), j.sources[i+1:]...)
			e.mu.Unlock()
			if len(rest) > 0 {
				j.sources = rest
				e.add(j)
			}
			return
		}
	}
	for _, s := range j.sources {
		e.queued[s.ID] = j
	}
	e.mu.Unlock()
	e.queue.add(j)
}

// onlyOf passes on the results of one source.
func onlyOf(id string, f func(Result)) func(Result) {
	return func(r Result) {
		if r.Source == id {
			f(r)
		}
	}
}

// has reports whether a source has a job already.
func (e *engine) has(id string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.queued[id] != nil
}

// size is how many sources are in the queue or under way.
func (e *engine) size() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.queued)
}

// finish tells what came of one source of a job.
func (e *engine) finish(j *job, r Result) {
	e.mu.Lock()
	delete(e.queued, r.Source)
	results := j.results
	e.mu.Unlock()
	e.a.told(r)
	for _, f := range results {
		f(r)
	}
	e.unparkIdle()
}

// dispatch gives each job that may start to a worker, once there is a free
// slot. Workers stay, for a stack that has grown serves the next job too.
func (e *engine) dispatch() {
	defer close(e.jobs)
	for {
		select {
		case e.slots <- struct{}{}:
		case <-e.stopping.Done():
			return
		}
		j := e.queue.next(e.stopping)
		if j == nil {
			<-e.slots
			return
		}
		select {
		case e.jobs <- j:
		default: // all are busy, and fewer than slots
			e.workers.Go(func() { e.worker(j) })
		}
	}
}

// worker works on j and then on what else there is.
func (e *engine) worker(j *job) {
	for ok := true; ok; j, ok = <-e.jobs {
		e.work(j)
		<-e.slots
	}
}

// work runs one job. Whatever one source does stays with it: a panic is a
// failed pass.
func (e *engine) work(j *job) {
	defer func() {
		if r := recover(); r != nil {
			e.a.log.Error("pass panicked", "source", j.sources[0].ID, "err", fmt.Sprint(r), "stack", string(debug.Stack()))
			e.fail(j, fmt.Errorf("a fault of ours: %v", r))
		}
	}()
	e.run(j)
}

// drain ends the engine: no job starts any more, those under way have their
// time, and what they brought is stored.
func (e *engine) drain() {
	e.stop()
	for _, j := range e.queue.drop() {
		for _, s := range j.sources {
			e.finish(j, Result{Source: s.ID, Outcome: OutcomeStopped})
		}
	}
	cut := time.AfterFunc(drainTime, e.cancel)
	e.workers.Wait()
	cut.Stop()
	e.cancel()
	e.mu.Lock()
	e.closed = true
	left := e.parked
	e.mu.Unlock()
	e.settling.Wait()
	for _, p := range left {
		for _, s := range p.j.sources {
			e.finish(p.j, Result{Source: s.ID, Outcome: OutcomeStopped})
		}
	}
	e.unpark(false) // stops its timer; there is nothing to settle
	close(e.writes)
	<-e.ended
	e.a.client.Hosts.Sweep()
	e.a.client.Close()
}

// store is the one writer: it commits the passes that came while it committed
// the last ones, each whole.
func (e *engine) store() {
	defer close(e.ended)
	for first := range e.writes {
		batch := e.collect(first)
		passes := make([]db.Pass, len(batch))
		for i, w := range batch {
			passes[i] = w.pass
		}
		// What was fetched is stored even while we stop.
		results, err := e.a.store.Ingest(context.WithoutCancel(e.ctx), passes)
		for i, w := range batch {
			switch {
			case err != nil:
				w.then(db.PassResult{}, err)
			default:
				w.then(results[i], results[i].Err)
			}
		}
	}
}

// collect waits a moment for other passes, for a transaction costs far more
// than what is in it.
func (e *engine) collect(first write) []write {
	batch, entries := []write{first}, len(first.pass.Entries)
	wait := time.NewTimer(batchWait)
	defer wait.Stop()
	for len(batch) < batchPasses && entries < batchEntries {
		select {
		case w, ok := <-e.writes:
			if !ok {
				return batch
			}
			batch = append(batch, w)
			entries += len(w.pass.Entries)
		case <-wait.C:
			return batch
		}
	}
	return batch
}
