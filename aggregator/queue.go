package aggregator

import (
	"container/heap"
	"context"
	"sync"
	"time"

	"courant/aggregator/fetch"
	"courant/aggregator/schedule"
	"courant/db"
)

// job is one request to make, for one source or for several that share an
// address.
type job struct {
	sources   []*subject // never empty
	host      string
	manual    bool      // asked for by hand
	notBefore time.Time // by real time, which no setting of the clock moves; zero: at once
	results   []func(Result)
}

// subject is a source with its state when it was selected.
type subject struct {
	db.Source
	memory schedule.Memory // of Source.Extra
}

func newSubject(s db.Source) *subject { return &subject{s, schedule.Recall(s.Extra)} }

// queueMost is how many sources are held with their state at once; the others
// wait as ids, so that memory does not grow with their number.
const queueMost = 2048

// selection is what is to be polled: the sources that are held already, and the
// ids of those that are read once the queue has room.
type selection struct {
	held []*subject
	rest []string
}

// add puts s at the end. Sources that share an address are held together, for
// one request serves them.
func (l *selection) add(s *subject, shares bool) {
	if len(l.held) < queueMost || shares {
		l.held = append(l.held, s)
	} else {
		l.rest = append(l.rest, s.ID)
	}
}

// size is how many sources are selected.
func (l *selection) size() int { return len(l.held) + len(l.rest) }

// feed reads the next sources of l.rest and queues them, as far as there is
// room. It reports whether any are left.
func (e *engine) feed(ctx context.Context, l *selection, prepare func(*job)) (more bool, err error) {
	if len(l.rest) == 0 || e.size() > queueMost/2 {
		return len(l.rest) > 0, nil
	}
	n := min(queueMost/2, len(l.rest))
	list, err := e.a.named(ctx, l.rest[:n])
	if err != nil {
		return true, err
	}
	l.rest = l.rest[n:]
	for _, j := range e.a.group(list, false) {
		prepare(j)
		e.add(j)
	}
	return len(l.rest) > 0, nil
}

// queue holds jobs by host and gives them out when their host may be asked:
// one at a time each, none before the gap since the last has passed. So a slow
// or crowded host keeps no worker from the others.
type queue struct {
	hosts *fetch.Hosts

	mu     sync.Mutex
	byHost map[string]*line
	ready  lines         // hosts with a job that none works on now
	wake   chan struct{} // something changed for who waits in next
}

// line is the jobs of one host, the first to start first.
type line struct {
	host  string
	jobs  []*job
	start time.Time // when the first may start
	busy  bool      // one of them is under way
	index int       // in queue.ready
}

func newQueue(hosts *fetch.Hosts) *queue {
	return &queue{hosts: hosts, byHost: map[string]*line{}, wake: make(chan struct{}, 1)}
}

// add queues a job.
func (q *queue) add(j *job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.byHost[j.host]
	if l == nil {
		l = &line{host: j.host, index: -1}
		q.byHost[j.host] = l
	}
	at := len(l.jobs)
	for at > 0 && l.jobs[at-1].notBefore.After(j.notBefore) {
		at--
	}
	l.jobs = append(l.jobs, nil)
	copy(l.jobs[at+1:], l.jobs[at:])
	l.jobs[at] = j
	q.place(l)
}

// place puts l where its first job belongs. q.mu is held.
func (q *queue) place(l *line) {
	if l.busy || len(l.jobs) == 0 {
		return
	}
	l.start = q.hosts.Ready(l.host)
	if first := l.jobs[0].notBefore; first.After(l.start) {
		l.start = first
	}
	if l.index >= 0 {
		heap.Fix(&q.ready, l.index)
	} else {
		heap.Push(&q.ready, l)
	}
	q.signal()
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// next waits for a job that may start and returns it, or nil when ctx ends.
// done must be called with it.
func (q *queue) next(ctx context.Context) *job {
	for {
		q.mu.Lock()
		wait := time.Duration(-1)
		if len(q.ready) > 0 {
			l := q.ready[0]
			if wait = time.Until(l.start); wait <= 0 {
				heap.Pop(&q.ready)
				j := l.jobs[0]
				l.jobs[0] = nil
				l.jobs = l.jobs[1:]
				l.busy = true
				q.mu.Unlock()
				return j
			}
		}
		q.mu.Unlock()
		if !q.sleep(ctx, wait) {
			return nil
		}
	}
}

// sleep waits for wait, for ever where it is negative, or until something
// changes; it reports whether ctx still holds.
func (q *queue) sleep(ctx context.Context, wait time.Duration) bool {
	var timer <-chan time.Time
	if wait >= 0 {
		t := time.NewTimer(wait)
		defer t.Stop()
		timer = t.C
	}
	select {
	case <-ctx.Done():
		return false
	case <-q.wake:
	case <-timer:
	}
	return ctx.Err() == nil
}

// done lets the next job of j's host start.
func (q *queue) done(j *job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.byHost[j.host]
	l.busy = false
	if len(l.jobs) == 0 {
		delete(q.byHost, j.host)
		return
	}
	q.place(l)
}

// drop empties the queue and returns what was in it.
func (q *queue) drop() (dropped []*job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for host, l := range q.byHost {
		dropped = append(dropped, l.jobs...)
		l.jobs, l.index = nil, -1
		if !l.busy {
			delete(q.byHost, host)
		}
	}
	q.ready = nil
	return dropped
}

// lines is a heap by start.
type lines []*line

// Len implements heap.Interface.
func (l lines) Len() int { return len(l) }

// Less implements heap.Interface.
func (l lines) Less(i, j int) bool { return l[i].start.Before(l[j].start) }

// Swap implements heap.Interface.
func (l lines) Swap(i, j int) {
	l[i], l[j] = l[j], l[i]
	l[i].index, l[j].index = i, j
}

// Push implements heap.Interface.
func (l *lines) Push(x any) {
	x.(*line).index = len(*l)
	*l = append(*l, x.(*line))
}

// Pop implements heap.Interface.
func (l *lines) Pop() any {
	last := (*l)[len(*l)-1]
	(*l)[len(*l)-1] = nil
	*l = (*l)[:len(*l)-1]
	last.index = -1
	return last
}
