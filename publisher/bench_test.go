package publisher

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"courant/db"
	"courant/db/dbtest"
	"courant/db/dbtest/cpu"
)

// filledSite is a site of 2,000 articles with a thread of 1,000 comments.
func filledSite(b *testing.B) (s *testSite, thread string) {
	s = newSite(b)
	if err := dbtest.Fill(b.Context(), s.store, 2000); err != nil {
		b.Fatal(err)
	}
	list, err := s.store.Articles(b.Context(), db.ArticleQuery{Limit: 1})
	if err != nil {
		b.Fatal(err)
	}
	if err := dbtest.FillThread(b.Context(), s.store, list[0].ID, 1000, 0); err != nil {
		b.Fatal(err)
	}
	return s, list[0].Path()
}

// What rendering costs, from the store to the bytes: nothing is kept.
func BenchmarkRender(b *testing.B) {
	s, thread := filledSite(b)
	for name, address := range map[string]string{
		"site.atom": "/feed.atom", "site.rss": "/feed.rss", "site.json": "/feed.json", "n=50.atom": "/feed.atom?n=50", "n=500.atom": "/feed.atom?n=500",
		"thread.atom": thread + "/feed.atom", "tag.atom": "/tag/harbour/feed.atom",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			start := cpu.Used(b)
			for b.Loop() {
				s.cache.Drop(nil)
				s.get(address)
			}
			b.ReportMetric(float64((cpu.Used(b)-start).Microseconds())/1000/float64(b.N), "cpu-ms/op")
		})
	}
}

// What one page of a thread of 10,000 comments costs, from the store to the
// bytes on the wire: of short ones, and of the longest that are taken.
func BenchmarkThreadPage(b *testing.B) {
	for name, size := range map[string]int{"short": 0, "long": 5000} {
		b.Run(name, func(b *testing.B) {
			s := newSite(b)
			if err := dbtest.Fill(b.Context(), s.store, 10); err != nil {
				b.Fatal(err)
			}
			list, err := s.store.Articles(b.Context(), db.ArticleQuery{Limit: 1})
			if err != nil {
				b.Fatal(err)
			}
			if err := dbtest.FillThread(b.Context(), s.store, list[0].ID, 10_000, size); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			start := cpu.Used(b)
			for b.Loop() {
				s.cache.Drop(nil)
				s.ask("GET", list[0].Path()+"?page=17", "Accept-Encoding", "gzip")
			}
			b.ReportMetric(float64((cpu.Used(b)-start).Microseconds())/1000/float64(b.N), "cpu-ms/op")
		})
	}
}

// What answering costs from what is kept.
func BenchmarkAnswer(b *testing.B) {
	s, _ := filledSite(b)
	tag := s.ask("GET", "/feed.atom", "Accept-Encoding", "gzip").Header().Get("Etag")
	for name, none := range map[string]string{"304": tag, "gzip200": `"x"`} {
		b.Run(name, func(b *testing.B) {
			r := httptest.NewRequest("GET", "/feed.atom", nil)
			r.Header.Set("Accept-Encoding", "gzip")
			r.Header.Set("If-None-Match", none)
			b.ReportAllocs()
			for b.Loop() {
				s.Handler().ServeHTTP(discard{http.Header{}}, r)
			}
		})
	}
}

// discard is an answer that nobody reads.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}
