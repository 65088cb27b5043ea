package main

import (
	"database/sql"
	"fmt"
	"slices"
	"time"
)

// polls holds every request at the sources against what the program itself
// wrote down as their due times.
type polls struct {
	seen   int
	died   int             // processes killed since the last check
	last   int64           // the newest pass that was looked at
	before map[string]pass // the newest of a source
	byHand []span          // when `courant fetch` ran: it need not wait
}

type span struct{ from, to time.Time }

func newPolls() polls { return polls{before: map[string]pass{}} }

// early is how much sooner than due a request may be seen: the program's clock
// and ours are read a moment apart, and due times are whole milliseconds.
const early = 20 * time.Millisecond

// pass is a row that a poll left.
type pass struct {
	source string
	at     time.Time // right before the request
	due    time.Time
	reason string // for due
	manual bool
}

func (p pass) String() string {
	by := "its turn"
	if p.manual {
		by = "hand"
	}
	return fmt.Sprintf("at %s by %s, then due after %s (%s)", p.at.Format("15:04:05.000"), by, p.due.Sub(p.at), p.reason)
}

// passes reads those that are new since they were last read.
func (p *polls) passes(e *examined) (list []pass) {
	e.each(fmt.Sprintf(`
		SELECT id, source, at, next_due, reason, manual FROM pass WHERE id > %d AND status > 0 ORDER BY at, id`, p.last), func(row func(...any)) {
		var id, at int64
		var due sql.NullInt64
		var s pass
		row(&id, &s.source, &at, &due, &s.reason, &s.manual)
		s.at, s.due = time.UnixMilli(at), time.UnixMilli(due.Int64)
		list = append(list, s)
		p.last = max(p.last, id)
	})
	return list
}

// check looks at the requests since the last check, of which each left a pass.
// One that did not was on its way when its process died: one for each source
// and death, at most.
func (p *polls) check(e *examined, requests []request, ended time.Time) {
	passes := p.passes(e)
	lost := map[string]int{}
	for _, r := range requests {
		p.seen++
		before := p.before[r.source]
		tooEarly := r.at.Before(before.due.Add(-early)) && !p.manual(r.at)
		left := "no pass"
		of := -1 // the last one before it
		for i, s := range passes {
			if s.source == r.source && !r.at.Before(s.at) {
				of = i
			}
		}
		if of >= 0 {
			left = passes[of].String()
		}
		if tooEarly {
			e.fault("%s was asked %s before it was due: its last pass was %s; this one left %s",
				r.source, before.due.Sub(r.at).Round(time.Millisecond), before, left)
		}
		if of < 0 {
			lost[r.source]++
			continue
		}
		p.before[r.source] = passes[of]
		passes = slices.Delete(passes, of, of+1)
	}
	for source, n := range lost {
		if n > p.died {
			e.fault("%s: %d requests left no pass, where %d processes died", source, n, p.died)
		}
	}
	p.died = 0
	for _, s := range passes {
		e.fault("%s: a pass at %s, and no request", s.source, s.at)
	}
	p.byHand = slices.DeleteFunc(p.byHand, func(s span) bool { return s.to.Before(ended.Add(-time.Minute)) })
}

// manual reports whether at falls into a time when somebody asked by hand.
func (p *polls) manual(at time.Time) bool {
	return slices.ContainsFunc(p.byHand, func(s span) bool { return !at.Before(s.from) && !at.After(s.to) })
}
