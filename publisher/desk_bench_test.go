package publisher

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"courant/db"
	"courant/db/content"
	"courant/db/likeness"
	"courant/db/newsroom"
	"courant/db/ruling"
	"courant/publisher/desk"
	"courant/publisher/password"
)

// benchWaiting is how many articles wait at the desk of the benchmark (desk.md,
// Figures).
const benchWaiting = 100_000

// waiting has n articles wait, of which every tenth is the one before from another
// source, and every hundredth of the section coast. Where rules say so they lie elsewhere.
func (s *testSite) waiting(b *testing.B, n int, is ruling.Decision) {
	b.Helper()
	const atOnce = 5000
	for from := 0; from < n; from += atOnce {
		passes := map[string]*db.Pass{}
		for _, id := range []string{"daily", "excerpts"} {
			passes[id] = &db.Pass{Source: id, At: s.clock.now, Feed: &db.Feed{Title: id}}
		}
		for i := from; i < min(n, from+atOnce); i++ {
			source, number := "daily", i
			if i%10 == 9 {
				source, number = "excerpts", i-1
			}
			section := ""
			if i%100 == 0 {
				section = "coast"
			}
			title := fmt.Sprint("Harbour council votes on the ferry budget, ", cmp.Or(is, "part"), " ", number)
			p := passes[source]
			p.Entries = append(p.Entries, db.Entry{
				Fingerprint: fmt.Append(nil, i), Raw: []byte("{}"), Ruling: ruling.Ruling{Decision: is}, Link: likeness.Hash(fmt.Sprint(is, number)), Title: likeness.Hash(title), Sketch: likeness.Of(title),
				Article: db.Article{
					GUID: fmt.Sprint(is, i), Headline: title, Section: section, Language: "en", Link: fmt.Sprint("https://a.example/", is, i), Words: 100, SourcePublished: s.clock.now,
					KeyPoints: []string{"Five turbines under the old mole feed the grid.", "It cost a third more."}, Summary: title, Body: content.Text(strings.Repeat("Families and engineers watched from the sea wall. ", 12)),
				},
			})
		}
		for _, p := range passes {
			if rs, err := s.store.Ingest(b.Context(), []db.Pass{*p}); err != nil || rs[0].Err != nil {
				b.Fatal(err, rs)
			}
		}
	}
	for room, more := newsroom.New(s.store.DB, s.clock.Now), true; more; {
		var err error
		if more, err = room.Group(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDesk reports what a page of the desk costs of the CPU where many articles
// wait, and how many bytes it is over the wire.
func BenchmarkDesk(b *testing.B) {
	hash := password.Hash("x")
	s := newSite(b, func(set *Settings) { set.Desk.Users = []desk.User{{Name: "ann", PasswordHash: hash}} })
	if err := s.store.SetSources(b.Context(), slices.Values([]db.Source{{ID: "daily", URL: "https://a.example/"}, {ID: "excerpts", URL: "https://b.example/"}})); err != nil {
		b.Fatal(err)
	}
	s.waiting(b, benchWaiting, ruling.None)
	s.waiting(b, benchWaiting, ruling.Publish)
	s.waiting(b, benchWaiting, ruling.Reject)
	for n := 1; n > 0; {
		var err error
		if n, err = s.store.Index(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	parsed, err := password.Parse(hash)
	if err != nil {
		b.Fatal(err)
	}
	token := base64.RawURLEncoding.EncodeToString(make([]byte, 32))
	credential := sha256.Sum256([]byte("ann\x00" + parsed.String()))
	if err := newsroom.New(s.store.DB, s.clock.Now).Begin(b.Context(), newsroom.Session{ID: newsroom.SessionID(token), Name: "ann", Credential: credential[:]}, [32]byte{}); err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct{ name, page string }{
		{"incoming", "incoming"},
		{"last page", "incoming?page=100"},
		{"old", "incoming?sort=old"},
		{"nominated", "incoming?sort=nominated"},
		{"words", "incoming?q=part+777"},
		{"words of none", "incoming?q=nowhere"},
		{"section", "incoming?section=coast"},
		{"source", "incoming?source=excerpts"},
		{"language", "incoming?lang=fr"},
		{"rule", "incoming?rule=none"},
		{"published", "published"},
		{"words of all published", "published?q=ferry"},
		{"words of one published", "published?q=publish+777"},
		{"words of none published", "published?q=nowhere"},
		{"rejected", "rejected"},
		{"words of none rejected", "rejected?q=nowhere"},
		{"sources", "sources"},
		{"log", "log"},
		{"log of one", "log?actor=ann"},
		{"comments", "comments"},
	} {
		b.Run(c.name, func(b *testing.B) {
			var before, after syscall.Rusage
			bytes := 0
			syscall.Getrusage(syscall.RUSAGE_SELF, &before)
			for b.Loop() {
				a := s.ask("GET", "/desk/"+c.page, "Cookie", "__Host-desk="+token, "Accept-Encoding", "gzip")
				if a.Code != http.StatusOK {
					b.Fatal(a.Code)
				}
				bytes = a.Body.Len()
			}
			syscall.Getrusage(syscall.RUSAGE_SELF, &after)
			took := time.Duration(after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano())
			b.ReportMetric(float64(took.Microseconds())/1000/float64(b.N), "cpu-ms/op")
			b.ReportMetric(float64(bytes), "bytes")
		})
	}
}
