package aggregator

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"courant/db/dbtest"
	"courant/db/setting"
	"courant/db/state"
)

// What a pass over very many sources takes is bounded by the workers, not by the
// sources, and nothing of it stays: no goroutine and no connection.
func TestManySources(t *testing.T) {
	const sources, hosts, workers = 600, 100, 16
	var inFlight, most, goroutines atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer inFlight.Add(-1)
		raise(&most, inFlight.Add(1))
		raise(&goroutines, int64(runtime.NumGoroutine()))
		time.Sleep(time.Millisecond)
		w.Header().Set("ETag", `"1"`)
		fmt.Fprint(w, rss(r.Host+r.URL.Path))
	}))
	defer server.Close()
	var list []SourceConfig
	for i := range sources {
		list = append(list, SourceConfig{ID: fmt.Sprint("s", i), URL: fmt.Sprintf("http://h%d.example/%d", i%hosts, i)})
	}
	c := DefaultConfig()
	c.Workers, c.PerHostGap, c.ManualGap = workers, setting.Every(0), setting.Every(0)
	transport := &http.Transport{MaxIdleConns: workers, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
	}}
	a := newAggregator(t, dbtest.New(t), c, list, Options{Transport: transport})

	before := runtime.NumGoroutine()
	for pass, outcome := range []string{state.OutcomeNew, state.OutcomeUnchanged} {
		got := map[string]int{}
		sum, err := a.Fetch(t.Context(), Select{All: true}, func(r Result) { got[r.Outcome]++ })
		if err != nil || sum.Sources != sources || got[outcome] != sources {
			t.Fatalf("pass %d: %+v, %v, %v", pass, sum, got, err)
		}
	}
	if n := most.Load(); n > workers {
		t.Errorf("%d requests at once, with %d workers", n, workers)
	}
	// A worker, its connection and the one that is kept for later have a dozen
	// on both sides, those that are being closed some more.
	if n := goroutines.Load() - int64(before); n > sources/2 {
		t.Errorf("%d goroutines at once, with %d workers", n, workers)
	}
	for end := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before+2; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines before, %d after", before, runtime.NumGoroutine())
		}
	}
}

// raise makes the most at least n.
func raise(most *atomic.Int64, n int64) {
	for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
	}
}
