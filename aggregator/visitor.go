package aggregator

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"courant/aggregator/fetch"
	"courant/aggregator/identity"
	"courant/aggregator/poll"
	"courant/aggregator/rules"
	"courant/db"
	"courant/db/push"
)

// visitor makes the visits that jobs ask for, many at once.
//
// The life of a poll, once the queue gives out its job: the request is noted in
// the store, where few hosts are asked with those that follow it soon on its host, and
// how its sources stand is read with it; what has changed since it was queued may end it
// there. Then it waits for a slot, of which there are Config.Workers, and makes the
// request, conditional where it can be. The host is free for its next job once the body
// is here. A failure to reach the host may
// leave the visit parked until others show whose fault that is. A document that
// is new is parsed, normalised and judged by rules, as many at once as there are cores, the slot
// is given back, and what the visit leaves for each source is saved, in one
// transaction with what others bring at that time: entries, validators, next due
// time and error state together, and the note goes with them. Only then is anybody
// told. So a kill leaves either the whole of it or the note, by which the next
// process knows that the server was asked.
//
// Memory is bounded by that: a job holds little until it is noted, at most twice
// Config.Workers are under way, at most Config.Workers hold a body, and as many
// parse as there are cores.
type visitor struct {
	store   *db.DB
	client  *fetch.Client
	reader  *Reader // of pages, by the client
	sources *roster
	ours    identity.Ours
	rules   *atomic.Pointer[rules.Set]
	network *network
	log     *slog.Logger
	now     func() time.Time
	observe func(Result)

	held     *holding
	queue    *queue
	writer   *writer
	parking  *parking
	slots    chan struct{}   // one for each request under way
	parses   chan struct{}   // one for each document being parsed: as many as cores
	asking   chan struct{}   // one for each who asks the store of entries, see asked
	stopping context.Context // ends when no request may start any more
	ctx      context.Context // of the requests: ends when their time to finish is over

	inbox push.Inbox
	found chan string // sources that name a hub

	timeout time.Duration // of a request
	steps   *steps        // requests made and documents read
}

// parseTime is how long a document is read. The largest that is fetched takes a
// second or two; one that takes longer was made to, and fails alone.
const parseTime = 30 * time.Second

// parsing calls f when a core is free for it, so that memory is bounded by them.
func (v *visitor) parsing(f func()) {
	v.parses <- struct{}{}
	defer func() { <-v.parses }()
	defer v.steps.begin(parseTime)()
	f()
}

// parse reads a document when a core is free for it. To stop does not cut it off:
// that would count as a failure of the source.
func (v *visitor) parse(got *poll.Visit) {
	v.parsing(func() {
		ctx, cancel := context.WithTimeout(context.Background(), parseTime)
		defer cancel()
		got.Parse(ctx.Done())
	})
}

// asked calls f, which asks the store of the entries of a source, in turn: where the
// store is a file, to open one more connection for it costs more than to ask for those
// of ten.
func (v *visitor) asked(f func()) {
	v.asking <- struct{}{}
	defer func() { <-v.asking }()
	f()
}

// get makes a request.
func (v *visitor) get(r fetch.Request) (*fetch.Answer, error) {
	defer v.steps.begin(v.timeout)()
	return v.client.Get(v.ctx, r)
}
