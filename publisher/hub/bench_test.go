package hub

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"courant/db/dbtest"
	"courant/db/push"
)

// BenchmarkDeliver is how long after its change news reach subscribers that answer,
// beside those that never do, and what memory that takes at most. All are at one
// host, which is the hardest.
func BenchmarkDeliver(b *testing.B) {
	for _, c := range []struct{ answer, silent int }{{100, 0}, {800, 200}} {
		b.Run(fmt.Sprintf("answer=%d/silent=%d", c.answer, c.silent), func(b *testing.B) { benchDeliver(b, c.answer, c.silent) })
	}
}

func benchDeliver(b *testing.B, answer, silent int) {
	store := dbtest.New(b)
	feeds := &shelf{}
	body := strings.Repeat("news ", 20<<10) // 100 KiB
	feeds.put("/feed.atom", "application/atom+xml", body, "0", "site")
	release, arrived := make(chan struct{}), make(chan time.Time, answer)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			io.WriteString(w, r.FormValue("hub.challenge"))
			return
		}
		io.Copy(io.Discard, r.Body)
		if strings.HasPrefix(r.URL.Path, "/silent") {
			<-release
			return
		}
		arrived <- time.Now()
	}))
	defer server.Close()
	defer close(release)
	h := New(store, Options{
		Base: base, Hub: Own, Topics: feeds, Out: direct{&http.Transport{MaxIdleConnsPerHost: perHost}}, Log: slog.New(slog.DiscardHandler),
		Now: time.Now, From: func(*http.Request) netip.Addr { return netip.Addr{} },
	})
	store.OnChange(func([]string) { h.Changed() })
	for i := range answer + silent {
		kind := "answer"
		if i >= answer {
			kind = "silent"
		}
		if err := h.store.Ask(b.Context(), push.Request{
			Mode: push.Subscribe, Topic: "/feed.atom", Named: base + "/feed.atom", News: "0", Scopes: []string{"site"},
			Callback: fmt.Sprintf("%s/%s/%d", server.URL, kind, i), Host: "127.0.0.1", Secret: "secret", Lease: usualLease,
		}, limits()); err != nil {
			b.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(b.Context())
	var running sync.WaitGroup
	running.Go(func() { h.Run(ctx) })
	defer running.Wait()
	defer cancel()
	for n := 0; n < answer+silent; time.Sleep(10 * time.Millisecond) {
		var err error
		if n, err = h.Count(ctx); err != nil {
			b.Fatal(err)
		}
	}
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s := &stand{t: b, clock: newTimed(store), feeds: feeds}
	var took []time.Duration
	var most uint64
	for i := 0; b.Loop(); i++ {
		time.Sleep(topicGap) // news on their own: what comes sooner waits for the next delivery
		feeds.put("/feed.atom", "application/atom+xml", body, fmt.Sprint("news ", i), "site")
		start := time.Now()
		s.touch("site")
		h.Changed()
		for n := range answer {
			took = append(took, (<-arrived).Sub(start))
			if n%50 == 0 {
				runtime.ReadMemStats(&now)
				most = max(most, now.HeapInuse+now.StackInuse)
			}
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Milliseconds()), "median-ms")
	b.ReportMetric(float64(took[len(took)-1].Milliseconds()), "last-ms")
	b.ReportMetric(float64(most-min(most, before.HeapInuse+before.StackInuse))/(1<<20), "MiB-more")
}
