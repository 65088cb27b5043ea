package aggregator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"courant/aggregator/feed"
	"courant/aggregator/fetch"
	"courant/aggregator/poll"
	"courant/db"
	"courant/db/lease"
	"courant/db/state"
	"courant/db/text"
)

// leaving is a pass on its way into the store.
type leaving struct {
	job    *job
	source *poll.Subject
	pass   *db.Pass
}

// leaves is what a visit leaves behind for each source of its job.
func (v *visitor) leaves(j *job, got *poll.Visit) []leaving {
	list := make([]leaving, len(j.sources))
	for i, s := range j.sources {
		list[i] = leaving{j, s, nil}
		s.Subscribed = v.subscribed(s)
		if err := v.recall(s, got); err != nil {
			list[i].pass = v.unstored(s, got, err)
		} else {
			list[i].pass = v.pass(s, got)
		}
	}
	return list
}

// recall reads what the store knows of the entries of a document that is new to
// the source: what the last one had, in one query, and where that is not enough,
// what has the same ids, links or titles. Where that leaves doubt about entries
// that were not read, the document is read whole.
func (v *visitor) recall(s *poll.Subject, got *poll.Visit) error {
	if got.Document == nil || s.Knows(got) {
		return nil
	}
	err := v.hold(s, got)
	if err != nil || len(got.Document.Unchanged) == 0 {
		return err
	}
	var doubtful bool
	v.parsing(func() { doubtful = s.Reading.Doubtful() })
	if !doubtful {
		return nil
	}
	got.Known, s.Reading = feed.Known{}, nil
	if v.parse(got); got.Document == nil {
		return nil // it fails as one that cannot be read
	}
	return v.hold(s, got)
}

// hold begins the reading of a document and tells it what the store knows.
func (v *visitor) hold(s *poll.Subject, got *poll.Visit) (err error) {
	ctx := context.WithoutCancel(v.ctx) // what was fetched is stored even while we stop
	var r *poll.Reading
	v.parsing(func() { r = poll.Read(s, got, v.ours) })
	known := s.Last.Entries()
	if s.Last == nil && (s.Entries > 0 || !s.ImportedAt.IsZero()) {
		if v.asked(func() { known, err = v.store.PresentEntries(ctx, s.ID) }); err != nil {
			return err
		}
	}
	r.Know(known)
	if s.Reading = r; len(known) == 0 && s.ImportedAt.IsZero() {
		return nil
	}
	keys, links, titles := r.Needs()
	if len(keys)+len(links)+len(titles) == 0 {
		return nil
	}
	var more []db.KnownEntry
	var purged []string
	v.asked(func() { more, purged, err = v.store.NamedEntries(ctx, s.ID, keys, links, titles) })
	r.Know(more)
	r.KnowPurged(purged)
	return err
}

// pass is what a visit leaves behind for one source; what there is to warn of is
// logged.
func (v *visitor) pass(s *poll.Subject, got *poll.Visit) *db.Pass {
	if got.Outage {
		v.sources.untouch(s) // no server was asked
	}
	var p *db.Pass
	var warnings []poll.Warning
	judge := func() { p, warnings = poll.Pass(s, got, v.sources) }
	if got.Document != nil {
		v.parsing(judge)
	} else {
		judge()
	}
	for _, w := range warnings {
		v.log.Warn(w.Text, append([]any{"source", s.ID}, w.Attrs...)...)
	}
	if s.Config != nil && s.Config.FullText {
		v.readPages(s, p)
	}
	if err := v.judged(s, p); err != nil {
		return v.unstored(s, got, err)
	}
	return p
}

// save stores passes and tells what came of them. What came of an address that a
// reload has replaced meanwhile says nothing of the new one. It reports whether the
// store took them.
func (v *visitor) save(list []leaving) (ok bool) {
	list = slices.DeleteFunc(list, func(l leaving) bool {
		c := v.sources.source(l.source.ID)
		if c == nil || c.URL == l.source.Config.Request.URL {
			return false
		}
		v.writer.forget([]string{l.source.ID})
		v.finish(l.job, Result{Source: l.source.ID, Outcome: state.OutcomeFailed, Err: "its address changed while it was asked"})
		return true
	})
	if len(list) == 0 {
		return true
	}
	ok = true
	passes := make([]*db.Pass, len(list))
	for i, l := range list {
		passes[i] = l.pass
	}
	for i, stored := range v.writer.save(passes...) {
		l := list[i]
		if p := l.pass; stored.Err != nil && p.Feed != nil && l.job.delivery == 0 && !errors.Is(stored.Err, lease.ErrLost) {
			l.pass = v.unstored(l.source, &poll.Visit{At: p.At, Manual: p.Manual, Answer: &fetch.Answer{
				URL: p.URL, Status: p.Status, Bytes: p.Bytes, Conditional: p.Conditional, Took: p.Took,
			}}, stored.Err)
			stored = v.writer.save(l.pass)[0]
		}
		if stored.Err == nil {
			v.heard(l, stored.New)
		}
		v.report(l, stored)
		ok = ok && stored.Err == nil
	}
	return ok
}

// unstored is the pass of a document that could not be stored, or held against
// what is stored: the source keeps its validators, so that the next pass gets the
// document again (P17).
func (v *visitor) unstored(s *poll.Subject, got *poll.Visit, cause error) *db.Pass {
	a := got.Answer
	return v.pass(s, &poll.Visit{
		At: got.At, Manual: got.Manual, Pushed: got.Pushed,
		Answer: &fetch.Answer{URL: a.URL, Sent: true, Status: a.Status, Bytes: a.Bytes, Conditional: a.Conditional, Took: a.Took},
		Err:    &fetch.Error{Kind: fetch.Broken, Status: a.Status, Err: fmt.Errorf("its document could not be stored: %w", cause)},
	})
}

// report logs a pass and tells its result.
func (v *visitor) report(l leaving, stored db.PassResult) {
	p := l.pass
	r := Result{Source: p.Source, Outcome: stored.Outcome, New: stored.New, Changed: stored.Changed, Shown: stored.Shown, Err: p.Error, NextDue: p.Poll.NextDue, Reason: p.Poll.Reason, Took: p.Took}
	switch {
	case errors.Is(stored.Err, lease.ErrLost): // who has it now makes a pass of what was noted
		r.Outcome, r.Err = state.OutcomeStopped, stored.Err.Error()
		v.log.Warn("pass not stored", "source", p.Source, "err", stored.Err)
	case stored.Err != nil:
		r.Outcome, r.Err = state.OutcomeFailed, "it could not be stored: "+stored.Err.Error()
		v.log.Error("pass not stored", "source", p.Source, "err", stored.Err)
	case p.Error != "":
		v.log.Info("pass failed", "source", p.Source, "url", p.URL, "status", p.Status, "took", p.Took, "err", p.Error)
	case r.New > 0 || r.Changed > 0:
		v.log.Info("pass", "source", p.Source, "status", p.Status, "bytes", p.Bytes, "took", p.Took, "new", r.New, "published", r.Shown, "changed", r.Changed)
	case v.log.Enabled(v.ctx, slog.LevelDebug): // nearly all passes
		v.log.Debug("pass", "source", p.Source, "status", p.Status, "bytes", p.Bytes, "took", p.Took, "outcome", r.Outcome)
	}
	v.finish(l.job, r)
}

// finish tells what came of one source of a job. Another may be queued for it
// from now on, so what is noted of this one must be settled by then.
func (v *visitor) finish(j *job, r Result) {
	results := v.queue.finish(j, r.Source)
	v.observe(r)
	for _, f := range results {
		f(r)
	}
	v.settleIdle()
}

// settle saves what was parked: as an outage, or as failures.
func (v *visitor) settle(list []parked, outage bool) {
	var all []leaving
	for _, p := range list {
		p.visit.Outage = outage
		all = append(all, v.leaves(p.job, p.visit)...)
	}
	for part := range slices.Chunk(all, batchPasses) {
		v.save(part)
	}
}

// settleIdle gives the verdict when nothing is under way that could show it and
// somebody waits.
func (v *visitor) settleIdle() { v.settle(v.parking.takeIf(v.queue.awaits), false) }

// drop tells the same of every source of a job that led to no request.
func (v *visitor) drop(j *job, r Result) {
	for _, id := range j.ids {
		r.Source = id
		v.finish(j, r)
	}
}

// stop ends a job whose request is noted and is not made, for we stop.
func (v *visitor) stop(j *job) {
	v.writer.forget(j.ids)
	v.drop(j, Result{Outcome: state.OutcomeStopped})
}

// shut ends a job that waits for the network.
func (v *visitor) shut(j *job) {
	v.writer.forget(j.ids)
	for _, s := range j.sources {
		v.finish(j, Result{Source: s.ID, Outcome: state.OutcomeOutage, Err: "no host can be reached", NextDue: s.NextDue, Reason: s.Reason})
	}
}

// cutOff is what a request leaves whose answer there is no time for, if it was
// made.
func (v *visitor) cutOff(j *job, got *poll.Visit) (list []leaving) {
	if !got.Answer.Sent {
		v.stop(j)
		return nil
	}
	for _, s := range j.sources {
		p := poll.CutOff(s, got.At, false)
		list = append(list, leaving{j, s, &p})
	}
	return list
}

// fail saves that a job came to nothing before a request was made, or by a fault
// of ours. Its sources are tried again after a back-off.
func (v *visitor) fail(j *job, cause error) {
	for _, s := range j.sources {
		got := &poll.Visit{At: v.now(), Answer: &fetch.Answer{URL: text.Redact(s.URL)}, Err: &fetch.Error{Kind: fetch.Broken, Err: cause}}
		v.save([]leaving{{j, s, v.pass(s, got)}})
	}
}

// delay puts off the sources of a job whose host is to be left alone: no
// request was made, so there is no pass (P51).
func (v *visitor) delay(j *job, until time.Time) {
	var list []db.Due
	results := make([]Result, len(j.sources))
	var others []string
	for i, s := range j.sources {
		d := s.Delayed(v.now(), until)
		results[i] = Result{Source: s.ID, Outcome: state.OutcomeDelayed, NextDue: d.Due, Reason: d.Reason}
		if d.Due.After(s.NextDue) {
			list = append(list, db.Due{Source: s.ID, Was: s.LastPass, At: d.Due, Reason: d.Reason})
		} else {
			others = append(others, s.ID)
		}
	}
	v.writer.forget(others)
	err := v.store.Reschedule(context.WithoutCancel(v.ctx), list)
	for _, r := range results {
		if err != nil {
			r.Err = "it could not be stored: " + err.Error()
		}
		v.finish(j, r)
	}
}
