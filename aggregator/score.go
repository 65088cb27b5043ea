package aggregator

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"courant/aggregator/fetch"
	"courant/db"
	"courant/db/state"
)

// Score is how polite the polling of a source was, by the rows that its polls
// left. Of a perfect one Short and Breaches are 0, and Unconditional is 1 or
// little more: the first request, and one in eight days of 304s.
type Score struct {
	Source        string        `json:"source,omitempty"` // empty: all of them
	Polls         int           `json:"polls"`            // requests made
	ByHand        int           `json:"by_hand"`          // of them, asked for by hand
	Unconditional int           `json:"unconditional"`    // without validators
	NotModified   int           `json:"not_modified"`     // answered 304
	Bytes         int64         `json:"bytes"`            // of all bodies, over the wire
	Short         int           `json:"short_gaps"`       // automatic polls within min_interval of the one before
	LeastGap      time.Duration `json:"-"`                // between a poll and the automatic one after it; 0: there were none
	LeastGapS     int64         `json:"least_gap_s"`      // LeastGap in seconds
	Breaches      int           `json:"retry_after_breaches"`
}

// Scores judges the passes since the given moment: of each source in the order
// of their first pass, and of all together.
func (a *Aggregator) Scores(ctx context.Context, since time.Time) (list []Score, total Score, err error) {
	j := judge{a: a, bySource: map[string]*reckoning{}, hosts: map[string]time.Time{}}
	for p, err := range a.store.EachPass(ctx, since) {
		if err != nil {
			return nil, Score{}, fmt.Errorf("read the passes: %w", err)
		}
		j.pass(p)
	}
	for _, id := range j.order {
		s := j.bySource[id].Score
		s.LeastGapS = int64(s.LeastGap / time.Second)
		list = append(list, s)
		total.Polls += s.Polls
		total.ByHand += s.ByHand
		total.Unconditional += s.Unconditional
		total.NotModified += s.NotModified
		total.Bytes += s.Bytes
		total.Short += s.Short
		total.Breaches += s.Breaches
		if s.LeastGap > 0 && (total.LeastGap == 0 || s.LeastGap < total.LeastGap) {
			total.LeastGap, total.LeastGapS = s.LeastGap, s.LeastGapS
		}
	}
	return list, total, nil
}

// judge goes through passes in the order they were made in.
type judge struct {
	a        *Aggregator
	order    []string
	bySource map[string]*reckoning
	hosts    map[string]time.Time // until when each asked to be left alone
}

type reckoning struct {
	Score
	last  time.Time
	quiet time.Time // until when the source's server asked not to be asked
}

func (j *judge) pass(p db.PassRow) {
	switch p.Outcome {
	case state.OutcomeOutage, state.OutcomeDelayed, state.OutcomeTooSoon, state.OutcomePaused:
		return // no server was asked
	}
	if p.URL == "" {
		return // nor was one here: its hub pushed it
	}
	r := j.bySource[p.Source]
	if r == nil {
		r = &reckoning{Score: Score{Source: p.Source}}
		j.bySource[p.Source] = r
		j.order = append(j.order, p.Source)
	}
	host := fetch.Host(p.URL)
	r.Polls++
	r.Bytes += p.Bytes
	if !p.Conditional {
		r.Unconditional++
	}
	if p.Status == http.StatusNotModified {
		r.NotModified++
	}
	if p.At.Before(r.quiet) || p.At.Before(j.hosts[host]) {
		r.Breaches++
	}
	if p.Manual {
		r.ByHand++
	} else if !r.last.IsZero() {
		gap := p.At.Sub(r.last)
		if r.LeastGap == 0 || gap < r.LeastGap {
			r.LeastGap = gap
		}
		if c := j.a.sources.source(p.Source); c != nil && gap < c.rules().Min {
			r.Short++
		}
	}
	r.last, r.quiet = p.At, p.QuietUntil
	if p.Status == http.StatusTooManyRequests || p.Status == http.StatusServiceUnavailable {
		j.hosts[host] = p.QuietUntil
	}
}
