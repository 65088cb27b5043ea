package fetch

import (
	"context"
	"sync"
	"time"
)

// watch is the deadlines of one fetch. The total one is for all its hops; the
// other is for what it waits for right now: the answer's head, then each piece
// of the body. Time that we keep the server waiting, for another request to
// its host or for memory, counts towards neither.
type watch struct {
	cancel context.CancelCauseFunc
	header time.Duration
	idle   time.Duration
	now    func() time.Time

	mu      sync.Mutex
	total   *time.Timer
	phase   *time.Timer
	cause   error         // what phase cancels with
	left    time.Duration // of the total, while paused
	resumed time.Time
}

// The head may take two thirds of the whole time and a silence inside the body
// a third: a slow server gets its chance, a dead one does not use it up.
func newWatch(parent context.Context, timeout time.Duration, now func() time.Time) (context.Context, *watch) {
	ctx, cancel := context.WithCancelCause(parent)
	w := &watch{cancel: cancel, header: timeout * 2 / 3, idle: timeout / 3, now: now, left: timeout, resumed: now()}
	w.total = time.AfterFunc(timeout, func() { cancel(errTotal) })
	return ctx, w
}

// pause stops both clocks, for awaitHead or progress and resume to start again.
func (w *watch) pause() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.phase != nil {
		w.phase.Stop()
	}
	if w.total.Stop() {
		w.left -= w.now().Sub(w.resumed)
	}
}

// resume lets the total clock run again.
func (w *watch) resume() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.resumed = w.now()
	w.total.Reset(max(w.left, 0))
}

// awaitHead gives the head of the next answer its time.
func (w *watch) awaitHead() { w.await(w.header, errHeader) }

// awaitBody begins to wait for the body's first piece.
func (w *watch) awaitBody() { w.await(w.idle, errIdle) }

func (w *watch) await(d time.Duration, cause error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cause = cause; w.phase == nil {
		w.phase = time.AfterFunc(d, w.cut)
	} else {
		w.phase.Reset(d)
	}
}

// cut ends the fetch: what it waits for did not come in time.
func (w *watch) cut() {
	w.mu.Lock()
	cause := w.cause
	w.mu.Unlock()
	w.cancel(cause)
}

// progress is called for each piece of the body.
func (w *watch) progress() { w.phase.Reset(w.idle) }

func (w *watch) stop() {
	w.total.Stop()
	if w.phase != nil {
		w.phase.Stop()
	}
	w.cancel(context.Canceled)
}
