package aggregator

import (
	"context"
	"errors"
	"slices"

	"courant/aggregator/fetch"
	"courant/aggregator/poll"
	"courant/db"
)

// run makes the request of a job and stores what came of it.
func (e *engine) run(j *job) {
	a := e.a
	if until := a.client.Hosts.PausedUntil(j.host); !until.IsZero() {
		e.queue.done(j)
		e.delay(j, until)
		return
	}
	if a.held(j) {
		e.queue.done(j)
		e.writes <- write{job: j, held: true}
		return
	}
	a.sources.touch(j.sources...)
	v := &poll.Visit{At: a.now(), Manual: j.manual, Late: !j.notBefore.IsZero()}
	request := poll.Request(j.sources, v.At)
	answer, err := func() (*fetch.Answer, error) {
		defer e.queue.done(j) // its host is free while we parse
		return a.client.Get(e.ctx, request)
	}()
	v.Answer = answer
	defer func() { v.Answer.Release() }()
	if err != nil {
		v.Err, _ = errors.AsType[*fetch.Error](err)
		if e.ctx.Err() != nil && errors.Is(err, context.Canceled) { // we stop, and its time is up
			e.cutOff(j, answer.Sent, v.At)
			return
		}
		if v.Err.Kind == fetch.Paused && !answer.Sent {
			a.sources.untouch(j.sources...)
			e.delay(j, a.now().Add(v.Err.RetryAfter))
			return
		}
	}
	e.take(j, v)
}

// take makes passes of what came, once it is parsed where it is new to any of
// the job's sources.
func (e *engine) take(j *job, v *poll.Visit) {
	if e.observe(j, v) {
		return // its verdict is still open
	}
	if v.Err == nil && !v.Answer.NotModified {
		v.Sum()
		if slices.ContainsFunc(j.sources, func(s *poll.Subject) bool { return !s.Knows(v) }) {
			e.a.parsing(v.Parse)
		}
	}
	if v.Err != nil && !v.Outage {
		e.rediscover(j.sources[0], v)
	}
	e.settle(j, v)
}

// settle saves what came for each source of the job.
func (e *engine) settle(j *job, v *poll.Visit) {
	for _, s := range j.sources {
		e.save(j, s, e.pass(s, v))
	}
}

// parsing runs f when a core is free for it: there are as many at once as
// cores, so that memory is bounded by them.
func (a *Aggregator) parsing(f func()) {
	a.parses <- struct{}{}
	defer func() { <-a.parses }()
	f()
}

// pass is what a visit leaves behind for one source; what there is to warn of is
// logged.
func (e *engine) pass(s *poll.Subject, v *poll.Visit) (p db.Pass) {
	if v.Outage {
		e.a.sources.untouch(s)
	}
	var warnings []poll.Warning
	judge := func() { p, warnings = poll.Pass(s, v, e.a.sources) }
	if v.Document != nil {
		e.a.parsing(judge)
	} else {
		judge()
	}
	for _, w := range warnings {
		e.a.log.Warn(w.Text, append([]any{"source", s.ID}, w.Attrs...)...)
	}
	return p
}
