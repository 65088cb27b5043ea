package poll

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"courant/aggregator/feed"
	"courant/aggregator/fetch"
	"courant/aggregator/schedule"
	"courant/db"
	"courant/db/state"
)

// noon is the moment of all visits here.
func noon() time.Time { return time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC) }

const address = "http://a.example/feed"

// configured is a source as a configuration of few words has it.
func configured() *Source {
	return &Source{
		ID: "a", Request: fetch.Request{URL: address}, Settings: "as now", Revalidate: true,
		Rules: schedule.Rules{ID: "a", Min: time.Hour, Max: 24 * time.Hour},
	}
}

// polled is a source of which a document was taken in an hour ago, changed by
// each of how.
func polled(how ...func(s *Subject)) *Subject {
	ago := noon().Add(-time.Hour)
	s := NewSubject(db.Source{ID: "a", URL: address, ImportedAt: ago, Poll: db.Poll{
		ETag: `"1"`, LastModified: "yesterday", ValidatorsFor: address, BodyHash: []byte("old"), State: state.Active,
		LastPass: ago, LastSuccess: ago, LastNew: ago, NextDue: noon(),
		Extra: schedule.Memory{Settings: "as now", FullMS: schedule.Millis(ago), FreshMS: 7_200_000, FreshRule: "max-age=7200"}.Store(),
	}}, configured())
	for _, f := range how {
		f(s)
	}
	return s
}

func remembers(f func(m *schedule.Memory)) func(s *Subject) {
	return func(s *Subject) { f(&s.Memory) }
}

// notModified, document and failure are visits.
func notModified() *Visit {
	return &Visit{At: noon(), Answer: &fetch.Answer{URL: address, Sent: true, Status: 304, NotModified: true, Conditional: true}}
}

func document(text string) *Visit {
	v := &Visit{At: noon(), Answer: &fetch.Answer{URL: address, Sent: true, Status: 200, Body: []byte(text), ETag: `"2"`}}
	v.Sum()
	v.Parse(nil)
	return v
}

func failure(kind fetch.Kind, status int) *Visit {
	return &Visit{
		At: noon(), Answer: &fetch.Answer{URL: address, Sent: true, Status: status},
		Err: &fetch.Error{Kind: kind, Status: status, Err: errors.New("as tests want it")},
	}
}

const oneItem = `<rss version="2.0"><channel><title>A</title><item><guid>1</guid><title>One</title></item></channel></rss>`

// roster is what else is configured: ids by address.
type roster map[string]string

// Has implements Roster.
func (r roster) Shard(string, string) int { return 7 }

func (r roster) Has(id string) bool {
	for _, other := range r {
		if other == id {
			return true
		}
	}
	return false
}

// At implements Roster.
func (r roster) At(address string) string { return r[address] }

func TestPass(t *testing.T) {
	for _, c := range []struct {
		name    string
		s       *Subject
		v       *Visit
		outcome string
		ok      func(p db.Pass, m schedule.Memory) bool
	}{
		{"a 304 leaves validators and freshness (P15, P16)", polled(), notModified(), state.OutcomeNotModified, func(p db.Pass, m schedule.Memory) bool {
			return p.Poll.ETag == `"1"` && p.Poll.LastModified == "yesterday" && m.FreshRule == "max-age=7200" &&
				!p.Poll.NextDue.Before(noon().Add(2*time.Hour)) && p.Poll.LastSuccess.Equal(noon()) && p.Entries == nil && p.Decide == nil
		}},
		{
			"a 304 ends a row of failures (P14)", polled(func(s *Subject) { s.Errors, s.Error, s.ErrorSince = 3, "x", noon().Add(-time.Hour) }), notModified(),
			state.OutcomeNotModified, func(p db.Pass, m schedule.Memory) bool {
				return p.Poll.Errors == 0 && p.Poll.Error == "" && p.Poll.ErrorSince.IsZero()
			},
		},
		{"a document replaces both validators (P13)", polled(), document(oneItem), "", func(p db.Pass, m schedule.Memory) bool {
			return p.Poll.ETag == `"2"` && p.Poll.LastModified == "" && len(p.Entries) == 1 && p.Feed.Title == "A" && p.Decide != nil && m.FreshMS == 0
		}},
		{
			"the same document brings nothing (P21)", polled(func(s *Subject) { s.BodyHash = document(oneItem).Digest }), document(oneItem), state.OutcomeUnchanged,
			func(p db.Pass, m schedule.Memory) bool {
				return p.Entries == nil && p.Feed == nil && p.Poll.ETag == `"2"`
			},
		},
		{
			"another document under the same ETag is counted (P23)", polled(func(s *Subject) { s.ETag = `"2"` }), document(oneItem), "",
			func(p db.Pass, m schedule.Memory) bool { return m.LyingETags == 1 && len(p.Entries) == 1 },
		},
		{"what is no feed leaves all of it (P18)", polled(), document("hello"), state.OutcomeFailed, func(p db.Pass, m schedule.Memory) bool {
			return p.Poll.ETag == `"1"` && string(p.Poll.BodyHash) == "old" && p.Poll.Errors == 1 && p.Entries == nil && p.Poll.ErrorSince.Equal(noon())
		}},
		{"an empty document is a failure (P76)", polled(), document(""), state.OutcomeFailed, func(p db.Pass, m schedule.Memory) bool { return p.Error == "the document is empty" }},
		{"410 ends polling (P70)", polled(), failure(fetch.Gone, 410), state.OutcomeFailed, func(p db.Pass, m schedule.Memory) bool {
			return p.Poll.State == state.Gone && p.Poll.NextDue.IsZero()
		}},
		{"429 counts towards nothing (P55)", polled(), failure(fetch.Throttled, 429), state.OutcomeThrottled, func(p db.Pass, m schedule.Memory) bool { return p.Poll.Errors == 0 }},
		{
			"an outage leaves the source due (P42)", polled(), func() *Visit { v := failure(fetch.Network, 0); v.Outage = true; return v }(), state.OutcomeOutage,
			func(p db.Pass, m schedule.Memory) bool {
				return p.Poll.NextDue.Equal(noon()) && p.Poll.Errors == 0 && p.Poll.LastPass.Before(noon())
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := *c.s
			p, _ := Pass(c.s, c.v, roster{})
			if p.Outcome != c.outcome || !c.ok(*p, schedule.Recall(p.Poll.Extra)) {
				t.Errorf("the pass is %+v", p)
			}
			again, _ := Pass(c.s, c.v, roster{})
			p.Decide, again.Decide = nil, nil
			if !reflect.DeepEqual(*c.s, before) || !reflect.DeepEqual(p, again) {
				t.Error("a second pass is another one")
			}
		})
	}
}

// What is new decides when a source is next due, so the store says how much it
// was (P39).
func TestPassDecide(t *testing.T) {
	long := remembers(func(m *schedule.Memory) { m.ActiveMS = schedule.Millis(noon().Add(-20 * 24 * time.Hour)) })
	p, _ := Pass(polled(long), document(oneItem), roster{})
	quiet, lively := p.Decide(0), p.Decide(1)
	if !quiet.NextDue.After(noon().Add(15*time.Hour)) || !lively.NextDue.Before(noon().Add(2*time.Hour)) {
		t.Errorf("due at %v with nothing new, at %v with something", quiet.NextDue, lively.NextDue)
	}
}

// A server's wish to be left alone holds for its source whatever the outcome, by
// hand too (P31, P45, P52).
func TestPassRetryAfter(t *testing.T) {
	for _, v := range []*Visit{notModified(), document(oneItem), failure(fetch.Temporary, 503)} {
		v.Answer.RetryAfter = 30 * time.Hour
		until := noon().Add(30 * time.Hour)
		p, _ := Pass(polled(), v, roster{})
		m := schedule.Recall(p.Poll.Extra)
		if p.Poll.NextDue.Before(until) || !p.QuietUntil.Equal(until) || !QuietUntil(m).Equal(until) {
			t.Errorf("%d: due at %v, quiet until %v and %v", v.Answer.Status, p.Poll.NextDue, p.QuietUntil, QuietUntil(m))
		}
		v.Answer.RetryAfter = 0
		s := polled()
		s.Memory = m
		if p, _ := Pass(s, v, roster{}); !QuietUntil(schedule.Recall(p.Poll.Extra)).IsZero() {
			t.Errorf("%d: the wish outlives the next answer", v.Answer.Status)
		}
	}
}

// An operator hears once of a source that fails for a day, and of each move.
func TestPassWarnings(t *testing.T) {
	failing := func(s *Subject) { s.ErrorSince, s.Errors = noon().Add(-25*time.Hour), 9 }
	moving := remembers(func(m *schedule.Memory) {
		m.Chain, m.ChainPolls, m.ChainMS = "http://b.example/", 2, schedule.Millis(noon().Add(-25*time.Hour))
	})
	moved := notModified()
	moved.Answer.Hops = []fetch.Hop{{Status: 301, To: "http://b.example/"}}
	for _, c := range []struct {
		name   string
		s      *Subject
		v      *Visit
		others roster
		want   string
	}{
		{"all is well", polled(), notModified(), nil, ""},
		{"fails for long", polled(failing), failure(fetch.Missing, 404), nil, "source is failing"},
		{"fails for long, and was told", polled(failing, remembers(func(m *schedule.Memory) { m.WarnedMS = 1 })), failure(fetch.Missing, 404), nil, ""},
		{"redirected for good (P60)", polled(moving), moved, nil, "source moved"},
		{"redirected to another source (P67)", polled(moving), moved, roster{"http://b.example/": "b"}, "source merged"},
		{"redirected for a day, seen twice", polled(moving, remembers(func(m *schedule.Memory) { m.ChainPolls = 1 })), moved, nil, ""},
	} {
		_, warnings := Pass(c.s, c.v, c.others)
		got := ""
		for _, w := range warnings {
			got += w.Text
		}
		if got != c.want {
			t.Errorf("%s: warns of %q, want %q", c.name, got, c.want)
		}
	}
}

func TestRequest(t *testing.T) {
	elsewhere := remembers(func(m *schedule.Memory) { m.MovedTo, m.MovedFrom = "http://b.example/", address })
	secret := func(s *Subject) {
		s.Config.Request.Username, s.Config.Request.Headers = "me", map[string]string{"X-Key": "k"}
	}
	long := remembers(func(m *schedule.Memory) { m.FullMS = schedule.Millis(noon().Add(-9 * 24 * time.Hour)) })
	still := func(s *Subject) { s.LastNew = noon().Add(-20 * 24 * time.Hour) }
	for _, c := range []struct {
		name        string
		list        []*Subject
		url         string
		conditional bool
		user        string
	}{
		{"validators go out", []*Subject{polled()}, address, true, ""},
		{"other settings drop them (P19)", []*Subject{polled(func(s *Subject) { s.Config.Settings = "other" })}, address, false, ""},
		{"one of two lacks them (P44)", []*Subject{polled(), polled(func(s *Subject) { s.ETag = "" })}, address, false, ""},
		{"304s for long (P24)", []*Subject{polled(long, still)}, address, false, ""},
		{"304s for long, and something new meanwhile", []*Subject{polled(long)}, address, true, ""},
		{"304s for long, and revalidate is off", []*Subject{polled(long, still, func(s *Subject) { s.Config.Revalidate = false })}, address, true, ""},
		{"secrets go to their origin", []*Subject{polled(secret)}, address, true, "me"},
		{"and no further (P65)", []*Subject{polled(secret, elsewhere)}, "http://b.example/", true, ""},
		{"another address is configured since", []*Subject{polled(elsewhere, remembers(func(m *schedule.Memory) { m.MovedFrom = "http://c.example/" }))}, address, true, ""},
	} {
		r := Request(c.list, noon())
		if r.URL != c.url || (r.ETag != "") != c.conditional || r.Username != c.user || (len(r.Headers) > 0) != (c.user != "") {
			t.Errorf("%s: %+v", c.name, r)
		}
	}
}

// A request that was cut off was a poll, and a longer wait each time that the
// process died over it; a source that is gone stays so (P30).
func TestCutOff(t *testing.T) {
	s := polled()
	last := noon()
	for n := 1; n <= 3; n++ {
		p := CutOff(s, noon(), true)
		if p.Outcome != state.OutcomeCutOff || !p.Poll.NextDue.After(last) || p.Poll.Errors != 0 || p.Poll.ETag != s.ETag {
			t.Errorf("death %d: %+v", n, p)
		}
		last, s.Memory = p.Poll.NextDue, schedule.Recall(p.Poll.Extra)
	}
	if p := CutOff(polled(), noon(), false); !p.Poll.NextDue.Equal(noon().Add(time.Hour)) || !p.Poll.LastPass.Equal(noon()) {
		t.Errorf("a stop: %+v", p)
	}
	gone := polled(func(s *Subject) { s.State, s.NextDue = state.Gone, time.Time{} })
	if p := CutOff(gone, noon(), true); !p.Poll.NextDue.IsZero() {
		t.Errorf("a gone source is due at %v", p.Poll.NextDue)
	}
}

func TestNewest(t *testing.T) {
	day := func(n int) time.Time { return noon().AddDate(0, 0, n) }
	dated := []feed.Entry{{ID: "old", Published: day(-9)}, {ID: "new", Published: day(-1)}, {ID: "mid", Published: day(-5)}, {ID: "ahead", Published: day(3)}}
	undated := append(slices.Clone(dated), feed.Entry{ID: "none"})
	ids := func(list []feed.Entry) (ids []string) {
		for _, e := range list {
			ids = append(ids, e.ID)
		}
		return ids
	}
	for _, c := range []struct {
		list []feed.Entry
		most int
		want []string
	}{
		{dated, 0, []string{"old", "new", "mid", "ahead"}},
		{dated, 4, []string{"old", "new", "mid", "ahead"}},
		{dated, 2, []string{"new", "ahead"}},
		{undated, 2, []string{"old", "new"}},
	} {
		var refs []*feed.Entry
		for i := range c.list {
			refs = append(refs, &c.list[i])
		}
		var kept []feed.Entry
		for i, is := range newest(refs, c.most) {
			if is {
				kept = append(kept, c.list[i])
			}
		}
		if got := ids(kept); !slices.Equal(got, c.want) {
			t.Errorf("newest(%v, %d) = %v, want %v", ids(c.list), c.most, got, c.want)
		}
	}
	if got := latest(dated, noon()); !got.Equal(day(-1)) {
		t.Errorf("latest = %v, want %v", got, day(-1))
	}
	if got := latest(nil, noon()); !got.Equal(noon()) {
		t.Errorf("latest of none = %v, want now", got)
	}
}

// A document that takes too long is the failure of its own source.
func TestParseInTime(t *testing.T) {
	over := make(chan struct{})
	close(over)
	v := document(oneItem)
	v.Document = nil
	if v.Parse(over); v.Err == nil || v.Err.Kind != fetch.Broken || v.Document != nil {
		t.Errorf("after its time: %v, %v", v.Err, v.Document)
	}
	v = document(oneItem)
	if v.Parse(make(chan struct{})); v.Err != nil || len(v.Document.Entries) != 1 {
		t.Errorf("in its time: %v", v.Err)
	}
}
