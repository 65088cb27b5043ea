package aggregator

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"courant/aggregator/fetch"
	"courant/aggregator/identity"
	"courant/aggregator/poll"
	"courant/db"
	"courant/db/lease"
	"courant/db/state"
)

// visit does a job from its beginning to its end, or until it is parked. Whatever
// one source does stays with it: a panic is a failed pass.
func (v *visitor) visit(j *job) {
	defer v.queue.done(j)
	defer func() {
		if r := recover(); r != nil {
			v.log.Error("pass panicked", "source", j.ids[0], "err", fmt.Sprint(r), "stack", string(debug.Stack()))
			v.fail(j, fmt.Errorf("a fault of ours: %v", r))
		}
	}()
	if v.note(j); len(j.sources) == 0 {
		return
	}
	if !v.enter() {
		v.stop(j)
		return
	}
	v.save(v.ask(j))
}

// enter waits for a slot; false means that we stop.
func (v *visitor) enter() bool {
	select {
	case v.slots <- struct{}{}: // the usual case, and a quick one
	default:
		select {
		case v.slots <- struct{}{}:
		case <-v.stopping.Done():
			return false
		}
	}
	if v.stopping.Err() != nil {
		<-v.slots
		return false
	}
	return true
}

// note waits until the job's requests are noted, and takes how its sources stand.
// Those that are not to be asked any more leave it; what cannot be noted is not
// asked for.
func (v *visitor) note(j *job) {
	stands, err := j.noted.wait()
	if err == nil && time.Since(j.noted.at) > aheadLate {
		stands, err = v.writer.note(j.ids).wait()
	}
	j.noted = nil
	var unasked []Result
	var ids []string
	all := j.ids
	j.ids, j.sources = make([]string, 0, len(all)), make([]*poll.Subject, 0, len(all))
	for _, id := range all {
		s := stands[id]
		if s == nil {
			unasked = append(unasked, Result{Source: id, Outcome: state.OutcomeFailed, Err: fmt.Sprintf("the request could not be noted: %v", err)})
			if err == nil {
				ids = append(ids, id)
			}
			continue
		}
		if r, unfit := v.sources.unfit(j, s, v.now()); unfit {
			unasked, ids = append(unasked, r), append(ids, id)
			continue
		}
		j.ids, j.sources = append(j.ids, id), append(j.sources, s)
	}
	v.writer.forget(ids)
	for _, r := range unasked {
		v.finish(j, r)
	}
}

// ask makes the request in the slot that is held, gives the slot back, and
// returns what is to be saved; nothing where all is told, or the verdict on the
// network is open.
func (v *visitor) ask(j *job) []leaving {
	defer func() { <-v.slots }()
	if until := v.client.Hosts.PausedUntil(j.host); !until.IsZero() {
		v.queue.done(j)
		v.delay(j, until)
		return nil
	}
	if !v.held.fresh() {
		v.queue.done(j)
		v.stop(j)
		return nil
	}
	if v.network.shut(j.manual()) {
		v.queue.done(j)
		v.shut(j)
		return nil
	}
	v.sources.touch(j.sources...)
	got := &poll.Visit{At: v.now(), Manual: j.manual(), Late: !j.notBefore.IsZero()}
	var err error
	got.Answer, err = v.get(poll.Request(j.sources, got.At))
	v.queue.done(j) // its host is free while we parse
	defer func() { got.Answer.Release() }()
	if err != nil {
		got.Err, _ = errors.AsType[*fetch.Error](err)
		if v.ctx.Err() != nil && errors.Is(err, context.Canceled) || errors.Is(err, lease.ErrLost) { // we stop, and its time is up; or others have it
			return v.cutOff(j, got)
		}
		if got.Err.Kind == fetch.Paused && !got.Answer.Sent {
			v.sources.untouch(j.sources...)
			v.delay(j, v.now().Add(got.Err.RetryAfter))
			return nil
		}
	}
	if v.park(j, got) {
		return nil
	}
	v.read(j, got)
	return v.leaves(j, got)
}

// park takes note of what a visit says of the network as a whole, gives those
// that are parked their verdict where it shows one, and reports whether this one
// is parked itself.
func (v *visitor) park(j *job, got *poll.Visit) bool {
	switch v.network.observe(j.host, got, v.sources.hostCount()) {
	case reached:
		v.settle(v.parking.take(), false)
	case outage:
		got.Outage = true
		v.settle(v.parking.take(), true)
	case doubtful:
		v.parking.add(parked{j, got})
		v.settleIdle()
		return true
	}
	return false
}

// remember reads what the store holds of the source's last document, so that
// entries which the new one has to the byte need not be parsed. Sources that share
// an address each have their own; where only the newest entries count, and where
// ids are none, all must be seen to tell which these are: there all are, and so they
// are where threads were not followed before. So they are
// where the store cannot be read, which recall will meet as well.
func (v *visitor) remember(j *job, got *poll.Visit) {
	s := j.sources[0]
	if len(j.sources) > 1 || s.ImportedAt.IsZero() || s.Config.MaxItems > 0 || s.Identity != string(identity.ByID) || s.Config.Threads && !s.Config.Settled(s.Memory) {
		return
	}
	ctx := context.WithoutCancel(v.ctx)
	var marks []byte
	var known []db.KnownEntry
	var err error
	v.asked(func() {
		if marks, err = v.store.Marks(ctx, s.ID); len(marks) > 0 {
			known, err = v.store.PresentEntries(ctx, s.ID)
		}
	})
	if err != nil || len(marks) == 0 {
		return
	}
	s.Last = poll.Recall(marks, known)
	got.Known = s.Last.Known()
}

// read parses the document where it is new to any of the job's sources, and
// looks for the feed where there is none.
func (v *visitor) read(j *job, got *poll.Visit) {
	if got.Err == nil && !got.Answer.NotModified {
		got.Sum()
		if slices.ContainsFunc(j.sources, func(s *poll.Subject) bool { return !s.Knows(got) }) {
			v.remember(j, got)
			v.parse(got)
		}
	}
	if got.Err != nil && !got.Outage {
		v.rediscover(j.sources[0], got)
	}
}
