// Package crowd has what many ask for at the same moment done together, once: whoever
// comes while a group is being worked on waits, and all who wait are the next group. It
// knows nothing of what is done. Begin with New; then Do.
package crowd

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// most is how many are done together: the first of them waits for the last, and a
// group that fails is done anew.
const most = 64

// Queue has work done for groups, one after the other. Safe for concurrent use.
type Queue[In, Out any] struct {
	work    func(context.Context, []In) []Result[Out]
	gather  time.Duration
	turn    chan struct{} // who has it does the work of all who wait
	several bool          // were done the last time; of whoever has the turn

	mu      sync.Mutex
	waiting []*asked[In, Out]
}

// Result is what became of one of a group.
type Result[Out any] struct {
	Out Out
	Err error
}

// asked is what somebody waits for.
type asked[In, Out any] struct {
	in     In
	gone   func() error // why nobody waits for it any more
	until  time.Time    // when nobody will, zero where that is not known
	done   chan struct{}
	result Result[Out]
}

// New returns a queue whose groups work does: it gives a result for each of a group.
// Its context ends when the first of the group has waited for as long as it may, and
// not when one goes away: no stranger has the work of others done twice. After a group of
// several the next one waits for gather, where to begin costs much beside what each of a
// group does: those who come again and again would else be done by halves, one while the
// other waits.
func New[In, Out any](gather time.Duration, work func(context.Context, []In) []Result[Out]) *Queue[In, Out] {
	return &Queue[In, Out]{work: work, gather: gather, turn: make(chan struct{}, 1)}
}

// Do has in done, in a group with whatever else is asked for meanwhile. An error
// because ctx has ended says that it was not done.
func (q *Queue[In, Out]) Do(ctx context.Context, in In) (Out, error) {
	a := q.add(ctx, in)
	gone := ctx.Done()
	for {
		select {
		case <-a.done:
			return a.result.Out, a.result.Err
		case q.turn <- struct{}{}:
			q.take()
		case <-gone:
			if q.leave(a) {
				var none Out
				return none, ctx.Err()
			}
			gone = nil // it is being done, and what became of it will be known soon
		}
	}
}

func (q *Queue[In, Out]) add(ctx context.Context, in In) *asked[In, Out] {
	a := &asked[In, Out]{in: in, gone: ctx.Err, done: make(chan struct{})}
	a.until, _ = ctx.Deadline()
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, a)
	return a
}

// leave takes back what nobody has begun with.
func (q *Queue[In, Out]) leave(a *asked[In, Out]) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.waiting, a)
	if i < 0 {
		return false
	}
	q.waiting = slices.Delete(q.waiting, i, i+1)
	return true
}

// take takes the turn to do what waits, whatever becomes of that.
func (q *Queue[In, Out]) take() {
	defer func() { <-q.turn }()
	q.next()
}

// next does what waits, the first of it.
func (q *Queue[In, Out]) next() {
	if q.several {
		time.Sleep(q.gather)
	}
	q.mu.Lock()
	n := min(most, len(q.waiting))
	q.several = n > 1
	group := slices.Clone(q.waiting[:n])
	q.waiting = slices.Delete(q.waiting, 0, n)
	q.mu.Unlock()
	if n == 0 {
		return
	}
	ctx, cancel := patience(group)
	defer cancel()
	in := make([]In, n)
	for i, a := range group {
		in[i] = a.in
	}
	results := make([]Result[Out], n)
	for i := range results {
		results[i].Err = errBroken
	}
	defer func() { q.tell(group, results) }() // also where the work panics: nobody waits for ever
	copy(results, q.work(ctx, in))
}

// errBroken is what a group hears whose work ended in a panic.
var errBroken = errors.New("what was done for several at once was broken off")

// tell settles a group. What was not done because another of it had waited for long
// enough waits again.
func (q *Queue[In, Out]) tell(group []*asked[In, Out], results []Result[Out]) {
	var again []*asked[In, Out]
	for i, a := range group {
		a.result = results[i]
		if errors.Is(a.result.Err, context.DeadlineExceeded) {
			if a.result.Err = a.gone(); a.result.Err == nil {
				again = append(again, a)
				continue
			}
		}
		close(a.done)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = slices.Concat(again, q.waiting)
}

// patience ends when the first of a group has waited for as long as it may.
func patience[In, Out any](group []*asked[In, Out]) (context.Context, context.CancelFunc) {
	var first time.Time
	for _, a := range group {
		if !a.until.IsZero() && (first.IsZero() || a.until.Before(first)) {
			first = a.until
		}
	}
	if first.IsZero() {
		return context.WithCancel(context.Background())
	}
	return context.WithDeadline(context.Background(), first)
}
