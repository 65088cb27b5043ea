package aggregator

import (
	"testing"
	"time"

	"courant/db"
	"courant/db/dbtest"
	"courant/db/state"
)

// A polite week scores well; each kind of rudeness is counted.
func TestScores(t *testing.T) {
	store := dbtest.New(t)
	list := []SourceConfig{{ID: "polite", URL: "http://a.example/"}, {ID: "rude", URL: "http://b.example/"}, {ID: "neighbour", URL: "http://b.example/2"}}
	a := newAggregator(t, store, DefaultConfig(), list, Options{})
	start := store.Now().Add(-48 * time.Hour)
	at := func(source string, minutes int, p db.Pass) db.Pass {
		p.Source, p.At = source, start.Add(time.Duration(minutes)*time.Minute)
		p.URL = map[string]string{"polite": "http://a.example/", "rude": "http://b.example/", "neighbour": "http://b.example/2"}[source]
		if p.Outcome == "" {
			p.Outcome = state.OutcomeNotModified
		}
		return p
	}
	if _, err := store.Ingest(t.Context(), []db.Pass{
		at("polite", 0, db.Pass{Status: 200, Bytes: 100, Outcome: "new"}),
		at("polite", 60, db.Pass{Status: 304, Conditional: true}),
		at("polite", 70, db.Pass{Status: 304, Conditional: true, Manual: true}),
		at("polite", 80, db.Pass{Outcome: state.OutcomeTooSoon, Manual: true}),
		at("polite", 140, db.Pass{Status: 304, Conditional: true}),
		at("rude", 150, db.Pass{Status: 200, Bytes: 50, Outcome: "new"}),
		at("rude", 160, db.Pass{Status: 429, QuietUntil: start.Add(170 * time.Minute), Outcome: state.OutcomeThrottled}),
		at("neighbour", 165, db.Pass{Status: 200, Outcome: "new"}),
		at("rude", 168, db.Pass{Status: 200, Outcome: "unchanged"}),
		at("neighbour", 175, db.Pass{Status: 304, Conditional: true}),
	}); err != nil {
		t.Fatal(err)
	}
	scores, total, err := a.Scores(t.Context(), start)
	if err != nil {
		t.Fatal(err)
	}
	want := []Score{
		{Source: "polite", Polls: 4, ByHand: 1, Unconditional: 1, NotModified: 3, Bytes: 100, LeastGap: time.Hour, LeastGapS: 3600},
		{Source: "rude", Polls: 3, Unconditional: 3, Bytes: 50, Short: 2, LeastGap: 8 * time.Minute, LeastGapS: 480, Breaches: 1},
		{Source: "neighbour", Polls: 2, Unconditional: 1, NotModified: 1, Short: 1, LeastGap: 10 * time.Minute, LeastGapS: 600, Breaches: 1},
	}
	for i, w := range want {
		if i >= len(scores) || scores[i] != w {
			t.Errorf("%d: %+v, want %+v", i, scores, w)
		}
	}
	if total.Polls != 9 || total.Breaches != 2 || total.Short != 3 || total.LeastGap != 8*time.Minute {
		t.Errorf("in all: %+v", total)
	}
}
