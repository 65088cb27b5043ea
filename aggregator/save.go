package aggregator

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"courant/aggregator/fetch"
	"courant/aggregator/poll"
	"courant/db"
	"courant/db/text"
)

// save stores a pass and tells what came of it. What came of an address that a
// reload has replaced meanwhile says nothing of the new one.
func (e *engine) save(j *job, s *poll.Subject, p db.Pass) {
	if c := e.a.sources.source(s.ID); c != nil && c.URL != s.Config.Request.URL {
		e.forget([]string{s.ID})
		e.finish(j, Result{Source: s.ID, Outcome: OutcomeFailed, Err: "its address changed while it was asked"})
		return
	}
	e.writes <- write{pass: p, then: func(r db.PassResult, err error) {
		if err != nil && p.Entries != nil {
			e.unstored(j, s, p, err)
			return
		}
		e.told(j, p, r, err)
	}}
}

// unstored notes that a document could not be stored: the source keeps its
// validators, so that the next pass gets the document again (P17).
func (e *engine) unstored(j *job, s *poll.Subject, p db.Pass, cause error) {
	v := &poll.Visit{At: p.At, Manual: p.Manual, Answer: &fetch.Answer{URL: p.URL, Sent: true, Status: p.Status, Bytes: p.Bytes, Conditional: p.Conditional, Took: p.Took}}
	v.Err = &fetch.Error{Kind: fetch.Broken, Status: p.Status, Err: fmt.Errorf("its document could not be stored: %w", cause)}
	again := e.pass(s, v)
	results, err := e.a.store.Ingest(context.WithoutCancel(e.ctx), []db.Pass{again})
	if err == nil {
		err = results[0].Err
	}
	if err != nil {
		e.told(j, again, db.PassResult{}, err)
		return
	}
	e.told(j, again, results[0], nil)
}

// told logs a stored pass and hands its result on.
func (e *engine) told(j *job, p db.Pass, stored db.PassResult, err error) {
	r := Result{Source: p.Source, Outcome: stored.Outcome, New: stored.New, Changed: stored.Changed, Err: p.Error, NextDue: p.Poll.NextDue, Reason: p.Poll.Reason, Took: p.Took}
	log := e.a.log
	switch {
	case err != nil:
		r.Outcome, r.Err = OutcomeFailed, "it could not be stored: "+err.Error()
		log.Error("pass not stored", "source", p.Source, "err", err)
	case p.Error != "":
		log.Info("pass failed", "source", p.Source, "url", p.URL, "status", p.Status, "took", p.Took, "err", p.Error)
	case r.New > 0 || r.Changed > 0:
		log.Info("pass", "source", p.Source, "status", p.Status, "bytes", p.Bytes, "took", p.Took, "new", r.New, "changed", r.Changed)
	case log.Enabled(e.ctx, slog.LevelDebug): // nearly all passes
		log.Debug("pass", "source", p.Source, "status", p.Status, "bytes", p.Bytes, "took", p.Took, "outcome", r.Outcome)
	}
	e.finish(j, r)
}

// fail tells that a job came to nothing before a request was made, or by a
// fault of ours. Its sources are tried again after a back-off.
func (e *engine) fail(j *job, cause error) {
	for _, s := range j.sources {
		v := &poll.Visit{At: e.a.now(), Answer: &fetch.Answer{URL: text.Redact(s.URL)}, Err: &fetch.Error{Kind: fetch.Broken, Err: cause}}
		e.save(j, s, e.pass(s, v))
	}
}

// delay puts off the sources of a job whose host is to be left alone: no
// request was made, so there is no pass (P51).
func (e *engine) delay(j *job, until time.Time) {
	var list []db.Due
	results := make([]Result, len(j.sources))
	var others []string
	for i, s := range j.sources {
		d := s.Delayed(e.a.now(), until)
		results[i] = Result{Source: s.ID, Outcome: OutcomeDelayed, NextDue: d.Due, Reason: d.Reason}
		if d.Due.After(s.NextDue) {
			list = append(list, db.Due{Source: s.ID, At: d.Due, Reason: d.Reason})
		} else {
			others = append(others, s.ID)
		}
	}
	e.forget(others)
	err := e.a.store.Reschedule(context.WithoutCancel(e.ctx), list)
	for _, r := range results {
		if err != nil {
			r.Err = "it could not be stored: " + err.Error()
		}
		e.finish(j, r)
	}
}
