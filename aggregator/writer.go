package aggregator

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"courant/aggregator/poll"
	"courant/db"
	"courant/db/lease"
)

const (
	// batchPasses and batchEntries bound what one transaction stores, so that
	// others who write wait little; batchWait is how long one waits for company.
	batchPasses  = 256
	batchEntries = 1000
	batchWait    = 20 * time.Millisecond
)

// writer is the one who writes what visits leave. Its calls wait until what they
// are given is stored; what many give it meanwhile it commits in one transaction,
// each pass whole, for a transaction costs far more than what is in it. What was
// fetched is stored even while we stop, so no context cuts it short.
type writer struct {
	store   *db.DB
	sources *roster
	log     *slog.Logger
	wake    chan struct{} // there is a batch
	ended   chan struct{} // closed when all is stored

	mu      sync.Mutex
	batches []*batch // the first to be stored first; the last takes more
}

// batch is what one transaction stores.
type batch struct {
	passes       []*db.Pass
	note, forget []string // sources
	size         int      // passes and calls
	entries      int
	full         chan struct{} // closed when it takes no more

	stored  chan struct{}   // closed when it is committed, or was not
	results []db.PassResult // of passes
	err     error
	noting  *noting // of note
}

// noting is that requests of sources are noted, all at once.
type noting struct {
	read   chan struct{}            // closed when they are, and it is read how the sources stand
	at     time.Time                // when that was, by real time
	stands map[string]*poll.Subject // by id
	err    error
}

// wait waits until the requests may go out, and says how their sources stand.
func (n *noting) wait() (map[string]*poll.Subject, error) {
	<-n.read
	return n.stands, n.err
}

func newWriter(store *db.DB, sources *roster, log *slog.Logger) *writer {
	w := &writer{store: store, sources: sources, log: log, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	go w.work()
	return w
}

// close ends the writer. No call may come after it, nor be under way.
func (w *writer) close() {
	close(w.wake)
	<-w.ended
}

// note has it noted that requests of sources go out, among others. It does not wait
// for that, see noting.wait.
func (w *writer) note(sources []string) *noting {
	b, _ := w.join(nil, sources, nil)
	return b.noting
}

// save stores passes, and says what came of each.
func (w *writer) save(passes ...*db.Pass) []db.PassResult {
	b, at := w.join(passes, nil, nil)
	<-b.stored
	return b.results[at : at+len(passes)]
}

// forget takes back that requests of sources went out.
func (w *writer) forget(sources []string) {
	if len(sources) > 0 {
		b, _ := w.join(nil, nil, sources)
		<-b.stored
	}
}

// join adds to the batch that takes more and returns it, with the place of the
// passes in it.
func (w *writer) join(passes []*db.Pass, note, forget []string) (b *batch, at int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := len(w.batches); n > 0 {
		b = w.batches[n-1]
	}
	if b == nil || b.isFull() {
		b = &batch{full: make(chan struct{}), stored: make(chan struct{}), noting: &noting{read: make(chan struct{})}}
		w.batches = append(w.batches, b)
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
	at = len(b.passes)
	for _, p := range passes {
		b.entries += len(p.Entries)
	}
	b.passes, b.note, b.forget = append(b.passes, passes...), append(b.note, note...), append(b.forget, forget...)
	b.size += max(1, len(passes))
	if b.isFull() {
		close(b.full)
	}
	return b, at
}

func (b *batch) isFull() bool { return b.size >= batchPasses || b.entries >= batchEntries }

// work commits one batch after the other. The next one fills meanwhile.
func (w *writer) work() {
	defer close(w.ended)
	for range w.wake {
		for b := w.next(); b != nil; b = w.next() {
			w.commit(b)
			close(b.stored) // these end their visits while we read
			w.read(b)
			b.noting.at = time.Now()
			close(b.noting.read)
		}
	}
}

// next waits a moment for the first batch to fill, and takes it; nil where there
// is none.
func (w *writer) next() *batch {
	w.mu.Lock()
	if len(w.batches) == 0 {
		w.mu.Unlock()
		return nil
	}
	b := w.batches[0]
	w.mu.Unlock()
	wait := time.NewTimer(batchWait)
	defer wait.Stop()
	select {
	case <-b.full:
	case <-wait.C:
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.batches[0] = nil // the list must not hold it
	w.batches = w.batches[1:]
	return b
}

// commit stores a batch.
func (w *writer) commit(b *batch) {
	ctx := context.Background()
	passes := make([]db.Pass, len(b.passes))
	for i, p := range b.passes {
		passes[i] = *p
	}
	b.results, b.err = w.store.Ingest(ctx, passes, b.note...)
	if errors.Is(b.err, lease.ErrLost) { // of a source of note; the passes may be ours all the same
		b.noting.err = b.err
		b.results, b.err = w.store.Ingest(ctx, passes)
	}
	if b.err != nil {
		b.results = make([]db.PassResult, len(passes))
		for i := range b.results {
			b.results[i].Err = b.err
		}
	}
	if err := w.store.ForgetRequests(ctx, b.forget); err != nil {
		w.log.Error("notes of requests stay: their sources wait as if they were asked", "sources", len(b.forget), "err", err)
	}
}

// read finds how the noted sources of a batch stand, in one query.
func (w *writer) read(b *batch) {
	if len(b.note) == 0 {
		return
	}
	n := b.noting
	if n.err = cmp.Or(n.err, b.err); n.err == nil {
		n.stands = make(map[string]*poll.Subject, len(b.note))
		for s, err := range w.store.EachNoted(context.Background(), b.note) {
			if n.err = err; err != nil {
				break
			}
			n.stands[s.ID] = w.sources.subject(s)
		}
	}
	if n.err != nil {
		w.log.Error("no requests, for they could not be noted", "sources", len(b.note), "err", n.err)
	}
}
