package db_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"courant/db"
)

// A pass after which a source stands as before, but for when it was asked and is due,
// writes only that: what another process stored meanwhile stays. Every other one writes
// all, and what it has of it.
func TestQuietPass(t *testing.T) {
	d := oneSource(t)
	stored := func(p db.Pass) db.Poll {
		t.Helper()
		p.Source, p.At, p.Outcome = "tidal", d.Now(), "not_modified"
		if rs, err := d.Ingest(t.Context(), []db.Pass{p}); err != nil || rs[0].Err != nil {
			t.Fatal(err, rs)
		}
		s, err := d.Source(t.Context(), "tidal")
		if err != nil {
			t.Fatal(err)
		}
		return s.Poll
	}
	at := d.Now().Truncate(time.Second)
	was := stored(db.Pass{Poll: db.Poll{
		ETag: `"a"`, LastModified: "Sun, 29 Nov 2026 10:00:00 GMT", ValidatorsFor: "https://example.org/feed", BodyHash: []byte{1}, State: "active",
		LastPass: at, LastSuccess: at, NextDue: at.Add(time.Hour), Reason: "min_interval", LastNew: at, Errors: 1, Error: "it broke", ErrorSince: at, Shard: 7,
	}})
	others := was
	others.ETag = `"theirs"`
	stored(db.Pass{Poll: others})

	quiet := was
	quiet.LastPass, quiet.LastSuccess, quiet.NextDue, quiet.Reason, quiet.Extra = at.Add(time.Hour), at.Add(time.Hour), at.Add(2*time.Hour), "ttl 60", json.RawMessage(`{"ttl":60}`)
	want := quiet
	want.ETag = `"theirs"`
	if got := stored(db.Pass{Poll: quiet, Was: &was}); !samePoll(got, want) {
		t.Errorf("after a quiet pass %+v, want %+v", got, want)
	}

	for name, change := range map[string]func(*db.Poll){
		"etag":           func(p *db.Poll) { p.ETag = `"b"` },
		"last_modified":  func(p *db.Poll) { p.LastModified = "Sun, 29 Nov 2026 11:00:00 GMT" },
		"validators_for": func(p *db.Poll) { p.ValidatorsFor = "https://example.org/moved" },
		"body_hash":      func(p *db.Poll) { p.BodyHash = []byte{2} },
		"state":          func(p *db.Poll) { p.State = "failing" },
		"last_new":       func(p *db.Poll) { p.LastNew = at.Add(time.Minute) },
		"errors":         func(p *db.Poll) { p.Errors = 2 },
		"error":          func(p *db.Poll) { p.Error = "it broke again" },
		"error_since":    func(p *db.Poll) { p.ErrorSince = at.Add(time.Minute) },
		"shard":          func(p *db.Poll) { p.Shard = 8 },
	} {
		before := stored(db.Pass{Poll: was})
		p := before
		change(&p)
		if got := stored(db.Pass{Poll: p, Was: &before}); !samePoll(got, p) {
			t.Errorf("%s: stored %+v, want %+v", name, got, p)
		}
	}
}

func samePoll(a, b db.Poll) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && slices.Equal(x, y)
}

// How a source stands is read with what was stored a moment ago, on the connection that
// wrote it where there is one, which others write through afterwards.
func TestEachNoted(t *testing.T) {
	d := oneSource(t)
	for n := range 3 {
		if _, err := d.Ingest(t.Context(), []db.Pass{{Source: "tidal", At: d.Now(), Outcome: "not_modified", Poll: db.Poll{Errors: n}}}, "tidal"); err != nil {
			t.Fatal(err)
		}
		read := 0
		for s, err := range d.EachNoted(t.Context(), []string{"tidal", "unknown"}) {
			if read++; err != nil || s.ID != "tidal" || s.Errors != n {
				t.Errorf("source %+v: %v", s, err)
			}
		}
		if read != 1 {
			t.Errorf("%d sources read, want 1", read)
		}
	}
	for range d.EachNoted(t.Context(), []string{"tidal"}) {
		break // whoever stops half-way gives the connection back too
	}
	if err := d.ForgetRequests(t.Context(), []string{"tidal"}); err != nil {
		t.Fatal(err)
	}
	if open, err := d.OpenRequests(t.Context()); err != nil || len(open) != 0 {
		t.Errorf("open requests %v: %v", open, err)
	}
}
