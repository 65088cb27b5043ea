package aggregator

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"courant/aggregator/poll"
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
	// workerIdle is how long a worker waits for its next job before it ends.
	workerIdle = 10 * time.Second
)

// engine works while anybody uses it: it takes jobs from the queue, notes in the
// store that their requests go out, makes them, at most Config.Workers at once,
// and stores what they bring in batches. So memory grows with the workers, not
// with what is queued.
type engine struct {
	a        *Aggregator
	queue    *queue
	ahead    chan struct{} // one for each job between the queue and a worker
	noted    chan *job     // whose requests may go out
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

// write is a pass on its way into the store, or a job whose request is to be
// noted there.
type write struct {
	pass db.Pass
	then func(db.PassResult, error)
	job  *job // nil: a pass
	held bool // the job's request is not made, for the network is down: no longer noted
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
		a: a, queue: newQueue(a.client.Hosts), ahead: make(chan struct{}, a.c.Workers), noted: make(chan *job, a.c.Workers),
		slots: make(chan struct{}, a.c.Workers), jobs: make(chan *job),
		writes: make(chan write, writesWaiting), queued: map[string]*job{}, ended: make(chan struct{}),
	}
	e.ctx, e.cancel = context.WithCancel(context.Background())
	e.stopping, e.stop = context.WithCancel(e.ctx)
	e.workers.Go(e.choose)
	e.workers.Go(e.dispatch)
	go e.store()
	return e
}

// add queues a job, unless one of its sources has one already: then whoever
// asks gets that one's result, at once where it is asked for by hand.
func (e *engine) add(j *job) {
	e.mu.Lock()
	for i, id := range j.ids {
		if other := e.queued[id]; other != nil {
			for _, f := range j.results {
				other.results = append(other.results, onlyOf(id, f))
			}
			j.ids = slices.Delete(slices.Clone(j.ids), i, i+1)
			e.mu.Unlock()
			if j.manual {
				e.queue.hasten(other)
			}
			if len(j.ids) > 0 {
				e.add(j)
			}
			return
		}
	}
	for _, id := range j.ids {
		e.queued[id] = j
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

// hasten reports whether a source has a job already, and has it start as soon as
// its host allows.
func (e *engine) hasten(id string) bool {
	e.mu.Lock()
	j := e.queued[id]
	e.mu.Unlock()
	if j != nil {
		e.queue.hasten(j)
	}
	return j != nil
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

// choose sends each job that may start to be noted. As many as there are workers
// are noted ahead, so that none of these waits for the store.
func (e *engine) choose() {
	for {
		select {
		case e.ahead <- struct{}{}:
		case <-e.stopping.Done():
			return
		}
		j := e.queue.next(e.stopping)
		if j == nil {
			return
		}
		e.writes <- write{job: j}
	}
}

// begin lets jobs start whose requests are noted, unless that failed: what
// cannot be stored is not asked for.
func (e *engine) begin(jobs []*job, ids []string, err error) {
	if len(jobs) == 0 {
		return
	}
	states := make(map[string]*poll.Subject, len(ids))
	if err == nil {
		for s, failed := range e.a.store.EachNamed(context.WithoutCancel(e.ctx), ids) {
			if err = failed; err != nil {
				break
			}
			states[s.ID] = e.a.sources.subject(s)
		}
	}
	if err != nil {
		e.a.log.Error("no requests, for they could not be noted", "sources", len(ids), "err", err)
	}
	var unasked []string
	for _, j := range jobs {
		all := j.ids
		j.ids = nil
		for _, id := range all {
			r := Result{Source: id, Outcome: OutcomeFailed, Err: fmt.Sprintf("the request could not be noted: %v", err)}
			if s := states[id]; s != nil {
				var unfit bool
				if r, unfit = e.a.sources.unfit(j, s, e.a.now()); !unfit {
					j.ids, j.sources = append(j.ids, id), append(j.sources, s)
					continue
				}
			}
			unasked = append(unasked, id)
			e.finish(j, r)
		}
		if len(j.sources) > 0 {
			e.noted <- j
		} else {
			e.queue.done(j)
			<-e.ahead
		}
	}
	e.forget(unasked)
}

// drop tells the same of every source of a job that led to no request.
func (e *engine) drop(j *job, r Result) {
	for _, id := range j.ids {
		r.Source = id
		e.finish(j, r)
	}
}

// dispatch gives each job to a worker, once there is a free slot. Workers stay
// for a while, for a stack that has grown serves the next job too.
func (e *engine) dispatch() {
	defer close(e.jobs)
	for {
		var j *job
		select {
		case j = <-e.noted:
		case <-e.stopping.Done():
			return
		}
		select {
		case e.slots <- struct{}{}:
		case <-e.stopping.Done():
			e.noted <- j // drain finds it there
			return
		}
		<-e.ahead
		select {
		case e.jobs <- j:
		default: // all are busy, and fewer than slots
			e.workers.Go(func() { e.worker(j) })
		}
	}
}

// worker works on j and then on what else there is.
func (e *engine) worker(j *job) {
	idle := time.NewTimer(workerIdle)
	defer idle.Stop()
	for {
		e.work(j)
		<-e.slots
		idle.Reset(workerIdle)
		var ok bool
		select {
		case j, ok = <-e.jobs:
			if !ok {
				return
			}
		case <-idle.C:
			return
		}
	}
}

// work runs one job. Whatever one source does stays with it: a panic is a
// failed pass.
func (e *engine) work(j *job) {
	defer func() {
		if r := recover(); r != nil {
			e.a.log.Error("pass panicked", "source", j.ids[0], "err", fmt.Sprint(r), "stack", string(debug.Stack()))
			e.fail(j, fmt.Errorf("a fault of ours: %v", r))
		}
	}()
	e.run(j)
}

// drain ends the engine: no job starts any more, those under way have their
// time, and what they brought is stored.
func (e *engine) drain() {
	e.stop()
	stopped := Result{Outcome: OutcomeStopped}
	for _, j := range e.queue.drop() {
		e.drop(j, stopped)
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
	var unasked []*job // their requests are noted and reached nobody
	for _, p := range left {
		unasked = append(unasked, p.j)
	}
	e.unpark(false) // stops its timer; there is nothing to settle
	close(e.writes)
	<-e.ended
	close(e.noted)
	for j := range e.noted {
		unasked = append(unasked, j)
	}
	var ids []string
	for _, j := range unasked {
		ids = append(ids, j.ids...)
	}
	e.forget(ids)
	for _, j := range unasked {
		e.drop(j, stopped)
	}
	e.a.client.Hosts.Sweep()
	e.a.client.Close()
}

// forget takes back the notes that the requests of sources went out.
func (e *engine) forget(ids []string) {
	if err := e.a.store.ForgetRequests(context.WithoutCancel(e.ctx), ids); err != nil {
		e.a.log.Error("notes of requests stay: their sources wait as if they were asked", "sources", len(ids), "err", err)
	}
}

// store is the one writer: it commits what came while it committed the last
// batch, each pass whole.
func (e *engine) store() {
	defer close(e.ended)
	for first := range e.writes {
		var passes []db.Pass
		var thens []func(db.PassResult, error)
		var jobs, held []*job
		var ids []string
		for _, w := range e.collect(first) {
			switch {
			case w.held:
				held = append(held, w.job)
			case w.job != nil:
				jobs, ids = append(jobs, w.job), append(ids, w.job.ids...)
			default:
				passes, thens = append(passes, w.pass), append(thens, w.then)
			}
		}
		// What was fetched is stored even while we stop.
		results, err := e.a.store.Ingest(context.WithoutCancel(e.ctx), passes, ids...)
		e.begin(jobs, ids, err)
		e.hold(held)
		for i, then := range thens {
			if err != nil {
				then(db.PassResult{}, err)
			} else {
				then(results[i], results[i].Err)
			}
		}
	}
}

// hold ends jobs that wait for the network, all at once: there may be very many.
func (e *engine) hold(jobs []*job) {
	var ids []string
	for _, j := range jobs {
		ids = append(ids, j.ids...)
	}
	e.forget(ids)
	for _, j := range jobs {
		for _, s := range j.sources {
			e.finish(j, Result{Source: s.ID, Outcome: OutcomeOutage, Err: "no host can be reached", NextDue: s.NextDue, Reason: s.Reason})
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
