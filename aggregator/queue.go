package aggregator

import (
	"container/heap"
	"context"
	"slices"
	"sync"
	"time"

	"courant/aggregator/fetch"
)

// queue holds jobs by host and gives them out when their host may be asked:
// one at a time each, none before the gap since the last has passed. So a slow
// or crowded host keeps no worker from the others. It also knows which sources
// have a job, in it or under way, so that none has two (P43).
type queue struct {
	hosts *fetch.Hosts
	held  *holding
	note  func(sources []string) *noting // see writer.note

	mu       sync.Mutex
	bySource map[string]*job // in the queue or under way
	byHost   map[string]*line
	ready    lines         // hosts with a job that none works on now
	wake     chan struct{} // something changed for who waits in next
}

// line is the jobs of one host, the first to start first.
type line struct {
	host  string
	jobs  []*job
	start time.Time // when the first may start
	busy  bool      // one of them is under way
	index int       // in queue.ready

	given time.Time     // when the last was given out; zero: none was
	every time.Duration // and how long that was after the one before; 0: it was the first
}

func newQueue(hosts *fetch.Hosts, held *holding, note func(sources []string) *noting) *queue {
	return &queue{hosts: hosts, held: held, note: note, bySource: map[string]*job{}, byHost: map[string]*line{}, wake: make(chan struct{}, 1)}
}

// add queues a job, but for those of its sources that have one already: whoever
// asks gets that one's result, at once where it is asked for by hand. It returns
// those whose shard is not ours: they are left out.
func (q *queue) add(j *job) (refused []string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	j.ids = slices.DeleteFunc(j.ids, func(id string) bool {
		other := q.bySource[id]
		if other == nil && !q.held.enter(j.shard) {
			refused = append(refused, id)
			return true
		}
		if other == nil {
			q.bySource[id] = j
			return false
		}
		for _, f := range j.results {
			other.results = append(other.results, onlyOf(id, f))
		}
		if j.manual() {
			q.startSoon(other)
		}
		return true
	})
	if len(j.ids) == 0 {
		return refused
	}
	l := q.byHost[j.host]
	if l == nil {
		l = &line{host: j.host, index: -1}
		q.byHost[j.host] = l
	}
	l.insert(j)
	q.place(l)
	return refused
}

// takeUp takes a source for a job that makes no request, and so waits for no host;
// false where it has a job already, or is another worker's.
func (q *queue) takeUp(j *job) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.bySource[j.ids[0]] != nil || !q.held.enter(j.shard) {
		return false
	}
	q.bySource[j.ids[0]] = j
	return true
}

// onlyOf passes on the results of one source.
func onlyOf(id string, f func(Result)) func(Result) {
	return func(r Result) {
		if r.Source == id {
			f(r)
		}
	}
}

// has reports whether a source has a job.
func (q *queue) has(id string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.bySource[id] != nil
}

// hasten reports whether a source has a job, and has it start as soon as its
// host allows.
func (q *queue) hasten(id string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	j := q.bySource[id]
	if j != nil {
		q.startSoon(j)
	}
	return j != nil
}

// startSoon lets a queued job start without its own wait. q.mu is held.
func (q *queue) startSoon(j *job) {
	l := q.byHost[j.host]
	if l == nil || j.notBefore.IsZero() {
		return
	}
	if i := slices.Index(l.jobs, j); i >= 0 { // else it is under way
		l.jobs = slices.Delete(l.jobs, i, i+1)
		j.notBefore = time.Time{}
		l.insert(j)
		q.place(l)
	}
}

// finish ends the job of one source, which may have another from now on, and
// returns who is to be told.
func (q *queue) finish(j *job, id string) []func(Result) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.bySource[id] == j { // else it was refused
		delete(q.bySource, id)
		q.held.leave(j.shard)
	}
	return j.results
}

// awaits reports whether these jobs are all there are, and somebody waits for
// one of them.
func (q *queue) awaits(list []parked) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	sources, awaited := 0, false
	for _, p := range list {
		sources += len(p.job.sources)
		awaited = awaited || len(p.job.results) > 0
	}
	return awaited && sources == len(q.bySource)
}

// insert puts j where it belongs.
func (l *line) insert(j *job) {
	at := len(l.jobs)
	for at > 0 && j.before(l.jobs[at-1]) {
		at--
	}
	l.jobs = slices.Insert(l.jobs, at, j)
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

// next waits for a job that may start and returns it, or nil when ctx ends. That its
// request goes out is on its way to being noted. done must be called with it.
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
				l.busy, j.busy = true, true
				q.goOut(l, j)
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

const (
	// A host that is asked again and again without a gap would wait for the store
	// before each request: so those that will go out within aheadFor, as far as can be
	// seen, are noted together, but no more than aheadMost of all hosts, for how their
	// sources stand is kept in memory until then. Whoever takes over finds them noted and
	// takes them to be asked. Those that a gap of a second parts, which is the usual one,
	// are noted each by itself; and so are all where there are so many hosts that fewer
	// than aheadLeast would be noted of each: theirs meet in the writer anyhow, and the
	// fewer wait there, the smaller its batches are and the more each of them costs.
	aheadFor   = 2 * time.Second
	aheadMost  = 64
	aheadLeast = 8
	// aheadLate is after how long one that was noted is noted anew, and how its source
	// stands is read again: its host was slower than before.
	aheadLate = 5 * time.Second
)

// goOut has it noted that the request of j goes out, which is given out now, and those
// of the jobs behind it that follow soon: half of as many as may be noted, or more.
// q.mu is held.
func (q *queue) goOut(l *line, j *job) {
	now := time.Now()
	if !l.given.IsZero() {
		l.every = max(now.Sub(l.given), 1)
	}
	l.given = now
	most := 0
	if share := aheadMost / len(q.byHost); l.every > 0 && l.every <= aheadFor/2 && share >= aheadLeast {
		most = int(min(aheadFor/l.every, time.Duration(share)))
	}
	list := make([]*job, 0, 1+most)
	if j.noted == nil {
		list = append(list, j)
	}
	for _, next := range l.jobs[:min(most, len(l.jobs))] {
		if next.noted == nil && next.notBefore.Before(now.Add(aheadFor)) {
			list = append(list, next)
		}
	}
	if j.noted != nil && len(list) < max(1, most/2) {
		return
	}
	var ids []string
	for _, next := range list {
		ids = append(ids, next.ids...)
	}
	noted := q.note(ids)
	for _, next := range list {
		next.noted = noted
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

// done lets the next job of j's host start. A second call does nothing.
func (q *queue) done(j *job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !j.busy {
		return
	}
	j.busy = false
	l := q.byHost[j.host]
	l.busy = false
	if len(l.jobs) == 0 {
		delete(q.byHost, j.host)
		return
	}
	q.place(l)
}

// drop empties the queue and returns what was in it.
func (q *queue) drop() []*job { return q.take(func(*job) bool { return true }) }

// take takes the jobs out of the queue that are as ok says. Those under way go on.
func (q *queue) take(ok func(*job) bool) (taken []*job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for host, l := range q.byHost {
		l.jobs = slices.DeleteFunc(l.jobs, func(j *job) bool {
			out := ok(j)
			if out {
				taken = append(taken, j)
			}
			return out
		})
		switch {
		case len(l.jobs) > 0:
			q.place(l)
		case l.index >= 0:
			heap.Remove(&q.ready, l.index)
		}
		if len(l.jobs) == 0 && !l.busy {
			delete(q.byHost, host)
		}
	}
	return taken
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
