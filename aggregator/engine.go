package aggregator

import (
	"context"
	"sync"
	"time"

	"courant/db/state"
)

const (
	// drainTime is how long requests under way may go on once we are told to
	// stop; the rest of the ten seconds that a stop may take is for storing
	// what they brought.
	drainTime = 7 * time.Second
	// underWay is how many jobs there are under way for each request that may
	// be: one makes its request while another is noted or stored.
	underWay = 2
)

// engine works while anybody uses it: its feeder takes the jobs that may start
// from the queue, and its workers make the visits, each one job after the other.
// So memory grows with the workers, not with what is queued.
type engine struct {
	*visitor
	jobs    chan *job     // to workers that are idle
	places  chan struct{} // one for each job under way
	cancel  context.CancelFunc
	halt    context.CancelFunc // no request starts after it
	workers sync.WaitGroup
}

// newEngine starts an engine of so many requests at once. v has what the visits
// need, but for what the engine makes itself.
func newEngine(requests int, v visitor) *engine {
	v.writer, v.parking = newWriter(v.store, v.sources, v.log), new(parking)
	v.queue = newQueue(v.client.Hosts, v.held, v.writer.note)
	v.steps = new(steps)
	v.slots = make(chan struct{}, requests)
	e := &engine{visitor: &v, jobs: make(chan *job), places: make(chan struct{}, underWay*requests)}
	v.ctx, e.cancel = context.WithCancel(context.Background())
	v.stopping, e.halt = context.WithCancel(v.ctx)
	v.parking.late = func() {
		v.parking.unlessClosed(func() { e.workers.Go(func() { v.settle(v.parking.take(), false) }) })
	}
	e.workers.Go(e.feed)
	return e
}

// add queues a job. Of sources that are another worker's by now it says that we
// stopped.
func (e *engine) add(j *job) {
	for _, id := range e.queue.add(j) {
		e.finish(j, Result{Source: id, Outcome: state.OutcomeStopped})
	}
}

// feed gives each job that may start to a worker. Workers stay as long as the engine, for
// a stack that has grown serves the next job too; where it rests Go shrinks it. A clock for
// each, to end it some day, would cost more.
func (e *engine) feed() {
	defer close(e.jobs)
	for {
		select {
		case e.places <- struct{}{}:
		case <-e.stopping.Done():
			return
		}
		j := e.queue.next(e.stopping)
		if j == nil {
			return
		}
		select {
		case e.jobs <- j:
		default: // all are busy, and fewer than places
			e.workers.Go(func() { e.work(j) })
		}
	}
}

// work does j and then what else there is, until there are no more.
func (e *engine) work(j *job) {
	for ; j != nil; j = <-e.jobs {
		e.visit(j)
		<-e.places
	}
}

// leave ends jobs that were taken out of the queue.
func (e *engine) leave(list []*job) {
	var noted []string
	for _, j := range list {
		if j.noted != nil {
			noted = append(noted, j.ids...)
		}
	}
	e.writer.forget(noted)
	for _, j := range list {
		e.drop(j, Result{Outcome: state.OutcomeStopped})
	}
}

// drain ends the engine: no request starts any more, those under way have their
// time, and what they brought is stored.
func (e *engine) drain() {
	e.halt()
	e.parking.close()
	e.leave(e.queue.drop())
	cut := time.AfterFunc(drainTime, e.cancel)
	e.workers.Wait()
	cut.Stop()
	e.cancel()
	left := e.parking.take() // their requests are noted and reached nobody
	var ids []string
	for _, p := range left {
		ids = append(ids, p.job.ids...)
	}
	e.writer.forget(ids)
	e.writer.close()
	for _, p := range left {
		e.drop(p.job, Result{Outcome: state.OutcomeStopped})
	}
	e.client.Hosts.Sweep()
	e.client.Close()
}
